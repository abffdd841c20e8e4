/**
 * ECDSA by a key that is not shared: vote keys.
 * @module
 */
import { assertBytes, type Bytes, bytesToBigint } from '../../bytes.ts'
import { PoolError } from '../../errors.ts'
import { CURVE_ORDER } from '../../transcript.ts'
import type { KernelSignature } from '../kernel.ts'
import { LENGTHS } from '../shape.ts'
import type { Machine } from './machine.ts'
import { toBytes } from './scalars.ts'

const { scalar: SCALAR, point: POINT } = LENGTHS
/** Of the nonce: one in 2^128 is rejected. */
const CANDIDATES = 3

/** r, s and the parity of the nonce point; s is at most n/2. */
export function signWith(machine: Machine, secret: Bytes, digest: Bytes): KernelSignature {
  assertBytes(secret, 'secret key', SCALAR)
  assertBytes(digest, 'digest', 32)
  const z = bytesToBigint(digest) % CURVE_ORDER
  return machine.step(() => {
    const { call, hasher } = machine
    const d = machine.put(secret)
    const seed = machine.take(32)
    hasher.start('nonce').part(d, SCALAR).bytes(toBytes(z)).finish(seed)
    const length = SCALAR * CANDIDATES
    const [stream, k] = [machine.take(length), machine.take(SCALAR)]
    call.b3_stream(stream, length, seed)
    machine.draw(k, stream, length, 1)
    if (call.sc_from_be(d, d, 1) !== 1 || call.sc_is_zero(d) !== 0)
      throw new PoolError('invalid-scalar', { title: 'secret key', expected: '0 < k < n' })
    const point = machine.take(POINT)
    call.ec_base(point, k, 1)
    const x = bytesToBigint(machine.copyOut(point + 1, SCALAR))
    const r = x % CURVE_ORDER
    // (z + r·d)/k
    const s = machine.take(SCALAR)
    call.sc_mul(s, d, machine.putScalar(r))
    call.sc_add(s, s, machine.putScalar(z))
    call.sc_inv(k, k)
    call.sc_mul(s, s, k)
    return lowered(r, machine.readScalar(s), machine.view.getUint8(point) & 1, x)
  })
}

/** The same signature with s at most n/2. */
function lowered(r: bigint, s: bigint, yParity: number, x: bigint): KernelSignature {
  // Of chance 2^-127: then x is not r, and nobody can recover the key from r and a parity.
  if (x !== r || r === 0n || s === 0n) throw new PoolError('internal', { reason: 'a nonce that gives no recoverable signature' })
  return s > CURVE_ORDER / 2n ? { r, s: CURVE_ORDER - s, yParity: yParity ^ 1 } : { r, s, yParity }
}
