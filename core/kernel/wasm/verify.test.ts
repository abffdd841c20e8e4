import { readdirSync, readFileSync } from 'node:fs'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { expect, test } from 'vitest'
import { NOT_POINTS } from '../../../test/support/group-differential.ts'
import { KernelMemory } from '../../../test/support/kernel-memory.ts'
import { seededRandom } from '../../../test/support/seeded-random.ts'
import { type Claim, checkVerification, crafted, expected, randomClaim, verdict } from '../../../test/support/verify-differential.ts'
import { bigintToBytes, bytesToBigint } from '../../bytes.ts'
import { CURVE_ORDER as n } from '../../transcript.ts'

const SEED = process.env.SEQUORUM_TEST_SEED ?? '20250301'
const memory = new KernelMemory()
const LAMBDA = 0x5363ad4cc05c30e0a5261c028812645a122e22ea20816678df02967c1b23bd72n
const accepted = (claim: Claim): boolean => verdict(memory, claim)

test('imports nothing from the other sources of the module', () => {
  const folder = new URL('../assembly/', import.meta.url)
  const files = readdirSync(folder).filter(name => name.startsWith('verify') && name.endsWith('.ts'))
  const imported = files.flatMap(name => [...readFileSync(new URL(name, folder), 'utf8').matchAll(/from '(.*)'/g)].map(match => match[1]))
  expect(imported.length).toBeGreaterThan(5)
  for (const path of imported) expect(path).toMatch(/^\.\/verify(-[a-z]+)?$/)
})

test(`agrees with @noble/curves on random signatures, seed ${SEED}`, () => {
  const random = seededRandom(`${SEED} verification`)
  const parities = new Set<number>()
  for (let i = 0; i < 60; i++) {
    const claim = randomClaim(random)
    parities.add(claim.yParity)
    expect(expected(claim)).toBe(true)
    expect(accepted(claim)).toBe(true)
    const other = { ...claim, yParity: claim.yParity ^ 1 }
    expect(expected(other)).toBe(false)
    expect(accepted(other)).toBe(false)
    checkVerification(memory, random)
  }
  expect(parities.size).toBe(2)
})

test('accepts what @noble/curves signs', () => {
  const random = seededRandom(`${SEED} signed by noble`)
  for (let i = 0; i < 20; i++) {
    const [secret, digest] = [random(32), random(32)]
    const signature = secp256k1.Signature.fromBytes(secp256k1.sign(digest, secret, { prehash: false, format: 'recovered' }), 'recovered')
    const { r, s, recovery } = signature
    expect(accepted({ digest, r, s, yParity: recovery as number, publicKey: secp256k1.getPublicKey(secret) })).toBe(true)
  }
})

test('refuses r and s outside their ranges', () => {
  const claim = randomClaim(seededRandom(`${SEED} ranges`))
  for (const r of [0n, n, n + 1n, n + claim.r, (1n << 256n) - 1n]) if (r < 1n << 256n) expect(accepted({ ...claim, r })).toBe(false)
  for (const s of [0n, n, n + 1n, (1n << 256n) - 1n, n - claim.s]) {
    expect(accepted({ ...claim, s })).toBe(false)
    expect(accepted({ ...claim, s, yParity: claim.yParity ^ 1 })).toBe(false)
  }
  for (const yParity of [2, 3, -1, 27, 28, 256]) expect(accepted({ ...claim, yParity })).toBe(false)
})

test('draws the line between low and high s at n/2', () => {
  // r and s chosen, the key computed: Q = (s·R - e·G)/r
  const R = secp256k1.Point.BASE.multiplyUnsafe(12345n)
  const { x: r, y } = R.toAffine()
  for (const [s, isLow] of [
    [1n, true],
    [n >> 1n, true],
    [(n >> 1n) + 1n, false],
    [n - 1n, false],
  ] as const) {
    const Q = R.multiplyUnsafe(s)
      .add(secp256k1.Point.BASE.multiplyUnsafe(n - 77n))
      .multiplyUnsafe(secp256k1.Point.Fn.inv(r))
    const claim = { digest: bigintToBytes(77n, 32), r, s, yParity: Number(y & 1n), publicKey: Q.toBytes(true) }
    expect(accepted(claim)).toBe(isLow)
    expect(expected(claim)).toBe(isLow)
  }
})

test('refuses an x of R that is not below n, which r cannot tell from x - n', () => {
  // the least x > n of a point, and the key for which e·G + r·Q = s·R with e = s = 1
  const Point = secp256k1.Point
  const isX = (x: bigint): boolean => Point.Fp.isValid(x) && Point.CURVE().p > x && isSquare(Point.Fp.create(x ** 3n + 7n))
  const isSquare = (a: bigint): boolean => Point.Fp.pow(a, (Point.CURVE().p - 1n) / 2n) === 1n
  let x = n + 1n
  while (!isX(x)) x++
  const R = Point.fromHex('02' + x.toString(16))
  const r = x - n
  const Q = R.subtract(Point.BASE).multiplyUnsafe(Point.Fn.inv(r))
  const claim = { digest: bigintToBytes(1n, 32), r, s: 1n, yParity: 0, publicKey: Q.toBytes(true) }
  expect(secp256k1.verify(new secp256k1.Signature(r, 1n).toBytes('compact'), claim.digest, claim.publicKey, { prehash: false })).toBe(true)
  expect(accepted(claim)).toBe(false)
  expect(accepted({ ...claim, yParity: 1 })).toBe(false)
})

test('takes digests mod n', () => {
  const bySmall = crafted(0xabcdefn, 0n, 17n) as Claim
  expect(bytesToBigint(bySmall.digest)).toBe(0n)
  expect(accepted(bySmall)).toBe(true)
  expect(accepted({ ...bySmall, digest: bigintToBytes(n, 32) })).toBe(true)
  expect(accepted({ ...bySmall, digest: bigintToBytes(n + 1n, 32) })).toBe(false)
  // a key for which the digest n + 5 is signed
  const e = 5n
  const R = secp256k1.Point.BASE.multiplyUnsafe(99n)
  const { x: r, y } = R.toAffine()
  const Q = R.multiplyUnsafe(3n)
    .add(secp256k1.Point.BASE.multiplyUnsafe(n - e))
    .multiplyUnsafe(secp256k1.Point.Fn.inv(r))
  const claim = { digest: bigintToBytes(n + e, 32), r, s: 3n, yParity: Number(y & 1n), publicKey: Q.toBytes(true) }
  expect(accepted(claim)).toBe(true)
  expect(accepted({ ...claim, digest: bigintToBytes(e, 32) })).toBe(true)
  expect(accepted({ ...claim, digest: bigintToBytes((1n << 256n) - 1n, 32) })).toBe(false)
})

test.each(NOT_POINTS)('refuses the key: %s', (_what, publicKey) => {
  const claim = crafted(1n, 5n, 7n) as Claim
  expect(accepted(claim)).toBe(true)
  expect(accepted({ ...claim, publicKey })).toBe(false)
})

/** Keys whose multiples are multiples of G that the tables and the ladder have too. */
const KEYS = [1n, n - 1n, 2n, LAMBDA, n - LAMBDA, 1n << 128n, n - (1n << 128n), 3n, secp256k1.Point.Fn.inv(2n)]
const SMALL = [1n, 2n, 3n, 5n, 7n, 15n, 16n, 17n, 127n]

test.each(KEYS)('equal and opposite points inside the sum, key %s', key => {
  const values = [...SMALL, ...SMALL.map(value => n - value)]
  const scaled = [...SMALL, n - 1n, 1n << 128n, n - (1n << 128n), (1n << 128n) + 1n, LAMBDA, n - LAMBDA]
  let identities = 0
  for (const u2 of values) {
    const claims = scaled.map(u1 => crafted(key, u1, u2))
    identities += claims.filter(claim => claim === null).length
    for (const claim of claims) {
      if (claim === null) continue
      expect(accepted(claim)).toBe(true)
      expect(accepted({ ...claim, yParity: claim.yParity ^ 1 })).toBe(false)
    }
  }
  if (key === 1n || key === n - 1n) expect(identities).toBeGreaterThan(5)
})

test('u1·G = u2·Q and u1·G = -u2·Q for large scalars', () => {
  const random = seededRandom(`${SEED} meeting points`)
  for (let i = 0; i < 20; i++) {
    const [key, u2] = [bytesToBigint(random(32)) % n, bytesToBigint(random(32)) % n]
    const u1 = (u2 * key) % n
    expect(accepted(crafted(key, u1, u2) as Claim)).toBe(true)
    // a sum that is the identity has no x: whatever r is claimed, with s = r/u2 it is refused
    const r = bytesToBigint(random(32)) % n
    const s = secp256k1.Point.Fn.div(r, u2)
    const [low, digest] = [s > n >> 1n ? n - s : s, bigintToBytes(((n - u1) * (s > n >> 1n ? n - s : s)) % n, 32)]
    const publicKey = secp256k1.Point.BASE.multiplyUnsafe(key).toBytes(true)
    for (const yParity of [0, 1]) expect(accepted({ digest, r: s === low ? r : n - r, s: low, yParity, publicKey })).toBe(false)
  }
})
