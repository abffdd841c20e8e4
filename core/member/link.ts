/**
 * The connection of a member to the relay: authenticates, reconnects, resumes, sends what waits, hands on what arrives. Nothing that
 * the relay sends throws past it. Order is kept per sender; nothing is handed on twice by one link.
 * @module
 */
import { assertBytes, type Bytes, bytesToBigint, type Random } from '../bytes.ts'
import { decodeEnvelope, type Envelope, encodeEnvelope } from '../envelope/header.ts'
import { authDigest, type MemberIdentity } from '../envelope/identity.ts'
import { CLOSE, type MemberReport, memberFrame, PROTOCOL, type RelayFrame, relayFrame } from '../envelope/wire.ts'
import { asPoolError, type PoolError } from '../errors.ts'
import { type Pool, poolHash } from '../proposal/pool.ts'
import { createOutbox } from './outbox.ts'
import type { Clock, Dial, Log, Socket } from './ports.ts'
import { createTopic, type Subscribe } from './topic.ts'

/** `connected`: authenticated. `caughtUp`: everything that was stored then has been handed on. */
export type LinkState = 'connected' | 'caughtUp' | 'disconnected'
type FrameOf<K extends RelayFrame['kind']> = Extract<RelayFrame, { kind: K }>
export type TurnNotice = Omit<FrameOf<'turn'>, 'kind'>
export type L1Notice = Omit<FrameOf<'l1'>, 'kind'>
/** A signed L1 transaction for the publisher. `content` is 32 bytes. */
export interface Submission {
  readonly height: number
  readonly round: number
  readonly content: Bytes
  readonly raw: Bytes
}

export interface LinkOptions {
  readonly dial: Dial
  readonly clock: Clock
  readonly random: Random
  readonly identity: Pick<MemberIdentity, 'publicKey' | 'sign'>
  readonly pool: Pool
  readonly seat: number
  /** 16 bytes that tell this running member from another one with the same identity; random when absent. */
  readonly device?: Bytes | undefined
  /** Last deliveries and transactions seen by an earlier link of this member. */
  readonly since?: number | undefined
  readonly transactionsSince?: number | undefined
  /** What the relay must call itself; a relay with another origin is not spoken to. Absent: the relay's word is signed and logged. */
  readonly origin?: string | undefined
  readonly log: Log
}

export interface Link {
  readonly pool: Pool
  readonly seat: number
  readonly clock: Clock
  readonly log: Log
  readonly connected: boolean
  /** Last delivery handed on, and last transaction. */
  readonly since: number
  readonly transactionsSince: number
  /** Begins to connect. Handlers are registered before. */
  start(): void
  readonly onEnvelope: Subscribe<[Envelope]>
  /** A raw transaction that the relay admitted, in its order. */
  readonly onTransaction: Subscribe<[Bytes]>
  readonly onTurn: Subscribe<[TurnNotice]>
  /** Seats that are online, by the relay's word. */
  readonly onPresence: Subscribe<[readonly number[]]>
  readonly onL1: Subscribe<[L1Notice]>
  readonly onState: Subscribe<[LinkState]>
  /** Resolves when the relay has stored it, however many connections that takes. @throws {PoolError} `relay-refused`, `outbox-full`, `relay-closed` */
  publish(envelope: Envelope): Promise<void>
  /** @throws {PoolError} like `publish` */
  submit(submission: Submission): Promise<void>
  /** Tells the relay which account this member's key controls. A refusal is logged. */
  announceAccount(address: Bytes, keyId: Bytes): void
  /** Replaces what people see of this member; only the newest is sent. */
  report(report: MemberReport): void
  close(): void
}

const AUTH_MS = 10_000
const WATCH_MS = 15_000
/** Silence, and an unanswered request, after which the connection counts as dead. */
const SILENCE_MS = 60_000
const UNANSWERED_MS = 30_000
const BACKOFF_MIN = 200
/** A relay has few members, and a pool waits for the slowest of a quorum: they knock often. */
const BACKOFF_MAX = 5_000
/** Before trying again what only people can change. */
const HOPELESS_MS = 30_000
/** A connection that lasted this long was a good one: the next wait is short again. */
const STABLE_MS = 10_000
/** Long enough for a batch to be signed in: an acknowledgement costs the relay a write. */
const ACK_MS = 250
const ACK_EVERY = 64
/** Reconnecting at once would not change these. */
const HOPELESS: ReadonlySet<number> = new Set([CLOSE.displaced, CLOSE.notInRoster, CLOSE.unauthenticated])

/** @throws {PoolError} `invalid-argument` */
export function connectRelay(options: LinkOptions): Link {
  const { clock, log, identity, pool, seat } = options
  const room = poolHash(pool)
  const device = options.device ?? options.random(16)
  assertBytes(device, 'device', 16)
  const outbox = createOutbox(clock)
  const envelopes = createTopic<[Envelope]>('envelope', log)
  const transactions = createTopic<[Bytes]>('transaction', log)
  const turns = createTopic<[TurnNotice]>('turn', log)
  const presence = createTopic<[readonly number[]]>('presence', log)
  const l1 = createTopic<[L1Notice]>('l1', log)
  const states = createTopic<[LinkState]>('state', log)

  let since = options.since ?? 0
  let transactionsSince = options.transactionsSince ?? 0
  let acked = since
  let failures = 0
  let closed = false
  let lastReport: Bytes | undefined
  let account: { readonly address: Bytes; readonly keyId: Bytes } | undefined
  let announcing = false
  let current: Connection | undefined
  let cancelDial = (): void => {}

  interface Connection {
    /** Undefined while `dial` has not returned. */
    socket: Socket | undefined
    authenticated: boolean
    /** ms: when the relay welcomed this member. */
    welcomedAt: number
    heardAt: number
    cancelTimer(): void
    cancelAck: (() => void) | undefined
    /** Set when this side ends the connection and knows when to come back. */
    resumeAfter: number | undefined
  }

  function connect(): void {
    if (closed) return
    const connection: Connection = {
      socket: undefined,
      authenticated: false,
      welcomedAt: 0,
      heardAt: clock.now(),
      cancelTimer: clock.after(AUTH_MS, () => abandon(connection, 'no welcome')),
      cancelAck: undefined,
      resumeAfter: undefined,
    }
    current = connection
    try {
      connection.socket = options.dial({
        open() {},
        message(frame) {
          if (current === connection) receive(connection, frame)
        },
        close(code, reason) {
          if (current === connection) leave(connection, code, reason)
        },
      })
    } catch (error) {
      abandon(connection, asPoolError(error).message)
    }
  }

  /** The connection is over; comes back after a while. */
  function leave(connection: Connection, code: number, reason: string): void {
    current = undefined
    connection.cancelTimer()
    connection.cancelAck?.()
    outbox.detach()
    const { authenticated, welcomedAt } = connection
    if (authenticated && clock.now() - welcomedAt >= STABLE_MS) failures = 0
    if (closed) {
      log('info', 'relay.left', { reason })
    } else {
      const wait = connection.resumeAfter ?? (HOPELESS.has(code) ? HOPELESS_MS : backoff())
      failures++
      log(HOPELESS.has(code) ? 'error' : 'info', 'relay.disconnected', { code, reason, retryMs: wait })
      cancelDial = clock.after(wait, connect)
    }
    if (authenticated) states.emit('disconnected')
  }

  /** Ends a connection from this side; its own close event is no longer waited for. */
  function abandon(connection: Connection, reason: string, code = 1000): void {
    if (current !== connection) return
    leave(connection, code, reason)
    try {
      connection.socket?.close(code)
    } catch {
      // it was dead already
    }
  }

  function backoff(): number {
    const full = Math.min(BACKOFF_MAX, BACKOFF_MIN * 2 ** Math.min(failures, 8))
    const fraction = Number(bytesToBigint(options.random(4))) / 0xffff_ffff
    return Math.round(full * (0.5 + fraction / 2))
  }

  function send(connection: Connection, frame: Bytes): void {
    try {
      connection.socket?.send(frame)
    } catch (error) {
      abandon(connection, asPoolError(error).message)
    }
  }

  function receive(connection: Connection, bytes: Bytes): void {
    connection.heardAt = clock.now()
    let frame: RelayFrame
    try {
      frame = relayFrame.decode(bytes)
    } catch (error) {
      log('warn', 'relay.malformed', { reason: asPoolError(error).message })
      abandon(connection, 'malformed frame', CLOSE.malformed)
      return
    }
    if (connection.authenticated) handle(connection, frame)
    else if (frame.kind === 'challenge') authenticate(connection, frame)
    else if (frame.kind === 'welcome') welcome(connection, frame)
    else abandon(connection, `unexpected ${frame.kind}`, CLOSE.malformed)
  }

  function authenticate(connection: Connection, { nonce, origin }: FrameOf<'challenge'>): void {
    if (options.origin !== undefined && options.origin !== origin) {
      log('error', 'relay.wrong-origin', { expected: options.origin, got: origin })
      connection.resumeAfter = HOPELESS_MS
      abandon(connection, 'wrong origin')
      return
    }
    const claim = { clientNonce: options.random(32), time: clock.now(), room, identity: identity.publicKey, device }
    const signature = identity.sign(authDigest({ origin, serverNonce: nonce, ...claim }))
    log('debug', 'relay.authenticate', { origin, protocol: PROTOCOL })
    send(connection, memberFrame.encode({ kind: 'auth', ...claim, since, transactionsSince, signature }))
  }

  function welcome(connection: Connection, frame: FrameOf<'welcome'>): void {
    if (frame.seat !== seat) {
      log('error', 'relay.wrong-seat', { expected: seat, got: frame.seat })
      connection.resumeAfter = HOPELESS_MS
      abandon(connection, 'wrong seat')
      return
    }
    if (frame.lastSequence < since) {
      // The relay has lost its store: its counters began anew, and what it has since stored lies below ours.
      log('warn', 'relay.store-lost', { had: since, has: frame.lastSequence })
      since = 0
      acked = 0
      transactionsSince = 0
      connection.resumeAfter = 0
      abandon(connection, 'resume from the beginning')
      return
    }
    connection.authenticated = true
    connection.welcomedAt = clock.now()
    connection.cancelTimer()
    watch(connection)
    log('info', 'relay.connected', { seat, since, waiting: outbox.size })
    acked = -1
    outbox.attach(bytes => send(connection, bytes))
    announce()
    if (lastReport !== undefined) send(connection, lastReport)
    states.emit('connected')
    presence.emit(frame.online)
  }

  /** Looks at the connection now and then: silence and unanswered requests mean that it is dead. */
  function watch(connection: Connection): void {
    connection.cancelTimer = clock.after(WATCH_MS, () => {
      const now = clock.now()
      if (now - connection.heardAt > SILENCE_MS) abandon(connection, 'silent')
      else if (now - (outbox.oldest() ?? now) > UNANSWERED_MS) abandon(connection, 'request not answered')
      else watch(connection)
    })
  }

  function handle(connection: Connection, frame: RelayFrame): void {
    switch (frame.kind) {
      case 'published':
        outbox.published(frame.request)
        break
      case 'refused':
        outbox.refused(frame.request, frame.code, frame.reason)
        break
      case 'deliver':
        deliver(connection, frame)
        break
      case 'caughtUp':
        acknowledge(connection)
        states.emit('caughtUp')
        break
      case 'transaction':
        if (frame.sequence > transactionsSince) {
          transactionsSince = frame.sequence
          transactions.emit(frame.raw)
        }
        break
      case 'turn':
        turns.emit(frame)
        break
      case 'presence':
        presence.emit(frame.online)
        break
      case 'l1':
        l1.emit(frame)
        break
      case 'drain':
        connection.resumeAfter = frame.afterMs + Math.round(backoff() / 2)
        abandon(connection, 'relay drains')
        break
      default:
        abandon(connection, `unexpected ${frame.kind}`, CLOSE.malformed)
    }
  }

  function deliver(connection: Connection, { sequence, envelope }: FrameOf<'deliver'>): void {
    if (sequence > since) {
      since = sequence
      const opened = parse(envelope, log)
      if (opened !== undefined) envelopes.emit(opened)
    }
    if (current !== connection) return
    if (since - Math.max(acked, 0) >= ACK_EVERY) acknowledge(connection)
    else
      connection.cancelAck ??= clock.after(ACK_MS, () => {
        acknowledge(connection)
      })
  }

  function acknowledge(connection: Connection): void {
    connection.cancelAck?.()
    connection.cancelAck = undefined
    if (current !== connection || since === acked || since === 0) return
    acked = since
    send(connection, memberFrame.encode({ kind: 'ack', sequence: since }))
  }

  /** Once per connection at least: a relay that was started again may have forgotten. */
  function announce(): void {
    if (account === undefined || announcing) return
    announcing = true
    const said = account
    outbox
      .push(request => ({ kind: 'account', request, ...said }))
      .catch((error: PoolError) => log(error.code === 'relay-closed' ? 'debug' : 'warn', 'relay.account-refused', error.toJSON()))
      .finally(() => {
        announcing = false
        if (account !== said) announce()
      })
  }

  return {
    pool,
    seat,
    clock,
    log,
    get connected() {
      return current?.authenticated ?? false
    },
    get since() {
      return since
    },
    get transactionsSince() {
      return transactionsSince
    },
    start() {
      if (current === undefined) connect()
    },
    onEnvelope: envelopes.subscribe,
    onTransaction: transactions.subscribe,
    onTurn: turns.subscribe,
    onPresence: presence.subscribe,
    onL1: l1.subscribe,
    onState: states.subscribe,
    publish: envelope => outbox.push(request => ({ kind: 'publish', request, envelope: encodeEnvelope(envelope) })),
    submit: submission => outbox.push(request => ({ kind: 'submit', request, ...submission })),
    announceAccount(address, keyId) {
      account = { address, keyId }
      announce()
    },
    report(report) {
      try {
        lastReport = memberFrame.encode({ kind: 'report', json: JSON.stringify(report) })
      } catch (error) {
        log('warn', 'relay.report-too-long', { reason: asPoolError(error).message })
        return
      }
      if (current?.authenticated === true) send(current, lastReport)
    },
    close() {
      if (closed) return
      closed = true
      cancelDial()
      if (current !== undefined) {
        if (current.authenticated) acknowledge(current)
        if (current !== undefined) abandon(current, 'closed by this member')
      }
      outbox.close()
    },
  }
}

/** What the relay delivered as an envelope; bytes that are none are dropped, since they would come again on every connection. */
function parse(bytes: Bytes, log: Log): Envelope | undefined {
  try {
    return decodeEnvelope(bytes)
  } catch (error) {
    log('warn', 'relay.malformed-envelope', { reason: asPoolError(error).message })
    return undefined
  }
}
