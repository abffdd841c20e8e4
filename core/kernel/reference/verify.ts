/**
 * Verification and recovery, by @noble/curves alone.
 * @module
 */
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { bigintToBytes, concat, equal } from '../../bytes.ts'
import { CURVE_ORDER } from '../../transcript.ts'
import type { Kernel } from '../kernel.ts'

/** True when the signature verifies under the key and recovers it. */
export const verify: Kernel['verify'] = ({ r, s, yParity }, digest, publicKey) => {
  if (r <= 0n || r >= CURVE_ORDER || s <= 0n || s > CURVE_ORDER / 2n || (yParity !== 0 && yParity !== 1)) return false
  const compact = concat(bigintToBytes(r, 32), bigintToBytes(s, 32))
  try {
    return (
      secp256k1.verify(compact, digest, publicKey, { prehash: false, lowS: true }) &&
      equal(secp256k1.recoverPublicKey(concat(Uint8Array.of(yParity), compact), digest, { prehash: false }), publicKey)
    )
  } catch {
    return false
  }
}

/** The key that made the signature. */
export const recover: Kernel['recover'] = ({ r, s, yParity }, digest) => {
  if (yParity !== 0 && yParity !== 1) return undefined
  try {
    return new secp256k1.Signature(r, s, yParity).recoverPublicKey(digest).toBytes(false).subarray(1)
  } catch {
    return undefined
  }
}
