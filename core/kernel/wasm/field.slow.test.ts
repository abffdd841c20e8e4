/** The field below the group, compiled on its own: its functions are not exported from the module. Operands as large as they may be, against bigint. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, test } from 'vitest'
import { seededRandom } from '../../../test/support/seeded-random.ts'
import { bytesToBigint } from '../../bytes.ts'
import { type Export, type Instance, instantiate } from './instance.ts'

const SEED = process.env.SEQUORUM_TEST_SEED ?? '20250301'
const ROUNDS = 3000
const LIMBS = 9
const p = (1n << 256n) - (1n << 32n) - 977n
const root = fileURLToPath(new URL('../../..', import.meta.url))
const random = seededRandom(`${SEED} field of the module`)
/** Elements and bytes of the tests, far above the static data. */
const START = 1 << 20
const SLOT = 64
const [OUT, BYTES] = [START, START + SLOT]
const operand = (i: number): number => START + (2 + i) * SLOT

let instance: Instance
let view: DataView
const call = (name: string, ...args: number[]): number => (instance.exports[name] as Export)(...args)
const mod = (value: bigint): bigint => ((value % p) + p) % p
const power = (base: bigint, exponent: bigint): bigint => {
  let result = 1n
  for (let square = mod(base), left = exponent; left > 0n; left >>= 1n) {
    if (left & 1n) result = (result * square) % p
    square = (square * square) % p
  }
  return result
}

beforeAll(() => {
  const folder = mkdtempSync(join(tmpdir(), 'field-'))
  try {
    const out = join(folder, 'field.wasm')
    execFileSync(process.execPath, ['scripts/build-kernel.mjs', '--entry', 'core/kernel/assembly/field.ts', '--out', out], { cwd: root })
    instance = instantiate(readFileSync(out))
  } finally {
    rmSync(folder, { recursive: true })
  }
  view = new DataView(instance.memory.buffer)
}, 120_000)

/** Σ l_i·2^(29i) as an integer. */
const integer = (at: number): bigint => {
  let value = 0n
  for (let i = LIMBS - 1; i >= 0; i--) value = (value << 29n) + BigInt(view.getInt32(at + 4 * i, true))
  return value
}

/** An element of the magnitude: often every limb is as large as it may be, with any signs. @returns its value mod p. */
function put(at: number, magnitude: number): bigint {
  const [style = 0] = random(1)
  for (let i = 0; i < LIMBS; i++) {
    const limit = Math.floor(2 ** (i === LIMBS - 1 ? 24 : 29) * magnitude)
    const [sign = 0, ...bytes] = random(5)
    const fraction = Number(bytesToBigint(Uint8Array.from(bytes))) / 2 ** 32
    const size = style < 100 ? limit - 1 : style < 130 ? 0 : Math.floor(fraction * limit)
    view.setInt32(at + 4 * i, sign & (style < 50 ? 0 : 1) ? -size : size, true)
  }
  return mod(integer(at))
}

/** The value at OUT, which has to be reduced: what every product promises. */
function reduced(): bigint {
  for (let i = 0; i < LIMBS; i++) {
    const limb = view.getInt32(OUT + 4 * i, true)
    const slack = i === 2 ? 2 ** 16 : 0
    expect(limb).toBeGreaterThanOrEqual(-slack)
    expect(limb).toBeLessThan(2 ** (i === LIMBS - 1 ? 24 : 29) + slack)
  }
  return mod(integer(OUT))
}

type Formula = (...values: bigint[]) => bigint

/** Products with the magnitudes of their operands near the limit, and what they are. */
const products: readonly (readonly [name: string, magnitudes: readonly number[], formula: Formula])[] = [
  ['fe_mul', [1.99, 1.99], (a = 0n, b = 0n) => a * b],
  ['fe_mul', [1, 3.9], (a = 0n, b = 0n) => a * b],
  ['fe_mul_2', [1.4, 1.4], (a = 0n, b = 0n) => 2n * a * b],
  ['fe_mul_sub', [1.99, 1.99, 4], (a = 0n, b = 0n, s = 0n) => a * b - s],
  ['fe_diff_mul', [1, 0.99, 1.99], (a = 0n, b = 0n, c = 0n) => (a - b) * c],
  ['fe_diff_mul_sub', [1, 0.99, 1.99, 4], (a = 0n, b = 0n, c = 0n, s = 0n) => (a - b) * c - s],
  ['fe_sqr', [1.99], (a = 0n) => a * a],
  ['fe_sqr_2', [1.41], (a = 0n) => 2n * a * a],
  ['fe_sqr_3', [1.15], (a = 0n) => 3n * a * a],
  ['fe_sqr_sub', [1.99, 4, 4], (a = 0n, s = 0n, t = 0n) => a * a - s - t],
  ['fe_sqr_sub_2', [1.99, 4, 4], (a = 0n, s = 0n, t = 0n) => a * a - s - 2n * t],
  ['fe_mul_diff_sub_mul', [1.4, 0.7, 0.7, 1.4, 1.4], (a = 0n, b = 0n, c = 0n, d = 0n, e = 0n) => a * (b - c) - d * e],
  ['fe_mul_diff_sub_sqr_2', [1.4, 0.7, 0.7, 0.99], (a = 0n, b = 0n, c = 0n, d = 0n) => a * (b - c) - 2n * d * d],
  ['fe_carry', [3.99], (a = 0n) => a],
  ['fe_normalize', [3.99], (a = 0n) => a],
]

test.each(products)(`%s of operands up to %j, seed ${SEED}`, (name, magnitudes, formula) => {
  for (let round = 0; round < ROUNDS; round++) {
    const values = magnitudes.map((magnitude, i) => put(operand(i), magnitude))
    call(name, OUT, ...magnitudes.map((_, i) => operand(i)))
    expect(reduced()).toBe(mod(formula(...values)))
    if (name === 'fe_normalize') expect(integer(OUT)).toBe(mod(integer(OUT)))
    // over its last operand
    const last = operand(magnitudes.length - 1)
    call(name, last, ...magnitudes.map((_, i) => operand(i)))
    expect(mod(integer(last))).toBe(mod(formula(...values)))
  }
})

test(`bytes, zero and parity, seed ${SEED}`, () => {
  for (let round = 0; round < ROUNDS; round++) {
    const a = put(operand(0), 3.99)
    call('fe_to_be', BYTES, operand(0))
    expect(bytesToBigint(instance.memory.slice(BYTES, BYTES + 32))).toBe(a)
    expect(call('fe_is_odd', operand(0))).toBe(Number(a & 1n))
    expect(call('fe_is_zero', operand(0))).toBe(a === 0n ? -1 : 0)
  }
  const near = Array.from({ length: 2000 }, (_, i) => p - 1000n + BigInt(i))
  for (const value of [0n, 1n, (1n << 256n) - 1n, 1n << 255n, p - (1n << 64n), p + (1n << 31n), ...near]) {
    for (let i = 0; i < 32; i++) view.setUint8(BYTES + i, Number((value >> BigInt(8 * (31 - i))) & 255n))
    expect(call('fe_from_be', OUT, BYTES)).toBe(value < p ? -1 : 0)
    expect(integer(OUT)).toBe(value)
    expect(call('fe_is_zero', OUT)).toBe(value === p || value === 0n ? -1 : 0)
  }
})

test(`inverses and roots, seed ${SEED}`, () => {
  for (let round = 0; round < 500; round++) {
    const a = put(operand(0), 1.99)
    call('fe_inv', OUT, operand(0))
    expect(reduced()).toBe(power(a, p - 2n))
    call('fe_pow_p34', OUT, operand(0))
    expect(reduced()).toBe(power(a, (p - 3n) / 4n))
    const square = call('fe_sqrt', OUT, operand(0))
    expect(reduced()).toBe(power(a, (p + 1n) / 4n))
    expect(square).toBe(a === 0n || power(a, (p - 1n) / 2n) === 1n ? -1 : 0)
  }
})
