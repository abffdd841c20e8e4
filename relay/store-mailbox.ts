/**
 * Mailboxes over libsql: increasing sequence for each recipient, idempotent by message id, cumulative acknowledgement, expiry, quota.
 * @module
 */
import { createHash } from 'node:crypto'
import { type Bytes, equal } from '../core/bytes.ts'
import type { AppendOutcome, MailboxStore, NewMessage, Page, StoredMessage, StoreOptions } from './store.ts'
import { bytesOf, type Engine } from './store-engine.ts'

/** ms that the id of an acknowledged message is remembered: longer than any sender goes on repeating it. */
const TOMBSTONE = 10 * 60_000

interface Usage {
  messages: number
  bytes: number
}

export function mailboxStore(engine: Engine, options: StoreOptions): MailboxStore {
  const { now } = options
  const byId = engine.query('SELECT recipient, sequence, digest FROM messages WHERE id = ?')
  const insert = engine.query('INSERT INTO messages (recipient, sequence, id, digest, envelope, expires_at) VALUES (?, ?, ?, ?, ?, ?)')
  const nextOf = engine.query('SELECT next FROM mailboxes WHERE recipient = ?')
  const saveNext = engine.query('INSERT INTO mailboxes (recipient, next) VALUES (?, ?) ON CONFLICT (recipient) DO UPDATE SET next = excluded.next')
  const select = engine.query(
    'SELECT sequence, envelope FROM messages WHERE recipient = ? AND sequence > ? AND envelope IS NOT NULL AND expires_at > ? ORDER BY sequence LIMIT ?',
  )
  const waitingUpTo = engine.query(
    'SELECT COUNT(*) AS messages, COALESCE(SUM(LENGTH(envelope)), 0) AS bytes FROM messages WHERE recipient = ? AND sequence <= ? AND envelope IS NOT NULL',
  )
  const bury = engine.query(
    'UPDATE messages SET envelope = NULL, expires_at = MIN(expires_at, ?) WHERE recipient = ? AND sequence <= ? AND envelope IS NOT NULL',
  )
  const expiredBy = engine.query(
    'SELECT recipient, COUNT(*) AS messages, SUM(LENGTH(envelope)) AS bytes FROM messages WHERE expires_at <= ? AND envelope IS NOT NULL GROUP BY recipient',
  )
  const remove = engine.query('DELETE FROM messages WHERE expires_at <= ?')
  const usageOf = engine.query(
    'SELECT recipient, COUNT(*) AS messages, SUM(LENGTH(envelope)) AS bytes FROM messages WHERE envelope IS NOT NULL GROUP BY recipient',
  )

  let total: Usage = { messages: 0, bytes: 0 }
  let mailboxes = new Map<number, Usage>()
  function reload(): void {
    total = { messages: 0, bytes: 0 }
    mailboxes = new Map()
    for (const row of usageOf.all()) count(Number(row.recipient), Number(row.messages), Number(row.bytes))
  }
  function count(recipient: number, messages: number, bytes: number): void {
    const own = mailboxes.get(recipient) ?? { messages: 0, bytes: 0 }
    own.messages += messages
    own.bytes += bytes
    mailboxes.set(recipient, own)
    total.messages += messages
    total.bytes += bytes
  }
  engine.onRollback(reload)
  reload()

  /** A member that is away fills its own share, never the others'. */
  function fullBy(recipient: number, length: number): 'messages' | 'bytes' | undefined {
    const own = mailboxes.get(recipient) ?? { messages: 0, bytes: 0 }
    const over = (key: keyof Usage, more: number, limit: number): boolean =>
      total[key] + more > limit && own[key] + more > Math.floor(limit / options.members)
    if (over('messages', 1, options.roomMessages)) return 'messages'
    return over('bytes', length, options.roomBytes) ? 'bytes' : undefined
  }

  function append({ recipient, id, envelope, lifetime }: NewMessage): AppendOutcome {
    const digest = digestOf(envelope)
    const known = byId.get(id)
    if (known !== undefined)
      return equal(bytesOf(known.digest), digest) ? { status: 'duplicate', sequence: Number(known.sequence) } : { status: 'conflict' }
    const limit = fullBy(recipient, envelope.length)
    if (limit !== undefined) return { status: 'full', limit }
    const sequence = Number(nextOf.get(recipient)?.next ?? Math.max(1, now()))
    insert.run(recipient, sequence, id, digest, envelope, now() + lifetime)
    saveNext.run(recipient, sequence + 1)
    count(recipient, 1, envelope.length)
    return { status: 'stored', sequence }
  }

  function acknowledge(recipient: number, sequence: number): void {
    const waiting = waitingUpTo.get(recipient, sequence)
    if (waiting === undefined || waiting.messages === 0) return
    bury.run(now() + TOMBSTONE, recipient, sequence)
    count(recipient, -Number(waiting.messages), -Number(waiting.bytes))
  }

  function expire(): number {
    const at = now()
    let messages = 0
    for (const row of expiredBy.all(at)) {
      messages += Number(row.messages)
      count(Number(row.recipient), -Number(row.messages), -Number(row.bytes))
    }
    remove.run(at)
    return messages
  }

  return {
    append: message => engine.write(() => append(message)),
    async read(recipient, after, page) {
      return within(page, select.all(recipient, after, now(), page.count), row => {
        const envelope = bytesOf(row.envelope)
        return { item: { sequence: Number(row.sequence), envelope } satisfies StoredMessage, size: envelope.length }
      })
    },
    async lastSequence(recipient) {
      const next = nextOf.get(recipient)?.next
      return next === undefined ? 0 : Number(next) - 1
    },
    acknowledge: (recipient, sequence) => engine.write(() => acknowledge(recipient, sequence)),
    expire: () => engine.write(expire),
    usage: () => ({ ...total }),
  }
}

const digestOf = (bytes: Bytes): Bytes => Uint8Array.from(createHash('sha256').update(bytes).digest())

/** The first items that fit into a page; the first one always does. */
export function within<R, T>(page: Page, rows: readonly R[], read: (row: R) => { item: T; size: number }): T[] {
  const out: T[] = []
  let bytes = 0
  for (const row of rows) {
    const { item, size } = read(row)
    bytes += size
    if (out.length > 0 && bytes > page.bytes) break
    out.push(item)
  }
  return out
}
