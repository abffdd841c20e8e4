/**
 * The verbs of a tab's member. Nothing rejects: failures are results.
 * @module
 */
import { wipe } from '../../core/bytes.ts'
import { initSodium } from '../../core/envelope/identity.ts'
import { asPoolError, PoolError } from '../../core/errors.ts'
import type { MemberEvent } from '../../core/member/events.ts'
import type { ApiResult, SeatStatus, SignerApi } from '../api.ts'
import { createKeystore, hasKeystore, type Keystore, openKeystore } from './keystore.ts'
import { takeLock } from './lock.ts'
import { type LiveSeat, seatIn, startSeat } from './seat.ts'
import { strictStore } from './store.ts'
import { freshRecord, openTabVault, type TabVault } from './vault.ts'

/** Events that a status shows. */
const SHOWN = 100
/** Shortest passphrase, in characters. */
const MIN_PASSPHRASE = 8

/** Browsers may throw stored data away when they need the room, unless they have agreed not to. Not all let a worker ask. */
async function askToKeep(): Promise<void> {
  const { storage } = navigator as { storage?: { persist?(): Promise<boolean> } }
  await storage?.persist?.()
}

/**
 * @param page address of the page's origin, where the relay is.
 * @param profile which of this browser's seats this tab is.
 */
export function createVerbs(page: string, profile: string): SignerApi {
  const store = strictStore(`sequorum/${profile}`)
  const listeners = new Set<(status: SeatStatus) => void>()
  const events: { at: number; event: MemberEvent }[] = []
  let known: 'empty' | 'locked' | 'busy' = 'empty'
  let vault: TabVault | undefined
  let live: LiveSeat | undefined
  let release: (() => void) | undefined
  let working = 0
  let problem: PoolError | undefined

  function status(): SeatStatus {
    return {
      state: live !== undefined ? 'running' : vault !== undefined ? 'open' : known,
      working: working > 0,
      entry: vault?.entry,
      pool: live?.pool,
      relay: live?.member.relay(),
      report: live?.member.report(),
      events: events.slice(-SHOWN),
      problem: problem?.toJSON(),
    }
  }

  function changed(): void {
    const now = status()
    for (const listener of listeners) listener(now)
  }

  async function attempt<T extends object>(work: () => Promise<T>): Promise<ApiResult<T>> {
    working++
    changed()
    try {
      const result = await work()
      problem = undefined
      return { ok: true, ...result }
    } catch (error) {
      problem = asPoolError(error)
      return { ok: false, error: problem.toJSON() }
    } finally {
      working--
      changed()
    }
  }

  const look = (async () => {
    known = (await hasKeystore(store)) ? 'locked' : 'empty'
    changed()
  })().catch((error: unknown) => {
    problem = asPoolError(error)
    changed()
  })

  /** One live signer per seat and browser: the lock comes first. */
  async function take(open: () => Promise<Keystore>): Promise<TabVault> {
    await initSodium()
    await look
    if (vault !== undefined) throw new PoolError('seat-open')
    const lock = await takeLock(`sequorum/${profile}`)
    if (lock === undefined) {
      known = 'busy'
      throw new PoolError('seat-busy', { seat: profile })
    }
    try {
      const keystore = await open()
      vault = await openTabVault(keystore)
      release = lock
      known = 'locked'
      await askToKeep()
      return vault
    } catch (error) {
      lock()
      throw error
    }
  }

  async function start(open: TabVault): Promise<void> {
    const { joined } = open
    if (joined === undefined) return
    live = await startSeat(profile, open, { pool: JSON.parse(joined.pool) as unknown, l1Rpc: joined.l1Rpc }, page, {
      changed,
      event(event) {
        events.push({ at: Date.now(), event })
        if (events.length > 2 * SHOWN) events.splice(0, SHOWN)
        changed()
      },
    })
  }

  return {
    create: ({ passphrase, given }) =>
      attempt(async () => {
        if (passphrase.length < MIN_PASSPHRASE) throw new PoolError('passphrase-file', { problem: `shorter than ${MIN_PASSPHRASE} characters` })
        const { entry } = await take(async () => {
          const clear = freshRecord(given)
          return createKeystore(store, passphrase, clear).finally(() => wipe(clear))
        })
        return { entry }
      }),
    unlock: ({ passphrase }) =>
      attempt(async () => {
        const opened = await take(() => openKeystore(store, passphrase))
        await start(opened)
        return { entry: opened.entry }
      }),
    join: ({ pool, l1Rpc }) =>
      attempt(async () => {
        if (vault === undefined) throw new PoolError('seat-closed')
        if (live !== undefined) throw new PoolError('seat-open')
        const seat = seatIn(pool, vault)
        await vault.join({ pool: JSON.stringify(pool), l1Rpc })
        await start(vault)
        return { seat }
      }),
    command: command =>
      attempt(async () => {
        if (live === undefined) throw new PoolError('seat-closed')
        return { facts: await live.member.command(command) }
      }),
    lock: () =>
      attempt(async () => {
        const [seat, opened] = [live, vault]
        live = undefined
        vault = undefined
        await seat?.stop()
        opened?.close()
        release?.()
        release = undefined
        events.length = 0
        return {}
      }),
    async status() {
      await look
      return status()
    },
    async watch(listener) {
      listeners.add(listener)
      await look
      listener(status())
    },
  }
}
