/**
 * Reshare: t old members hand the key to a new committee, which may have other members, another size and another threshold, and may overlap with the old one
 * or not. A member whose share is lost, or whose device is replaced, is a new member in the old seat.
 * @module
 */
import { assertInteger } from '../bytes.ts'
import { type CeremonyContext, checkContext } from '../ceremony/context.ts'
import { PoolError } from '../errors.ts'
import { type KeyCertificate, verifyCertificates } from './certificate.ts'
import { checkDealers, checkMembers, checkShare, type Dealer, MAX_IN_TRANSFER, movePlan } from './committee.ts'
import { deal } from './deal.ts'
import { checkEpochNo } from './generations.ts'
import type { KeyShare } from './share.ts'

export interface ReshareInput {
  /** The generation that is replaced, with the certificates of all its members. Whether those are the people they should be is the caller's to know. */
  readonly key: KeyCertificate
  /** Exactly as many old members as the old threshold says: index in the ceremony, and index of the old share. */
  readonly dealers: readonly Dealer[]
  /** The new committee: indices in the ceremony, which become those of the new shares. */
  readonly members: readonly number[]
  readonly threshold: number
  /** Above that of `key`, and of every generation that a new member has. */
  readonly epochNo: number
}

/**
 * Deals new shares of the key from `dealers` to `members`; together they are the parties of the context. Only members get a share, journalled as pending
 * before their certificate leaves, and returned active; a dealer that is no member gets undefined once it has seen the certificates of all of them. Old
 * shares are not touched and can sign until they are erased.
 *
 * After `certificates-missing` the new committee may have the key: the old shares must stay until it is known (a member by `activate`).
 * @param share this party's share of `key`, for dealers.
 * @throws {PoolError} `bad-parties`, `invalid-argument`, `epoch-taken`, `wrong-epoch`, `certificates-missing`, `bad-certificate` before anything is sent; then as
 * `keygen`, and `bad-contribution`.
 */
export async function reshare(ctx: CeremonyContext<KeyShare>, share: KeyShare | undefined, input: ReshareInput): Promise<KeyShare | undefined> {
  const { key, dealers, threshold, epochNo } = input
  const parties = checkContext(ctx, MAX_IN_TRANSFER)
  assertInteger(epochNo, 'epochNo', 0, 0xffff_ffff)
  checkEpochNo({ active: key, pending: [] }, epochNo)
  verifyCertificates(key, ctx.identity.verify)
  if (dealers.length !== key.threshold) throw new PoolError('bad-parties', { reason: `needs exactly ${key.threshold} dealers`, got: dealers.length })
  checkDealers(parties, key, dealers)
  const members = checkMembers(parties, dealers, input.members, threshold)
  const own = dealers.find(dealer => dealer.party === ctx.self)
  if (own !== undefined) {
    if (share === undefined) throw new PoolError('bad-parties', { reason: 'a dealer needs its share' })
    checkShare(ctx, share, key, own.index)
  }
  return deal(ctx, movePlan(ctx, 'reshare', { key, parties, share, dealers, members, threshold, epochNo }))
}
