/**
 * The relay's store in one file, relay.db, by libsql.
 * @module
 */
import { type Bytes, fromHex, hex } from '../core/bytes.ts'
import type { IntakeStore, NewTransaction, Publication, PublisherStore, QueuedTransaction, RelayStore, StoreOptions } from './store.ts'
import { chainStore } from './store-chain.ts'
import { bytesOf, type Engine, openEngine, type Row } from './store-engine.ts'
import { mailboxStore, within } from './store-mailbox.ts'
import { poolStore } from './store-pool.ts'

/**
 * Opens the store of a room. Without a directory it lives in memory.
 * @throws {PoolError} `relay-store-locked`, `relay-store-version`, `relay-store-pool`, `relay-store`
 */
export function openLibsqlStore(dataDir: string | undefined, options: StoreOptions): RelayStore {
  const engine = openEngine(dataDir, options.room)
  const { port: intake, enqueue } = intakeStore(engine, options)
  const probe = engine.query('SELECT 1 AS one')
  return {
    mailbox: mailboxStore(engine, options),
    intake,
    publisher: publisherStore(engine),
    chain: chainStore(engine, enqueue),
    pool: poolStore(engine),
    ping: () => engine.write(() => void probe.get()),
    close: () => engine.close(),
  }
}

function intakeStore(engine: Engine, { now }: StoreOptions): { port: IntakeStore; enqueue(transaction: NewTransaction): number } {
  const known = engine.query('SELECT sequence FROM intake WHERE hash = ?')
  const insert = engine.query('INSERT INTO intake (sequence, hash, sender, nonce, raw) VALUES (?, ?, ?, ?, ?)')
  const last = engine.query("SELECT value FROM meta WHERE name = 'intake'")
  const saveLast = engine.query("INSERT OR REPLACE INTO meta (name, value) VALUES ('intake', ?)")
  const after = engine.query('SELECT * FROM intake WHERE sequence > ? ORDER BY sequence LIMIT ?')
  const remove = engine.query('DELETE FROM intake WHERE hash = ?')

  const newest = (): number => Number(last.get()?.value ?? 0)
  function enqueue({ hash, from, nonce, raw }: NewTransaction): number {
    const there = known.get(fromHex(hash))
    if (there !== undefined) return Number(there.sequence)
    // Like mailboxes: a new queue starts at the time, above all that an older one gave out.
    const sequence = newest() === 0 ? Math.max(1, now()) : newest() + 1
    insert.run(sequence, fromHex(hash), fromHex(from), nonce, raw)
    saveLast.run(sequence)
    return sequence
  }
  const port: IntakeStore = {
    enqueue: transaction => engine.write(() => enqueue(transaction)),
    async queued(sequence, page) {
      return within(page, after.all(sequence, page.count), row => {
        const item: QueuedTransaction = {
          sequence: Number(row.sequence),
          hash: hex(bytesOf(row.hash)),
          from: hex(bytesOf(row.sender)),
          nonce: Number(row.nonce),
          raw: bytesOf(row.raw),
        }
        return { item, size: item.raw.length }
      })
    },
    lastQueued: async () => newest(),
    dequeue: hashes =>
      engine.write(() => {
        for (const hash of hashes) remove.run(fromHex(hash))
      }),
  }
  return { port, enqueue }
}

function publisherStore(engine: Engine): PublisherStore {
  const known = engine.query('SELECT hash FROM publications WHERE hash = ?')
  const others = engine.query('SELECT content FROM publications WHERE height = ? LIMIT 1')
  const insert = engine.query(
    'INSERT INTO publications (hash, height, nonce, round, content, raw, max_fee, stored_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
  )
  const sent = engine.query('UPDATE publications SET sent_at = ? WHERE hash = ?')
  const from = engine.query('SELECT * FROM publications WHERE height >= ? ORDER BY height, stored_at')

  const sameContent = (content: Bytes, row: Row): boolean => hex(bytesOf(row.content)) === hex(content)
  return {
    publish: publication =>
      engine.write(() => {
        const { hash, height, nonce, round, content, raw, maxFeePerGas, storedAt } = publication
        if (known.get(fromHex(hash)) !== undefined) return 'duplicate'
        const first = others.get(height)
        if (first !== undefined && !sameContent(fromHex(content), first)) return 'conflict'
        insert.run(fromHex(hash), height, nonce, round, fromHex(content), raw, String(maxFeePerGas), storedAt)
        return 'stored'
      }),
    markSent: (hash, at) => engine.write(() => void sent.run(at, fromHex(hash))),
    publications: async height =>
      from.all(height).map(
        (row): Publication => ({
          hash: hex(bytesOf(row.hash)),
          height: Number(row.height),
          nonce: Number(row.nonce),
          round: Number(row.round),
          content: hex(bytesOf(row.content)),
          raw: bytesOf(row.raw),
          maxFeePerGas: BigInt(String(row.max_fee)),
          storedAt: Number(row.stored_at),
          sentAt: row.sent_at === null ? undefined : Number(row.sent_at),
        }),
      ),
  }
}
