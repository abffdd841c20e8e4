/**
 * The encrypted line between this member and one other, outside ceremonies. Each side may begin it anew at any moment: after a
 * restart, at the change of the day, when something cannot be opened. The newest beginning (day, then attempt) wins, and the other
 * side answers it with a hello of its own, so that both end with the same session whoever began.
 * @module
 */
import type { Bytes, Random } from '../bytes.ts'
import { NOTHING, type SessionParty } from '../envelope/context.ts'
import type { Envelope } from '../envelope/header.ts'
import { type MemberIdentity, verifyEnvelope } from '../envelope/identity.ts'
import { createSession, type Session, type SessionEvent } from '../envelope/session.ts'
import { asPoolError } from '../errors.ts'
import type { Clock, Log } from './ports.ts'

export interface PairOptions {
  /** 32 bytes: pool hash. */
  readonly room: Bytes
  readonly threshold: number
  readonly self: SessionParty
  readonly peer: SessionParty
  readonly identity: Pick<MemberIdentity, 'publicKey' | 'sign'>
  readonly random: Random
  readonly clock: Clock
  readonly log: Log
  /** 32 bytes: session id of this pair on a day. */
  sessionId(day: number): Bytes
  publish(envelope: Envelope): Promise<void>
  onMessage(bytes: Bytes): void
  onEstablished(): void
}

export interface Pair {
  readonly established: boolean
  /** Takes an envelope of this pair; `day` is the day whose session id it carries. */
  receive(day: number, envelope: Envelope): void
  /** Sends now, or queues until there is a session. */
  send(bytes: Bytes): void
  /** A new day has begun; nothing happens when the peer began it already. */
  rotate(): void
  presence(online: boolean): void
  close(): void
}

export const DAY_MS = 86_400_000
/** Days since 1970 (UTC). */
export const dayOf = (now: number): number => Math.floor(now / DAY_MS)

/** Messages and bytes that wait for a session; the oldest go first. */
const QUEUE_MESSAGES = 64
const QUEUE_BYTES = 8 * 1024 * 1024
/** ms after which a hello that got no answer is repeated, and a message that waits for a lost one gives up. */
const HANDSHAKE_MS = 10_000
const GAP_MS = 15_000
/** ms between beginnings of this side; doubles until a message gets through. */
const RENEW_MIN = 1_000
const RENEW_MAX = 60_000

interface Line {
  readonly day: number
  readonly session: Session
}

export function openPair(options: PairOptions): Pair {
  const { clock, log, self, peer } = options
  const queue: Bytes[] = []
  let current: Line
  /** Still read while the peer has not answered a new beginning. */
  let previous: Line | undefined
  let helloAt = 0
  let pause = RENEW_MIN
  let online = false
  let closed = false
  let cancelHandshake = (): void => {}
  let cancelGap: (() => void) | undefined
  let cancelRenew: (() => void) | undefined

  const makeSession = (day: number, attempt: number): Session =>
    createSession({
      kind: 'room',
      context: { keyId: NOTHING, epoch: NOTHING, threshold: options.threshold, payload: NOTHING },
      room: options.room,
      session: options.sessionId(day),
      attempt,
      parties: [self, peer],
      self: self.index,
      identity: options.identity,
      random: options.random,
    })

  /** ms of the day and five random bits: grows with time, and no two processes of a member use the same. */
  function freshAttempt(now: number): number {
    return (now % DAY_MS) * 32 + ((options.random(1)[0] as number) & 31)
  }

  function publish(envelope: Envelope): void {
    options.publish(envelope).catch((error: unknown) => {
      const { code, context } = asPoolError(error)
      if (closed || code === 'relay-closed') return
      log('warn', 'room.not-published', { peer: peer.index, code, reason: String(context.code ?? '') })
      if (current.session.attempt === envelope.header.attempt) renew('not published')
    })
  }

  /** Makes `session` the current one and says hello in it. */
  function adopt(day: number, session: Session): void {
    current = { day, session }
    helloAt = clock.now()
    cancelGap?.()
    cancelGap = undefined
    for (const envelope of session.hello()) publish(envelope)
    awaitHandshake()
  }

  /** This side begins anew. What the peer sent in the old session before it hears of it is still read. */
  function begin(day: number, attempt: number): void {
    const old = current
    if (old?.session.state === 'established') {
      previous?.session.close()
      previous = old
    } else old?.session.close()
    adopt(day, makeSession(day, attempt))
  }

  function awaitHandshake(): void {
    cancelHandshake()
    cancelHandshake = clock.after(HANDSHAKE_MS, () => {
      if (current.session.state === 'established') return
      if (online) renew('no answer')
      else awaitHandshake()
    })
  }

  /** Begins anew, not too often. */
  function renew(reason: string): void {
    if (closed || cancelRenew !== undefined) return
    const wait = Math.max(0, helloAt + pause - clock.now())
    log('debug', 'room.renew', { peer: peer.index, reason, waitMs: wait })
    const run = (): void => {
      cancelRenew = undefined
      const now = clock.now()
      const day = Math.max(dayOf(now), current.day)
      const after = day === current.day ? current.session.attempt + 1 : 0
      const attempt = Math.max(after, day === dayOf(now) ? freshAttempt(now) : 0)
      if (attempt > 0xffff_ffff) return
      pause = Math.min(pause * 2, RENEW_MAX)
      begin(day, attempt)
    }
    if (wait === 0) run()
    else cancelRenew = clock.after(wait, run)
  }

  function handle(events: readonly SessionEvent[]): void {
    for (const event of events) {
      if (closed) return
      if (event.kind === 'send') publish(event.envelope)
      else if (event.kind === 'message') {
        pause = RENEW_MIN
        options.onMessage(event.bytes)
      } else if (event.kind === 'established') established()
      else if (event.kind === 'failed') {
        log('warn', 'room.session-failed', { peer: peer.index, ...event.error.toJSON() })
        renew(event.error.code)
      } else log('debug', 'envelope.dropped', { reason: event.reason, from: peer.index, kind: 'room' })
    }
  }

  function established(): void {
    cancelHandshake()
    cancelRenew?.()
    cancelRenew = undefined
    previous?.session.close()
    previous = undefined
    log('info', 'room.established', { peer: peer.index, attempt: current.session.attempt })
    for (const bytes of queue.splice(0)) transmit(bytes)
    options.onEstablished()
  }

  function transmit(bytes: Bytes): void {
    for (const envelope of current.session.seal(peer.index, bytes)) publish(envelope)
  }

  /** A gap that stays means that the relay lost something: only a new session helps. */
  function watchGap(): void {
    if (!current.session.gap(peer.index)) {
      cancelGap?.()
      cancelGap = undefined
      return
    }
    cancelGap ??= clock.after(GAP_MS, () => {
      cancelGap = undefined
      if (current.session.gap(peer.index)) renew('lost message')
    })
  }

  function newer(day: number, attempt: number): boolean {
    return day > current.day || (day === current.day && attempt > current.session.attempt)
  }

  /** A hello under another attempt than the current one. */
  function foreignHello(day: number, envelope: Envelope): void {
    const { attempt } = envelope.header
    if (!verifyEnvelope(peer.identity, envelope)) {
      log('debug', 'envelope.dropped', { reason: 'bad-signature', from: peer.index, kind: 'room' })
    } else if (newer(day, attempt)) {
      const session = makeSession(day, attempt)
      const events = session.receive(envelope)
      if (!session.heard(peer.index)) {
        session.close()
        handle(events)
        return
      }
      // The peer has stopped sending in older sessions before it said this.
      current.session.close()
      previous?.session.close()
      previous = undefined
      cancelRenew?.()
      cancelRenew = undefined
      adopt(day, session)
      handle(events)
    } else if (current.session.heard(peer.index)) {
      // It answered the current beginning and now makes an older one: it was started again with a clock that is behind.
      renew('older hello')
    }
  }

  const start = clock.now()
  current = { day: dayOf(start), session: makeSession(dayOf(start), freshAttempt(start)) }
  adopt(current.day, current.session)

  return {
    get established() {
      return current.session.state === 'established'
    },
    receive(day, envelope) {
      if (closed) return
      const { attempt, kind } = envelope.header
      if (day === current.day && attempt === current.session.attempt) {
        handle(current.session.receive(envelope))
        watchGap()
      } else if (previous !== undefined && day === previous.day && attempt === previous.session.attempt) {
        handle(previous.session.receive(envelope).filter(event => event.kind === 'message'))
      } else if (kind === 'hello') foreignHello(day, envelope)
      else if (clock.now() - helloAt > HANDSHAKE_MS && verifyEnvelope(peer.identity, envelope)) renew('message of an unknown session')
    },
    send(bytes) {
      if (closed) return
      if (current.session.state === 'established') {
        transmit(bytes)
        return
      }
      queue.push(bytes)
      let size = queue.reduce((sum, waiting) => sum + waiting.length, 0)
      while (queue.length > QUEUE_MESSAGES || (size > QUEUE_BYTES && queue.length > 1)) {
        size -= queue.shift()?.length ?? 0
        log('debug', 'room.queue-full', { peer: peer.index })
      }
    },
    rotate() {
      const now = clock.now()
      if (!closed && dayOf(now) > current.day) begin(dayOf(now), freshAttempt(now))
    },
    presence(is) {
      const appeared = is && !online
      online = is
      if (appeared && current.session.state !== 'established') awaitHandshake()
    },
    close() {
      closed = true
      cancelHandshake()
      cancelGap?.()
      cancelRenew?.()
      previous?.session.close()
      current.session.close()
      queue.length = 0
    },
  }
}
