import { secp256k1 } from '@noble/curves/secp256k1.js'
import { describe, expect, test } from 'vitest'
import { seededRandom } from '../../../test/support/seeded-random.ts'
import { type Bytes, bigintToBytes, concat, hex, utf8 } from '../../bytes.ts'
import { isPoolError } from '../../errors.ts'
import { CURVE_ORDER as n } from '../../transcript.ts'
import { twin } from './twin.ts'

const plain = (bytes: Bytes | undefined): string => (bytes === undefined ? 'identity' : hex(bytes).slice(2))
const code = (run: () => unknown): string => {
  try {
    run()
    return 'no error'
  } catch (error) {
    return isPoolError(error) ? error.code : String(error)
  }
}

const FIELD = (1n << 256n) - (1n << 32n) - 977n
const withX = (prefix: number, x: bigint): Bytes => concat(Uint8Array.of(prefix), bigintToBytes(x, 32))

/** What a peer may send in the place of a point. */
const notPoints: readonly (readonly [what: string, bytes: Bytes])[] = [
  ['empty', new Uint8Array(0)],
  ['the one-byte encoding of the identity', Uint8Array.of(0)],
  ['33 zeros', new Uint8Array(33)],
  ['prefix of the identity, x of G', concat(Uint8Array.of(0), secp256k1.Point.BASE.toBytes(true).subarray(1))],
  ['no y for x = 5', withX(2, 5n)],
  ['x = 0', withX(2, 0n)],
  ['x = p', withX(2, FIELD)],
  ['x = p + 1, on the curve if reduced', withX(2, FIELD + 1n)],
  ['x = 2^256 - 1', withX(3, (1n << 256n) - 1n)],
  ['prefix 1', withX(1, 1n)],
  ['prefix 4', withX(4, 1n)],
  ['prefix 5', withX(5, 1n)],
  ['uncompressed', secp256k1.Point.BASE.toBytes(false)],
  ['truncated', secp256k1.Point.BASE.toBytes(true).subarray(0, 32)],
  ['extended', concat(secp256k1.Point.BASE.toBytes(true), Uint8Array.of(0))],
]

describe.each([['reference', twin]] as const)('points of the %s kernel', (_, { points, scalars }) => {
  const random = seededRandom('points')
  const draw = (): bigint => scalars.random(random)

  test('products and sums agree with each other', () => {
    const [a, b] = [draw(), draw()]
    const A = points.multiplyBase(a)
    const B = points.multiplyBase(b)
    expect(plain(points.multiply(A, b))).toBe(plain(points.multiply(B, a)))
    expect(plain(points.multiplyPublic(A, b))).toBe(plain(points.multiplyBase(scalars.multiply(a, b))))
    expect(plain(points.add(A, B))).toBe(plain(points.multiplyBase(scalars.add(a, b))))
    expect(plain(points.negate(A))).toBe(plain(points.multiplyBase(scalars.negate(a))))
    expect(plain(points.multiplyBase(1n))).toBe(plain(points.base))
    expect(plain(points.base)).toBe('0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798')
    expect(plain(points.multiplyBase(n - 1n))).toBe(plain(points.negate(points.base)))
  })

  test('linear combinations of public values', () => {
    const secrets = [draw(), draw(), draw()]
    const factors = [draw(), 3n, n - 1n]
    const terms = secrets.map((secret, i) => ({ point: points.multiplyBase(secret), scalar: factors[i] as bigint }))
    const expected = secrets.reduce((sum, secret, i) => (sum + secret * (factors[i] as bigint)) % n, 0n)
    expect(plain(points.combinePublic(terms))).toBe(plain(points.multiplyBase(expected)))
    expect(points.combinePublic([])).toBeUndefined()
    expect(points.combinePublic(terms.map(({ point }) => ({ point, scalar: 0n })))).toBeUndefined()
    const P = points.multiplyBase(draw())
    expect(points.combinePublic([P, points.negate(P)].map(point => ({ point, scalar: 5n })))).toBeUndefined()
  })

  test('the identity is undefined, never bytes', () => {
    const P = points.multiplyBase(draw())
    expect(points.add(P, points.negate(P))).toBeUndefined()
    expect(points.add()).toBeUndefined()
    expect(points.multiplyPublic(P, 0n)).toBeUndefined()
    expect(points.multiplyPublic(P, n)).toBeUndefined()
  })

  test('secret factors are in 1..n-1', () => {
    const P = points.multiplyBase(draw())
    for (const k of [0n, n, n + 1n, -1n]) {
      expect(code(() => points.multiplyBase(k))).toBe('invalid-scalar')
      expect(code(() => points.multiply(P, k))).toBe('invalid-scalar')
    }
  })

  test.each(notPoints)('refuses %s', (_what, bytes) => {
    for (const run of [
      () => points.validate(bytes),
      () => points.multiply(bytes, 2n),
      () => points.multiplyPublic(bytes, 2n),
      () => points.multiplyPublic(bytes, 0n),
      () => points.combinePublic([{ point: bytes, scalar: 0n }]),
      () => points.add(points.base, bytes),
      () => points.negate(bytes),
    ])
      expect(code(run)).toBe('invalid-point')
  })

  // RFC 9380, appendix J.8.1 (P.x, and the parity of P.y as prefix)
  test.each([
    ['', '03c1cae290e291aee617ebaef1be6d73861479c48b841eaba9b7b5852ddfeb1346'],
    ['abc', '023377e01eab42db296b512293120c6cee72b6ecf9f9205760bd9ff11fb3cb2c4b'],
    ['abcdef0123456789', '02bac54083f293f1fe08e4a70137260aa90783a5cb84d3f35848b324d0674b0e3a'],
    [`q128_${'q'.repeat(128)}`, '03e2167bc785333a37aa562f021f1e881defb853839babf52a7f72b102e41890e9'],
    [`a512_${'a'.repeat(512)}`, '02e3c8d35aaaf0b9b647e88a0a0a7ee5d5bed5ad38238152e4e6fd8c1f8cb7c998'],
  ])('hashes to the curve as RFC 9380 says (%#)', (message, expected) => {
    expect(plain(points.hashToCurve(utf8(message), utf8('QUUX-V01-CS02-with-secp256k1_XMD:SHA-256_SSWU_RO_')))).toBe(expected)
  })

  test('the domain separates hashes to the curve', () => {
    expect(plain(points.hashToCurve(utf8('m'), utf8('domain a')))).not.toBe(plain(points.hashToCurve(utf8('m'), utf8('domain b'))))
  })
})
