/**
 * The last check of a signature, by the part of the module that shares no code with signing.
 * @module
 */
import { assertBytes, type Bytes } from '../../bytes.ts'
import { CURVE_ORDER } from '../../transcript.ts'
import type { KernelSignature } from '../kernel.ts'
import { LENGTHS } from '../shape.ts'
import type { Machine } from './machine.ts'
import { toBytes } from './scalars.ts'

/** True when the signature verifies under the key and recovers it. */
export function verify(machine: Machine, { r, s, yParity }: KernelSignature, digest: Bytes, publicKey: Bytes): boolean {
  assertBytes(digest, 'digest', 32)
  assertBytes(publicKey, 'public key', LENGTHS.point)
  if (r <= 0n || r >= CURVE_ORDER || s <= 0n || s > CURVE_ORDER / 2n || (yParity !== 0 && yParity !== 1)) return false
  return machine.step(
    () => machine.call.verify_signature(machine.put(digest), machine.put(toBytes(r)), machine.put(toBytes(s)), yParity, machine.put(publicKey)) === 1,
  )
}
