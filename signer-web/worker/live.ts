/**
 * An open seat: its identity, its store, its connection, its ceremonies. Everything secret of this tab is in here.
 * @module
 */
import { fromHex, hex, wipe } from '../../core/bytes.ts'
import { identityFromSeed, initSodium, verifyIdentity } from '../../core/envelope/identity.ts'
import { PoolError } from '../../core/errors.ts'
import { type CeremonyHost, createCeremonyHost } from '../../core/member/ceremonies.ts'
import { createDispatcher } from '../../core/member/dispatcher.ts'
import { connectRelay, type Link } from '../../core/member/link.ts'
import type { Log } from '../../core/member/ports.ts'
import { type Pool, parsePool, poolHash } from '../../core/proposal/pool.ts'
import { burnPeer, decodeShare, encodeShare, type KeyShare, sealingKey } from '../../core/threshold/index.ts'
import type { OpenRequest } from '../api.ts'
import { workerClock } from './clock.ts'
import { dialRelay, relayUrl } from './dial.ts'
import { takeLock } from './lock.ts'
import { hedgedRandom, systemRandom } from './random.ts'
import { openVault, type SeatVault } from './vault.ts'

export interface LiveSeat {
  readonly pool: Pool
  readonly seat: number
  readonly link: Link
  readonly vault: SeatVault
  readonly ceremonies: CeremonyHost
  readonly random: (length: number) => Uint8Array
  /** Seats that are online, by the relay's word. */
  readonly online: readonly number[]
  /** The relay has welcomed this seat at least once. */
  readonly welcomed: boolean
  /** The active share. */
  readonly share: KeyShare | undefined
  /** A key generation of this seat wrote its share and did not see the certificates of all. */
  readonly pending: boolean
  /** Makes a share the active one, durably, and tells the relay the account. */
  activate(share: KeyShare): Promise<void>
  close(): void
}

/** Longest silence and longest run, ms. The reference kernel computes for seconds between the rounds of key generation. */
const limitsFor = (members: number) => ({
  keygen: { idle: 60_000 + 8_000 * members, total: 120_000 + 4_000 * members * members },
  preprocess: { idle: 30_000, total: 90_000 },
  sign: { idle: 30_000, total: 90_000 },
})

/**
 * Opens a seat and begins to connect to the relay at `page`.
 * @throws {PoolError} `bad-pool-file`, `invalid-argument`, `not-a-member`, `seat-busy`, `vault-damaged`, `browser-store`
 */
export async function openSeat(request: OpenRequest, page: string, changed: () => void): Promise<LiveSeat> {
  await initSodium()
  const pool = parsePool(request.pool)
  const { seat } = request
  const seed = fromHex(request.identitySeed, 'identitySeed')
  const identity = { ...identityFromSeed(seed), verify: verifyIdentity }
  const named = pool.members.find(member => member.seat === seat)
  if (named?.identity !== hex(identity.publicKey)) throw new PoolError('not-a-member', { seat, identity: hex(identity.publicKey) })
  const room = hex(poolHash(pool)).slice(2, 18)
  const release = await takeLock(`sequorum/${room}/${seat}`)
  if (release === undefined) throw new PoolError('seat-busy', { seat })
  const vault = openVault(room, seat, seed, systemRandom)
  const undo: (() => void)[] = [release, () => vault.close(), () => identity.wipe()]
  const unwind = (): void => {
    for (const step of undo.splice(0).reverse()) step()
  }
  try {
    const generator = hedgedRandom(seed, await vault.nextCounter())
    undo.push(() => generator.wipe())
    const { random } = generator
    const sealing = sealingKey(seed)
    undo.push(() => wipe(sealing))
    const stored = await vault.activeShare()
    let share = stored === undefined ? undefined : decodeShare(stored, sealing)
    wipe(stored)
    const unfinished = await vault.pendingShare()
    const pending = unfinished !== undefined
    wipe(unfinished)
    undo.push(() => share?.wipe())
    return connect()

    function connect(): LiveSeat {
      let online: readonly number[] = []
      let welcomed = false
      const url = relayUrl(page)
      // The relay signs nothing itself: what it calls itself must be what was dialled, else it could pass our answer on to another relay.
      const link = connectRelay({ dial: dialRelay(url), origin: new URL(url).origin, clock: workerClock, random, identity, pool, seat, log })
      const dispatcher = createDispatcher(link)
      const ceremonies = createCeremonyHost({
        pool,
        seat,
        identity,
        link,
        dispatcher,
        clock: workerClock,
        random,
        log,
        journal: {
          pending: fresh => store(fresh, sealing, bytes => vault.savePending(bytes)),
          async burned(peer, reason) {
            if (share === undefined) return
            burnPeer(share, peer, reason)
            await store(share, sealing, bytes => vault.saveActive(bytes))
          },
        },
        limits: limitsFor(pool.members.length),
        onStatus: changed,
      })
      link.onPresence(seats => {
        online = seats
        ceremonies.presence(new Set(seats))
        changed()
      })
      link.onState(state => {
        if (state === 'connected') welcomed = true
        changed()
      })
      if (share !== undefined) link.announceAccount(fromHex(share.address), share.keyId)
      link.start()
      undo.push(() => {
        ceremonies.close()
        dispatcher.close()
        link.close()
      })
      return {
        pool,
        seat,
        link,
        vault,
        ceremonies,
        random,
        pending,
        get online() {
          return online
        },
        get welcomed() {
          return welcomed
        },
        get share() {
          return share
        },
        async activate(active) {
          await store(active, sealing, bytes => vault.saveActive(bytes))
          share = active
          link.announceAccount(fromHex(active.address), active.keyId)
        },
        close: unwind,
      }
    }
  } catch (error) {
    unwind()
    throw error
  } finally {
    wipe(seed)
  }
}

/** Public facts only; what is worth a look goes to the console. */
const log: Log = (level, event, facts) => {
  if (level === 'error') console.error(event, JSON.stringify(facts))
  else if (level === 'warn') console.warn(event, JSON.stringify(facts))
}

/** Hands the encoded share to `write` and erases it afterwards. */
async function store(share: KeyShare, sealing: Uint8Array, write: (bytes: Uint8Array) => Promise<void>): Promise<void> {
  const bytes = encodeShare(share, sealing)
  try {
    await write(bytes)
  } finally {
    wipe(bytes)
  }
}
