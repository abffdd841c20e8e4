/**
 * The verbs of a tab's member. Nothing rejects: failures are results.
 * @module
 */
import { hex, utf8, wipe } from '../../core/bytes.ts'
import { initSodium } from '../../core/envelope/identity.ts'
import { asPoolError, PoolError } from '../../core/errors.ts'
import { openBackup } from '../../core/member/backup.ts'
import type { MemberEvent } from '../../core/member/events.ts'
import type { ApiResult, PasskeyHandle, PolicyInput, SeatStatus, SignerApi } from '../api.ts'
import { refusalOf } from '../passphrase-rule.ts'
import { batchPage, policyOf, proposalsOf } from './approval.ts'
import { backupOf, noteSaved } from './backup.ts'
import { type KeyWatch, watchKey } from './key-watch.ts'
import { createKeystore, hasKeystore, type Keystore, openKeystore, openKeystoreByPasskey, passkeyOf } from './keystore.ts'
import { isTaken, takeLock, whenFree } from './lock.ts'
import { type LiveSeat, seatIn, startSeat } from './seat.ts'
import { strictStore } from './store.ts'
import { freshRecord, openTabVault, restoredRecord, type TabVault } from './vault.ts'

/** Events that a status shows. */
const SHOWN = 100

/** @throws {PoolError} `weak-passphrase` */
function checkPassphrase(passphrase: string): void {
  const reason = refusalOf(passphrase)
  if (reason !== undefined) throw new PoolError('weak-passphrase', { reason })
}

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
  const lockName = `sequorum/${profile}`
  const listeners = new Set<(status: SeatStatus) => void>()
  const events: { at: number; event: MemberEvent }[] = []
  let known: 'empty' | 'locked' | 'busy' = 'empty'
  let vault: TabVault | undefined
  let keystore: Keystore | undefined
  let passkey: PasskeyHandle | undefined
  let keys: KeyWatch | undefined
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
      keys: keys?.facts,
      proposals: live === undefined ? [] : proposalsOf(live.approval),
      policy: vault?.policy === undefined ? undefined : (JSON.parse(vault.policy) as PolicyInput),
      passkey,
      problem: problem?.toJSON(),
    }
  }

  function changed(): void {
    keys?.look()
    const now = status()
    for (const listener of listeners) listener(now)
  }

  /** @param busy 0 for what takes as long as others let it: the seat can be locked meanwhile. */
  async function attempt<T extends object>(work: () => Promise<T>, busy: 0 | 1 = 1): Promise<ApiResult<T>> {
    working += busy
    changed()
    try {
      const result = await work()
      problem = undefined
      return { ok: true, ...result }
    } catch (error) {
      problem = asPoolError(error)
      return { ok: false, error: problem.toJSON() }
    } finally {
      working -= busy
      changed()
    }
  }

  const look = (async () => {
    passkey = await passkeyOf(store)
    if (await isTaken(lockName)) waitForLock()
    else known = (await hasKeystore(store)) ? 'locked' : 'empty'
    changed()
  })().catch((error: unknown) => {
    problem = asPoolError(error)
    changed()
  })

  /** Until the tab that has the seat open lets it go. */
  function waitForLock(): void {
    known = 'busy'
    whenFree(lockName)
      .then(async () => {
        if (vault !== undefined || known !== 'busy') return
        known = (await hasKeystore(store)) ? 'locked' : 'empty'
        passkey = await passkeyOf(store)
        if (problem?.code === 'seat-busy') problem = undefined
        changed()
      })
      .catch((error: unknown) => {
        problem = asPoolError(error)
        changed()
      })
  }

  /** One live signer per seat and browser: the lock comes first. */
  async function take(open: () => Promise<Keystore>): Promise<TabVault> {
    await initSodium()
    await look
    if (vault !== undefined) throw new PoolError('seat-open')
    const lock = await takeLock(lockName)
    if (lock === undefined) {
      waitForLock()
      throw new PoolError('seat-busy', { seat: profile })
    }
    try {
      const opened = await open()
      vault = await openTabVault(opened)
      keystore = opened
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
    keys = watchKey(live.member, store, changed)
  }

  return {
    create: ({ passphrase, given }) =>
      attempt(async () => {
        checkPassphrase(passphrase)
        const { entry } = await take(async () => {
          const clear = freshRecord(given)
          return createKeystore(store, passphrase, clear).finally(() => wipe(clear))
        })
        return { entry }
      }),
    unlock: opening =>
      attempt(async () => {
        const opened = await take(() =>
          'passphrase' in opening
            ? openKeystore(store, opening.passphrase)
            : openKeystoreByPasskey(store, opening.passkey).finally(() => wipe(opening.passkey)),
        )
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
      }, 0),
    batch: ({ content, from }) =>
      attempt(async () => {
        if (live === undefined) throw new PoolError('seat-closed')
        return { page: batchPage(live.approval, content, from) }
      }, 0),
    decide: ({ content, approve }) =>
      attempt(async () => {
        if (live === undefined) throw new PoolError('seat-closed')
        return { taken: live.approval.decide(content, approve) }
      }, 0),
    setPolicy: input =>
      attempt(async () => {
        if (vault === undefined) throw new PoolError('seat-closed')
        const policy = policyOf(input)
        await vault.setPolicy(input === undefined ? undefined : JSON.stringify(input))
        live?.approval.setPolicy(policy)
        return {}
      }),
    backup: ({ passphrase }) =>
      attempt(async () => {
        checkPassphrase(passphrase)
        if (vault === undefined) throw new PoolError('seat-closed')
        return backupOf(vault, passphrase)
      }),
    backedUp: saved =>
      attempt(async () => {
        await noteSaved(store, saved, Date.now())
        return {}
      }),
    restore: ({ file, filePassphrase, passphrase, l1Rpc }) =>
      attempt(async () => {
        checkPassphrase(passphrase)
        const secret = utf8(filePassphrase)
        const restored = await openBackup(file, secret).finally(() => wipe(secret))
        try {
          await take(async () => {
            const clear = restoredRecord(restored, l1Rpc)
            return createKeystore(store, passphrase, clear).finally(() => wipe(clear))
          })
          const { epoch, epochNo } = restored.share
          await noteSaved(store, { epoch: hex(epoch), epochNo }, Date.now())
          if (vault !== undefined) await start(vault)
          return { seat: restored.share.index }
        } finally {
          restored.wipe()
        }
      }),
    addPasskey: ({ id, salt, secret }) =>
      attempt(async () => {
        if (keystore === undefined) throw new PoolError('seat-closed')
        await keystore.addPasskey({ id, salt }, secret).finally(() => wipe(secret))
        passkey = { id, salt }
        return {}
      }),
    removePasskey: () =>
      attempt(async () => {
        if (keystore === undefined) throw new PoolError('seat-closed')
        await keystore.removePasskey()
        passkey = undefined
        return {}
      }),
    lock: () =>
      attempt(async () => {
        const [seat, opened] = [live, vault]
        live = undefined
        vault = undefined
        keystore = undefined
        keys?.stop()
        keys = undefined
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
