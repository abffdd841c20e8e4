/**
 * The lock beside a vault: one process, one thread at a time. The file names its holder; a helper thread touches it every second, because the
 * holder may compute for longer than that. It ends with the holder, so a lock not touched for 5 s is nobody's.
 * @module
 */
import { randomBytes } from 'node:crypto'
import { closeSync, openSync, readFileSync, renameSync, statSync, unlinkSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { threadId, Worker } from 'node:worker_threads'
import { PoolError } from '../core/errors.ts'

/** ms after the last touch at which a lock is nobody's. */
export const LOCK_STALE = 5_000
/** ms between touches. */
export const LOCK_REFRESH = 1_000

interface Holder {
  readonly pid: number
  /** When the process started, to tell it from a later one with the same number. */
  readonly start: string
  readonly host: string
  readonly thread: number
  /** Random: two locks of one thread differ. */
  readonly token: string
}

export interface VaultLock {
  /** @throws {PoolError} `vault-locked` when another process has taken the lock away. */
  assertHeld(): void
  /** Gives the lock back; a second call does nothing. */
  release(): void
}

/** Clock ticks since boot at which a process started, on Linux; elsewhere empty, and the touch alone decides. */
function startOf(pid: number | 'self'): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The second field is a name in brackets that may hold spaces.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  } catch {
    return ''
  }
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

const lockPath = (vault: string): string => `${vault}.lock`

/** The holder and the ms since its last touch; undefined when there is no lock. A file that is half written counts as a fresh lock of nobody known. */
function inspect(path: string): { holder: Partial<Holder>; age: number } | undefined {
  try {
    const age = Date.now() - statSync(path).mtimeMs
    const text = readFileSync(path, 'utf8')
    try {
      return { holder: JSON.parse(text) as Partial<Holder>, age }
    } catch {
      return { holder: {}, age }
    }
  } catch {
    return undefined
  }
}

function isStale({ holder, age }: { holder: Partial<Holder>; age: number }): boolean {
  if (age > LOCK_STALE) return true
  if (holder.pid === undefined || holder.host !== hostname()) return false
  if (!alive(holder.pid)) return true
  const start = startOf(holder.pid)
  return start !== '' && holder.start !== '' && start !== holder.start
}

/**
 * Takes the lock of a vault.
 * @throws {PoolError} `vault-locked` with the pid of the holder.
 */
export function lockVault(vault: string): VaultLock {
  const path = lockPath(vault)
  const mine: Holder = { pid: process.pid, start: startOf('self'), host: hostname(), thread: threadId, token: randomBytes(16).toString('hex') }
  for (let attempt = 0; !tryCreate(path, mine); attempt++) {
    const found = inspect(path)
    if (found === undefined) continue
    if (!isStale(found) || attempt > 3) throw new PoolError('vault-locked', { vault, pid: found.holder.pid })
    removeStale(path, found.holder.token)
  }
  const stopTouching = touchEverySecond(path)
  const isMine = (): boolean => inspect(path)?.holder.token === mine.token
  let released = false
  return {
    assertHeld() {
      if (released || !isMine()) throw new PoolError('vault-locked', { vault, pid: inspect(path)?.holder.pid })
    },
    release() {
      if (released) return
      released = true
      stopTouching()
      if (isMine()) unlinkSync(path)
    },
  }
}

/** Removes the lock of a thread of this process that is known to have ended, so that the next one need not wait. */
export function releaseDeadThread(vault: string, thread: number): void {
  const path = lockPath(vault)
  const holder = inspect(path)?.holder
  if (holder?.pid === process.pid && holder.thread === thread && holder.host === hostname()) removeStale(path, holder.token)
}

function tryCreate(path: string, holder: Holder): boolean {
  try {
    writeFileSync(path, JSON.stringify(holder), { flag: 'wx', mode: 0o600 })
    return true
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw new PoolError('vault-io', { file: path }, { cause })
  }
}

/** Moves the lock aside first: of two processes that saw the same stale lock, one succeeds, and a fresh lock is put back. */
function removeStale(path: string, token: string | undefined): void {
  const aside = `${path}.${randomBytes(6).toString('hex')}`
  try {
    renameSync(path, aside)
  } catch {
    return
  }
  if (inspect(aside)?.holder.token === token) unlinkSync(aside)
  else renameSync(aside, path)
}

/** Plain JavaScript, so that it runs from sources and from dist alike. It keeps the file open: a lock that was taken over is not touched. */
const TOUCH = `
const { workerData } = require('node:worker_threads')
const fs = require('node:fs')
const touch = () => { const now = new Date(); try { fs.futimesSync(workerData.fd, now, now) } catch {} }
touch()
setInterval(touch, workerData.every)
`

function touchEverySecond(path: string): () => void {
  const fd = openSync(path, 'r+')
  const worker = new Worker(TOUCH, { eval: true, workerData: { fd, every: LOCK_REFRESH }, stdout: true, stderr: true, execArgv: [] })
  worker.unref()
  worker.once('exit', () => closeSync(fd))
  return () => void worker.terminate()
}
