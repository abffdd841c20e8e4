/**
 * Arithmetic mod n on public values: bigint, variable time. Secret scalars never come here.
 * @module
 */
import type { Bytes } from '../../bytes.ts'
import { PoolError } from '../../errors.ts'
import { CURVE_ORDER } from '../../transcript.ts'
import type { Scalars } from '../kernel.ts'
import { LENGTHS } from '../shape.ts'
import type { Machine } from './machine.ts'
import { assertScalar } from './proof.ts'

const { scalar: SCALAR } = LENGTHS

/** Scalars of an instance, which inverts. */
export const scalarsOf = (machine: Machine): Scalars => ({
  add(a, b) {
    assertScalar(a)
    assertScalar(b)
    const sum = a + b
    return sum >= CURVE_ORDER ? sum - CURVE_ORDER : sum
  },
  subtract(a, b) {
    assertScalar(a)
    assertScalar(b)
    return a >= b ? a - b : a - b + CURVE_ORDER
  },
  multiply(a, b) {
    assertScalar(a)
    assertScalar(b)
    return (a * b) % CURVE_ORDER
  },
  negate(a) {
    assertScalar(a)
    return a === 0n ? 0n : CURVE_ORDER - a
  },
  invert(a) {
    assertScalar(a)
    if (a === 0n) throw new PoolError('invalid-scalar', { title: 'scalar', expected: '0 < k < n' })
    return machine.step(() => {
      const at = machine.putScalar(a)
      machine.call.sc_inv(at, at)
      return machine.readScalar(at)
    })
  },
  decode(bytes, title = 'scalar') {
    if (!(bytes instanceof Uint8Array) || bytes.length !== SCALAR) throw new PoolError('invalid-scalar', { title, expected: '32 bytes' })
    const value = readBigEndian(bytes)
    if (value >= CURVE_ORDER) throw new PoolError('invalid-scalar', { title, expected: 'a value below the curve order' })
    return value
  },
  encode(scalar) {
    assertScalar(scalar)
    return toBytes(scalar)
  },
})

/** 32 big-endian bytes as a number. */
function readBigEndian(bytes: Bytes): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, SCALAR)
  const high = (view.getBigUint64(0) << 64n) | view.getBigUint64(8)
  return (high << 128n) | (view.getBigUint64(16) << 64n) | view.getBigUint64(24)
}

/** 32 big-endian bytes of a value below 2^256. */
export function toBytes(value: bigint): Bytes {
  const out = new Uint8Array(SCALAR)
  const view = new DataView(out.buffer)
  view.setBigUint64(24, value)
  view.setBigUint64(16, value >> 64n)
  view.setBigUint64(8, value >> 128n)
  view.setBigUint64(0, value >> 192n)
  return out
}
