/**
 * A decoded batch as plain data, and as lines.
 * @module
 */
import type { Batch, BatchSummary } from '../../core/batch/summary.ts'
import { type Bytes, hex } from '../../core/bytes.ts'
import { asPoolError } from '../../core/errors.ts'
import { keccak256 } from '../../core/ethereum.ts'
import { parseTransaction } from '../../core/transaction/parse.ts'
import { print } from './output.ts'

export interface TransactionView {
  readonly hash: string
  /** Bytes. */
  readonly size: number
  readonly raw: string
  readonly type?: string
  readonly chainId?: number | undefined
  readonly from?: string
  readonly to?: string | null
  readonly nonce?: number
  /** Wei, decimal. */
  readonly value?: string
  /** Why it cannot be read, for bytes that are no transaction. */
  readonly problem?: string
}

export interface BlockView {
  readonly parentHash?: string
  /** Seconds since 1970. A span batch has none of its own: see `afterGenesis`. */
  readonly timestamp?: number
  /** Seconds from the L2 genesis to the first block of a span batch, decimal. */
  readonly afterGenesis?: string
  readonly l1Origin: { readonly number: string; readonly hash?: string }
  readonly transactions: readonly TransactionView[]
}

export interface BatchDescription {
  readonly channelId: string
  readonly frames: number
  readonly compression: string
  /** How the compressed stream ended. */
  readonly end: string
  readonly calldataBytes: number
  readonly blocks: readonly BlockView[]
}

function describeTransaction(raw: Bytes): TransactionView {
  const base = { hash: hex(keccak256(raw)), size: raw.length, raw: hex(raw) }
  try {
    const { type, chainId, from, to, nonce, value } = parseTransaction(raw)
    return { ...base, type, chainId, from, to: to ?? null, nonce, value: value.toString() }
  } catch (error) {
    return { ...base, problem: String(asPoolError(error).context.reason ?? 'unreadable') }
  }
}

function blocksOf(batch: Batch): BlockView[] {
  if (batch.kind === 'span')
    return batch.blocks.map((block, index) => ({
      ...(index === 0 ? { afterGenesis: batch.relativeTimestamp.toString() } : {}),
      l1Origin: { number: block.epochNumber.toString() },
      transactions: block.transactions.map(describeTransaction),
    }))
  const { parentHash, timestamp, epochNumber, epochHash, transactions } = batch
  return [{ parentHash, timestamp, l1Origin: { number: String(epochNumber), hash: epochHash }, transactions: transactions.map(describeTransaction) }]
}

/** Everything that `decode --json` prints but `ok`. */
export function describeBatch(summary: BatchSummary, calldataBytes: number): BatchDescription {
  const { channelId, frames, compression, end, batches } = summary
  return { channelId, frames: frames.length, compression, end, calldataBytes, blocks: batches.flatMap(blocksOf) }
}

function timeOf({ timestamp, afterGenesis }: BlockView): string {
  if (afterGenesis !== undefined) return ` ${afterGenesis} s after the L2 genesis`
  // Above that Date has no form for it.
  return timestamp === undefined ? '' : ` at ${timestamp}${timestamp < 1e11 ? ` (${new Date(timestamp * 1000).toISOString()})` : ''}`
}

/** Lines for people. */
export function printBatch(batch: BatchDescription): void {
  const count = batch.blocks.reduce((sum, block) => sum + block.transactions.length, 0)
  print(`channel ${batch.channelId}: ${batch.frames} frame(s), ${batch.compression}, ${batch.calldataBytes} bytes of calldata`)
  if (batch.end !== 'complete') print(`the compressed stream is ${batch.end}: there may be more`)
  print(`${batch.blocks.length} L2 block(s), ${count} transaction(s)`)
  for (const block of batch.blocks) {
    print()
    print(`block${timeOf(block)}, L1 origin ${block.l1Origin.number} ${block.l1Origin.hash ?? ''}`.trimEnd())
    if (block.parentHash !== undefined) print(`  parent ${block.parentHash}`)
    if (block.transactions.length === 0) print('  no transactions')
    for (const transaction of block.transactions) {
      print(
        `  ${transaction.hash}  ${transaction.problem === undefined ? transaction.type : `not a transaction: ${transaction.problem}`}, ${transaction.size} bytes`,
      )
      if (transaction.from !== undefined)
        print(`    from ${transaction.from} nonce ${transaction.nonce} to ${transaction.to ?? '(new contract)'} value ${transaction.value} wei`)
    }
  }
}
