/**
 * An in-memory network of ceremony parties with seeded faults. Nothing sleeps: time passes only when everybody waits.
 * @module
 */
import type { Bytes } from '../../core/bytes.ts'
import type { CeremonyContext, Progress } from '../../core/ceremony/context.ts'
import { BROADCAST, DIRECT, type Frame, type FrameKind, frameCodec } from '../../core/ceremony/frame.ts'
import type { AnyRound, Round } from '../../core/ceremony/router.ts'
import type { Codec } from '../../core/codec.ts'
import { type ErrorCode, PoolError } from '../../core/errors.ts'
import { DEAL_ROUNDS, EXPORT_ROUNDS, KEYGEN_ROUNDS, signingRounds } from '../../core/threshold/rounds.ts'
import type { KeyShare } from '../../core/threshold/share.ts'
import { testIdentity, testParty } from './identity.ts'
import { labelled, seededFraction, seededRandom } from './random.ts'

/** One frame under way. A broadcast is delivered to each receiver by itself, so that a sender can tell them different things. */
export interface Message {
  readonly from: number
  readonly to: number
  /** Name of the round (`R1` … `O2`), or `?` for bytes that are no frame. */
  readonly round: string
  readonly broadcast: boolean
  readonly bytes: Bytes
}

/** Chooses messages, or a share of them by the network's seed. */
export type Choice = number | ((message: Message) => boolean)

/** Gives other bytes in place of a message; `undefined` leaves it alone. */
export type Tamper = (from: number, to: number, round: string, bytes: Bytes) => Bytes | undefined

export interface Faults {
  /** Never delivered. */
  readonly drop?: Choice
  /** Delivered twice. */
  readonly duplicate?: Choice
  /** Held back until nothing else is under way. */
  readonly delay?: Choice
  /** Deliver in random order, also between two parties. */
  readonly reorder?: boolean
  /** Runs before the other faults. */
  readonly tamper?: Tamper
}

/** How one party's run ended. */
export type Outcome<T> = { readonly value: T; readonly error?: undefined } | { readonly value?: undefined; readonly error: PoolError }

export interface NetworkOptions {
  /** Makes the run repeatable; the default is 1. */
  readonly seed?: string | number
  readonly faults?: Faults
  /** Whose identity a party has, by the seat of `testParty`; its own unless told. */
  readonly identityOf?: (index: number) => number
  /** Default: 32 bytes of the seed. */
  readonly sessionId?: Bytes
  /** Default: 32 fixed bytes. */
  readonly poolHash?: Bytes
}

export interface MemoryNetwork {
  readonly indices: readonly number[]
  /** Context of a party. */
  context(index: number): CeremonyContext<KeyShare>
  /** The deadline comes for everybody. */
  expire(): void
  /**
   * Runs `party` for each index (all, unless told) and waits for all of them. When everybody waits and nothing is under way, the deadline comes.
   * Give a party its own `indices` to leave the others silent.
   */
  run<T>(party: (ctx: CeremonyContext<KeyShare>, index: number) => Promise<T>, indices?: readonly number[]): Promise<Map<number, Outcome<T>>>
  /** Everything sent so far, after tampering. */
  readonly sent: readonly Message[]
  /** Calls of the journals, in order. */
  readonly journal: readonly ({ readonly index: number } & (
    | { readonly kind: 'pending'; readonly share: KeyShare }
    | { readonly kind: 'burned'; readonly peer: number; readonly reason: ErrorCode }
  ))[]
  /** Calls of `onProgress`, in order. */
  readonly progress: readonly ({ readonly index: number } & Progress)[]
}

const roundNames = new Map([...KEYGEN_ROUNDS, ...DEAL_ROUNDS, ...EXPORT_ROUNDS, ...signingRounds(2)].map(round => [round.id, round.name]))

/** A network of the given seats; their identities are those of `testParty`. */
export function memoryNetwork(indices: readonly number[], options: NetworkOptions = {}): MemoryNetwork {
  const seed = options.seed ?? 1
  const faults = options.faults ?? {}
  const dice = seededRandom(`network ${seed}`)
  const identityOf = options.identityOf ?? (index => index)
  const parties = indices.map(index => ({ ...testParty(identityOf(index)), index }))
  const underWay: Message[] = []
  const held: Message[] = []
  const sent: Message[] = []
  const journal: MemoryNetwork['journal'][number][] = []
  const progress: MemoryNetwork['progress'][number][] = []
  const inboxes = new Map(indices.map(index => [index, new Inbox()]))
  let expire = (): void => {}
  const expired = new Promise<void>(resolve => {
    expire = resolve
  })

  const chosen = (choice: Choice | undefined, message: Message): boolean =>
    choice === undefined ? false : typeof choice === 'number' ? seededFraction(dice) < choice : choice(message)

  function post(from: number, to: number, original: Bytes): void {
    const { round, broadcast } = describe(original)
    const bytes = faults.tamper?.(from, to, round, original.slice()) ?? original
    const message: Message = { from, to, round, broadcast, bytes: bytes.slice() }
    sent.push(message)
    if (chosen(faults.drop, message)) return
    const queue = chosen(faults.delay, message) ? held : underWay
    queue.push(message)
    if (chosen(faults.duplicate, message)) queue.push(message)
  }

  /** Delivers what is under way, then what was held back. True when there was anything. */
  function deliver(): boolean {
    const batch = underWay.length > 0 ? underWay.splice(0) : held.splice(0)
    if (faults.reorder === true) shuffle(batch)
    for (const { from, to, bytes } of batch) inboxes.get(to)?.push({ from, bytes: bytes.slice() })
    return batch.length > 0
  }

  function shuffle(list: Message[]): void {
    for (let i = list.length - 1; i > 0; i--) {
      const j = Math.floor(seededFraction(dice) * (i + 1))
      ;[list[i], list[j]] = [list[j] as Message, list[i] as Message]
    }
  }

  const contexts = new Map(
    indices.map((index): [number, CeremonyContext<KeyShare>] => [
      index,
      {
        self: index,
        parties,
        sessionId: options.sessionId ?? labelled(`session ${seed}`),
        poolHash: options.poolHash ?? labelled('pool'),
        random: seededRandom(`party ${index} of ${seed}`),
        deadline: { expired },
        identity: testIdentity(identityOf(index)),
        channel: {
          send(to, bytes) {
            for (const receiver of to === 'all' ? indices.filter(other => other !== index) : [to]) post(index, receiver, bytes)
          },
          receive: () => (inboxes.get(index) as Inbox).read(),
        },
        journal: {
          pending: async share => void journal.push({ index, kind: 'pending', share }),
          burned: async (peer, reason) => void journal.push({ index, kind: 'burned', peer, reason }),
        },
        onProgress: state => void progress.push({ index, ...state }),
      },
    ]),
  )

  const context = (index: number): CeremonyContext<KeyShare> => {
    const ctx = contexts.get(index)
    if (ctx === undefined) throw new PoolError('invalid-argument', { title: 'index', expected: 'a party of this network', got: index })
    return ctx
  }

  return {
    indices,
    context,
    expire,
    sent,
    journal,
    progress,
    async run<T>(party: (ctx: CeremonyContext<KeyShare>, index: number) => Promise<T>, running: readonly number[] = indices) {
      const outcomes = new Map<number, Outcome<T>>()
      for (const index of running)
        void party(context(index), index).then(
          value => outcomes.set(index, { value }),
          error =>
            outcomes.set(index, {
              error: error instanceof PoolError ? error : new PoolError('internal', { reason: String(error) }, { cause: error }),
            }),
        )
      let idle = 0
      while (outcomes.size < running.length) {
        const before = sent.length + outcomes.size
        const delivered = deliver()
        // a macrotask boundary: every party has run until it waits again
        await new Promise<void>(resolve => setTimeout(resolve, 0))
        idle = delivered || sent.length + outcomes.size !== before ? 0 : idle + 1
        if (idle === 2) expire()
        if (idle > 1000) throw new PoolError('internal', { reason: 'parties wait for something outside the network' })
      }
      return new Map([...outcomes].sort(([a], [b]) => a - b))
    },
  }
}

/** Delivered frames of one party, as the channel hands them out. */
class Inbox {
  readonly #queue: { from: number; bytes: Bytes }[] = []
  #wake = (): void => {}
  push(message: { from: number; bytes: Bytes }): void {
    this.#queue.push(message)
    this.#wake()
  }
  async *read(): AsyncGenerator<{ from: number; bytes: Bytes }> {
    for (;;) {
      const next = this.#queue.shift()
      if (next !== undefined) yield next
      else
        await new Promise<void>(resolve => {
          this.#wake = resolve
        })
    }
  }
}

function describe(bytes: Bytes): { round: string; broadcast: boolean } {
  try {
    const frame = frameCodec.decode(bytes)
    return { round: roundNames.get(frame.round) ?? '?', broadcast: frame.kind === BROADCAST }
  } catch {
    return { round: '?', broadcast: false }
  }
}

/** Values of a run in which nobody failed; throws the first error otherwise. */
export function valuesOf<T>(outcomes: ReadonlyMap<number, Outcome<T>>): Map<number, T> {
  return new Map(
    [...outcomes].map(([index, outcome]) => {
      if (outcome.error !== undefined) throw outcome.error
      return [index, outcome.value]
    }),
  )
}

/** Which messages a tamper rule is for; everything of the round unless told. */
export interface Match {
  readonly from?: number
  readonly to?: number
}

const applies = (match: Match, from: number, to: number): boolean => (match.from ?? from) === from && (match.to ?? to) === to

/** A tamper rule that edits header or body of a round's frames, e.g. the echo. */
export const editFrame =
  (round: AnyRound, kind: FrameKind, match: Match, edit: (frame: Frame) => Partial<Frame>): Tamper =>
  (from, to, name, bytes) => {
    if (name !== round.name || !applies(match, from, to)) return undefined
    const frame = frameCodec.decode(bytes)
    return frame.kind === kind ? frameCodec.encode({ ...frame, ...edit(frame) }) : undefined
  }

/** A tamper rule that edits fields of a broadcast, for the matching receivers. */
export const editBroadcast = <B, P>(round: Round<B, P>, match: Match, edit: (body: B, to: number) => Partial<B>): Tamper =>
  editBody(round, BROADCAST, round.broadcast, match, edit)

/** A tamper rule that edits fields of a direct message. */
export const editDirect = <B, P>(round: Round<B, P>, match: Match, edit: (body: P, to: number) => Partial<P>): Tamper =>
  editBody(round, DIRECT, round.direct, match, edit)

function editBody<T>(round: AnyRound, kind: FrameKind, codec: Codec<T> | undefined, match: Match, edit: (body: T, to: number) => Partial<T>): Tamper {
  if (codec === undefined) throw new PoolError('invalid-argument', { title: 'round', expected: 'a round with such a message', got: round.name })
  return (from, to, name, bytes) =>
    editFrame(round, kind, match, frame => {
      const body = codec.decode(frame.body)
      return { body: codec.encode({ ...body, ...edit(body, to) }) }
    })(from, to, name, bytes)
}

/** Applies several rules; the first that changes a message wins. */
export const firstOf =
  (...rules: readonly Tamper[]): Tamper =>
  (...message) => {
    for (const rule of rules) {
      const bytes = rule(...message)
      if (bytes !== undefined) return bytes
    }
    return undefined
  }

/** The bytes with one bit changed. */
export function flip(bytes: Bytes, at = 0): Bytes {
  const out = bytes.slice()
  out[at] = (out[at] as number) ^ 1
  return out
}
