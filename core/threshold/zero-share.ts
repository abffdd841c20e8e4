/**
 * Pseudo-random shares of zero: each pair holds a seed that neither chose, one adds what the other subtracts.
 * @module
 */
import { type Bytes, u32be } from '../bytes.ts'
import { PoolError } from '../errors.ts'
import { kernel } from '../kernel/index.ts'
import { H, Hs } from '../transcript.ts'
import { type KeyShare, secretsOf } from './share.ts'

/** `H("zero-seed"; V2, i, j, z_ij, z_ji)` for i < j, each side having contributed 32 bytes. */
export function zeroSeed(view: Bytes, self: number, peer: number, mine: Bytes, theirs: Bytes): Bytes {
  const [low, high, first, second] = self < peer ? [self, peer, mine, theirs] : [peer, self, theirs, mine]
  return H('zero-seed', [view, u32be(low), u32be(high), first, second])
}

/** zeta_i: over the quorum these add up to zero, and `bind` makes them fresh for every message. */
export function zeroShare(share: KeyShare, peers: readonly number[], bind: Bytes): bigint {
  const { zeroSeeds } = secretsOf(share)
  let sum = 0n
  for (const peer of peers) {
    const seed = zeroSeeds.get(peer)
    if (seed === undefined) throw new PoolError('internal', { reason: 'no zero seed', peer })
    const value = Hs('zero', [seed.expose(), bind])
    sum = share.index < peer ? kernel.scalars.subtract(sum, value) : kernel.scalars.add(sum, value)
  }
  return sum
}
