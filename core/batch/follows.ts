/**
 * What a member checks before it agrees to blocks: that they follow what it knows, by its own view of L1 and of the pool's chain.
 * @module
 */
import type { Bytes } from '../bytes.ts'
import { PoolError } from '../errors.ts'
import type { Hex } from '../ethereum.ts'
import { type L2Transaction, parseTransaction } from '../transaction/parse.ts'
import { type BlockHead, headOf, type L2Block } from './block.ts'
import type { KnownOrigin } from './builder.ts'
import type { BatchLimits } from './limits.ts'
import { blocksOf, type SingularBatch } from './op-stack/singular.ts'

/** One member's own view, never the proposer's. */
export interface FollowView {
  /** L2 chain id. */
  readonly chainId: number
  /** Seconds. */
  readonly blockTime: number
  /** Seconds. */
  readonly maxSequencerDrift: number
  /** Seconds since 1970; a younger block is refused. Own clock plus the skew that is tolerated. */
  readonly latestTimestamp: number
  readonly limits: BatchLimits
  /** The canonical L1 block of this number, if it has the confirmations that the pool asks for. */
  origin(number: number): KnownOrigin | undefined
  /** First nonce of a sender that no block up to the parent holds. */
  nonceOf(sender: Hex): number
  /** Parses and recovers; a member may answer from its pool, by hash, what it has parsed before. */
  readonly parse?: (raw: Bytes) => L2Transaction
}

/** Why blocks do not follow; each other member sees the code. */
export type BlockRefusal =
  | 'no-blocks'
  | 'wrong-number'
  | 'wrong-parent'
  | 'wrong-timestamp'
  | 'block-in-future'
  | 'origin-out-of-order'
  | 'origin-unknown'
  | 'origin-not-canonical'
  | 'origin-younger-than-block'
  | 'origin-too-old'
  | 'transactions-beyond-drift'
  | 'too-many-transactions'
  | 'invalid-transaction'
  | 'wrong-chain-id'
  | 'invalid-gas'
  | 'wrong-nonce'

/** Undefined when the blocks follow `parent` under `view`, else the first rule that is broken, in the order of the blocks. */
export function checkBlocks(blocks: readonly L2Block[], parent: BlockHead, view: FollowView): BlockRefusal | undefined {
  if (blocks.length === 0) return 'no-blocks'
  const nonces = new Map<Hex, number>()
  let head = parent
  for (const block of blocks) {
    const refusal = checkHeader(block, head, view) ?? checkTransactions(block, nonces, view)
    if (refusal !== undefined) return refusal
    head = headOf(block)
  }
  return undefined
}

/**
 * The same for decoded batches: they become blocks after `parent`, parent hashes as the batches state them.
 */
export const checkBatches = (batches: readonly SingularBatch[], parent: BlockHead, view: FollowView): BlockRefusal | undefined =>
  checkBlocks(blocksOf(batches, parent), parent, view)

function checkHeader(block: L2Block, head: BlockHead, view: FollowView): BlockRefusal | undefined {
  if (block.number !== head.number + 1) return 'wrong-number'
  if (block.parentHash !== head.hash) return 'wrong-parent'
  if (block.timestamp !== head.timestamp + view.blockTime) return 'wrong-timestamp'
  if (block.timestamp > view.latestTimestamp) return 'block-in-future'
  const { number, hash } = block.l1Origin
  if (number !== head.l1Origin.number && number !== head.l1Origin.number + 1) return 'origin-out-of-order'
  const origin = view.origin(number)
  if (origin === undefined) return 'origin-unknown'
  if (origin.hash !== hash) return 'origin-not-canonical'
  if (origin.timestamp > block.timestamp) return 'origin-younger-than-block'
  if (block.timestamp <= origin.timestamp + view.maxSequencerDrift) return undefined
  // Beyond the drift OP Stack derivation drops a batch with transactions, and an empty one that could have moved on to the next origin.
  if (block.transactions.length > 0) return 'transactions-beyond-drift'
  const next = number === head.l1Origin.number ? view.origin(number + 1) : undefined
  return next !== undefined && next.timestamp <= block.timestamp ? 'origin-too-old' : undefined
}

function checkTransactions(block: L2Block, nonces: Map<Hex, number>, view: FollowView): BlockRefusal | undefined {
  if (block.transactions.length > view.limits.maxTransactionsPerBlock) return 'too-many-transactions'
  let gas = 0n
  for (const raw of block.transactions) {
    const transaction = tryParse(raw, view.parse ?? parseTransaction)
    if (transaction === undefined) return 'invalid-transaction'
    const { chainId, from, nonce, gasLimit, intrinsicGas } = transaction
    if (chainId !== view.chainId) return 'wrong-chain-id'
    gas += gasLimit
    if (gasLimit < intrinsicGas || gas > view.limits.maxGasPerBlock) return 'invalid-gas'
    if (nonce !== (nonces.get(from) ?? view.nonceOf(from))) return 'wrong-nonce'
    nonces.set(from, nonce + 1)
  }
  return undefined
}

function tryParse(raw: Bytes, parse: (raw: Bytes) => L2Transaction): L2Transaction | undefined {
  try {
    return parse(raw)
  } catch (error) {
    if (error instanceof PoolError) return undefined
    throw error
  }
}
