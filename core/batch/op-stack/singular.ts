/**
 * Singular batch (version 0), one L2 block: `0x00 ++ rlp([parent_hash, epoch_number, epoch_hash, timestamp, [tx, …]])`
 * (OP Stack specification, derivation, "Batch Format").
 * @module
 */
import { type Bytes, concat, fromHex, hex } from '../../bytes.ts'
import { encodeRlp, type Hex, scalarBytes } from '../../ethereum.ts'
import type { BlockHead, L2Block } from '../block.ts'
import { integerOf, itemAt, itemsOf, malformedBatch, stringOf } from './rlp.ts'

export interface SingularBatch {
  readonly kind: 'singular'
  readonly parentHash: Hex
  /** The L1 origin. */
  readonly epochNumber: number
  readonly epochHash: Hex
  /** Seconds since 1970. */
  readonly timestamp: number
  /** EIP-2718 bytes; deposits are not among them. */
  readonly transactions: readonly Bytes[]
}

/** First byte of the encoding. */
export const SINGULAR_VERSION = 0

/** More transactions are not taken from one batch, whatever its size: a bound on memory, far above what a block can hold. */
const MAX_TRANSACTIONS = 100_000

export const encodeSingular = (batch: SingularBatch): Bytes =>
  concat(
    Uint8Array.of(SINGULAR_VERSION),
    encodeRlp([
      fromHex(batch.parentHash),
      scalarBytes(batch.epochNumber),
      fromHex(batch.epochHash),
      scalarBytes(batch.timestamp),
      [...batch.transactions],
    ]),
  )

/**
 * Strict: canonical RLP, five fields, nothing after them. Transactions are not looked into.
 * @throws {PoolError} `malformed-batch`
 */
export function decodeSingular(bytes: Bytes): SingularBatch {
  if (bytes[0] !== SINGULAR_VERSION) throw malformedBatch('singular', 'version byte')
  const list = itemAt(bytes, 1)
  if (list === undefined || list.end !== bytes.length) throw malformedBatch('singular', 'truncated, or bytes after the batch')
  const [parentHash, epochNumber, epochHash, timestamp, transactions, ...rest] = itemsOf(bytes, list, 6)
  if (transactions === undefined || rest.length !== 0) throw malformedBatch('singular', 'field count')
  return {
    kind: 'singular',
    parentHash: hex(stringOf(bytes, parentHash, 'parent hash', 32)),
    epochNumber: integerOf(bytes, epochNumber, 'epoch number'),
    epochHash: hex(stringOf(bytes, epochHash, 'epoch hash', 32)),
    timestamp: integerOf(bytes, timestamp, 'timestamp'),
    transactions: itemsOf(bytes, transactions, MAX_TRANSACTIONS).map(item => stringOf(bytes, item, 'transaction').slice()),
  }
}

/** A block as a batch. Its number is not part of it: a decoder counts. */
export const batchOf = (block: L2Block): SingularBatch => ({
  kind: 'singular',
  parentHash: block.parentHash,
  epochNumber: block.l1Origin.number,
  epochHash: block.l1Origin.hash,
  timestamp: block.timestamp,
  transactions: block.transactions,
})

/** Batches as the blocks after `parent`, numbered in order; whether they follow is for `checkBlocks` to say. */
export const blocksOf = (batches: readonly SingularBatch[], parent: Pick<BlockHead, 'number'>): L2Block[] =>
  batches.map((batch, i) => ({
    number: parent.number + 1 + i,
    parentHash: batch.parentHash,
    timestamp: batch.timestamp,
    l1Origin: { number: batch.epochNumber, hash: batch.epochHash },
    transactions: batch.transactions,
  }))
