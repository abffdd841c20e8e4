import { expect, test } from 'vitest'
import { checkVectors, drawScalar } from '../../../test/support/kernel-differential.ts'
import { KernelMemory } from '../../../test/support/kernel-memory.ts'
import { seededRandom } from '../../../test/support/seeded-random.ts'
import { equal } from '../../bytes.ts'
import { CURVE_ORDER as n } from '../../transcript.ts'

const SEED = process.env.SEQUORUM_TEST_SEED ?? '20250301'
const memory = new KernelMemory()
const random = seededRandom(`${SEED} vectors of the module`)
const m = 752

test(`vectors agree with the reference, seed ${SEED}`, () => {
  for (let i = 0; i < 3; i++) checkVectors(memory, random, drawScalar)
})

test.each([
  ['n - 1', n - 1n],
  ['2^256 - 2^129', (1n << 256n) - (1n << 129n)],
  ['digits of thirteen ones', (1n << 255n) - 1n],
  ['0', 0n],
])('vectors in which every value is %s', (_, value) => {
  checkVectors(memory, random, () => value)
})

test.each<[string, (rows: number, bits: number, known: number) => number[]]>([
  ['vole_corrections', rows => [rows, rows, rows]],
  ['vole_apply', (rows, bits) => [bits, rows]],
  ['vole_row_products', (rows, _, known) => [rows, known]],
  ['vole_checked_products', (rows, bits, known) => [rows, known, bits, rows]],
  ['vole_weighted_sums', (rows, _, known) => [known, known, rows]],
  ['vole_chosen_sum', (_, bits, known) => [known, bits]],
])('what stays behind of %s does not depend on a secret', (name, args) => {
  const left = [0n, n - 1n].map(value => {
    const out = memory.take(96 * m)
    const known = memory.putScalars(...Array.from({ length: m }, (_, i) => BigInt(i + 1)))
    const rows = memory.putScalars(...Array.from({ length: 3 * m }, () => value))
    const bits = memory.put(new Uint8Array(94).fill(value === 0n ? 0 : 255))
    memory.call(name, out, ...args(rows, bits, known))
    memory.clear()
    return memory.ownMemory()
  })
  expect(equal(left[0] as Uint8Array, left[1] as Uint8Array)).toBe(true)
})
