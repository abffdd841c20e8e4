/**
 * Compares scalars and vectors of the compiled kernel with plain bigint and with the reference kernel.
 * @module
 */
import { deepStrictEqual, strictEqual } from 'node:assert/strict'
import { type Bytes, bigintToBytes, bytesToBigint, type Random } from '../../core/bytes.ts'
import { multiplication } from '../../core/kernel/reference/multiplication.ts'
import { SHAPE } from '../../core/kernel/shape.ts'
import { CURVE_ORDER as n } from '../../core/transcript.ts'
import type { KernelMemory } from './kernel-memory.ts'

const { transfers, columns: width } = SHAPE
const SCALAR_BYTES = 32
const ROW_BYTES = width * SCALAR_BYTES
/** 2^256 - n. */
const rest = (1n << 256n) - n
const EDGES = [0n, 1n, 2n, n - 1n, n - 2n, n >> 1n, 1n << 128n, (1n << 128n) - 1n, rest, rest - 1n, n - rest, (1n << 255n) - 1n, 1n << 255n]
/** What is not below n. */
const BEYOND = [
  n,
  n + 1n,
  n + (1n << 32n),
  n + (1n << 64n),
  n + (1n << 96n),
  n + (1n << 128n),
  n + 0x2fc9_bebfn,
  (1n << 256n) - (1n << 128n),
  (1n << 256n) - 1n,
]

/** Mostly uniform scalars, the others edges. */
export function drawScalar(random: Random): bigint {
  const [kind = 0, which = 0] = random(2)
  return kind < 100 ? (EDGES[which % EDGES.length] as bigint) : bytesToBigint(random(SCALAR_BYTES)) % n
}

/** Any 256 bits, often not below n. */
export function drawWide(random: Random): bigint {
  const [kind = 0, which = 0] = random(2)
  return kind < 100 ? (BEYOND[which % BEYOND.length] as bigint) : kind < 150 ? drawScalar(random) : bytesToBigint(random(SCALAR_BYTES))
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n
  for (let square = base, left = exponent; left > 0n; left >>= 1n) {
    if (left & 1n) result = (result * square) % n
    square = (square * square) % n
  }
  return result
}

const big = (values: readonly bigint[]): Bytes => {
  const out = new Uint8Array(values.length * SCALAR_BYTES)
  for (const [i, value] of values.entries()) out.set(bigintToBytes(value, SCALAR_BYTES), i * SCALAR_BYTES)
  return out
}

/** One case of every scalar function. */
export function checkScalars(memory: KernelMemory, random: Random): void {
  const a = drawScalar(random)
  const b = drawScalar(random)
  const atA = memory.putScalars(a)
  const atB = memory.putScalars(b)
  const out = memory.take(4 * SCALAR_BYTES)
  const result = (name: string, ...args: number[]): bigint => {
    memory.call(name, out, ...args)
    return memory.readScalar(out)
  }
  strictEqual(result('sc_add', atA, atB), (a + b) % n)
  strictEqual(result('sc_sub', atA, atB), (a - b + n) % n)
  strictEqual(result('sc_mul', atA, atB), (a * b) % n)
  strictEqual(result('sc_neg', atA), (n - a) % n)
  const inverse = result('sc_inv', atA)
  if (a === 0n) strictEqual(inverse, 0n)
  else strictEqual((inverse * a) % n, 1n)
  strictEqual(memory.call('sc_is_zero', atA), a === 0n ? 1 : 0)
  // an argument may be the result's place
  memory.call('sc_mul', atB, atA, atB)
  strictEqual(memory.readScalar(atB), (a * b) % n)
  memory.call('sc_inv', atA, atA)
  strictEqual(memory.readScalar(atA), inverse)

  const wide = [drawWide(random), drawWide(random), drawWide(random)]
  const bytes = big(wide)
  const canonical = wide.every(value => value < n) ? 1 : 0
  const atWide = memory.put(bytes)
  strictEqual(memory.call('sc_is_canonical_be_public', atWide, 3), canonical)
  strictEqual(memory.call('sc_from_be', out, atWide, 3), canonical)
  deepStrictEqual(
    memory.readScalars(out, 3),
    wide.map(value => value % n),
  )
  memory.call('sc_to_be', atWide, out, 3)
  deepStrictEqual(memory.read(atWide, 96), big(wide.map(value => value % n)))

  const long = random(48)
  if ((a & 3n) === 0n) long.fill(255, 0, 20)
  strictEqual(result('sc_reduce48', memory.put(long)), bytesToBigint(long) % n)

  const coefficients = [a, drawScalar(random), drawScalar(random), b].slice(0, Number(b & 3n) + 1)
  const x = (b & 4n) === 0n ? 0xffff_ffff : Number(bytesToBigint(random(2)))
  const sum = coefficients.reduce((total, c, i) => total + c * power(BigInt(x), BigInt(i)), 0n)
  strictEqual(result('sc_horner', memory.putScalars(...coefficients), coefficients.length, x), sum % n)
  memory.clear()
}

/** One case of every vector function on `3 * 752` scalars and more. `draw` gives the scalars. */
export function checkVectors(memory: KernelMemory, random: Random, draw: (random: Random) => bigint): void {
  const vector = (length: number): bigint[] => Array.from({ length }, () => draw(random))
  const [zero, one, inputs, gadget] = [vector(width * transfers), vector(width * transfers), vector(width), vector(transfers)]
  const chi = [draw(random), draw(random), 1n]
  const v = draw(random)
  const choices = random(transfers / 8)

  const [atZero, atOne, atInputs, atChi] = [
    memory.putScalars(...zero),
    memory.putScalars(...one),
    memory.putScalars(...inputs),
    memory.putScalars(...chi),
  ]
  const [atGadget, atV, atChoices] = [memory.putScalars(...gadget), memory.putScalars(v), memory.put(choices)]
  const out = memory.take(transfers * ROW_BYTES)
  const [k, x] = [memory.take(SCALAR_BYTES), memory.take(SCALAR_BYTES)]

  const corrections = multiplication.corrections({ zero, one, inputs })
  memory.call('vole_corrections', out, atZero, atOne, atInputs)
  deepStrictEqual(memory.read(out, transfers * ROW_BYTES), corrections)

  const rows = multiplication.applyCorrections({ pads: zero, choices, corrections })
  const atRows = memory.putScalars(...zero)
  memory.call('vole_apply', atRows, atChoices, out)
  deepStrictEqual(memory.readScalars(atRows, width * transfers), rows)

  memory.call('vole_row_products', out, atZero, atChi)
  deepStrictEqual(memory.read(out, transfers * SCALAR_BYTES), multiplication.rowProducts({ rows: zero, chi }))
  memory.call('vole_checked_products', out, atRows, atChi, atChoices, atV)
  deepStrictEqual(memory.read(out, transfers * SCALAR_BYTES), multiplication.checkedProducts({ rows, chi, choices, v }))

  memory.call('vole_weighted_sums', k, x, atGadget, atRows)
  deepStrictEqual({ k: memory.readScalar(k), x: memory.readScalar(x) }, multiplication.weightedSums({ gadget, rows }))
  memory.call('vole_chosen_sum', k, atGadget, atChoices)
  strictEqual(memory.readScalar(k), multiplication.chosenSum({ gadget, choices }))
  memory.clear()
}

/** One case of what is drawn from hashes. */
export function checkDraws(memory: KernelMemory, random: Random): void {
  const [key, seed, columns, shift] = [random(32), random(32), random(16 * transfers), random(16)]
  const [atKey, atSeed, atColumns, atShift] = [memory.put(key), memory.put(seed), memory.put(columns), memory.put(shift)]
  const out = memory.take(transfers * ROW_BYTES)
  memory.call('vole_pads', out, atKey, atColumns, 0)
  deepStrictEqual(memory.readScalars(out, width * transfers), multiplication.pads({ key, columns }))
  memory.call('vole_pads', out, atKey, atColumns, atShift)
  deepStrictEqual(memory.readScalars(out, width * transfers), multiplication.pads({ key, columns, shift }))

  memory.call('vole_gadget', out, atSeed)
  deepStrictEqual(memory.readScalars(out, transfers), multiplication.gadget(seed))
  memory.clear()
}
