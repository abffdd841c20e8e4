/**
 * Ready tuples: preprocessing that was done with a quorum while nothing else was due, so that a batch waits for the two online rounds only.
 * Each is held in the ceremony that made it, in memory alone, and is good for one signature; whatever makes it doubtful ends it
 * (docs/protocol.md, Ready tuples).
 * @module
 */
import { type Bytes, equal, hex } from '../bytes.ts'
import type { CeremonyContext } from '../ceremony/context.ts'
import type { PoolError } from '../errors.ts'
import type { Pool } from '../proposal/pool.ts'
import type { KeyShare, preprocess, Tuple } from '../threshold/index.ts'
import type { CeremonyHost } from './ceremonies.ts'
import type { CeremonyRun } from './ceremony-plan.ts'
import type { Doubts } from './doubts.ts'
import type { HeldCeremony } from './held-ceremony.ts'
import type { RoomMessage, RoomMessageOf } from './messages.ts'
import type { Clock, Log } from './ports.ts'

/** Tuples that are kept ready for the quorum of the next proposer, unless the host says otherwise. */
export const DEFAULT_DEPTH = 2
/** ms for which a tuple is good after it was made. */
export const TUPLE_TTL = 5 * 60_000
/** From this age on, ms, another one is made in its place. */
const STALE = 0.8 * TUPLE_TTL
/** Tuples of one quorum, and of all, in the making or ready. */
const MAX_PER_QUORUM = 8
const MAX_TOTAL = 32
/** ms without another attempt after one with the same quorum has failed. */
const REST = 15_000
/** Ids of ceremonies that are remembered, so that none is used twice. */
const REMEMBERED = 1_024

export type DropReason =
  /** Its time is up. */
  | 'expired'
  /** A member of its quorum stayed away, was started again, or has it no more. */
  | 'away'
  | 'peer-restarted'
  | 'gone'
  | 'burned'
  | 'key-changed'
  | 'stopped'
  /** Code of the error that ended its ceremony. */
  | PoolError['code']

export interface TuplePorts {
  readonly pool: Pool
  readonly seat: number
  /** Tuples to keep ready, 0 for none; then this member takes no part in making any. */
  readonly depth: number
  readonly clock: Clock
  readonly random: (length: number) => Uint8Array
  readonly log: Log
  readonly ceremonies: CeremonyHost
  /** The protocol. */
  readonly preprocess: typeof preprocess
  readonly doubts: Doubts
  /** The active share. */
  share(): KeyShare | undefined
  /** Seats that can be reached now; a hint. */
  online(): ReadonlySet<number>
  /** The quorum that this member would choose, when it expects to propose next and nothing else is due. */
  wanted(): readonly number[] | undefined
  /** A signing ceremony runs here: what is for later waits. */
  signing(): boolean
  say(to: number, message: RoomMessage): void
  /** Queues a task behind what the member is doing. */
  later(task: () => void): void
  /** What `counts` says has changed. */
  changed(): void
}

/** A tuple that a proposer may name. */
export interface Offer {
  /** 32 bytes. */
  readonly ceremony: Bytes
  readonly quorum: readonly number[]
}

export interface TuplePool {
  /** Something has changed: perhaps one is to be made now. */
  look(): void
  /** A member of the quorum opens a ceremony. */
  invited(from: number, message: RoomMessageOf<'preprocess'>): void
  /** A member has no tuple of this ceremony. */
  gone(from: number, ceremony: Bytes): void
  /** The room session with this peer was opened anew: it may be another process. */
  reopened(peer: number): void
  /** The pair with this peer is burned. */
  burned(peer: number): void
  /** Shares are of another generation now. */
  keyChanged(): void
  /** Those that this member could sign with: ready ones first, oldest first, then one that it is making. */
  offers(): readonly Offer[]
  has(ceremony: Bytes, quorum: readonly number[]): boolean
  /**
   * Takes a tuple out for good and goes on with it; waits for this member's half when that is not done yet. Undefined when there is none of this
   * ceremony and quorum. The tuple is erased afterwards, whatever has become of it.
   */
  use<R>(
    offer: Offer,
    next: { readonly height: number; readonly round: number },
    protocol: (ctx: CeremonyContext<KeyShare>, tuple: Tuple) => Promise<R>,
  ): CeremonyRun<R> | undefined
  /** Ready tuples by quorum. */
  counts(): readonly { readonly quorum: readonly number[]; readonly ready: number }[]
  /** Erases all, and makes no more. */
  close(): void
}

interface Entry {
  readonly id: string
  readonly ceremony: Bytes
  readonly quorum: readonly number[]
  readonly initiator: number
  readonly epoch: Bytes
  /** Undefined while it waits for a signature to be finished. */
  held: HeldCeremony<Tuple> | undefined
  tuple: Tuple | undefined
  /** ms since 1970. */
  madeAt: number
}

export function createTuplePool(ports: TuplePorts): TuplePool {
  const { pool, seat, clock, log } = ports
  const entries = new Map<string, Entry>()
  const seen = new Set<string>()
  /** By quorum: no attempt before this time, ms. */
  const restUntil = new Map<string, number>()
  const perInitiator = Math.min(MAX_PER_QUORUM, Math.max(2, Math.floor(MAX_TOTAL / (pool.members.length - 1))))
  let closed = false

  const all = (): Entry[] => [...entries.values()]
  const sameQuorum = (a: readonly number[], b: readonly number[]): boolean => String(a) === String(b)
  const facts = ({ ceremony, quorum, initiator }: Entry): Record<string, unknown> => ({ ceremony: hex(ceremony.subarray(0, 8)), quorum, initiator })
  const lookLater = (): void => ports.later(look)

  function tell(quorum: readonly number[], ceremony: Bytes): void {
    for (const member of quorum) if (member !== seat && ports.online().has(member)) ports.say(member, { kind: 'gone', ceremony })
  }

  function remember(id: string): void {
    seen.add(id)
    for (const oldest of seen) {
      if (seen.size <= REMEMBERED) break
      seen.delete(oldest)
    }
  }

  function drop(entry: Entry, reason: DropReason): void {
    if (!entries.delete(entry.id)) return
    const ready = entry.tuple !== undefined
    entry.tuple?.wipe()
    entry.held?.stop()
    log('info', 'tuple.dropped', { ...facts(entry), reason, ready })
    if (!ready && entry.initiator === seat && reason !== 'peer-restarted') restUntil.set(String(entry.quorum), clock.now() + REST)
    if (reason !== 'gone' && reason !== 'stopped') tell(entry.quorum, entry.ceremony)
    ports.changed()
    if (!closed) lookLater()
  }

  const dropWhere = (reason: DropReason, which: (entry: Entry) => boolean): void => {
    for (const entry of all()) if (which(entry)) drop(entry, reason)
  }

  /** It ended by itself. */
  function ended(entry: Entry, error: PoolError): void {
    if (!entries.has(entry.id)) return
    if (entry.tuple === undefined) {
      for (const { party } of error.culprits) if (ports.online().has(party)) ports.doubts.failed(party)
      drop(entry, error.code)
    } else if (error.code !== 'deadline') drop(entry, error.code)
    else drop(entry, clock.now() - entry.madeAt >= TUPLE_TTL ? 'expired' : 'away')
  }

  function start(entry: Entry, share: KeyShare): void {
    const { ceremony, quorum } = entry
    entry.held = ports.ceremonies.hold<Tuple>(
      { kind: 'preprocess', id: ceremony, seats: quorum, payload: new Uint8Array(32), key: share },
      TUPLE_TTL,
      ctx => ports.preprocess(ctx, share, { quorum }),
      {
        ready(tuple) {
          if (!entries.has(entry.id)) return
          entry.tuple = tuple
          entry.madeAt = clock.now()
          log('info', 'tuple.ready', facts(entry))
          ports.changed()
          lookLater()
        },
        ended: error => ended(entry, error),
        discard: tuple => tuple.wipe(),
      },
    )
  }

  function add(ceremony: Bytes, quorum: readonly number[], initiator: number, epoch: Bytes): Entry {
    const entry: Entry = { id: hex(ceremony), ceremony, quorum, initiator, epoch, held: undefined, tuple: undefined, madeAt: clock.now() }
    remember(entry.id)
    entries.set(entry.id, entry)
    return entry
  }

  function look(): void {
    const share = ports.share()
    if (closed || share === undefined || !share.active) return
    if (!ports.signing()) for (const entry of all()) if (entry.held === undefined) start(entry, share)
    if (ports.depth === 0 || all().some(entry => entry.initiator === seat && entry.tuple === undefined)) return
    const quorum = ports.wanted()
    if (quorum === undefined || clock.now() < (restUntil.get(String(quorum)) ?? 0)) return
    const known = all().filter(entry => sameQuorum(entry.quorum, quorum))
    const fresh = known.filter(entry => clock.now() - entry.madeAt < STALE)
    if (fresh.length >= ports.depth || known.length >= MAX_PER_QUORUM || entries.size >= MAX_TOTAL) return
    const entry = add(ports.random(32), quorum, seat, share.epoch)
    for (const member of quorum)
      if (member !== seat) ports.say(member, { kind: 'preprocess', ceremony: entry.ceremony, quorum: [...quorum], epoch: share.epoch })
    start(entry, share)
  }

  /** Why this member does not take part. */
  function objection(from: number, { quorum, epoch }: RoomMessageOf<'preprocess'>, share: KeyShare | undefined): string | undefined {
    const ascending = quorum.every((member, at) => pool.members.some(other => other.seat === member) && member > (quorum[at - 1] ?? -1))
    if (!ascending || quorum.length !== pool.threshold || !quorum.includes(seat) || !quorum.includes(from)) return 'bad-quorum'
    if (closed || ports.depth === 0) return 'off'
    if (share === undefined || !share.active) return 'no-key'
    if (!equal(share.epoch, epoch)) return 'wrong-epoch'
    if (quorum.some(member => share.burned.has(member))) return 'peer-burned'
    const mine = all()
    const full =
      mine.length >= MAX_TOTAL ||
      mine.filter(entry => entry.initiator === from).length >= perInitiator ||
      mine.filter(entry => sameQuorum(entry.quorum, quorum)).length >= MAX_PER_QUORUM
    return full ? 'full' : undefined
  }

  const find = (ceremony: Bytes, quorum: readonly number[]): Entry | undefined => {
    const entry = entries.get(hex(ceremony))
    const good =
      entry !== undefined && sameQuorum(entry.quorum, quorum) && entry.held?.over !== true && entry.tuple?.ready !== false && isOfKey(entry)
    return good ? entry : undefined
  }
  const isOfKey = (entry: Entry): boolean => {
    const epoch = ports.share()?.epoch
    return epoch !== undefined && equal(epoch, entry.epoch)
  }

  return {
    look,
    invited(from, message) {
      const { ceremony, quorum } = message
      if (seen.has(hex(ceremony))) return
      const share = ports.share()
      const reason = objection(from, message, share)
      if (reason !== undefined || share === undefined) {
        log('debug', 'tuple.refused', { from, quorum, reason })
        tell(reason === 'bad-quorum' ? [from] : quorum, ceremony)
        return
      }
      const entry = add(ceremony, quorum, from, share.epoch)
      if (!ports.signing()) start(entry, share)
    },
    gone(from, ceremony) {
      const entry = entries.get(hex(ceremony))
      if (entry?.quorum.includes(from) === true) drop(entry, 'gone')
    },
    reopened: peer => dropWhere('peer-restarted', ({ quorum }) => quorum.includes(peer)),
    burned: peer => dropWhere('burned', ({ quorum }) => quorum.includes(peer)),
    keyChanged: () => dropWhere('key-changed', () => true),
    offers() {
      const usable = all().filter(entry => entry.held?.over === false && isOfKey(entry))
      const ready = usable.filter(entry => entry.tuple?.ready === true)
      return [...ready, ...usable.filter(entry => entry.tuple === undefined && entry.initiator === seat)]
    },
    has: (ceremony, quorum) => find(ceremony, quorum) !== undefined,
    use(offer, next, protocol) {
      const entry = find(offer.ceremony, offer.quorum)
      const share = ports.share()
      if (entry === undefined || share === undefined) return undefined
      if (entry.held === undefined) start(entry, share)
      entries.delete(entry.id)
      log('info', 'tuple.used', { ...facts(entry), ready: entry.tuple !== undefined, height: next.height, round: next.round })
      ports.changed()
      return entry.held?.goOn({ kind: 'sign', ...next }, async (ctx, tuple) => {
        try {
          return await protocol(ctx, tuple)
        } finally {
          tuple.wipe()
        }
      })
    },
    counts() {
      const counted = new Map<string, { quorum: readonly number[]; ready: number }>()
      for (const { quorum, tuple } of entries.values()) {
        if (tuple === undefined) continue
        const count = counted.get(String(quorum)) ?? { quorum, ready: 0 }
        count.ready++
        counted.set(String(quorum), count)
      }
      return [...counted.values()]
    },
    close() {
      closed = true
      dropWhere('stopped', () => true)
    },
  }
}
