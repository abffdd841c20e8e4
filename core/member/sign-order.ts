/**
 * What a proposer asks a quorum to sign: announced together with its proposal, for who will be locked on it, or in a message of its own
 * together with the votes.
 * @module
 */
import type { Bytes } from '../bytes.ts'
import { isPoolError } from '../errors.ts'
import { keccak256 } from '../ethereum.ts'
import type { Fees } from '../l1/fees.ts'
import { calldataGas, decodeUnsignedTransaction, encodeUnsignedTransaction } from '../l1/transaction.ts'
import { authorizeSigning, type HeightRecord, type Outcome, type SigningRefusal } from '../proposal/lock.ts'
import type { Certificate, Proposal } from '../proposal/messages.ts'
import type { Pool } from '../proposal/pool.ts'
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

/** The record with this order authorised in it, or why it may not be signed. */
export function authorised(record: HeightRecord, { round, content, transaction }: SignOrder): Outcome<SigningRefusal> {
  const { maxFeePerGas, maxPriorityFeePerGas } = decodeUnsignedTransaction(transaction)
  // The decoding was strict: the hash of these bytes is what signers compute.
  return authorizeSigning(record, { round, content, sighash: keccak256(transaction), maxFeePerGas, maxPriorityFeePerGas })
}
