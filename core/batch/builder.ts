/**
 * From ordered transactions to L2 blocks. Pure: the proposer calls it, tests replay it.
 * @module
 */
import { PoolError } from '../errors.ts'
import type { Hex } from '../ethereum.ts'
import type { L2Transaction } from '../transaction/parse.ts'
import { type BlockHead, blockHash, type L1Origin, type L2Block } from './block.ts'
import { type BatchLimits, BLOCK_OVERHEAD, TRANSACTION_OVERHEAD } from './limits.ts'

/** An L1 block that may be an origin: canonical, and with the confirmations that the pool asks for. */
export interface KnownOrigin extends L1Origin {
  /** Seconds since 1970. */
  readonly timestamp: number
}

export interface BuildInput {
  readonly parent: BlockHead
  /** First nonce of a sender that no block holds yet. */
  readonly nonceOf: (sender: Hex) => number
  /** In the order of the pool; what does not fit stays for the next batch. */
  readonly transactions: readonly L2Transaction[]
  /** Seconds: no block is younger. */
  readonly until: number
  /** Seconds between blocks. */
  readonly blockTime: number
  /** Must hold the parent's origin. */
  readonly origins: readonly KnownOrigin[]
  /** Seconds by which a block with transactions may be younger than its origin. */
  readonly maxSequencerDrift: number
  readonly limits: BatchLimits
}

interface BlockSlot {
  readonly timestamp: number
  readonly origin: KnownOrigin
}

/**
 * One block each `blockTime` seconds after the parent up to `until`, empty ones too. The L1 origin goes up by one as soon as the next known one is
 * not younger than the block. Transactions keep their order and stand in the newest blocks that may hold any (drift rule). After a
 * long silence the empty blocks of one batch take at most half of `maxBytes`; the rest follows in the next batch.
 * @throws {PoolError} `invalid-argument` when `origins` does not hold the parent's origin (an L1 reorganisation took it away).
 */
export function buildBlocks(input: BuildInput): { blocks: L2Block[]; included: Hex[] } {
  const slots = blockSlots(input)
  const open = slots.filter(slot => slot.timestamp <= slot.origin.timestamp + input.maxSequencerDrift)
  const groups = pack(input, open.length, input.limits.maxBytes - slots.length * BLOCK_OVERHEAD)
  const contents = new Map(groups.map((group, i) => [open[open.length - groups.length + i], group]))

  const blocks: L2Block[] = []
  let parentHash = input.parent.hash
  for (const slot of slots) {
    const block: L2Block = {
      number: input.parent.number + blocks.length + 1,
      parentHash,
      timestamp: slot.timestamp,
      l1Origin: { number: slot.origin.number, hash: slot.origin.hash },
      transactions: (contents.get(slot) ?? []).map(transaction => transaction.raw),
    }
    parentHash = blockHash(block)
    blocks.push(block)
  }
  return { blocks, included: groups.flat().map(transaction => transaction.hash) }
}

function blockSlots({ parent, until, blockTime, origins, limits }: BuildInput): BlockSlot[] {
  const known = new Map(origins.map(origin => [origin.number, origin]))
  let origin = known.get(parent.l1Origin.number)
  if (origin?.hash !== parent.l1Origin.hash)
    throw new PoolError('invalid-argument', { title: 'origins', expected: `L1 block ${parent.l1Origin.number} of the parent`, got: origin?.hash })
  const most = Math.max(1, Math.floor(limits.maxBytes / 2 / BLOCK_OVERHEAD))
  const slots: BlockSlot[] = []
  for (let timestamp = parent.timestamp + blockTime; timestamp <= until && slots.length < most; timestamp += blockTime) {
    const next = known.get(origin.number + 1)
    if (next !== undefined && next.timestamp <= timestamp) origin = next
    slots.push({ timestamp, origin })
  }
  return slots
}

/** Groups of transactions for at most `most` blocks, filled in order, within `budget` bytes; what breaks a sender's nonce order is left out. */
function pack({ transactions, nonceOf, limits }: BuildInput, most: number, budget: number): L2Transaction[][] {
  const groups: L2Transaction[][] = []
  const next = new Map<Hex, number>()
  let group: L2Transaction[] = []
  let gas = 0n
  let left = budget
  for (const transaction of transactions) {
    const { from, nonce, gasLimit, raw } = transaction
    if (nonce !== (next.get(from) ?? nonceOf(from)) || gasLimit > limits.maxGasPerBlock) continue
    left -= raw.length + TRANSACTION_OVERHEAD
    if (left < 0) break
    const full = group.length === limits.maxTransactionsPerBlock || gas + gasLimit > limits.maxGasPerBlock
    if (groups.length === 0 || full) {
      if (groups.length === most) break
      group = []
      gas = 0n
      groups.push(group)
    }
    group.push(transaction)
    gas += gasLimit
    next.set(from, nonce + 1)
  }
  return groups
}
