/**
 * What L1 has taken, over libsql. One step of the view (rewind, new blocks, inclusions, confirmations) is one transaction.
 * @module
 */
import { fromHex, hex } from '../core/bytes.ts'
import type { Hex } from '../core/ethereum.ts'
import type { ChainStep, ChainStore, IncludedBatch, L1BlockHeader, NewTransaction } from './store.ts'
import { bytesOf, type Cell, type Engine, type Row } from './store-engine.ts'

/** Block headers that are kept: deeper than any reorganisation that is undone. */
const KEEP_BLOCKS = 4096

const hexOf = (cell: Cell | undefined): Hex => hex(bytesOf(cell))

export function chainStore(engine: Engine, enqueue: (transaction: NewTransaction) => void): ChainStore {
  const insertBlock = engine.query('INSERT OR REPLACE INTO blocks (number, hash, parent, timestamp) VALUES (?, ?, ?, ?)')
  const newestBlock = engine.query('SELECT * FROM blocks WHERE number <= ? ORDER BY number DESC LIMIT 1')
  const pruneBlocks = engine.query('DELETE FROM blocks WHERE number < ?')
  const insertBatch = engine.query(
    `INSERT OR REPLACE INTO batches (height, hash, block_number, block_hash, block_timestamp, succeeded, data, gas_used, fee, seen_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  const confirm = engine.query('UPDATE batches SET confirmed = 1, l2_blocks = ?, l2_transactions = ? WHERE height = ?')
  const order = engine.query('INSERT OR REPLACE INTO ordered (hash, sender, nonce, height) VALUES (?, ?, ?, ?)')
  const leave = engine.query('DELETE FROM intake WHERE hash = ?')
  const rewind = [
    'DELETE FROM ordered WHERE height IN (SELECT height FROM batches WHERE block_number > ?)',
    'DELETE FROM batches WHERE block_number > ?',
    'DELETE FROM blocks WHERE number > ?',
  ].map(engine.query)
  const strip = [
    "UPDATE batches SET data = x'' WHERE height <= ? AND LENGTH(data) > 0",
    "UPDATE publications SET raw = x'' WHERE height <= ? AND LENGTH(raw) > 0",
  ].map(engine.query)
  const batchAt = engine.query('SELECT * FROM batches WHERE height = ?')
  const batchesFrom = engine.query('SELECT * FROM batches WHERE height >= ? ORDER BY height LIMIT ?')
  const batchesAbove = engine.query('SELECT * FROM batches WHERE block_number > ? ORDER BY height')
  const highest = engine.query('SELECT MAX(CASE WHEN confirmed = 1 THEN height END) AS confirmed, MAX(height) AS included FROM batches')
  const orderedAt = engine.query('SELECT height FROM ordered WHERE hash = ?')
  const nonceRows = engine.query('SELECT sender, MAX(nonce) AS nonce FROM ordered GROUP BY sender')
  const confirmedRows = engine.query('SELECT l2_blocks, l2_transactions, gas_used, fee FROM batches WHERE confirmed = 1')

  function apply(step: ChainStep): void {
    if (step.rewindTo !== undefined) for (const query of rewind) query.run(step.rewindTo)
    for (const transaction of step.requeue ?? []) enqueue(transaction)
    for (const block of step.blocks ?? []) insertBlock.run(block.number, fromHex(block.hash), fromHex(block.parentHash), block.timestamp)
    for (const batch of step.included ?? []) {
      const { height, hash, block, succeeded, data, gasUsed, fee, seenAt } = batch
      insertBatch.run(
        height,
        fromHex(hash),
        block.number,
        fromHex(block.hash),
        block.timestamp,
        succeeded ? 1 : 0,
        data,
        gasUsed,
        String(fee),
        seenAt,
      )
    }
    for (const { height, l2Blocks, transactions } of step.confirmed ?? []) {
      confirm.run(l2Blocks, transactions.length, height)
      for (const { hash, from, nonce } of transactions) {
        order.run(fromHex(hash), fromHex(from), nonce, height)
        leave.run(fromHex(hash))
      }
    }
    if (step.finalHeight !== undefined) for (const query of strip) query.run(step.finalHeight)
    const last = step.blocks?.at(-1)
    if (last !== undefined) pruneBlocks.run(last.number - KEEP_BLOCKS)
  }

  return {
    apply: step => engine.write(() => apply(step)),
    async block(atMost = Number.MAX_SAFE_INTEGER) {
      const row = newestBlock.get(atMost)
      if (row === undefined) return undefined
      return {
        number: Number(row.number),
        hash: hexOf(row.hash),
        parentHash: hexOf(row.parent),
        timestamp: Number(row.timestamp),
      } satisfies L1BlockHeader
    },
    async batch(height) {
      const row = batchAt.get(height)
      return row === undefined ? undefined : batchOf(row)
    },
    batches: async (from, count) => batchesFrom.all(from, count).map(batchOf),
    batchesAbove: async blockNumber => batchesAbove.all(blockNumber).map(batchOf),
    async nextHeights() {
      const row = highest.get()
      const after = (cell: Cell | undefined): number => (cell === null || cell === undefined ? 0 : Number(cell) + 1)
      return { confirmed: after(row?.confirmed), included: after(row?.included) }
    },
    async ordered(hash) {
      const row = orderedAt.get(fromHex(hash))
      return row === undefined ? undefined : Number(row.height)
    },
    nonces: async () => new Map(nonceRows.all().map(row => [hexOf(row.sender), Number(row.nonce) + 1])),
    async totals() {
      const sums = { batches: 0, l2Blocks: 0, l2Transactions: 0, gasUsed: 0, fees: 0n }
      for (const row of confirmedRows.all()) {
        sums.batches++
        sums.l2Blocks += Number(row.l2_blocks)
        sums.l2Transactions += Number(row.l2_transactions)
        sums.gasUsed += Number(row.gas_used)
        sums.fees += BigInt(String(row.fee))
      }
      return sums
    },
  }
}

function batchOf(row: Row): IncludedBatch {
  return {
    height: Number(row.height),
    hash: hexOf(row.hash),
    block: { number: Number(row.block_number), hash: hexOf(row.block_hash), timestamp: Number(row.block_timestamp) },
    succeeded: row.succeeded === 1,
    data: bytesOf(row.data),
    gasUsed: Number(row.gas_used),
    fee: BigInt(String(row.fee)),
    seenAt: Number(row.seen_at),
    confirmed: row.confirmed === 1,
    l2Blocks: Number(row.l2_blocks),
    l2Transactions: Number(row.l2_transactions),
  }
}
