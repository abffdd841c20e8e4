/**
 * The guard of a headless member: `guard.db` beside the vault (libsql, WAL, synchronous=FULL: a commit is on the disk when it returns). The database
 * is opened exclusively, so two processes can never vote from one guard, whatever became of the vault lock.
 * @module
 */
import { chmodSync, existsSync } from 'node:fs'
import Database from 'libsql'
import { type Bytes, equal, wipe } from '../core/bytes.ts'
import { PoolError } from '../core/errors.ts'
import type { GuardFact, GuardStore, Log, Vault } from '../core/member/ports.ts'
import { beginSilence, withSilence } from '../core/member/silence.ts'
import { heightRecordCodec } from '../core/proposal/lock.ts'
import { type Pool, poolHash } from '../core/proposal/pool.ts'
import { createFile } from './private-file.ts'

/** Version of the tables. */
const SCHEMA_VERSION = 1
/** Heights below the newest one whose proposals and signed transactions are kept. Records are kept for ever. */
export const KEPT_HEIGHTS = 1_024

export interface GuardDb extends GuardStore {
  close(): void
}

const SCHEMA = `
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS record (height INTEGER PRIMARY KEY, value BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS signed (height INTEGER PRIMARY KEY, value BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS proposal (height INTEGER PRIMARY KEY, value BLOB NOT NULL) STRICT;
`

/**
 * Opens or makes the guard of one member of one pool.
 * @param pool 32-byte pool hash; the first pool that opens a database keeps it.
 * @param made facts that a new guard begins with; nothing for one that is there.
 * @throws {PoolError} `guard-pool`, `guard-version`, `guard-locked`, `guard-io`.
 */
export function openGuard(file: string, pool: Bytes, made: Partial<Record<GuardFact, Bytes>> = {}): GuardDb {
  return guarded(file, () => {
    if (existsSync(file)) chmodSync(file, 0o600)
    else createFile(file, new Uint8Array(0))
    const db = new Database(file)
    try {
      db.pragma('locking_mode = EXCLUSIVE')
      db.pragma('journal_mode = WAL')
      db.pragma('synchronous = FULL')
      db.exec(SCHEMA)
      const version = pinned(db, 'version', Uint8Array.of(SCHEMA_VERSION))
      if (!equal(version, Uint8Array.of(SCHEMA_VERSION))) throw new PoolError('guard-version', { file, has: version[0] })
      if (!equal(pinnedPool(db, pool, made), pool)) throw new PoolError('guard-pool', { file })
      return guardOver(file, db)
    } catch (error) {
      release(db)
      throw error
    }
  })
}

/**
 * The guard beside a vault. When a vault has a share and no guard, that guard is lost: the new one keeps its member silent for a while (core/member/silence.ts).
 * @throws {PoolError} as {@link openGuard}
 */
export async function openGuardBeside(
  vault: Pick<Vault, 'activeShare'>,
  file: string,
  pool: Pool,
  ports: { now(): number; log: Log },
): Promise<GuardDb> {
  const share = vault.activeShare()
  wipe(share)
  const guard = openGuard(file, poolHash(pool), share === undefined ? {} : { silence: beginSilence() })
  try {
    return await withSilence(guard, { pool, now: () => ports.now(), log: ports.log })
  } catch (error) {
    guard.close()
    throw error
  }
}

/**
 * Closes and gives the file's lock back. `close` alone keeps it until every statement is garbage, and a lock that was taken before WAL is only
 * given back after WAL.
 */
function release(db: Database.Database): void {
  try {
    db.pragma('journal_mode = DELETE')
    db.pragma('locking_mode = NORMAL')
    db.prepare('SELECT COUNT(*) FROM meta').get()
  } catch {
    // Another process has the file: there is nothing to give back.
  }
  db.close()
}

/** The stored value of a key, which is `value` when there was none. */
function pinned(db: Database.Database, key: string, value: Bytes): Bytes {
  db.prepare('INSERT OR IGNORE INTO meta (key, value) VALUES (?, ?)').run(key, buffer(value))
  return blobOf(db.prepare('SELECT value FROM meta WHERE key = ?').get(key)) ?? new Uint8Array(0)
}

/** The pool of this guard. A new one gets its pool and its first facts at once. */
function pinnedPool(db: Database.Database, pool: Bytes, made: Partial<Record<GuardFact, Bytes>>): Bytes {
  db.exec('BEGIN IMMEDIATE')
  const isNew = db.prepare('SELECT value FROM meta WHERE key = ?').get('pool') === undefined
  if (isNew) for (const [name, fact] of Object.entries(made)) pinned(db, `fact ${name}`, fact)
  const stored = pinned(db, 'pool', pool)
  db.exec('COMMIT')
  return stored
}

const buffer = (bytes: Bytes): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)

function blobOf(row: unknown): Bytes | undefined {
  const value = (row as { value: Buffer | ArrayBuffer } | undefined)?.value
  if (value === undefined) return undefined
  return value instanceof ArrayBuffer ? new Uint8Array(value) : Uint8Array.from(value)
}

function guardOver(file: string, db: Database.Database): GuardDb {
  type Table = 'record' | 'signed' | 'proposal'
  const each = <T>(make: (table: Table) => T): Record<Table, T> => ({ record: make('record'), signed: make('signed'), proposal: make('proposal') })
  const get = each(table => db.prepare(`SELECT value FROM ${table} WHERE height = ?`))
  const put = each(table => db.prepare(`INSERT OR REPLACE INTO ${table} (height, value) VALUES (?, ?)`))
  const prune = each(table => db.prepare(`DELETE FROM ${table} WHERE height < ?`))
  const highest = db.prepare('SELECT MAX(height) AS height FROM record')
  const getMeta = db.prepare('SELECT value FROM meta WHERE key = ?')
  const putMeta = db.prepare('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)')

  let open = true
  /** libsql answers for a closed database that there is nothing, which must not be taken for "never voted". */
  const live = <T>(run: () => T): T => {
    if (!open) throw new PoolError('guard-io', { file, reason: 'closed' })
    return guarded(file, run)
  }
  const read = (table: Table, height: number): Bytes | undefined => live(() => blobOf(get[table].get(height)))
  const write = (table: Table, height: number, value: Bytes): void => void put[table].run(height, buffer(value))
  function writePruned(table: Table, height: number, value: Bytes): void {
    write(table, height, value)
    prune[table].run(height - KEPT_HEIGHTS)
  }
  /** All or nothing, and one wait for the disk. */
  const atOnce = (job: () => void): void =>
    live(() => {
      db.exec('BEGIN IMMEDIATE')
      try {
        job()
        db.exec('COMMIT')
      } catch (error) {
        if (db.inTransaction) db.exec('ROLLBACK')
        throw error
      }
    })

  return {
    async read(height) {
      const bytes = read('record', height)
      return bytes === undefined ? undefined : heightRecordCodec.decode(bytes)
    },
    write: async record => live(() => write('record', record.height, heightRecordCodec.encode(record))),
    async writeLock(record, proposal) {
      atOnce(() => {
        write('record', record.height, heightRecordCodec.encode(record))
        writePruned('proposal', record.height, proposal)
      })
    },
    async highest() {
      const row = live(() => highest.get()) as { height: number | null } | undefined
      return row?.height ?? undefined
    },
    saveSigned: async (height, raw) => atOnce(() => writePruned('signed', height, raw)),
    signed: async height => read('signed', height),
    proposal: async height => read('proposal', height),
    saveCheckpoint: async checkpoint => live(() => void putMeta.run('checkpoint', buffer(checkpoint))),
    checkpoint: async () => live(() => blobOf(getMeta.get('checkpoint'))),
    saveFact: async (name, bytes) => live(() => void putMeta.run(`fact ${name}`, buffer(bytes))),
    fact: async name => live(() => blobOf(getMeta.get(`fact ${name}`))),
    async nextCounter() {
      return live(() => {
        const stored = blobOf(getMeta.get('counter'))
        const next = (stored === undefined ? 0n : Buffer.from(stored).readBigUInt64BE()) + 1n
        const bytes = Buffer.alloc(8)
        bytes.writeBigUInt64BE(next)
        putMeta.run('counter', bytes)
        return next
      })
    },
    close() {
      if (open) release(db)
      open = false
    },
  }
}

/** Errors of SQLite and the file system as codes of ours. */
function guarded<T>(file: string, run: () => T): T {
  try {
    return run()
  } catch (cause) {
    if (cause instanceof PoolError) throw cause
    const code = (cause as NodeJS.ErrnoException).code ?? ''
    if (code === 'SQLITE_BUSY' || code === 'SQLITE_LOCKED') throw new PoolError('guard-locked', { file })
    throw new PoolError('guard-io', { file, reason: code }, { cause })
  }
}
