/**
 * Refresh: the same members get new shares of the same key, new zero seeds and new OT state. What was stolen before is of no use with what is stolen after.
 * @module
 */
import { assertInteger } from '../bytes.ts'
import { type CeremonyContext, checkContext } from '../ceremony/context.ts'
import { PoolError } from '../errors.ts'
import { verifyCertificates } from './certificate.ts'
import { checkDealers, checkShare, movePlan } from './committee.ts'
import { deal } from './deal.ts'
import { checkEpochNo } from './generations.ts'
import type { KeyShare } from './share.ts'

/**
 * Deals new shares of the key among all its members, who are the parties of the context. Threshold, account, chain code and `keyId` stay; `epoch` is new
 * and `epochNo` as given. The new share is journalled as pending before this member's certificate leaves, and is returned active. The old share is not
 * touched: the caller erases it. A share from a backup can be refreshed, and burned pairs do not matter: nothing that two members share is used.
 *
 * After `certificates-missing` others may have the new generation: keep both shares until `activate` gets the full set (see generations.ts).
 * @param input.epochNo above that of every generation that this member has.
 * @throws {PoolError} `bad-parties`, `invalid-argument`, `epoch-taken`, `certificates-missing`, `bad-certificate` before anything is sent; then as `keygen`, and
 * `bad-contribution`.
 */
export async function refresh(ctx: CeremonyContext<KeyShare>, share: KeyShare, input: { epochNo: number }): Promise<KeyShare> {
  const { epochNo } = input
  const parties = checkContext(ctx)
  assertInteger(epochNo, 'epochNo', 0, 0xffff_ffff)
  checkEpochNo({ active: share, pending: [] }, epochNo)
  const dealers = parties.map(({ index }) => ({ party: index, index }))
  checkDealers(parties, share, dealers)
  if (parties.length !== share.parties.length) throw new PoolError('bad-parties', { reason: 'all members of the key take part in a refresh' })
  checkShare(ctx, share, share, ctx.self)
  verifyCertificates(share, ctx.identity.verify)
  const { threshold } = share
  const plan = movePlan(ctx, 'refresh', { key: share, parties, share, dealers, members: parties, threshold, epochNo })
  return (await deal(ctx, plan)) as KeyShare
}
