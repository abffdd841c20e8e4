/**
 * What a member checks before it votes for a proposal, and before it signs a transaction: proposal or request against its own view. Pure.
 * Reason codes are data (refusals.ts).
 * @module
 */
import type { BlockHead } from '../batch/block.ts'
import type { KnownOrigin } from '../batch/builder.ts'
import { channelIdOf, contentCommitment } from '../batch/content.ts'
import { type BlockRefusal, checkBatches, type FollowView } from '../batch/follows.ts'
import { DEFAULT_LIMITS, MAX_CALLDATA_BYTES } from '../batch/limits.ts'
import type { SingularBatch } from '../batch/op-stack/singular.ts'
import { decodePoolBatch } from '../batch/summary.ts'
import { type Bytes, equal, fromHex, hex } from '../bytes.ts'
import { isPoolError } from '../errors.ts'
import type { Hex } from '../ethereum.ts'
import { calldataGas, decodeUnsignedTransaction, type UnsignedTransaction } from '../l1/transaction.ts'
import type { L2Transaction } from '../transaction/parse.ts'
import type { Proposal } from './messages.ts'
import type { Pool } from './pool.ts'
import type { RefusalReason, SignRefusal } from './refusals.ts'
import { proposalSigner } from './vote.ts'
import { checkWatermarks, type Watermarks } from './watermark.ts'

export { REFUSALS, type RefusalReason, SIGN_REFUSALS, type SignRefusal } from './refusals.ts'

/** ms by which clocks may differ. */
export const MAX_SKEW = 2_000

/** What one member knows when it judges a proposal. */
export interface ProposalView {
  readonly pool: Pool
  readonly account: Hex
  /** Next height that L1 has not taken. */
  readonly nextHeight: number
  /** ms since 1970. */
  readonly now: number
  /** Rotation and clock of the height; `opensAt` in ms since 1970, round 0 from the previous batch on. */
  readonly turn: { readonly opensAt: (round: number) => number; readonly proposer: (round: number) => { readonly seat: number } }
  /** Highest round this member voted in for the height, -1 for none. */
  readonly votedRound: number
  readonly head: BlockHead
  readonly nonceOf: (sender: Hex) => number
  /** A confirmed, canonical L1 block. */
  readonly origin: (number: number) => KnownOrigin | undefined
  readonly watermarks?: Watermarks
  /** As in `FollowView`: a member may answer from its pool what it has parsed before. */
  readonly parse?: (raw: Bytes) => L2Transaction
}

/** Undefined when nothing speaks against the proposal. Cheap checks first; nothing is decompressed before the signature has been verified. */
export const checkProposal = (proposal: Proposal, view: ProposalView): RefusalReason | undefined =>
  checkTurn(proposal, view) ?? checkPayload(proposal, view)

function checkTurn(proposal: Proposal, view: ProposalView): RefusalReason | undefined {
  const { height, round } = proposal
  const watermark = view.watermarks === undefined ? undefined : checkWatermarks(height, view.watermarks)
  if (watermark !== undefined) return watermark
  if (height !== view.nextHeight) return 'wrong-height'
  if (round < view.votedRound) return 'stale-round'
  const signer = proposalSigner(proposal, view.pool)
  if (signer === undefined) return 'bad-signature'
  if (signer !== view.turn.proposer(round).seat) return 'not-your-turn'
  if (view.now < view.turn.opensAt(round) - MAX_SKEW) return 'too-early'
  return undefined
}

function checkPayload(proposal: Proposal, view: ProposalView): RefusalReason | undefined {
  if (proposal.payload.length > MAX_CALLDATA_BYTES) return 'too-large'
  const batch = batchOf(proposal.payload, proposal.height, view)
  if (batch === undefined) return 'does-not-decode'
  if (!commitsTo(proposal, batch)) return 'wrong-content'
  const refusal = checkBatches(batch.batches, view.head, followView(view))
  return refusal === undefined ? undefined : REASON_OF[refusal]
}

interface DecodedPayload {
  readonly batches: readonly SingularBatch[]
  /** Of the last block. */
  readonly origin: { readonly number: number; readonly hash: Hex }
  /** C as it follows from the payload; undefined when the channel id is not the height's own. */
  readonly content: Bytes | undefined
}

type Place = { readonly pool: Pool; readonly account: Hex }

/** A payload is looked at several times on its way to a signature: what came out, and for which height and account of which pool. */
const decoded = new WeakMap<Bytes, { readonly height: number; readonly place: Place; readonly result: DecodedPayload | undefined }>()

/** Decodes a payload and computes what it commits to at a height; undefined when it is no batch of a pool. Payloads are not changed once they are made. */
function batchOf(payload: Bytes, height: number, { pool, account }: Place): DecodedPayload | undefined {
  const known = decoded.get(payload)
  if (known?.height === height && known.place.pool === pool && known.place.account === account) return known.result
  const result = decodeBatch(payload, height, { pool, account })
  decoded.set(payload, { height, place: { pool, account }, result })
  return result
}

function decodeBatch(payload: Bytes, height: number, { pool, account }: Place): DecodedPayload | undefined {
  try {
    const { batches, channelId, frames } = decodePoolBatch(payload, { maxBytes: DEFAULT_LIMITS.maxBytes })
    const last = batches.at(-1)
    if (last === undefined) return undefined
    const slot = { chainId: pool.l1.chainId, account, nonce: height + pool.l1.nonceOffset }
    const own = channelIdOf(slot)
    const origin = { number: last.epochNumber, hash: last.epochHash }
    const content = equal(fromHex(channelId), own)
      ? contentCommitment({ ...slot, inbox: pool.l1.inbox, channelId: own, frames, l1OriginHash: origin.hash })
      : undefined
    return { batches, origin, content }
  } catch (error) {
    if (isPoolError(error)) return undefined
    throw error
  }
}

const commitsTo = ({ content, origin }: Pick<Proposal, 'content' | 'origin'>, batch: DecodedPayload): boolean =>
  batch.content !== undefined && equal(batch.content, content) && batch.origin.number === origin.number && batch.origin.hash === hex(origin.hash)

/**
 * True when the payload and the origin of a proposal are those that its content commits to. Whoever takes a payload from anywhere but a proposal that it has
 * checked itself has to ask this first: a certificate is about the content only.
 */
export function carriesContent(proposal: Pick<Proposal, 'height' | 'content' | 'origin' | 'payload'>, place: Place): boolean {
  const batch = batchOf(proposal.payload, proposal.height, place)
  return batch !== undefined && commitsTo(proposal, batch)
}

/** The blocks of a payload, decoded once; undefined when it is no batch of a pool. */
export const blocksOfPayload = (payload: Bytes, height: number, place: Place): readonly SingularBatch[] | undefined =>
  batchOf(payload, height, place)?.batches

/** C of a payload at a height; undefined when it is no batch of the pool for this height. */
export const contentOfPayload = (payload: Bytes, height: number, place: Place): Bytes | undefined => batchOf(payload, height, place)?.content

const followView = (view: ProposalView): FollowView => ({
  chainId: view.pool.l2.chainId,
  blockTime: view.pool.l2.blockTime,
  maxSequencerDrift: view.pool.l2.maxSequencerDrift,
  latestTimestamp: Math.floor((view.now + MAX_SKEW) / 1000),
  limits: DEFAULT_LIMITS,
  origin: view.origin,
  nonceOf: view.nonceOf,
  ...(view.parse === undefined ? {} : { parse: view.parse }),
})

const REASON_OF: Readonly<Record<BlockRefusal, RefusalReason>> = {
  'no-blocks': 'does-not-decode',
  'wrong-number': 'does-not-follow',
  'wrong-parent': 'does-not-follow',
  'wrong-timestamp': 'bad-timestamp',
  'block-in-future': 'bad-timestamp',
  'origin-out-of-order': 'bad-origin',
  'origin-unknown': 'bad-origin',
  'origin-not-canonical': 'bad-origin',
  'origin-younger-than-block': 'bad-origin',
  'origin-too-old': 'bad-origin',
  'transactions-beyond-drift': 'bad-timestamp',
  'too-many-transactions': 'bad-transaction',
  'invalid-transaction': 'bad-transaction',
  'wrong-chain-id': 'unknown-chain',
  'invalid-gas': 'bad-transaction',
  'wrong-nonce': 'nonce-order',
}

export interface SignRequestView {
  readonly pool: Pool
  readonly account: Hex
  readonly height: number
  /** C: what this member is locked on. */
  readonly content: Bytes
  /** The calldata that was agreed on. */
  readonly payload: Bytes
  /** Judges fee cap and tip, wei a gas, against this member's own suggestion and policy (core/l1/fees). */
  readonly checkFees: (fees: Pick<UnsignedTransaction, 'maxFeePerGas' | 'maxPriorityFeePerGas'>) => SignRefusal | undefined
  readonly watermarks?: Watermarks
}

/**
 * Undefined when the unsigned L1 transaction (EIP-1559) is the agreed batch, posted by the account to the inbox, at fees within policy, and nothing
 * else. That the payload is what the content commits to is computed again: it may have come from another member.
 */
export function checkSignRequest(unsigned: Bytes, view: SignRequestView): SignRefusal | undefined {
  const { pool, height, payload, content } = view
  const watermark = view.watermarks === undefined ? undefined : checkWatermarks(height, view.watermarks)
  if (watermark !== undefined) return watermark
  const transaction = tryDecode(unsigned)
  if (transaction === undefined) return 'malformed-transaction'
  if (transaction.chainId !== pool.l1.chainId) return 'wrong-chain'
  if (transaction.nonce !== height + pool.l1.nonceOffset) return 'wrong-nonce'
  if (transaction.to !== pool.l1.inbox) return 'wrong-inbox'
  if (transaction.value !== 0n) return 'value-moved'
  if (!equal(transaction.data, payload)) return 'wrong-payload'
  const committed = batchOf(payload, height, view)?.content
  if (committed === undefined || !equal(committed, content)) return 'wrong-content'
  const gas = calldataGas(payload)
  if (transaction.gasLimit < gas || transaction.gasLimit > 2n * gas) return 'wrong-gas'
  return view.checkFees(transaction)
}

function tryDecode(unsigned: Bytes): UnsignedTransaction | undefined {
  try {
    return decodeUnsignedTransaction(unsigned)
  } catch (error) {
    if (isPoolError(error)) return undefined
    throw error
  }
}
