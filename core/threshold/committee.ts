/**
 * Who deals and who receives when a key moves to new shares, and what all of them agree on.
 * @module
 */
import { type Bytes, equal } from '../bytes.ts'
import { type CeremonyContext, MAX_PARTIES, type Party } from '../ceremony/context.ts'
import { PoolError } from '../errors.ts'
import { kernel } from '../kernel/index.ts'
import { certificateDigest } from './certificate.ts'
import { NONE, OPERATIONS, type TransferConfig, transferConfigHash } from './config.ts'
import type { DealPlan, KeptKey } from './deal.ts'
import { TRANSFER_WIRE } from './deal-wire.ts'
import { lagrange } from './polynomial.ts'
import { checkThreshold, type KeyPublic, type KeyShare, secretsOf } from './share.ts'

/** An old member in a ceremony. */
export interface Dealer {
  /** Index in the ceremony. */
  readonly party: number
  /** Index of its share of the old generation. */
  readonly index: number
}

const refuse = (reason: string, seat?: number): PoolError => new PoolError('bad-parties', { reason, seat })

/** The party with this index in the ceremony. @throws {PoolError} `bad-parties` */
export function partyOf(parties: readonly Party[], index: number): Party {
  const party = parties.find(other => other.index === index)
  if (party === undefined) throw refuse('not in this ceremony', index)
  return party
}

/**
 * Every dealer holds, under the identity it has here, a share of the old generation; nobody deals twice.
 * @throws {PoolError} `bad-parties`
 */
export function checkDealers(parties: readonly Party[], key: KeyPublic, dealers: readonly Dealer[]): void {
  if (new Set(dealers.map(dealer => dealer.party)).size !== dealers.length || new Set(dealers.map(dealer => dealer.index)).size !== dealers.length)
    throw refuse('a dealer twice')
  for (const { party, index } of dealers) {
    const holder = key.parties.find(member => member.index === index)
    if (holder === undefined) throw refuse('a dealer is no member of the key', index)
    if (!equal(holder.identity, partyOf(parties, party).identity)) throw refuse('a dealer has not the identity of its share', index)
  }
}

/** The new committee in order of index; everybody in the ceremony deals or belongs to it. @throws {PoolError} `bad-parties` */
export function checkMembers(parties: readonly Party[], dealers: readonly Dealer[], members: readonly number[], threshold: number): Party[] {
  if (new Set(members).size !== members.length) throw refuse('a member twice')
  checkThreshold(threshold, members.length)
  const idle = parties.find(party => !members.includes(party.index) && !dealers.some(dealer => dealer.party === party.index))
  if (idle !== undefined) throw refuse('neither dealer nor member', idle.index)
  return members.map(index => partyOf(parties, index)).sort((a, b) => a.index - b.index)
}

/**
 * This party's share is of the generation that is replaced, the very one that was certified, and is its own.
 * @throws {PoolError} `wrong-epoch`, `bad-parties`
 */
export function checkShare(ctx: CeremonyContext<KeyShare>, share: KeyShare, key: KeyPublic, index: number): void {
  if (!equal(share.epoch, key.epoch) || !equal(certificateDigest(share), certificateDigest(key)))
    throw new PoolError('wrong-epoch', { title: 'share' })
  const holder = key.parties.find(member => member.index === index)
  if (share.index !== index || holder === undefined || !equal(holder.identity, partyOf(ctx.parties, ctx.self).identity))
    throw refuse('the share is of another member', share.index)
}

/** The people in a configuration. */
interface People {
  readonly parties: readonly Party[]
  readonly members: readonly Party[]
  readonly dealers: readonly Dealer[]
}

/** Hash of the configuration of a ceremony that moves `key`. */
export function transferHash(
  ctx: CeremonyContext<KeyShare>,
  operation: 'refresh' | 'reshare' | 'export',
  key: KeyPublic,
  { parties, members, dealers }: People,
  rest: Pick<TransferConfig, 'epochNo' | 'threshold'> & { readonly recipient?: number },
): Bytes {
  return transferConfigHash({
    operation: OPERATIONS[operation],
    poolHash: ctx.poolHash,
    keyId: key.keyId,
    epoch: key.epoch,
    certified: certificateDigest(key),
    publicKey: key.publicKey,
    chainCode: key.chainCode,
    oldThreshold: key.threshold,
    recipient: 0,
    ...rest,
    members: members.map(({ index, identity }) => ({ index, identity })),
    dealers: [...dealers].sort((a, b) => a.party - b.party).map(({ party, index }) => ({ party, index, identity: partyOf(parties, party).identity })),
  })
}

/** Hash of the configuration of an import: the parties are the members, one of them deals. */
export function importHash(
  ctx: CeremonyContext<KeyShare>,
  members: readonly Party[],
  importer: number,
  key: Pick<KeptKey, 'publicKey' | 'chainCode'>,
  threshold: number,
): Bytes {
  return transferConfigHash({
    operation: OPERATIONS.import,
    poolHash: ctx.poolHash,
    keyId: NONE,
    epoch: NONE,
    certified: NONE,
    publicKey: key.publicKey,
    chainCode: key.chainCode,
    oldThreshold: 1,
    epochNo: 0,
    threshold,
    members: members.map(({ index, identity }) => ({ index, identity })),
    dealers: [{ party: importer, index: 0, identity: partyOf(members, importer).identity }],
    recipient: 0,
  })
}

/** lambda·S of every sender by index in the ceremony: what its weighted share must be. */
export function weightedShares(key: KeyPublic, senders: readonly Dealer[]): Map<number, Bytes> {
  const indices = senders.map(sender => sender.index)
  return new Map(
    senders.map(({ party, index }) => {
      const expected = kernel.points.multiply(key.publicShares.get(index) as Bytes, lagrange(indices, index))
      if (expected === undefined) throw new PoolError('bad-public-share', { reason: 'a weighted public share is the identity' })
      return [party, expected]
    }),
  )
}

/** The dealing in which old members hand their key on. */
export function movePlan(
  ctx: CeremonyContext<KeyShare>,
  operation: 'refresh' | 'reshare',
  input: {
    readonly key: KeyPublic
    readonly parties: readonly Party[]
    readonly share: KeyShare | undefined
    readonly dealers: readonly Dealer[]
    readonly members: readonly Party[]
    readonly threshold: number
    readonly epochNo: number
  },
): DealPlan {
  const { key, parties, share, dealers, members, threshold, epochNo } = input
  const own = dealers.find(dealer => dealer.party === ctx.self)
  const indices = dealers.map(dealer => dealer.index)
  const constant = own && share && { share: secretsOf(share).share, weight: lagrange(indices, own.index) }
  return {
    wire: TRANSFER_WIRE,
    cfgHash: transferHash(ctx, operation, key, { parties, members, dealers }, { epochNo, threshold }),
    members,
    dealers: weightedShares(key, dealers),
    constant,
    threshold,
    epochNo,
    kept: { publicKey: key.publicKey, chainCode: key.chainCode, keyId: key.keyId, parentEpoch: key.epoch },
  }
}

/** Two committees at most. */
export const MAX_IN_TRANSFER: number = 2 * MAX_PARTIES
