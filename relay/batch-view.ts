/**
 * What the relay reads from the public calldata of a batch: its transactions, and the content commitment that belongs to it.
 * @module
 */
import { contentCommitment } from '../core/batch/content.ts'
import { DEFAULT_LIMITS } from '../core/batch/limits.ts'
import { decodePoolBatch } from '../core/batch/summary.ts'
import { type Bytes, fromHex } from '../core/bytes.ts'
import { isPoolError } from '../core/errors.ts'
import type { Hex } from '../core/ethereum.ts'
import { hashOfTransaction, type L2Transaction, parseTransaction } from '../core/transaction/parse.ts'

export interface BatchView {
  readonly l2Blocks: number
  /** Signed L2 transactions, in order. */
  readonly raw: readonly Bytes[]
  /** 32 bytes. */
  content(place: { readonly chainId: number; readonly account: Hex; readonly nonce: number; readonly inbox: Hex }): Bytes
}

/** Undefined for calldata that is not what a pool posts. */
export function viewBatch(calldata: Bytes): BatchView | undefined {
  try {
    const { batches, transactions, channelId, frames } = decodePoolBatch(calldata, { maxBytes: DEFAULT_LIMITS.maxBytes })
    const last = batches.at(-1)
    if (last === undefined) return undefined
    return {
      l2Blocks: batches.length,
      raw: transactions,
      content: place => contentCommitment({ ...place, channelId: fromHex(channelId), frames, l1OriginHash: last.epochHash }),
    }
  } catch (error) {
    if (isPoolError(error)) return undefined
    throw error
  }
}

export interface KnownTransactions {
  /** First nonce of a sender that no earlier batch holds. */
  nonceOf(sender: Hex): number
  /** A transaction that was parsed before: recovering its sender again would cost a millisecond. */
  parsed(hash: Hex): L2Transaction | undefined
}

/**
 * The transactions of a batch as ordered after what is known; undefined when one of them does not parse or breaks its sender's order, since then
 * derivation ignores the batch.
 */
export function orderedTransactions(view: BatchView, known: KnownTransactions): readonly L2Transaction[] | undefined {
  const next = new Map<Hex, number>()
  const transactions: L2Transaction[] = []
  for (const raw of view.raw) {
    const transaction = known.parsed(hashOfTransaction(raw)) ?? tryParse(raw)
    if (transaction === undefined || transaction.nonce !== (next.get(transaction.from) ?? known.nonceOf(transaction.from))) return undefined
    next.set(transaction.from, transaction.nonce + 1)
    transactions.push(transaction)
  }
  return transactions
}

function tryParse(raw: Bytes): L2Transaction | undefined {
  try {
    return parseTransaction(raw)
  } catch (error) {
    if (isPoolError(error)) return undefined
    throw error
  }
}
