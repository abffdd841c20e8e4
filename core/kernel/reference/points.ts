/**
 * The group secp256k1 over @noble/curves. `multiply` is noble's constant-time ladder with a blinded scalar; `…Public` takes the faster, variable-time ways.
 * @module
 */
import { mulAddUnsafe } from '@noble/curves/abstract/curve.js'
import type { WeierstrassPoint } from '@noble/curves/abstract/weierstrass.js'
import { secp256k1, secp256k1_hasher } from '@noble/curves/secp256k1.js'
import type { Bytes } from '../../bytes.ts'
import { PoolError } from '../../errors.ts'
import type { Points } from './arithmetic.ts'
import { assertNonzero, reduce } from './scalars.ts'

/** Bytes of an encoded point. */
export const POINT_BYTES = 33

/** A decoded point, inside the reference kernel only. */
export type CurvePoint = WeierstrassPoint<bigint>

const { Point } = secp256k1

/** @throws {PoolError} `invalid-point` unless the bytes are 33 bytes of a point of the curve. */
export function decodePoint(bytes: Bytes, title = 'point'): CurvePoint {
  if (bytes.length !== POINT_BYTES) throw new PoolError('invalid-point', { title, expected: '33 bytes' })
  try {
    return Point.fromBytes(bytes)
  } catch (cause) {
    throw new PoolError('invalid-point', { title, expected: 'a compressed point of secp256k1' }, { cause })
  }
}

/** @throws {PoolError} `invalid-point` for the identity. */
export function notIdentity(point: CurvePoint, title = 'point'): CurvePoint {
  if (point.is0()) throw new PoolError('invalid-point', { title, expected: 'not the identity' })
  return point
}

/** @throws {PoolError} `invalid-point` for the identity, which has no encoding. */
export const encodePoint = (point: CurvePoint): Bytes => notIdentity(point).toBytes(true)

const encodeOrIdentity = (point: CurvePoint): Bytes | undefined => (point.is0() ? undefined : point.toBytes(true))

/** k·G, constant time. */
export function timesBase(k: bigint): CurvePoint {
  assertNonzero(k)
  return Point.BASE.multiply(k)
}

/** k·P, constant time. */
export function times(point: CurvePoint, k: bigint): CurvePoint {
  assertNonzero(k)
  return point.multiply(k)
}

/** RFC 9380 hash to the curve, decoded. */
export const hashToPoint = (message: Bytes, domain: Bytes): CurvePoint =>
  Point.fromAffine(secp256k1_hasher.hashToCurve(message, { DST: domain }).toAffine())

function combinePublic(terms: readonly { readonly point: Bytes; readonly scalar: bigint }[]): Bytes | undefined {
  const points: CurvePoint[] = []
  const factors: bigint[] = []
  for (const { point, scalar } of terms) {
    const decoded = decodePoint(point)
    const factor = reduce(scalar)
    if (factor === 0n) continue
    points.push(decoded)
    factors.push(factor)
  }
  return points.length === 0 ? undefined : encodeOrIdentity(mulAddUnsafe(Point, points, factors))
}

/** Points of the reference kernel. */
export const points: Points = {
  multiplyBase: k => encodePoint(timesBase(k)),
  multiply: (point, k) => encodePoint(times(decodePoint(point), k)),
  multiplyPublic: (point, k) => encodeOrIdentity(decodePoint(point).multiplyUnsafe(reduce(k))),
  combinePublic,
  add(...summands) {
    return encodeOrIdentity(summands.reduce<CurvePoint>((sum, point) => sum.add(decodePoint(point)), Point.ZERO))
  },
  negate(point) {
    return encodePoint(decodePoint(point).negate())
  },
  validate(point, title) {
    decodePoint(point, title)
  },
  hashToCurve: (message, domain) => encodePoint(hashToPoint(message, domain)),
  get base() {
    return Point.BASE.toBytes(true)
  },
}
