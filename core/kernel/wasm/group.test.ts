import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { beforeEach, expect, test } from 'vitest'
import { checkGroup, combCollisions, NOT_POINTS, variableCollisions } from '../../../test/support/group-differential.ts'
import { KernelMemory } from '../../../test/support/kernel-memory.ts'
import { seededRandom } from '../../../test/support/seeded-random.ts'
import { type Bytes, bigintToBytes, bytesToBigint, concat, hex } from '../../bytes.ts'
import { CURVE_ORDER as n } from '../../transcript.ts'

const SEED = process.env.SEQUORUM_TEST_SEED ?? '20250301'
const memory = new KernelMemory()
const G = secp256k1.Point.BASE
const encoded = (k: bigint): Bytes => G.multiplyUnsafe(k).toBytes(true)

beforeEach(() => {
  memory.clear()
})

test('the products of the field are what their generator writes', () => {
  const root = fileURLToPath(new URL('../../..', import.meta.url))
  // throws when they differ
  execFileSync(process.execPath, ['scripts/generate-field.mjs', '--check'], { cwd: root })
})

test(`the group agrees with @noble/curves, seed ${SEED}`, () => {
  const random = seededRandom(`${SEED} group of the module`)
  for (let i = 0; i < 60; i++) checkGroup(memory, random)
})

test.each([1, 2, 3, 5, 8, 9, 40])('scalars whose partial sums meet, %i at a time', count => {
  const last = count % 8 === 0 ? 8 : count % 8
  for (const k of [...combCollisions(Math.min(count, 8)), ...combCollisions(last)]) {
    const others = Array.from({ length: count }, (_, i) => BigInt(i + 1) * 0x1234_5678_9abc_def0n)
    for (const place of [0, count - 1]) {
      const scalars = others.map((other, i) => (i === place ? k : other))
      const out = memory.take(33 * count)
      memory.call('ec_base', out, memory.putScalars(...scalars), count)
      expect(hex(memory.read(out, 33 * count))).toBe(hex(concat(...scalars.map(encoded))))
    }
  }
  expect(combCollisions(last).length).toBeGreaterThan(0)
})

test('scalars whose last window meets what is there already', () => {
  const scalars = variableCollisions()
  expect(scalars.length).toBeGreaterThan(0)
  const log = 0xabcdefn
  const points = memory.put(concat(...scalars.map(() => encoded(log))))
  const out = memory.take(33 * scalars.length)
  expect(memory.call('ec_times', out, points, memory.putScalars(...scalars), scalars.length)).toBe(-1)
  expect(hex(memory.read(out, 33 * scalars.length))).toBe(hex(concat(...scalars.map(k => encoded((k * log) % n)))))
  for (const k of scalars) {
    const gamma = memory.put(encoded((k * log + n - 77n) % n))
    expect(memory.call('ec_is_product', memory.putScalars(k), points, memory.putScalars(77n), gamma)).toBe(1)
    expect(memory.call('ec_is_product', memory.putScalars(k), points, memory.putScalars(78n), gamma)).toBe(0)
  }
})

test.each(NOT_POINTS)('refuses %s', (_what, bytes) => {
  const good = [encoded(5n), encoded(6n), encoded(7n)]
  const scalars = memory.putScalars(1n, 0n, 3n)
  for (const place of [0, 1, 2]) {
    const points = memory.put(concat(...good.map((point, i) => (i === place ? bytes : point))))
    const untouched = new Uint8Array(99).fill(7)
    const out = memory.put(untouched)
    expect(memory.call('ec_validate', points, 3)).toBe(place)
    expect(memory.call('ec_validate', points, place)).toBe(-1)
    expect(memory.call('ec_times', out, points, scalars, 3)).toBe(place)
    expect(memory.call('ec_times_same', out, points, scalars, 3)).toBe(place)
    expect(memory.call('ec_combine_public', out, points, scalars, 3)).toBe(-(place + 1))
    expect(memory.call('ec_sum_public', out, points, 3)).toBe(-(place + 1))
    expect(memory.call('ec_negate', out, points + 33 * place)).toBe(-1)
    expect(memory.call('ec_is_product', scalars, points + 33 * place, scalars, points + 33 * ((place + 1) % 3))).toBe(-1)
    expect(memory.call('ec_is_product', scalars, points + 33 * ((place + 1) % 3), scalars, points + 33 * place)).toBe(-1)
    expect(memory.read(out, 99)).toEqual(untouched)
  }
})

test('an invalid point among many is found before anything is computed', () => {
  const bad = NOT_POINTS[6]?.[1] as Bytes
  const points = memory.put(concat(...Array.from({ length: 50 }, (_, i) => (i === 49 ? bad : encoded(BigInt(i + 1))))))
  const out = memory.take(33 * 50)
  expect(memory.call('ec_times_same', out, points, memory.putScalars(9n), 50)).toBe(49)
  expect(memory.read(out, 33 * 50)).toEqual(new Uint8Array(33 * 50))
})

test('opposites', () => {
  const random = seededRandom(`${SEED} opposites`)
  for (let i = 0; i < 20; i++) {
    const k = (bytesToBigint(random(32)) % (n - 1n)) + 1n
    const out = memory.take(33)
    expect(memory.call('ec_negate', out, memory.put(encoded(k)))).toBe(1)
    expect(hex(memory.read(out, 33))).toBe(hex(encoded(n - k)))
  }
})

test('no terms make the identity', () => {
  expect(memory.call('ec_combine_public', 0, 0, 0, 0)).toBe(0)
  expect(memory.call('ec_sum_public', 0, 0, 0)).toBe(0)
  expect(memory.call('ec_validate', 0, 0)).toBe(-1)
  expect(memory.call('ec_times', 0, 0, 0, 0)).toBe(-1)
})

test('the table of G is built whichever call is the first', () => {
  const fresh = (): KernelMemory => new KernelMemory()
  const product = fresh()
  const gamma = product.put(encoded(11n * 13n - 9n))
  expect(product.call('ec_is_product', product.putScalars(11n), product.put(encoded(13n)), product.putScalars(9n), gamma)).toBe(1)
  const combination = fresh()
  const points = combination.put(concat(...Array.from({ length: 17 }, (_, i) => encoded(BigInt(17 - i)))))
  const out = combination.take(33)
  expect(combination.call('ec_combine_public', out, points, combination.putScalars(...Array.from({ length: 17 }, () => 3n)), 17)).toBe(1)
  expect(hex(combination.read(out, 33))).toBe(hex(encoded(3n * 153n)))
  const base = fresh()
  const result = base.take(33)
  base.call('ec_base', result, base.putScalars(2n), 1)
  expect(hex(base.read(result, 33))).toBe(hex(encoded(2n)))
})

test('many terms', () => {
  const terms = Array.from({ length: 70 }, (_, i) => ({ log: i % 9 === 0 ? 1n : BigInt(i + 1), factor: (n - 1n) / BigInt(i + 3) }))
  const points = memory.put(concat(...terms.map(({ log }) => encoded(log))))
  const out = memory.take(33)
  expect(memory.call('ec_combine_public', out, points, memory.putScalars(...terms.map(({ factor }) => factor)), 70)).toBe(1)
  expect(hex(memory.read(out, 33))).toBe(hex(encoded(terms.reduce((sum, { log, factor }) => (sum + log * factor) % n, 0n))))
})

test('nothing stays behind of a secret', () => {
  const [out, points] = [memory.take(330), memory.put(concat(...Array.from({ length: 10 }, (_, i) => encoded(BigInt(i + 2)))))]
  const run = (k: bigint): Bytes => {
    const scalars = memory.putScalars(...Array.from({ length: 10 }, (_, i) => (k * BigInt(i + 1)) % n))
    memory.call('ec_base', out, scalars, 10)
    memory.call('ec_times', out, points, scalars, 10)
    memory.call('ec_times_same', out, points, scalars, 10)
    memory.call('ec_is_product', scalars, points, scalars, points)
    return memory.ownMemory()
  }
  const k = bytesToBigint(bigintToBytes(0x0123_4567_89ab_cdefn ** 4n % n, 32))
  const first = run(k)
  expect(run((k * k) % n)).toEqual(first)
  for (const collision of [...combCollisions(1), ...variableCollisions()]) {
    const scalar = memory.putScalars(collision)
    memory.call('ec_base', out, scalar, 1)
    memory.call('ec_times', out, points, scalar, 1)
    memory.call('ec_is_product', scalar, points, memory.putScalars(0n), points)
    expect(memory.ownMemory()).toEqual(first)
  }
})
