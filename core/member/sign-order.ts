/**
 * What a proposer asks a quorum to sign: announced together with its proposal, for who will be locked on it, or in a message of its own
 * together with the votes.
 * @module
 */
import { type Bytes, equal } from '../bytes.ts'
import { isPoolError } from '../errors.ts'
import { keccak256 } from '../ethereum.ts'
import { checkFees, DEFAULT_FEE_POLICY, type Fees } from '../l1/fees.ts'
import { calldataGas, decodeUnsignedTransaction, encodeUnsignedTransaction } from '../l1/transaction.ts'
import { checkSignRequest, type SignRefusal } from '../proposal/check.ts'
import { type AuthorisedTransaction, authorizeSigning, type HeightRecord, type Outcome } from '../proposal/lock.ts'
import { type Certificate, type Proposal, verifyCertificate } from '../proposal/messages.ts'
import type { Pool } from '../proposal/pool.ts'
import { type HeightState, hasMovedOn, knownVotes } from './height.ts'
import type { RoomMessageOf } from './messages.ts'

export interface SignOrder {
  readonly height: number
  readonly round: number
  /** 32 bytes each. */
  readonly content: Bytes
  readonly ceremony: Bytes
  /** Seats, ascending. */
  readonly quorum: readonly number[]
  /** The ceremony is one that is held with a tuple. */
  readonly held: boolean
  /** Serialized unsigned L1 transaction. */
  readonly transaction: Bytes
  /** Absent when it was announced: then it counts for who is locked on its content in its round. */
  readonly certificate: Certificate | undefined
}

/** What is announced of an order; the rest follows from the proposal. */
export type SignPlan = NonNullable<RoomMessageOf<'proposal'>['sign']>

/** The L1 transaction of a batch, unsigned. */
export const unsignedTransaction = (pool: Pool, { height, payload }: Pick<Proposal, 'height' | 'payload'>, fees: Fees): Bytes =>
  encodeUnsignedTransaction({
    type: 2,
    chainId: pool.l1.chainId,
    nonce: height + pool.l1.nonceOffset,
    maxFeePerGas: fees.maxFeePerGas,
    maxPriorityFeePerGas: fees.maxPriorityFeePerGas,
    gasLimit: calldataGas(payload),
    to: pool.l1.inbox,
    value: 0n,
    data: payload,
  })

/** The order that was announced with a proposal; undefined when no transaction can be made of it. */
export function announcedOrder(pool: Pool, proposal: Proposal, { ceremony, quorum, held, ...fees }: SignPlan): SignOrder | undefined {
  const { height, round, content } = proposal
  try {
    const transaction = unsignedTransaction(pool, proposal, fees)
    return { height, round, content, ceremony, quorum, held, transaction, certificate: undefined }
  } catch (error) {
    if (isPoolError(error)) return undefined
    throw error
  }
}

/**
 * What speaks against an order, whatever its transaction: a code, or undefined.
 * @param byProposer whether it came from the proposer of its round.
 */
export function objection(pool: Pool, seat: number, state: HeightState, order: SignOrder, byProposer: boolean): string | undefined {
  const { quorum, certificate, round, content } = order
  if (!byProposer) return 'not-the-proposer'
  if (certificate !== undefined && (certificate.height !== state.height || certificate.round !== round || !equal(certificate.content, content)))
    return 'certificate-of-another-slot'
  const known = new Set(pool.members.map(member => member.seat))
  const ascending = quorum.every((member, at) => known.has(member) && (at === 0 || member > (quorum[at - 1] as number)))
  if (!ascending || quorum.length !== pool.threshold || !quorum.includes(seat)) return 'bad-quorum'
  if (quorum.some(member => hasMovedOn(state, member, round))) return 'voted-later'
  try {
    if (certificate !== undefined) verifyCertificate(pool, certificate, knownVotes(state, certificate))
    return undefined
  } catch (error) {
    if (isPoolError(error)) return error.code
    throw error
  }
}

/** True when a record is locked on the order's content in its round. */
export const isLockedOn = (record: HeightRecord, { round, content }: SignOrder): boolean =>
  record.lockedRound === round && record.lockedContent !== undefined && equal(record.lockedContent, content)

/** What a member compares an order with. */
export interface OwnView {
  readonly pool: Pool
  readonly account: `0x${string}`
  /** Of the proposal that was agreed on. */
  readonly payload: Bytes
  /** What this member would pay. */
  readonly fees: Fees
}

/** What a record needs to know of an order's transaction, or why it may not be signed. */
export type Judged = { readonly transaction: AuthorisedTransaction } | { readonly refuse: string }

/** Checks the transaction of an order against what was agreed on. */
export function judge({ height, round, content, transaction }: SignOrder, { pool, account, payload, fees: own }: OwnView): Judged {
  const checkOwn = (fees: Fees): SignRefusal | undefined => checkFees(fees, own, DEFAULT_FEE_POLICY)
  const refuse = checkSignRequest(transaction, { pool, account, height, content, payload, checkFees: checkOwn })
  if (refuse !== undefined) return { refuse }
  const { maxFeePerGas, maxPriorityFeePerGas } = decodeUnsignedTransaction(transaction)
  // The decoding was strict: the hash of these bytes is what signers compute.
  return { transaction: { round, content, sighash: keccak256(transaction), maxFeePerGas, maxPriorityFeePerGas } }
}

/** The record with the transaction authorised in it, by the rules of signing, or why it may not be signed. */
export const authorised = (record: HeightRecord, judged: Judged): Outcome<string> =>
  'refuse' in judged ? judged : authorizeSigning(record, judged.transaction)
