/**
 * The last check of a signature, by the part of the module that shares no code with signing; and recovery of public keys.
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

/** The key that made a signature, x | y. */
export function recover(machine: Machine, { r, s, yParity }: KernelSignature, digest: Bytes): Bytes | undefined {
  assertBytes(digest, 'digest', 32)
  if (r <= 0n || r >= CURVE_ORDER || s <= 0n || s >= CURVE_ORDER || (yParity !== 0 && yParity !== 1)) return undefined
  return machine.step(() => {
    const out = machine.take(2 * LENGTHS.scalar)
    const found = machine.call.ec_recover_public(out, machine.put(digest), machine.put(toBytes(r)), machine.put(toBytes(s)), yParity)
    return found === 1 ? machine.copyOut(out, 2 * LENGTHS.scalar) : undefined
  })
}
