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
import { checkSignRequest } from '../proposal/check.ts'
import { authorizeSigning, type HeightRecord, type Outcome } from '../proposal/lock.ts'
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

/** Checks the transaction against what was agreed on and the rules of signing: the record with it authorised, or why it may not be signed. */
export function judge(
  order: SignOrder,
  record: HeightRecord,
  own: { readonly pool: Pool; readonly account: `0x${string}`; readonly payload: Bytes; readonly fees: Fees },
): Outcome<string> {
  const { round, content, transaction } = order
  const refuse = checkSignRequest(transaction, {
    pool: own.pool,
    account: own.account,
    height: record.height,
    content,
    payload: own.payload,
    checkFees: fees => checkFees(fees, own.fees, DEFAULT_FEE_POLICY),
  })
  if (refuse !== undefined) return { refuse }
  const { maxFeePerGas, maxPriorityFeePerGas } = decodeUnsignedTransaction(transaction)
  // The decoding was strict: the hash of these bytes is what signers compute.
  return authorizeSigning(record, { round, content, sighash: keccak256(transaction), maxFeePerGas, maxPriorityFeePerGas })
}
