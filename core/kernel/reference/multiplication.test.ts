import { describe, expect, test } from 'vitest'
import { seededRandom } from '../../../test/support/seeded-random.ts'
import { bytesToBigint } from '../../bytes.ts'
import { CURVE_ORDER as n } from '../../transcript.ts'
import { twin } from './twin.ts'

const m = 752

describe.each([['reference', twin]] as const)('multiplication vectors of the %s kernel', (_, { multiplication, scalars }) => {
  const random = seededRandom('multiplication vectors')
  const edges = [0n, 1n, n - 1n]
  const vector = (length: number) => Array.from({ length }, (_, i) => edges[i] ?? scalars.random(random))
  const [zero, one, inputs, chi, gadget] = [vector(3 * m), vector(3 * m), vector(3), vector(3), vector(m)]
  const choices = random(94)
  const w = (j: number) => BigInt(((choices[j >> 3] as number) >> (j & 7)) & 1)
  const mod = (value: bigint) => ((value % n) + n) % n
  const unpack = (packed: Uint8Array) => Array.from({ length: packed.length / 32 }, (_, i) => bytesToBigint(packed.subarray(32 * i, 32 * i + 32)))
  const at = (values: readonly bigint[], i: number) => values[i] as bigint

  test('corrections', () => {
    const expected = zero.map((value, i) => mod(value - at(one, i) + at(inputs, i % 3)))
    expect(unpack(multiplication.corrections({ zero, one, inputs }))).toEqual(expected)
  })

  test('corrections are added where the choice is 1', () => {
    const corrections = multiplication.corrections({ zero, one, inputs })
    const q = unpack(corrections)
    const expected = zero.map((value, i) => mod(value + w(Math.floor(i / 3)) * at(q, i)))
    expect(multiplication.applyCorrections({ pads: zero, choices, corrections })).toEqual(expected)
  })

  test('row products, plain and less w v', () => {
    const v = scalars.random(random)
    const products = Array.from({ length: m }, (_, j) => mod([0, 1, 2].reduce((sum, c) => sum + at(zero, 3 * j + c) * at(chi, c), 0n)))
    expect(unpack(multiplication.rowProducts({ rows: zero, chi }))).toEqual(products)
    const checked = products.map((product, j) => mod(product - w(j) * v))
    expect(unpack(multiplication.checkedProducts({ rows: zero, chi, choices, v }))).toEqual(checked)
  })

  test('weighted sums of the payload columns and the chosen sum', () => {
    const column = (c: number) => mod(gadget.reduce((sum, g, j) => sum + g * at(zero, 3 * j + c), 0n))
    expect(multiplication.weightedSums({ gadget, rows: zero })).toEqual({ k: column(0), x: column(1) })
    expect(multiplication.chosenSum({ gadget, choices })).toBe(mod(gadget.reduce((sum, g, j) => sum + w(j) * g, 0n)))
  })

  test('pads differ by row, column, key and shift', () => {
    const [key, other, columns, shift] = [random(32), random(32), new Uint8Array(16 * m), random(16)]
    const base = multiplication.pads({ key, columns })
    const shifted = multiplication.pads({ key, columns, shift })
    const all = [...base, ...shifted, ...multiplication.pads({ key: other, columns })]
    expect(new Set(all).size).toBe(9 * m)
    expect(all.every(value => value >= 0n && value < n)).toBe(true)
    const moved = columns.map((_, i) => shift[i % 16] as number)
    expect(multiplication.pads({ key, columns: moved })).toEqual(shifted)
    expect(multiplication.pads({ key, columns: moved, shift })).toEqual(base)
  })

  test('the gadget is a function of its seed', () => {
    const seed = random(32)
    const g = multiplication.gadget(seed)
    expect(g.length).toBe(m)
    expect(new Set(g).size).toBe(m)
    expect(g.every(value => value < n)).toBe(true)
    expect(multiplication.gadget(seed)).toEqual(g)
    expect(multiplication.gadget(random(32))).not.toEqual(g)
  })
})
