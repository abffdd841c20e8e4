/**
 * Distributed key generation: everybody deals a random polynomial, the sum is the key (DKLs23, ePrint 2023/765).
 * @module
 */
import { assertInteger } from '../bytes.ts'
import { type CeremonyContext, checkContext } from '../ceremony/context.ts'
import { configHash, NONE, OPERATIONS } from './config.ts'
import { deal } from './deal.ts'
import { KEYGEN_WIRE } from './deal-wire.ts'
import { checkThreshold, type KeyShare } from './share.ts'

/**
 * Generates a key among all parties of the context. The share is journalled as pending before this member's certificate leaves, and is
 * returned active, with the certificates of all.
 *
 * After `certificates-missing` the key may exist for others: keep the pending share until `activate` gets the full set. Do not fund the account
 * before one test signature of every quorum that will be used.
 * @throws {PoolError} `bad-parties`, `invalid-argument` before anything is sent; `view-mismatch`, `malformed-round`, `equivocation`, `deadline`;
 * `bad-opening`, `wrong-degree`, `invalid-point`, `invalid-scalar`, `bad-proof`, `bad-share`, `base-ot`, `pprf`, `bad-public-share`, after which the whole
 * attempt is discarded; `bad-certificate`, `certificates-missing`.
 */
export async function keygen(ctx: CeremonyContext<KeyShare>, input: { threshold: number; epochNo?: number }): Promise<KeyShare> {
  const { threshold, epochNo = 0 } = input
  const members = checkContext(ctx)
  checkThreshold(threshold, members.length)
  assertInteger(epochNo, 'epochNo', 0, 0xffff_ffff)
  const operation = OPERATIONS.keygen
  const cfgHash = configHash({
    operation,
    poolHash: ctx.poolHash,
    keyId: NONE,
    epoch: NONE,
    epochNo,
    threshold,
    members: [...members],
    quorum: [],
  })
  const dealers = new Map(members.map(party => [party.index, undefined]))
  return (await deal(ctx, { wire: KEYGEN_WIRE, cfgHash, members, dealers, threshold, epochNo })) as KeyShare
}
