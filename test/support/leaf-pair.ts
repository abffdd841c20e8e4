/**
 * The state that key generation leaves for one ordered pair, drawn directly: what tests of the multiplication start from.
 * @module
 */
import type { Bytes, Random } from '../../core/bytes.ts'

/** Bob has all leaves; Alice has Delta and all leaves but one per tree. */
export interface LeafPair {
  readonly delta: Bytes
  readonly bobLeaves: Bytes
  readonly aliceLeaves: Bytes
}

/** A consistent pair: 32 trees of 16 leaves of 16 bytes, Delta uniform unless given. */
export function leafPair(random: Random, delta: Bytes = random(16)): LeafPair {
  const bobLeaves = random(8192)
  const aliceLeaves = bobLeaves.slice()
  for (let tree = 0; tree < 32; tree++) {
    const position = ((delta[tree >> 1] as number) >> (4 * (tree & 1))) & 15
    aliceLeaves.fill(0, (16 * tree + position) * 16, (16 * tree + position + 1) * 16)
  }
  return { delta, bobLeaves, aliceLeaves }
}
