/**
 * The pool's own L2 chain as this member has it: head of the header chain and each sender's next nonce, extended by confirmed batches
 * in the order of heights and cut back when L1 reorganises.
 * @module
 */
import { type BlockHead, genesisBlock, headOf } from '../batch/block.ts'
import type { KnownOrigin } from '../batch/builder.ts'
import { checkBlocks, type FollowView } from '../batch/follows.ts'
import { DEFAULT_LIMITS } from '../batch/limits.ts'
import { blocksOf } from '../batch/op-stack/singular.ts'
import { decodePoolBatch } from '../batch/summary.ts'
import type { Bytes } from '../bytes.ts'
import { PoolError } from '../errors.ts'
import type { Hex } from '../ethereum.ts'
import type { Pool } from '../proposal/pool.ts'
import { type L2Transaction, parseTransaction } from '../transaction/parse.ts'

export interface AppliedBatch {
  readonly blocks: number
  readonly transactions: readonly L2Transaction[]
}

export interface L2Chain {
  readonly head: BlockHead
  nonceOf(sender: Hex): number
  /**
   * Extends the chain by a confirmed payload. One that does not decode or follow changes nothing, as derivation would ignore it, and
   * gives undefined.
   */
  apply(height: number, payload: Bytes): AppliedBatch | undefined
  /** Takes back all heights >= `from`; gives their transactions, oldest first, to be ordered again. */
  undo(from: number): readonly L2Transaction[]
  /** Head and nonces now, as a copy. */
  snapshot(): ChainStart
}

/** What a checkpoint keeps of the chain. */
export interface ChainStart {
  readonly head: BlockHead
  /** Next nonce of every sender seen. */
  readonly nonces: ReadonlyMap<Hex, number>
}

interface Applied {
  readonly height: number
  readonly before: BlockHead
  /** Senders of this batch, with the nonce they had before it. */
  readonly nonces: ReadonlyMap<Hex, number>
  readonly transactions: readonly L2Transaction[]
}

/** Batches that can be taken back; older ones are far below any reorganisation. */
const UNDO_DEPTH = 256

/** The rules of a pool's chain, for a view of L1 and a clock (seconds). */
export const followView = (
  pool: Pool,
  chain: Pick<L2Chain, 'nonceOf'>,
  origin: (number: number) => KnownOrigin | undefined,
  latestTimestamp: number,
  parse: (raw: Bytes) => L2Transaction = parseTransaction,
): FollowView => ({
  chainId: pool.l2.chainId,
  blockTime: pool.l2.blockTime,
  maxSequencerDrift: pool.l2.maxSequencerDrift,
  latestTimestamp,
  limits: DEFAULT_LIMITS,
  origin,
  nonceOf: sender => chain.nonceOf(sender),
  parse,
})

/** @param origin confirmed L1 blocks by number. @param parse may answer from memory what was parsed before: recovering senders is most of the cost. */
export function createL2Chain(
  pool: Pool,
  origin: (number: number) => KnownOrigin | undefined,
  start?: ChainStart,
  parse: (raw: Bytes) => L2Transaction = parseTransaction,
): L2Chain {
  const { number, hash } = pool.l1.genesis
  let head = start?.head ?? headOf(genesisBlock({ l2ChainId: pool.l2.chainId, timestamp: pool.l2.genesisTime, l1Origin: { number, hash } }))
  const nonces = new Map<Hex, number>(start?.nonces)
  let applied: Applied[] = []
  const nonceOf = (sender: Hex): number => nonces.get(sender) ?? 0

  return {
    get head() {
      return head
    },
    nonceOf,
    snapshot: () => ({ head, nonces: new Map(nonces) }),
    apply(height, payload) {
      try {
        const { batches, transactions: raw } = decodePoolBatch(payload, { maxBytes: DEFAULT_LIMITS.maxBytes })
        const blocks = blocksOf(batches, head)
        const seen = new Map<Bytes, L2Transaction>()
        const once = (bytes: Bytes): L2Transaction => {
          const found = seen.get(bytes) ?? parse(bytes)
          seen.set(bytes, found)
          return found
        }
        if (checkBlocks(blocks, head, followView(pool, { nonceOf }, origin, Number.MAX_SAFE_INTEGER, once)) !== undefined) return undefined
        const transactions = raw.map(once)
        const before = new Map<Hex, number>()
        for (const { from, nonce } of transactions) {
          if (!before.has(from)) before.set(from, nonceOf(from))
          nonces.set(from, nonce + 1)
        }
        applied = [...applied, { height, before: head, nonces: before, transactions }].slice(-UNDO_DEPTH)
        const last = blocks.at(-1)
        if (last !== undefined) head = headOf(last)
        return { blocks: blocks.length, transactions }
      } catch (error) {
        if (error instanceof PoolError) return undefined
        throw error
      }
    },
    undo(from) {
      const gone = applied.filter(batch => batch.height >= from)
      applied = applied.filter(batch => batch.height < from)
      for (const batch of [...gone].reverse()) {
        head = batch.before
        for (const [sender, nonce] of batch.nonces) nonces.set(sender, nonce)
      }
      return gone.flatMap(batch => batch.transactions)
    },
  }
}
