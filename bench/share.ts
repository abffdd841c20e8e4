/**
 * What a key share takes: in the vault, and in memory.
 * @module
 */
import { encodeShare, type KeyShare } from '../core/threshold/index.ts'
import { testShares } from '../test/support/shares.ts'
import type { Platform, Sample } from './jobs.ts'

/** Facts: `bytesPerPeer`, by how much a stored share grows with one more member; `bytes`, of a stored share of 2-of-3. */
export function shareSize(): Sample {
  const key = new Uint8Array(32).fill(1)
  const size = (members: number): number => encodeShare(testShares(members, 2).get(1) as KeyShare, key).length
  return { facts: { bytesPerPeer: size(4) - size(3), bytes: size(3) } }
}

/** Keys whose shares are held while the memory is read. */
const KEYS = 12

/** Facts: `bytes`, memory of one share of 2-of-3: JavaScript heap and buffers. What the compiled kernel holds in its own memory is not in it. */
export function shareMemory({ memory }: Platform): Sample {
  if (memory === undefined) return {}
  testShares(3, 2, 'warm')
  const before = memory()
  const held = Array.from({ length: KEYS }, (_, i) => [...testShares(3, 2, `memory ${i}`).values()])
  const bytes = (memory() - before) / (3 * KEYS)
  for (const share of held.flat()) share.wipe()
  return { facts: { bytes } }
}
