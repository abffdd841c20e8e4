/**
 * Rounds over a channel. The router takes frames in any order, keeps early ones, tells duplicates from equivocation, compares the echo
 * before a body is interpreted, and says who is missing when the deadline comes. It knows no curve and no protocol.
 * @module
 */

import { type Bytes, equal, hex, wipe } from '../bytes.ts'
import type { Codec } from '../codec.ts'
import { asPoolError, type ErrorCode, PoolError } from '../errors.ts'
import { H } from '../kernel/index.ts'
import { accuse, attribute, suspect } from './blame.ts'
import type { CeremonyContext } from './context.ts'
import { assertEcho } from './echo.ts'
import { BROADCAST, DIRECT, type Frame, type FrameKind, frameCodec, LONG_BODY } from './frame.ts'
import { progressOf } from './progress.ts'

/** One round of a protocol: what every party broadcasts and what it sends to each other party. `never` for nothing. */
export interface Round<B, P> {
  /** Unique among the rounds of one ceremony, 0..255. */
  readonly id: number
  readonly name: string
  readonly broadcast?: Codec<B>
  readonly direct?: Codec<P>
  /** Error code of an echo that differs; `view-mismatch` unless told. */
  readonly mismatch?: ErrorCode
}

/** Bodies of one round by sender, in order of seats. */
export interface Received<B, P> {
  readonly broadcast: ReadonlyMap<number, B>
  readonly direct: ReadonlyMap<number, P>
}

export interface Router {
  /** Other participants, in order of their index. */
  readonly peers: readonly number[]
  broadcast<B, P>(round: Round<B, P>, echo: Bytes, body: B): void
  send<B, P>(round: Round<B, P>, to: number, echo: Bytes, body: P): void
  /**
   * Waits for what the round expects of every peer, or of those in `senders` when not everybody has something to say in it.
   * @throws {PoolError} the round's mismatch code, `malformed-round`, `equivocation`, `deadline`, `channel-closed`
   */
  collect<B, P>(round: Round<B, P>, echo: Bytes, senders?: readonly number[]): Promise<Received<B, P>>
  /** Ends the ceremony: later frames are not looked at, buffered ones are wiped. */
  close(): void
}

// biome-ignore lint/suspicious/noExplicitAny: a table of rounds of different bodies
export type AnyRound = Round<any, any>

const routers = new WeakMap<object, Router>()
const spent = new WeakSet<object>()

/**
 * The router of a context; the same one when a context is used for preprocessing and then for signing, so that no early frame is lost.
 * @throws {PoolError} `invalid-argument` when the context has served a ceremony to its end.
 */
export function routerOf<Share>(ctx: CeremonyContext<Share>, participants: readonly number[], rounds: readonly AnyRound[]): Router {
  if (spent.has(ctx)) throw new PoolError('invalid-argument', { title: 'ctx', expected: 'a context that has not served another ceremony' })
  const existing = routers.get(ctx)
  if (existing !== undefined && String(existing.peers) === String(peersOf(ctx.self, participants))) return existing
  if (existing !== undefined)
    throw new PoolError('invalid-argument', { title: 'participants', expected: `${existing.peers}`, got: `${participants}` })
  const router = openRouter(ctx, participants, rounds)
  routers.set(ctx, router)
  return router
}

const peersOf = (self: number, participants: readonly number[]): readonly number[] =>
  participants.filter(index => index !== self).sort((a, b) => a - b)

function openRouter<Share>(ctx: CeremonyContext<Share>, participants: readonly number[], rounds: readonly AnyRound[]): Router {
  const peers = peersOf(ctx.self, participants)
  const everyone = participants.length === ctx.parties.length
  const table = new Map(rounds.map(round => [round.id, round]))
  const waiting = new Map<string, Frame>()
  const seen = new Map<string, Bytes>()
  let failure: PoolError | undefined
  let expired = false
  let ended = false
  let closed = false
  let wake = (): void => {}

  const slot = (round: number, kind: FrameKind, from: number): string => `${round}/${kind}/${from}`
  const expects = (round: AnyRound | undefined, kind: FrameKind): boolean =>
    round !== undefined && (kind === BROADCAST ? round.broadcast : round.direct) !== undefined

  const fail = (error: PoolError): void => {
    failure ??= error
    wake()
  }

  const end = (): void => {
    ended = true
    wake()
  }

  /** Keeps at most one frame per (round, kind, sender); what nobody waits for is dropped. */
  function accept(from: number, bytes: Bytes): void {
    if (closed || !peers.includes(from)) return
    const frame = parse(bytes)
    const round = frame && table.get(frame.round)
    if (frame === undefined || round === undefined || !expects(round, frame.kind)) return
    const key = slot(frame.round, frame.kind, from)
    // a long frame is kept to the end instead of being hashed, which would cost a good part of a round
    const mark = bytes.length > LONG_BODY ? bytes : digestOf(bytes)
    const before = seen.get(key)
    if (before === undefined) {
      seen.set(key, mark)
      waiting.set(key, frame)
      wake()
    } else if (!equal(before, mark)) {
      const [first, second] = [before, mark].map(what => hex(what.length > LONG_BODY ? digestOf(what) : what))
      fail(accuse('equivocation', from, { round: round.name }, `frames ${first} and ${second}`))
    }
  }

  const incoming = ctx.channel.receive()[Symbol.asyncIterator]()
  async function pump(): Promise<void> {
    try {
      for (;;) {
        const next = await incoming.next()
        if (closed) return
        if (next.done === true) return end()
        accept(next.value.from, next.value.bytes)
      }
    } catch (error) {
      fail(asPoolError(error))
    }
  }
  void pump()
  const expire = (): void => {
    expired = true
    wake()
  }
  void ctx.deadline.expired.then(expire, expire)

  function emit<T>(round: AnyRound, kind: FrameKind, codec: Codec<T> | undefined, to: number | 'all', echo: Bytes, value: T): void {
    if (codec === undefined) throw new PoolError('internal', { reason: `round ${round.name} has no such message` })
    const bytes = frameCodec.encode({ version: 1, round: round.id, kind, echo, body: codec.encode(value) })
    if (to === 'all' && !everyone) for (const peer of peers) ctx.channel.send(peer, bytes)
    else ctx.channel.send(to, bytes)
  }

  /** Moves a buffered frame into `into`: echo first, then the body. */
  function open<T>(round: AnyRound, kind: FrameKind, codec: Codec<T>, peer: number, echo: Bytes, into: Map<number, T>): void {
    const key = slot(round.id, kind, peer)
    const frame = waiting.get(key)
    if (frame === undefined) return
    waiting.delete(key)
    assertEcho(echo, frame.echo, round.mismatch ?? 'view-mismatch', round.name, peer)
    into.set(
      peer,
      attribute(peer, round.name, () => codec.decode(frame.body)),
    )
    erase(frame)
  }

  return {
    peers,
    broadcast: (round, echo, body) => emit(round, BROADCAST, round.broadcast, 'all', echo, body),
    send: (round, to, echo, body) => emit(round, DIRECT, round.direct, to, echo, body),

    async collect<B, P>(round: Round<B, P>, echo: Bytes, senders?: readonly number[]): Promise<Received<B, P>> {
      const expected = senders === undefined ? peers : peers.filter(peer => senders.includes(peer))
      const broadcast = new Map<number, B>()
      const direct = new Map<number, P>()
      const complete = (peer: number): boolean =>
        (round.broadcast === undefined || broadcast.has(peer)) && (round.direct === undefined || direct.has(peer))
      let heard = -1
      for (;;) {
        const woken = new Promise<void>(resolve => {
          wake = resolve
        })
        if (failure !== undefined) throw failure
        for (const peer of expected) {
          if (round.broadcast !== undefined) open(round, BROADCAST, round.broadcast, peer, echo, broadcast)
          if (round.direct !== undefined) open(round, DIRECT, round.direct, peer, echo, direct)
        }
        const progress = progressOf(round.name, expected, complete)
        if (progress.received.length !== heard) ctx.onProgress?.(progress)
        heard = progress.received.length
        if (progress.missing.length === 0) return { broadcast: inOrder(broadcast), direct: inOrder(direct) }
        if (expired) throw suspect('deadline', progress.missing, { round: round.name, missing: progress.missing }, `silent in ${round.name}`)
        if (ended) throw suspect('channel-closed', [], { round: round.name, missing: progress.missing })
        await woken
      }
    },

    close() {
      closed = true
      spent.add(ctx)
      routers.delete(ctx)
      for (const frame of waiting.values()) erase(frame)
      waiting.clear()
      seen.clear()
      // An async generator finishes its pending read first; nothing waits for that.
      void incoming.return?.().catch(() => undefined)
    },
  }
}

const digestOf = (bytes: Bytes): Bytes => H('frame', [bytes])

/** Erases a body that is a copy of ours. */
function erase({ body }: Frame): void {
  if (body.length <= LONG_BODY) wipe(body)
}

/** A frame, or undefined for bytes that are none. */
function parse(bytes: Bytes): Frame | undefined {
  try {
    return frameCodec.decode(bytes)
  } catch (error) {
    if (error instanceof PoolError && error.code === 'malformed-bytes') return undefined
    throw error
  }
}

const inOrder = <T>(map: ReadonlyMap<number, T>): ReadonlyMap<number, T> => new Map([...map].sort(([a], [b]) => a - b))
