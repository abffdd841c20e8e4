/**
 * Someone who leaves: a member of the parent that is none of the next pool. In the next pool's room it deals and promises, and nothing else.
 * @module
 */
import { hex } from '../bytes.ts'
import { identityFromSeed, initSodium, verifyIdentity } from '../envelope/identity.ts'
import { asPoolError, PoolError } from '../errors.ts'
import { rosterOf } from '../proposal/roster.ts'
import { reshare } from '../threshold/index.ts'
import { ceremonyLimits, createCeremonyHost } from './ceremonies.ts'
import type { CeremonyStatus } from './ceremony-plan.ts'
import { createDispatcher } from './dispatcher.ts'
import { createKeySetup } from './key-setup.ts'
import { connectRelay } from './link.ts'
import { type RoomMessage, roomMessage } from './messages.ts'
import type { Clock, Dial, Log } from './ports.ts'
import { createQueue } from './queue.ts'
import type { ParentMember } from './retirement.ts'
import { openRoom } from './room.ts'
import { createTakeover, type Successor } from './takeover.ts'

export interface DealerInput {
  /** The pool that takes over. */
  readonly pool: Successor
  readonly parent: ParentMember
  /** 32 bytes; the dealer wipes it. */
  readonly identitySeed: Uint8Array
  readonly dial: Dial
  readonly relayOrigin?: string | undefined
  readonly clock: Clock
  readonly random: (length: number) => Uint8Array
  readonly log: Log
  /** The ceremony, or who has promised, has changed. */
  onChange(): void
}

export interface Dealer {
  /** Where the hand-over stands: heights of the next pool begin with `height`. */
  status(): {
    readonly ceremony: CeremonyStatus | undefined
    readonly retired: readonly number[]
    readonly missing: readonly number[]
    readonly height: number | undefined
  }
  start(): void
  stop(): Promise<void>
}

/** Holds no share of the next pool. */
const NOTHING = { activeShare: () => undefined, pendingShares: () => [], async saveActive() {}, async dropPending() {} }

/** @throws {PoolError} `not-a-member` when the parent has no such identity, or it stays a member. */
export async function createDealer(input: DealerInput): Promise<Dealer> {
  await initSodium()
  const { pool, parent, clock, log } = input
  const identity = { ...identityFromSeed(input.identitySeed), verify: verifyIdentity }
  const entry = rosterOf(pool).find(other => other.identity === hex(identity.publicKey))
  if (entry === undefined || entry.member) throw new PoolError('not-a-member', { identity: hex(identity.publicKey) })
  const seat = entry.seat
  const queue = createQueue(error => log('error', 'dealer.task-failed', { ...asPoolError(error).toJSON() }))
  let online: ReadonlySet<number> = new Set()

  const link = connectRelay({ dial: input.dial, clock, random: input.random, identity, pool, seat, log, origin: input.relayOrigin })
  const dispatcher = createDispatcher(link)
  const room = openRoom({ link, dispatcher, pool, seat, identity, clock, random: input.random, log })
  const say = (to: number | 'all', message: RoomMessage): void => room.send(to, roomMessage.encode(message))
  const ceremonies = createCeremonyHost({
    pool,
    seat,
    identity,
    link,
    dispatcher,
    clock,
    random: input.random,
    log,
    journal: { pending: async () => {}, burned: async () => {} },
    limits: ceremonyLimits(rosterOf(pool).length),
    onStatus: input.onChange,
  })
  const takeover = createTakeover({
    pool,
    address: seat,
    parent,
    guard: undefined,
    ceremonies,
    reshare,
    clock,
    log,
    verify: verifyIdentity,
    say,
    online: () => online,
    share: () => undefined,
    newest: () => 0,
    nextHeight: () => undefined,
    accept() {},
    changed: input.onChange,
    later: task => queue.run(task),
  })
  const keys = createKeySetup({
    pool,
    seat,
    vault: NOTHING,
    sealing: new Uint8Array(32),
    clock,
    log,
    first: takeover.first,
    online: () => online,
    random: input.random,
    verify: verifyIdentity,
    say,
    later: task => queue.run(task),
    changed() {},
    async ready() {},
  })

  async function handle(from: number, bytes: Uint8Array): Promise<void> {
    let message: RoomMessage
    try {
      message = roomMessage.decode(bytes)
    } catch (error) {
      return log('warn', 'room.malformed', { from, code: asPoolError(error).code })
    }
    switch (message.kind) {
      case 'status':
        takeover.heard(from, message)
        return keys.heard(from, message)
      case 'reshare':
        return keys.invited(from, message)
      case 'keyCertificate':
        return takeover.certificate(message.certificate)
      case 'holder':
      case 'handOver':
      case 'retired':
      case 'waiting':
        await takeover.take(from, message)
        return takeover.look()
      default:
        return log('debug', 'room.not-for-dealers', { from, kind: message.kind })
    }
  }

  const ends: (() => void)[] = []
  return {
    status: () => ({ ceremony: ceremonies.status(), ...takeover.standing, height: takeover.height }),
    start() {
      ends.push(
        room.onMessage((from, bytes) => queue.run(() => handle(from, bytes))),
        room.onPeer(peer => queue.run(() => takeover.appeared(peer))),
        link.onPresence(seats => {
          online = new Set(seats)
          ceremonies.presence(online)
        }),
        parent.onNews(() => queue.run(() => takeover.look())),
      )
      link.start()
    },
    async stop() {
      for (const end of ends) end()
      ceremonies.close()
      await queue.idle()
      queue.close()
      room.close()
      link.close()
      identity.wipe()
      input.identitySeed.fill(0)
    },
  }
}
