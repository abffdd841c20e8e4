/**
 * What is true of a run, computed from L1 alone: which batches count, which L2 transactions they order, whose turn each height was. Independent
 * of core/member.
 */
import { type BlockHead, genesisBlock, headOf } from '../../core/batch/block.ts'
import { checkBatches } from '../../core/batch/follows.ts'
import { DEFAULT_LIMITS } from '../../core/batch/limits.ts'
import { blocksOf } from '../../core/batch/op-stack/singular.ts'
import { decodePoolBatch } from '../../core/batch/summary.ts'
import { type Bytes, hex } from '../../core/bytes.ts'
import type { Pool } from '../../core/proposal/pool.ts'
import { epochSchedule, seedSource } from '../../core/proposal/turn.ts'
import { type L2Transaction, parseTransaction } from '../../core/transaction/parse.ts'
import type { FakeL1 } from '../support/fake-l1.ts'

export interface LandedBatch {
  readonly height: number
  readonly nonce: number
  readonly hash: string
  readonly l1Block: number
  readonly l2Blocks: number
  /** Hashes, in order. */
  readonly transactions: readonly string[]
  /** Undefined when the batch extends the L2 chain; otherwise the rule that it breaks, and it is passed over. */
  readonly ignored: string | undefined
}

/** Recovering a sender is most of the cost of a replay; the same bytes come by again and again. */
const parsed = new Map<string, L2Transaction>()
function parse(raw: Bytes): L2Transaction {
  const key = hex(raw)
  const found = parsed.get(key) ?? parseTransaction(raw)
  parsed.set(key, found)
  return found
}

/** Replays L1 from genesis. */
export function landedBatches(l1: FakeL1, pool: Pool, account: string): LandedBatch[] {
  const { number, hash } = pool.l1.genesis
  let head: BlockHead = headOf(genesisBlock({ l2ChainId: pool.l2.chainId, timestamp: pool.l2.genesisTime, l1Origin: { number, hash } }))
  const nonces = new Map<string, number>()
  const landed: LandedBatch[] = []
  for (const block of l1.blocks)
    for (const { transaction, from, hash: tx } of block.transactions) {
      if (from !== account || transaction.to !== pool.l1.inbox) continue
      const { batches, transactions } = decodePoolBatch(transaction.data, { maxBytes: DEFAULT_LIMITS.maxBytes })
      const ignored = checkBatches(batches, head, {
        chainId: pool.l2.chainId,
        blockTime: pool.l2.blockTime,
        maxSequencerDrift: pool.l2.maxSequencerDrift,
        latestTimestamp: Number.MAX_SAFE_INTEGER,
        limits: DEFAULT_LIMITS,
        origin: at => (at < block.number ? l1.blocks[at] : undefined),
        nonceOf: sender => nonces.get(sender) ?? 0,
        parse,
      })
      const blocks = ignored === undefined ? blocksOf(batches, head) : []
      for (const raw of ignored === undefined ? transactions : []) {
        const { from: sender, nonce } = parse(raw)
        nonces.set(sender, nonce + 1)
      }
      const last = blocks.at(-1)
      if (last !== undefined) head = headOf(last)
      landed.push({
        height: transaction.nonce - pool.l1.nonceOffset,
        nonce: transaction.nonce,
        hash: tx,
        l1Block: block.number,
        l2Blocks: blocks.length,
        transactions: ignored === undefined ? transactions.map(raw => parse(raw).hash) : [],
        ignored,
      })
    }
  return landed
}

/** Seats in order of rounds at a height; undefined while the seed is not final. */
export function turnOrder(l1: FakeL1, pool: Pool, account: string, height: number): readonly number[] | undefined {
  const { epochLength } = pool.times
  const epoch = Math.floor(height / epochLength)
  const source = seedSource(epoch, epochLength)
  const block =
    source.kind === 'genesis'
      ? l1.blocks[pool.l1.genesis.number]
      : l1.blocks.find(({ transactions }) =>
          transactions.some(({ from, transaction }) => from === account && transaction.nonce === source.height + pool.l1.nonceOffset),
        )
  if (block === undefined || (source.kind === 'height' && block.number > l1.finalized)) return undefined
  const members = pool.members.map(({ vote, weight }) => ({ address: vote, weight }))
  const schedule = epochSchedule({ chainId: pool.l2.chainId, epoch, epochLength, members, l1BlockHash: block.hash })
  return schedule.order(height).map(address => pool.members.find(member => member.vote === address)?.seat as number)
}
