/**
 * libsql (embedded SQLite) as an engine: opens one file for one process, and commits writes in groups.
 * @module
 */
import { closeSync, mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'libsql'
import { type Bytes, equal } from '../core/bytes.ts'
import { PoolError } from '../core/errors.ts'
import { SCHEMA, SCHEMA_VERSION } from './store-schema.ts'

export type Cell = number | string | Buffer | ArrayBuffer | null
export type Row = Readonly<Record<string, Cell>>

/** A prepared statement. */
export interface Query {
  run(...values: readonly unknown[]): number
  get(...values: readonly unknown[]): Row | undefined
  all(...values: readonly unknown[]): Row[]
}

export interface Engine {
  query(sql: string): Query
  /**
   * Runs `job` in a transaction together with all others of this turn of the event loop; resolves after the commit. Jobs run in the order of
   * the calls. A job that throws fails alone.
   */
  write<T>(job: () => T): Promise<T>
  /** Called after a rollback: what is cached of the database is to be read again. */
  onRollback(reload: () => void): void
  close(): Promise<void>
}

/** A blob as a Uint8Array of its own; libsql gives Buffers from `get` and ArrayBuffers from `all`. */
export function bytesOf(cell: Cell | undefined): Bytes {
  if (cell instanceof ArrayBuffer) return new Uint8Array(cell)
  if (cell instanceof Uint8Array) return Uint8Array.from(cell)
  throw new PoolError('relay-store', { reason: 'a blob is not one' })
}

/**
 * Opens relay.db in a directory (made when missing, owner-only), or a database in memory. WAL, every commit synced, one process at a time.
 * @throws {PoolError} `relay-store-locked`, `relay-store-version`, `relay-store-pool`, `relay-store`
 */
export function openEngine(dataDir: string | undefined, room: Bytes): Engine {
  try {
    return engineOf(openDatabase(dataDir, room))
  } catch (error) {
    if (error instanceof PoolError) throw error
    const busy = (error as { code?: unknown }).code === 'SQLITE_BUSY'
    throw new PoolError(busy ? 'relay-store-locked' : 'relay-store', { directory: dataDir ?? '(memory)' }, { cause: error })
  }
}

function openDatabase(dataDir: string | undefined, room: Bytes): Database.Database {
  const path = dataDir === undefined ? ':memory:' : join(dataDir, 'relay.db')
  if (dataDir !== undefined) {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 })
    // SQLite gives its journal the rights of the database.
    closeSync(openSync(path, 'a', 0o600))
  }
  const database = new Database(path)
  try {
    database.pragma('locking_mode = EXCLUSIVE')
    database.pragma('journal_mode = WAL')
    database.pragma('synchronous = FULL')
    prepareSchema(database, room)
  } catch (error) {
    release(database)
    throw error
  }
  return database
}

/**
 * Closes for good. `close` alone keeps the file's lock for as long as any statement lives, and a lock taken before WAL is only given back
 * after leaving WAL.
 */
function release(database: Database.Database): void {
  try {
    if (database.inTransaction) database.exec('ROLLBACK')
    database.pragma('journal_mode = DELETE')
    database.pragma('locking_mode = NORMAL')
    database.pragma('user_version')
  } catch {
    // Another process holds the lock; then there is none to give back.
  } finally {
    database.close()
  }
}

function prepareSchema(database: Database.Database, room: Bytes): void {
  // The exclusive lock is taken by the first write, so this also finds another process.
  database.exec('BEGIN IMMEDIATE')
  const found = (database.pragma('user_version') as { user_version: number }[])[0]?.user_version ?? 0
  if (found === 0) {
    database.exec(SCHEMA)
    database.prepare('INSERT INTO meta (name, value) VALUES (?, ?)').run(['room', room])
    database.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`)
  } else if (found !== SCHEMA_VERSION) {
    throw new PoolError('relay-store-version', { expected: SCHEMA_VERSION, found })
  } else {
    const row = database.prepare('SELECT value FROM meta WHERE name = ?').all('room')[0] as Row | undefined
    if (row === undefined || !equal(bytesOf(row.value), room)) throw new PoolError('relay-store-pool')
  }
  database.exec('COMMIT')
}

/** libsql ends the process at a value of another type, so none gets there. */
function bindable(values: readonly unknown[]): unknown[] {
  for (const value of values)
    if (typeof value !== 'number' && typeof value !== 'string' && value !== null && !(value instanceof Uint8Array))
      throw new PoolError('invalid-argument', { title: 'SQL value', got: typeof value })
  return [...values]
}

interface Job {
  readonly run: () => unknown
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
}

function engineOf(database: Database.Database): Engine {
  let queue: Job[] = []
  let scheduled = false
  let open = true
  const reloads: (() => void)[] = []

  const rollback = (): void => {
    if (database.inTransaction) database.exec('ROLLBACK')
    for (const reload of reloads) reload()
  }

  function attempt(jobs: readonly Job[]): unknown[] {
    database.exec('BEGIN IMMEDIATE')
    try {
      const results = jobs.map(job => job.run())
      database.exec('COMMIT')
      return results
    } catch (error) {
      rollback()
      throw error
    }
  }

  function settle(jobs: readonly Job[]): void {
    try {
      const results = attempt(jobs)
      jobs.forEach((job, at) => {
        job.resolve(results[at])
      })
    } catch (error) {
      // One that fails must not take the others with it.
      if (jobs.length > 1) for (const job of jobs) settle([job])
      else jobs[0]?.reject(error instanceof PoolError ? error : new PoolError('relay-store', {}, { cause: error }))
    }
  }

  function flush(): void {
    scheduled = false
    const jobs = queue
    queue = []
    if (jobs.length > 0) settle(jobs)
  }

  return {
    query(sql) {
      const statement = database.prepare(sql)
      const guarded = <T>(work: () => T): T => {
        try {
          return work()
        } catch (error) {
          throw new PoolError('relay-store', {}, { cause: error })
        }
      }
      // The values go in as one array: a lone Uint8Array would be taken for named parameters. Rows come from `all` only: `get` of an empty
      // blob ends the process in this version of libsql.
      return {
        run: (...values) => guarded(() => statement.run(bindable(values)).changes),
        get: (...values) => guarded(() => statement.all(bindable(values))[0] as Row | undefined),
        all: (...values) => guarded(() => statement.all(bindable(values)) as Row[]),
      }
    },
    write<T>(job: () => T) {
      if (!open) return Promise.reject(new PoolError('relay-store', { reason: 'the store is closed' }))
      return new Promise<T>((resolve, reject) => {
        queue.push({ run: job, resolve: resolve as (value: unknown) => void, reject })
        if (scheduled) return
        scheduled = true
        setImmediate(flush)
      })
    },
    onRollback: reload => void reloads.push(reload),
    async close() {
      if (!open) return
      open = false
      flush()
      release(database)
    },
  }
}
