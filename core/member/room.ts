/**
 * The room: what members say to each other outside ceremonies (proposals, votes, presence), end-to-end encrypted pair by pair under
 * keys of the day. A message is delivered at most once and in order; what a peer loses by a restart is for its new process to ask for
 * (`onPeer` tells when).
 * @module
 */
import { type Bytes, fromHex, type Random, u16be, u32be } from '../bytes.ts'
import { MAX_MESSAGE } from '../envelope/chunk.ts'
import type { MemberIdentity } from '../envelope/identity.ts'
import { PoolError } from '../errors.ts'
import { type Pool, poolHash } from '../proposal/pool.ts'
import { rosterOf } from '../proposal/roster.ts'
import { H } from '../transcript.ts'
import type { Dispatcher } from './dispatcher.ts'
import type { Link } from './link.ts'
import type { Clock, Log } from './ports.ts'
import { DAY_MS, dayOf, openPair, type Pair } from './room-pair.ts'
import { createTopic, type Subscribe } from './topic.ts'

export interface RoomOptions {
  readonly link: Link
  readonly dispatcher: Dispatcher
  readonly pool: Pool
  readonly seat: number
  readonly identity: Pick<MemberIdentity, 'publicKey' | 'sign'>
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
}

export interface Room {
  /**
   * Sends at most 1 MiB to one address of the roster or to all other members. To a peer without a session it is queued (the last 64) until there is one.
   * @throws {PoolError} `message-too-large`, `bad-parties`
   */
  send(to: number | 'all', bytes: Bytes): void
  readonly onMessage: Subscribe<[number, Bytes]>
  /** A session with this seat was established, for the first time or anew: the peer may have lost what it was told before. */
  readonly onPeer: Subscribe<[number]>
  /** Seats with an established session. */
  peers(): readonly number[]
  close(): void
}

/** `H("room"; pool hash, day since 1970, lower seat, higher seat)`. */
export const roomSessionId = (room: Bytes, day: number, a: number, b: number): Bytes =>
  H('room', [room, u32be(day), u16be(Math.min(a, b)), u16be(Math.max(a, b))])

/** Opens the room; `initSodium()` must have resolved. */
export function openRoom(options: RoomOptions): Room {
  const { link, dispatcher, pool, seat, clock, log } = options
  const room = poolHash(pool)
  const messages = createTopic<[number, Bytes]>('room message', log)
  const appeared = createTopic<[number]>('room peer', log)
  const self = { index: seat, identity: options.identity.publicKey }
  const pairs = new Map<number, Pair>()
  /** Ends the routes of a day. */
  const routes = new Map<number, (() => void)[]>()

  for (const entry of rosterOf(pool)) {
    if (entry.seat === seat) continue
    const peer = { index: entry.seat, identity: fromHex(entry.identity) }
    const pair = openPair({
      room,
      threshold: pool.threshold,
      self,
      peer,
      identity: options.identity,
      random: options.random,
      clock,
      log,
      sessionId: day => roomSessionId(room, day, seat, peer.index),
      publish: envelope => link.publish(envelope),
      onMessage: bytes => messages.emit(peer.index, bytes),
      onEstablished: () => appeared.emit(peer.index),
    })
    pairs.set(peer.index, pair)
  }

  /** Listens for yesterday, today and tomorrow: clocks differ, and a mailbox may be a day old. */
  function listen(): void {
    const today = dayOf(clock.now())
    for (const [day, ends] of routes) {
      if (Math.abs(day - today) <= 1) continue
      for (const end of ends) end()
      routes.delete(day)
    }
    for (const day of [today - 1, today, today + 1]) {
      if (routes.has(day)) continue
      const ends = [...pairs].map(([index, pair]) =>
        dispatcher.open({ session: roomSessionId(room, day, seat, index) }, envelope => {
          if (envelope.header.from === index) pair.receive(day, envelope)
        }),
      )
      routes.set(day, ends)
    }
  }

  let cancelRotation = (): void => {}
  function rotateAtMidnight(): void {
    const untilMidnight = DAY_MS - (clock.now() % DAY_MS)
    cancelRotation = clock.after(untilMidnight, () => {
      listen()
      for (const pair of pairs.values()) pair.rotate()
      rotateAtMidnight()
    })
  }

  listen()
  rotateAtMidnight()
  const unsubscribe = link.onPresence(online => {
    for (const [index, pair] of pairs) pair.presence(online.includes(index))
  })

  return {
    send(to, bytes) {
      if (bytes.length > MAX_MESSAGE) throw new PoolError('message-too-large', { max: MAX_MESSAGE, length: bytes.length })
      if (to === 'all') {
        for (const { seat: other } of pool.members) pairs.get(other)?.send(bytes)
        return
      }
      const pair = pairs.get(to)
      if (pair === undefined) throw new PoolError('bad-parties', { reason: 'no such peer in the room', to })
      pair.send(bytes)
    },
    onMessage: messages.subscribe,
    onPeer: appeared.subscribe,
    peers: () => [...pairs].filter(([, pair]) => pair.established).map(([index]) => index),
    close() {
      cancelRotation()
      unsubscribe()
      for (const ends of routes.values()) for (const end of ends) end()
      routes.clear()
      for (const pair of pairs.values()) pair.close()
    },
  }
}
