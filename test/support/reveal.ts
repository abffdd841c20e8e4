/**
 * What the kernel holds, in clear: for tests that check or compare secrets.
 * @module
 */
import type { Bytes } from '../../core/bytes.ts'
import type { Held } from '../../core/kernel/index.ts'
import { unseal } from '../../core/kernel/reference/seal.ts'
import { sealingKey } from '../../core/threshold/index.ts'
import { secretsOf } from '../../core/threshold/share.ts'
import { testIdentitySeed } from './identity.ts'

const KEY = new Uint8Array(32).fill(0x5e)
const NOWHERE = new Uint8Array(0)

/** The bytes behind a handle. */
export const reveal = (held: Held): Bytes => unseal(KEY, NOWHERE, held.seal(KEY, NOWHERE))

/** OT state of a pair in its parts. */
export function revealPair(held: Held): { delta: Bytes; aliceLeaves: Bytes; bobLeaves: Bytes } {
  const bytes = reveal(held)
  return { delta: bytes.subarray(0, 16), aliceLeaves: bytes.subarray(16, 16 + 8192), bobLeaves: bytes.subarray(16 + 8192) }
}

/** s_i of a share, 32 bytes. */
export const revealShare = (share: Parameters<typeof secretsOf>[0]): Bytes => reveal(secretsOf(share).share)

/** The key that seals the stored shares of a test member. */
export const testSealingKey = (seat: number): Bytes => sealingKey(testIdentitySeed(seat))
