/**
 * The result of signing, and the last check before anyone sees it.
 * @module
 */
import { type Bytes, bigintToBytes, bytesToBigint, concat } from '../bytes.ts'
import { PoolError } from '../errors.ts'
import { kernel } from '../kernel/index.ts'
import type { Signature } from '../l1/transaction.ts'
import { CURVE_ORDER } from '../transcript.ts'
import type { DerivedAccount } from './derive.ts'

export type { Signature }

/** r (32) | s (32) | yParity (1), 65 bytes. */
export const serializeSignature = ({ r, s, yParity }: Signature): Bytes => concat(bigintToBytes(r, 32), bigintToBytes(s, 32), Uint8Array.of(yParity))

/** R = Σ R_j. Ethereum cannot encode an x at or above the order (2^-128), so such a tuple is given up. @throws {PoolError} `bad-nonce`. */
export function jointNonce(shares: readonly Bytes[]): { R: Bytes; r: bigint; oddY: boolean } {
  const R = kernel.points.add(...shares)
  const r = R && bytesToBigint(R.subarray(1))
  if (R === undefined || r === undefined || r === 0n || r >= CURVE_ORDER) throw new PoolError('bad-nonce')
  return { R, r, oddY: R[0] === 3 }
}

/**
 * s = W/U, turned into its lower half (EIP-2). Undefined when U or s is zero.
 * @param oddY whether the joint nonce point has an odd y; flipping s flips the parity.
 */
export function assemble(r: bigint, U: bigint, W: bigint, oddY: boolean): Signature | undefined {
  if (U === 0n) return undefined
  const s = kernel.scalars.multiply(W, kernel.scalars.invert(U))
  if (s === 0n) return undefined
  const high = s > CURVE_ORDER / 2n
  return { r, s: high ? CURVE_ORDER - s : s, yParity: oddY !== high ? 1 : 0 }
}

/**
 * True when the signature verifies under the account's key and recovers it: the kernel's second path, which shares no code with signing
 * (the reference engine asks @noble/curves).
 */
export const verifySignature = (signature: Signature, digest: Bytes, account: Pick<DerivedAccount, 'publicKey'>): boolean =>
  kernel.verify(signature, digest, account.publicKey)
