/**
 * Arithmetic mod the order of secp256k1, on bigint.
 * @module
 */
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { type Bytes, bigintToBytes, bytesToBigint, type Random } from '../../bytes.ts'
import { PoolError } from '../../errors.ts'
import { CURVE_ORDER } from '../../transcript.ts'
import type { Scalars } from './arithmetic.ts'

/** Bytes of an encoded scalar. */
export const SCALAR_BYTES = 32

const invalid = (title: string, expected: string): PoolError => new PoolError('invalid-scalar', { title, expected })

function assertScalar(value: bigint): void {
  if (value < 0n || value >= CURVE_ORDER) throw invalid('scalar', '0 <= k < n')
}

/** Asserts a scalar that has a point: not zero. @throws {PoolError} `invalid-scalar`. */
export function assertNonzero(value: bigint): void {
  if (value <= 0n || value >= CURVE_ORDER) throw invalid('scalar', '0 < k < n')
}

/** Any integer to [0, n). */
export function reduce(value: bigint): bigint {
  const rest = value % CURVE_ORDER
  return rest < 0n ? rest + CURVE_ORDER : rest
}

/** Big-endian words of 64 bits; several times faster than going through hex. `length` is a multiple of 8. */
export function readInteger(view: DataView, offset: number, length: number): bigint {
  let value = 0n
  for (let i = 0; i < length; i += 8) value = (value << 64n) | view.getBigUint64(offset + i)
  return value
}

/** Writes a scalar as 32 big-endian bytes. */
export function writeScalar(view: DataView, offset: number, value: bigint): void {
  for (let i = 0; i < SCALAR_BYTES; i += 8) view.setBigUint64(offset + i, value >> BigInt(8 * (SCALAR_BYTES - 8 - i)))
}

/** A view that reads big-endian words of a byte string. */
export const viewOf = (bytes: Bytes): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

function random(source: Random): bigint {
  for (;;) {
    const candidate = bytesToBigint(source(SCALAR_BYTES))
    if (candidate > 0n && candidate < CURVE_ORDER) return candidate
  }
}

function decode(bytes: Bytes, title = 'scalar'): bigint {
  if (bytes.length !== SCALAR_BYTES) throw invalid(title, '32 bytes')
  const value = bytesToBigint(bytes)
  if (value >= CURVE_ORDER) throw invalid(title, 'a value below the curve order')
  return value
}

function canonical(packed: Bytes): boolean {
  if (packed.length % SCALAR_BYTES !== 0) return false
  const view = viewOf(packed)
  for (let offset = 0; offset < packed.length; offset += SCALAR_BYTES) {
    // the order starts with 32 ones, so nearly every value is decided by its first word
    if (view.getUint32(offset) === 0xffff_ffff && readInteger(view, offset, SCALAR_BYTES) >= CURVE_ORDER) return false
  }
  return true
}

/** Scalars of the reference kernel. */
export const scalars: Scalars = {
  add(a, b) {
    assertScalar(a)
    assertScalar(b)
    return (a + b) % CURVE_ORDER
  },
  subtract(a, b) {
    assertScalar(a)
    assertScalar(b)
    return (a - b + CURVE_ORDER) % CURVE_ORDER
  },
  multiply(a, b) {
    assertScalar(a)
    assertScalar(b)
    return (a * b) % CURVE_ORDER
  },
  negate(a) {
    assertScalar(a)
    return (CURVE_ORDER - a) % CURVE_ORDER
  },
  invert(a) {
    assertNonzero(a)
    return secp256k1.Point.Fn.inv(a)
  },
  random,
  decode,
  encode(scalar) {
    assertScalar(scalar)
    return bigintToBytes(scalar, SCALAR_BYTES)
  },
  canonical,
}
