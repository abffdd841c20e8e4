/**
 * The burn rule. Each failed check of oblivious transfer answers a question about a 128-bit secret; without burning a cheater asks a few
 * hundred times and reads the key. So the pair's OT state goes before anything else happens.
 * @module
 */
import type { CeremonyContext } from '../ceremony/context.ts'
import { type ErrorCode, isPoolError, PoolError } from '../errors.ts'
import { burnPeer, type KeyShare } from './share.ts'

/** Checks whose failure burns the pair. `final-verify` joins them in a quorum of two. */
export const BURNING: readonly ErrorCode[] = ['ote-check', 'vole-check', 'gamma-k', 'gamma-x']

/**
 * Burns the pair with `peer`: in memory at once, so that no other live session goes on with it, then durably; only then the error is thrown.
 */
export async function burnAndThrow(ctx: CeremonyContext<KeyShare>, share: KeyShare, peer: number, error: PoolError): Promise<never> {
  burnPeer(share, peer, error.code)
  try {
    await ctx.journal.burned(peer, error.code)
  } catch (cause) {
    throw new PoolError(error.code, { ...error.context, burn: 'not durable' }, { culprits: error.culprits, cause })
  }
  throw error
}

/** Runs a check on what `peer` sent; a failure of those in `BURNING` burns the pair. */
export async function burnOnFailure<T>(ctx: CeremonyContext<KeyShare>, share: KeyShare, peer: number, check: () => T): Promise<T> {
  try {
    return check()
  } catch (error) {
    if (isPoolError(error) && BURNING.includes(error.code)) return burnAndThrow(ctx, share, peer, error)
    throw error
  }
}

/** @throws {PoolError} `peer-burned` when the quorum contains a burned peer. */
export function refuseBurned(share: KeyShare, quorum: readonly number[]): void {
  const peer = quorum.find(index => share.burned.has(index))
  if (peer !== undefined) throw new PoolError('peer-burned', { peer, reason: share.burned.get(peer) })
}
