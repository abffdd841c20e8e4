/**
 * Compares the group of the compiled kernel with @noble/curves, and makes the scalars for which its fast formulas meet exceptional cases.
 * @module
 */
import { deepStrictEqual, strictEqual } from 'node:assert/strict'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { type Bytes, bigintToBytes, bytesToBigint, concat, type Random } from '../../core/bytes.ts'
import { CURVE_ORDER as n } from '../../core/transcript.ts'
import type { KernelMemory } from './kernel-memory.ts'

const POINT_BYTES = 33
const FIELD = (1n << 256n) - (1n << 32n) - 977n
const G = secp256k1.Point.BASE
type CurvePoint = typeof G

const mod = (value: bigint): bigint => ((value % n) + n) % n
const withX = (prefix: number, x: bigint): Bytes => concat(Uint8Array.of(prefix), bigintToBytes(x, 32))

/** What a peer may send in the place of 33 bytes of a point. */
export const NOT_POINTS: readonly (readonly [what: string, bytes: Bytes])[] = [
  ['zeros', new Uint8Array(POINT_BYTES)],
  ['prefix 0, x of G', concat(Uint8Array.of(0), G.toBytes(true).subarray(1))],
  ['prefix 1, x of G', concat(Uint8Array.of(1), G.toBytes(true).subarray(1))],
  ['prefix 4, x of G', concat(Uint8Array.of(4), G.toBytes(true).subarray(1))],
  ['prefix 6, x of G', concat(Uint8Array.of(6), G.toBytes(true).subarray(1))],
  ['prefix 130, x of G', concat(Uint8Array.of(130), G.toBytes(true).subarray(1))],
  ['x = 0', withX(2, 0n)],
  ['x = 5, off the curve', withX(2, 5n)],
  ['x = p', withX(2, FIELD)],
  ['x = p + 1, on the curve if reduced', withX(3, FIELD + 1n)],
  ['x = 2^256 - 1', withX(3, (1n << 256n) - 1n)],
]

const EDGES = [1n, 2n, 3n, n - 1n, n - 2n, n >> 1n, (n >> 1n) + 1n, (1n << 32n) - 1n, 1n << 128n, (1n << 128n) - 1n, 1n << 255n, 31n, 32n, 33n]

/** The windows of the comb whose points have been summed up in each place, before the last two are added: how core/kernel/assembly/comb.ts does it for `size` scalars at once. */
function lastSum(size: number): readonly [first: ReadonlySet<number>, second: ReadonlySet<number>] {
  let places = Array.from({ length: 52 }, (_, j) => [j])
  for (;;) {
    const half = (places.length + 1) >> 1
    if ((places.length - half) * size < 13) break
    places = places.slice(0, half).map((windows, i) => [...windows, ...(places[i + half] ?? [])])
  }
  return [new Set(places.slice(0, -1).flat()), new Set(places.at(-1))]
}

/** Scalars whose last two partial sums in the comb are the same point, when `size` scalars are multiplied at once. */
export function combCollisions(size: number): bigint[] {
  const [, second] = lastSum(size)
  return [15n * n, -15n * n].flatMap(target => {
    // The digits of the target, the sign of the second part turned around: then first - second = target = 0 mod n.
    const windows = (target + (1n << 260n) - 1n) / 2n
    let [a, b] = [0n, 0n]
    for (let j = 0; j < 52; j++) {
      const digit = 2n * ((windows >> BigInt(5 * j)) & 31n) - 31n
      if (second.has(j)) b -= digit << BigInt(5 * j)
      else a += digit << BigInt(5 * j)
    }
    strictEqual(mod(a - b), 0n)
    const recoded = (a + b + (1n << 260n) - 1n) / 2n
    return recoded >= 0n && recoded < n ? [mod(a + b)] : []
  })
}

const LAMBDA = 0x5363ad4cc05c30e0a5261c028812645a122e22ea20816678df02967c1b23bd72n
const [A1, B1, A2] = [0x3086d221a7d46bcde86c90e49284eb15n, 0xe4437ed6010e88286f547fa90abfe4c3n, 0x114ca50f7a8e2f3f657c1108d9d44cfd8n]

/** round(value / n). */
function nearest(value: bigint): bigint {
  const shifted = 2n * value + n
  return (shifted - (((shifted % (2n * n)) + 2n * n) % (2n * n))) / (2n * n)
}

/** The halves of a scalar, as core/kernel/assembly/glv.ts has them. */
function halves(k: bigint): readonly [bigint, bigint] {
  const [c1, c2] = [nearest(k * A1), nearest(k * B1)]
  return [k - c1 * A1 - c2 * A2, c1 * B1 - c2 * A1]
}

/** Scalars for which the last addition of core/kernel/assembly/variable.ts adds a point to itself. */
export function variableCollisions(): bigint[] {
  // The digits of both halves add up to u1, u2; the halves are (u + offset)/2.
  const offset = (1n << 132n) - (1n << 129n) - 1n
  const found: bigint[] = []
  const near = [-2n, -1n, 0n, 1n, 2n]
  for (const c1 of near.map(d => nearest(offset * (A2 - A1)) + d))
    for (const c2 of near.map(d => nearest(-offset * (B1 + A1)) + d)) {
      // A vector of the lattice, x + λ·y = 0 mod n, of two odd numbers.
      const [x, y] = [c1 * A1 + c2 * A2, -c1 * B1 + c2 * A1]
      strictEqual(mod(x + LAMBDA * y), 0n)
      if ((x & 1n) === 0n || (y & 1n) === 0n) continue
      // x = 16·a - d with an odd digit d and, as the next digit is odd too, an odd a; y = 16·b - e likewise. The sum before the last addition is 16·(a + λ·b),
      // which is the last entry d + λ·e.
      const digits = (value: bigint): bigint[] => [-value & 15n, (-value & 15n) - 16n].filter(d => ((value + d) & 16n) !== 0n)
      for (const d of digits(x))
        for (const e of digits(y)) {
          const [u1, u2] = [x + 2n * d, y + 2n * e]
          const [s1, s2] = halves(mod((u1 + offset) / 2n + LAMBDA * ((u2 + offset) / 2n)))
          if (2n * s1 - offset === u1 && 2n * s2 - offset === u2) found.push(mod(u1 + LAMBDA * u2))
        }
    }
  return found
}

const COLLISIONS = [...[1, 2, 3, 4, 5, 6, 7, 8].flatMap(combCollisions), ...variableCollisions()]

/** Mostly uniform scalars in [1, n), the others edges. */
function drawFactor(random: Random): bigint {
  const [kind = 0, which = 0] = random(2)
  if (kind < 50) return EDGES[which % EDGES.length] as bigint
  if (kind < 60) return COLLISIONS[which % COLLISIONS.length] as bigint
  if (kind < 80) return (bytesToBigint(random(16)) % n) + 1n
  return (bytesToBigint(random(32)) % (n - 1n)) + 1n
}

/** A point by its logarithm, so that every expectation is one multiplication of G. */
interface Known {
  readonly log: bigint
  readonly bytes: Bytes
}

const multipleOfG = (k: bigint): CurvePoint => (mod(k) === 0n ? secp256k1.Point.ZERO : G.multiplyUnsafe(mod(k)))
const encoded = (k: bigint): Bytes => multipleOfG(k).toBytes(true)
const known = (log: bigint): Known => ({ log: mod(log), bytes: encoded(log) })
const packed = (points: readonly Known[]): Bytes => concat(...points.map(point => point.bytes))
const small = (random: Random, limit: number): number => (random(1)[0] as number) % limit

/** One round over every export of the group. @returns compared results. */
export function checkGroup(memory: KernelMemory, random: Random): number {
  const count = 1 + small(random, 9)
  const factors = Array.from({ length: count }, () => drawFactor(random))
  const points = Array.from({ length: count }, () => known(drawFactor(random)))
  const at = memory.put(packed(points))
  const scalars = memory.putScalars(...factors)
  const out = memory.take(count * POINT_BYTES)
  const results = (): Bytes => memory.read(out, count * POINT_BYTES)

  memory.call('ec_base', out, scalars, count)
  deepStrictEqual(results(), concat(...factors.map(encoded)), `ec_base of ${factors}`)
  strictEqual(memory.call('ec_times', out, at, scalars, count), -1)
  deepStrictEqual(results(), concat(...factors.map((k, i) => encoded(k * (points[i] as Known).log))), `ec_times of ${factors}`)
  strictEqual(memory.call('ec_times_same', out, at, scalars, count), -1)
  deepStrictEqual(results(), concat(...points.map(({ log }) => encoded((factors[0] as bigint) * log))), `ec_times_same of ${factors[0]}`)
  checkProducts(memory, random, points[0] as Known, factors[0] as bigint)
  checkSums(memory, random, points, factors)
  memory.clear()
  return 3 * count + 6
}

function checkProducts(memory: KernelMemory, random: Random, point: Known, beta: bigint): void {
  const c = [0n, drawFactor(random), drawFactor(random), beta * point.log, 2n * beta * point.log, -beta * point.log][small(random, 6)] as bigint
  const difference = mod(beta * point.log - c)
  const gammas = [difference, mod(c), mod(-c), drawFactor(random)].filter(log => log !== 0n)
  for (const log of gammas) {
    const expected = log === difference ? 1 : 0
    const got = memory.call('ec_is_product', memory.putScalars(beta), memory.put(point.bytes), memory.putScalars(mod(c)), memory.put(encoded(log)))
    strictEqual(got, expected, `ec_is_product of ${beta}, ${point.log}, ${mod(c)}, ${log}`)
  }
}

/** Linear combinations and sums, of which some terms are made to vanish, to be equal or to be opposites. */
function checkSums(memory: KernelMemory, random: Random, points: readonly Known[], factors: readonly bigint[]): void {
  const terms = points.map((point, i) => ({ point, factor: small(random, 8) === 0 ? 0n : (factors[i] as bigint) }))
  const mutate = small(random, 6)
  const [first] = terms as [(typeof terms)[number]]
  if (mutate === 0) terms.push(...terms.map(({ point, factor }) => ({ point, factor: mod(-factor) })))
  if (mutate === 1) terms.push(...terms.map(({ point, factor }) => ({ point: known(-point.log), factor })))
  if (mutate === 2) terms.push(first, { point: known(1n), factor: drawFactor(random) })
  if (mutate === 3) terms.push({ point: known(1n), factor: mod(-terms.reduce((sum, { point, factor }) => sum + point.log * factor, 0n)) })
  if (mutate === 4) terms.push(...Array.from({ length: 20 }, () => ({ point: first.point, factor: BigInt(small(random, 20)) })))
  const at = memory.put(packed(terms.map(({ point }) => point)))
  const expect = (name: string, sum: bigint, ...args: number[]): void => {
    const untouched = random(POINT_BYTES)
    const out = memory.put(untouched)
    strictEqual(memory.call(name, out, ...args), mod(sum) === 0n ? 0 : 1, name)
    deepStrictEqual(memory.read(out, POINT_BYTES), mod(sum) === 0n ? untouched : encoded(sum), name)
  }
  const total = terms.reduce((sum, { point, factor }) => sum + point.log * factor, 0n)
  expect('ec_combine_public', total, at, memory.putScalars(...terms.map(({ factor }) => factor)), terms.length)
  expect(
    'ec_sum_public',
    terms.reduce((sum, { point }) => sum + point.log, 0n),
    at,
    terms.length,
  )
}
