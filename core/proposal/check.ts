/**
 * What a member checks before it votes for a proposal, and before it signs a transaction: proposal or request against its own view. Pure.
 * The reason codes are data; docs/protocol.md lists them and a test holds the two together.
 * @module
 */
import type { BlockHead } from '../batch/block.ts'
import type { KnownOrigin } from '../batch/builder.ts'
import { channelIdOf, contentCommitment } from '../batch/content.ts'
import { type BlockRefusal, checkBatches, type FollowView } from '../batch/follows.ts'
import { DEFAULT_LIMITS, MAX_CALLDATA_BYTES } from '../batch/limits.ts'
import type { SingularBatch } from '../batch/op-stack/singular.ts'
import { type BatchSummary, decodePoolBatch } from '../batch/summary.ts'
import { type Bytes, equal, fromHex, hex } from '../bytes.ts'
import { isPoolError } from '../errors.ts'
import type { Hex } from '../ethereum.ts'
import { calldataGas, decodeUnsignedTransaction, type UnsignedTransaction } from '../l1/transaction.ts'
import type { LockRefusal } from './lock.ts'
import type { Proposal } from './messages.ts'
import type { Pool } from './pool.ts'
import { verifyProposal } from './vote.ts'

/** Why a member refuses, as the others see it. */
export const REFUSALS = {
  'wrong-height': 'the proposal is not for the height that L1 takes next',
  'not-your-turn': 'another member proposes in this round',
  'bad-signature': 'the signature is not of the member whose turn it is',
  'too-early': 'the round is not open yet by this member’s clock',
  'stale-round': 'this member has voted in a later round already',
  'too-large': 'the payload is longer than a batch may be',
  'does-not-decode': 'the payload is not one whole channel of singular batches',
  'wrong-content': 'the content commitment or the L1 origin is not that of the payload',
  'does-not-follow': 'the first block does not follow the head of this member’s chain',
  'bad-timestamp': 'a block’s timestamp is not its parent’s plus the block time, or lies in the future',
  'bad-origin': 'a block’s L1 origin is unknown to this member, not canonical, or out of order',
  'bad-transaction': 'a transaction does not parse, has no valid signature, or breaks a limit',
  'unknown-chain': 'a transaction is for another chain id',
  'nonce-order': 'a sender’s nonces are not in order without gaps',
  'locked-elsewhere': 'this member is locked on other content',
  'second-content-in-round': 'the proposer has shown two contents in one round',
  'invalid-certificate': 'the certificate that should justify the content does not verify',
} as const
export type RefusalReason = keyof typeof REFUSALS

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
  readonly turn: { readonly opensAt: (round: number) => number; readonly proposer: (round: number) => { readonly seat: number } }
  /** Highest round this member voted in for the height. */
  readonly votedRound: number
  readonly head: BlockHead
  readonly nonceOf: (sender: Hex) => number
  /** A confirmed, canonical L1 block. */
  readonly origin: (number: number) => KnownOrigin | undefined
}

/** Undefined when nothing speaks against the proposal. Cheap checks first; nothing is decompressed before the signature has been verified. */
export function checkProposal(proposal: Proposal, view: ProposalView): RefusalReason | undefined {
  return checkTurn(proposal, view) ?? checkPayload(proposal, view)
}

function checkTurn(proposal: Proposal, view: ProposalView): RefusalReason | undefined {
  const { height, round } = proposal
  if (height !== view.nextHeight) return 'wrong-height'
  if (round < view.votedRound) return 'stale-round'
  const { seat } = view.turn.proposer(round)
  if (!verifyProposal(proposal, seat, view.pool)) return signedByAnother(proposal, seat, view.pool) ? 'not-your-turn' : 'bad-signature'
  if (view.now < view.turn.opensAt(round) - MAX_SKEW) return 'too-early'
  return undefined
}

const signedByAnother = (proposal: Proposal, seat: number, pool: Pool): boolean =>
  pool.members.some(member => member.seat !== seat && verifyProposal(proposal, member.seat, pool))

function checkPayload(proposal: Proposal, view: ProposalView): RefusalReason | undefined {
  if (proposal.payload.length > MAX_CALLDATA_BYTES) return 'too-large'
  const summary = tryDecode(proposal.payload)
  if (summary === undefined) return 'does-not-decode'
  if (!commitsTo(proposal, summary, view)) return 'wrong-content'
  const refusal = checkBatches(summary.batches, view.head, followView(view))
  return refusal === undefined ? undefined : REASON_OF[refusal]
}

function tryDecode(payload: Bytes): BatchSummary<SingularBatch> | undefined {
  try {
    return decodePoolBatch(payload, { maxBytes: DEFAULT_LIMITS.maxBytes })
  } catch (error) {
    if (isPoolError(error)) return undefined
    throw error
  }
}

/** The channel id is the height's own, the origin is the last block's, and C is their commitment. */
function commitsTo(proposal: Proposal, summary: BatchSummary<SingularBatch>, { pool, account }: ProposalView): boolean {
  const last = summary.batches.at(-1)
  if (last === undefined || last.epochNumber !== proposal.origin.number || last.epochHash !== hex(proposal.origin.hash)) return false
  const slot = { chainId: pool.l1.chainId, account, nonce: proposal.height + pool.l1.nonceOffset }
  const channelId = channelIdOf(slot)
  if (!equal(fromHex(summary.channelId), channelId)) return false
  return equal(
    contentCommitment({ ...slot, inbox: pool.l1.inbox, channelId, frames: summary.frames, l1OriginHash: last.epochHash }),
    proposal.content,
  )
}

const followView = (view: ProposalView): FollowView => ({
  chainId: view.pool.l2.chainId,
  blockTime: view.pool.l2.blockTime,
  maxSequencerDrift: view.pool.l2.maxSequencerDrift,
  latestTimestamp: Math.floor((view.now + MAX_SKEW) / 1000),
  limits: DEFAULT_LIMITS,
  origin: view.origin,
  nonceOf: view.nonceOf,
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

/** Every reason of the lock rules is a reason to refuse. */
export type { LockRefusal }

export type SignRefusal = 'malformed-transaction' | 'wrong-chain' | 'wrong-nonce' | 'wrong-inbox' | 'value-moved' | 'wrong-payload' | 'wrong-gas'

export interface SignRequestView {
  readonly pool: Pool
  readonly height: number
  /** The calldata that was agreed on. */
  readonly payload: Bytes
}

/** Undefined when the unsigned L1 transaction is the agreed batch and nothing else. Fees are judged apart (core/l1/fees). */
export function checkSignRequest(unsigned: Bytes, view: SignRequestView): SignRefusal | undefined {
  const { pool } = view
  let transaction: UnsignedTransaction
  try {
    transaction = decodeUnsignedTransaction(unsigned)
  } catch (error) {
    if (isPoolError(error)) return 'malformed-transaction'
    throw error
  }
  if (transaction.chainId !== pool.l1.chainId) return 'wrong-chain'
  if (transaction.nonce !== view.height + pool.l1.nonceOffset) return 'wrong-nonce'
  if (transaction.to !== pool.l1.inbox) return 'wrong-inbox'
  if (transaction.value !== 0n) return 'value-moved'
  if (!equal(transaction.data, view.payload)) return 'wrong-payload'
  const gas = calldataGas(view.payload)
  if (transaction.gasLimit < gas || transaction.gasLimit > 2n * gas) return 'wrong-gas'
  return undefined
}
