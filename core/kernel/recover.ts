/**
 * Who made an Ethereum signature.
 * @module
 */
import { type Bytes, hex } from '../bytes.ts'
import { type Hex, keccak256 } from '../ethereum.ts'
import { kernel } from './index.ts'

/** The account whose key made the signature over a 32-byte digest; undefined when there is none. Does not require a low s. */
export function recoverAddress(digest: Bytes, r: bigint, s: bigint, yParity: number): Hex | undefined {
  const key = kernel.recover({ r, s, yParity }, digest)
  return key && hex(keccak256(key).subarray(12))
}
