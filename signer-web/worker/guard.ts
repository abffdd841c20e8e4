/**
 * The guard of a tab's member in IndexedDB: what it has voted for, locked and signed. It holds no secret. Every write that has resolved is on the disk.
 * @module
 */
import { get, keys, set, setMany, update } from 'idb-keyval'
import { type Bytes, hex, wipe } from '../../core/bytes.ts'
import { PoolError } from '../../core/errors.ts'
import type { GuardStore, Log, Vault } from '../../core/member/ports.ts'
import { beginSilence, withSilence } from '../../core/member/silence.ts'
import { heightRecordCodec } from '../../core/proposal/lock.ts'
import { type Pool, poolHash } from '../../core/proposal/pool.ts'
import { strictStore } from './store.ts'

export interface TabGuard extends GuardStore {
  /** False for a new one: `nextCounter` was never called. */
  hasStarted(): Promise<boolean>
  close(): void
}

/**
 * The guard of a vault's member in a pool. When the vault has a share and there is no guard, that guard is lost, as after a restore in another browser: the
 * new one keeps its member silent for a while (core/member/silence.ts).
 * @throws {PoolError} `browser-store`
 */
export async function openGuardBeside(
  profile: string,
  vault: Pick<Vault, 'activeShare'>,
  pool: Pool,
  ports: { now(): number; log: Log },
): Promise<TabGuard> {
  const guard = openTabGuard(profile, hex(poolHash(pool)).slice(2, 18))
  try {
    const share = vault.activeShare()
    wipe(share)
    // Every start counts before anything is voted for.
    if (share !== undefined && !(await guard.hasStarted())) await guard.saveFact('silence', beginSilence())
    return await withSilence(guard, { pool, now: () => ports.now(), log: ports.log })
  } catch (error) {
    guard.close()
    throw error
  }
}

/** @param room pool hash, hex: each pool has a guard of its own. */
export function openTabGuard(profile: string, room: string): TabGuard {
  const store = strictStore(`sequorum/${profile}/guard/${room}`)
  async function io<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (cause) {
      if (cause instanceof PoolError) throw cause
      throw new PoolError('browser-store', { reason: cause instanceof Error ? cause.name : String(cause) }, { cause })
    }
  }
  const read = (key: string): Promise<Bytes | undefined> => io(async () => (await get<Bytes>(key, store.use))?.slice())
  const write = (key: string, bytes: Bytes): Promise<void> => io(() => set(key, bytes.slice(), store.use))
  return {
    async read(height) {
      const bytes = await read(`record/${height}`)
      return bytes === undefined ? undefined : heightRecordCodec.decode(bytes)
    },
    write: record => write(`record/${record.height}`, heightRecordCodec.encode(record)),
    writeLock: (record, proposal) =>
      io(() =>
        setMany(
          [
            [`record/${record.height}`, heightRecordCodec.encode(record)],
            [`proposal/${record.height}`, proposal.slice()],
          ],
          store.use,
        ),
      ),
    highest: () =>
      io(async () => {
        const heights = (await keys<string>(store.use)).flatMap(key => (key.startsWith('record/') ? [Number(key.slice('record/'.length))] : []))
        return heights.length === 0 ? undefined : heights.reduce((a, b) => Math.max(a, b))
      }),
    saveSigned: (height, raw) => write(`signed/${height}`, raw),
    signed: height => read(`signed/${height}`),
    proposal: height => read(`proposal/${height}`),
    saveCheckpoint: checkpoint => write('checkpoint', checkpoint),
    checkpoint: () => read('checkpoint'),
    saveFact: (name, bytes) => write(`fact/${name}`, bytes),
    fact: name => read(`fact/${name}`),
    hasStarted: () => io(async () => (await get('counter', store.use)) !== undefined),
    nextCounter: () =>
      io(async () => {
        let next = 1n
        await update<bigint>(
          'counter',
          before => {
            next = (before ?? 0n) + 1n
            return next
          },
          store.use,
        )
        return next
      }),
    close: () => store.close(),
  }
}
