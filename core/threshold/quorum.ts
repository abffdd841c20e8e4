/**
 * Who signs: checks of a quorum against the key and the ceremony, and the values that every signing session derives from them.
 * @module
 */

import { type Bytes, equal, u32be } from '../bytes.ts'
import { type CeremonyContext, checkContext } from '../ceremony/context.ts'
import { PoolError } from '../errors.ts'
import { H } from '../kernel/index.ts'
import { refuseBurned } from './burn.ts'
import { configHash, OPERATIONS, sessionConfig } from './config.ts'
import type { KeyShare } from './share.ts'

/**
 * The quorum in order of seats. Exactly t members, this one among them, all reached by the channel under the identities of the key;
 * the share must be active and none of them burned.
 * @throws {PoolError} `bad-quorum`, `bad-parties`, `certificates-missing`, `peer-burned`
 */
export function checkQuorum(ctx: CeremonyContext<KeyShare>, share: KeyShare, quorum: readonly number[]): readonly number[] {
  const reached = checkContext(ctx)
  const wrong = (reason: string, seat?: number): PoolError => new PoolError('bad-quorum', { reason, seat, quorum })
  if (ctx.self !== share.index) throw new PoolError('bad-parties', { reason: 'the share is of another member', self: ctx.self, share: share.index })
  if (quorum.length !== share.threshold || new Set(quorum).size !== quorum.length) throw wrong(`needs exactly ${share.threshold} distinct members`)
  if (!quorum.includes(ctx.self)) throw wrong('this member is not in it')
  for (const seat of quorum) {
    const member = share.parties.find(party => party.index === seat)
    const party = reached.find(other => other.index === seat)
    if (member === undefined) throw wrong('not a member of the key', seat)
    if (party === undefined || !equal(party.identity, member.identity)) throw wrong('not in this ceremony under the identity of the key', seat)
  }
  if (!share.active) {
    const missing = share.parties.map(party => party.index).filter(index => !share.certificates.has(index))
    throw new PoolError('certificates-missing', { missing })
  }
  refuseBurned(share, quorum)
  return [...quorum].sort((a, b) => a - b)
}

/** pcfg of a signing session, 32 bytes. */
export function signingConfig(ctx: CeremonyContext<KeyShare>, share: KeyShare, quorum: readonly number[]): Bytes {
  const { keyId, epoch, epochNo, threshold } = share
  const config = {
    operation: OPERATIONS.sign,
    poolHash: ctx.poolHash,
    keyId,
    epoch,
    epochNo,
    threshold,
    members: [...share.parties],
    quorum: [...quorum],
  }
  return sessionConfig(configHash(config), ctx.sessionId)
}

/** pairCtx of the direction Alice to Bob. */
export const pairContext = (pcfg: Bytes, alice: number, bob: number): Bytes => H('pair', [pcfg, u32be(alice), u32be(bob)])
