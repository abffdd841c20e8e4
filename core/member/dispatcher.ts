/**
 * Sorts envelopes by session. What arrives for a session that this member has not opened yet is kept for a while, within bounds that
 * hold per sender, so that no member can push out what another one sent. Envelopes of sessions that are over, or that an earlier
 * process of this member knew, are dropped: their keys are gone.
 * @module
 */
import { type Bytes, fromHex, hex } from '../bytes.ts'
import type { Envelope } from '../envelope/header.ts'
import { verifyEnvelope } from '../envelope/identity.ts'
import { poolHash } from '../proposal/pool.ts'
import { rosterOf } from '../proposal/roster.ts'
import type { Link } from './link.ts'

export interface Route {
  /** 32 bytes. */
  readonly session: Bytes
  /** Only this attempt; every attempt when absent. */
  readonly attempt?: number | undefined
}

export interface Dispatcher {
  /** Hands on what was kept for the route, then everything that arrives, until the returned function is called. */
  open(route: Route, handler: (envelope: Envelope) => void): () => void
  /** Envelopes of sessions that nobody has opened, as they arrive. */
  readonly waiting: number
  close(): void
}

/** What is kept per sender, and how long (ms): no ceremony is opened later than this after its first hello. */
const EARLY_ENVELOPES = 256
const EARLY_BYTES = 2 * 1024 * 1024
const EARLY_AGE = 5 * 60_000
/** Sessions that are remembered as over. */
const REMEMBERED = 1024

interface Early {
  readonly envelope: Envelope
  readonly key: string
  readonly at: number
}

export function createDispatcher(link: Link): Dispatcher {
  const { clock, log, seat } = link
  const room = hex(poolHash(link.pool))
  const identities = new Map(rosterOf(link.pool).map(({ seat: from, identity }) => [from, fromHex(identity)]))
  const routes = new Map<string, { readonly attempt: number | undefined; readonly handler: (envelope: Envelope) => void }[]>()
  const early = new Map<number, Early[]>()
  /** Highest attempt that is over, by session. */
  const over = new Map<string, number>()

  const facts = ({ header }: Envelope): Record<string, unknown> => ({
    from: header.from,
    kind: header.kind,
    session: hex(header.session.subarray(0, 4)),
    attempt: header.attempt,
    sequence: header.sequence,
  })

  /** Keeps an envelope that its sender signed; otherwise says why not. */
  function keep(envelope: Envelope, key: string): string | undefined {
    const { from } = envelope.header
    const now = clock.now()
    const kept = (early.get(from) ?? []).filter(other => now - other.at <= EARLY_AGE)
    early.set(from, kept)
    let size = envelope.body.length
    for (const other of kept) size += other.envelope.body.length
    if (kept.length >= EARLY_ENVELOPES || size > EARLY_BYTES) return 'too many early envelopes'
    if (!verifyEnvelope(identities.get(from) as Bytes, envelope)) return 'bad-signature'
    kept.push({ envelope, key, at: now })
    return undefined
  }

  /** Routes an envelope; otherwise says why it is dropped. */
  function route(envelope: Envelope): string | undefined {
    const { header } = envelope
    if (hex(header.room) !== room) return 'wrong-room'
    if (header.to !== seat) return 'wrong-recipient'
    if (header.from === seat || !identities.has(header.from)) return 'unknown-sender'
    const key = hex(header.session)
    const found = routes.get(key)?.find(({ attempt }) => attempt === undefined || attempt === header.attempt)
    if (found === undefined) return header.attempt <= (over.get(key) ?? -1) ? 'session is over' : keep(envelope, key)
    found.handler(envelope)
    return undefined
  }

  const unsubscribe = link.onEnvelope(envelope => {
    const reason = route(envelope)
    if (reason !== undefined) log('debug', 'envelope.dropped', { reason, ...facts(envelope) })
  })

  return {
    open({ session, attempt }, handler) {
      const key = hex(session)
      const entry = { attempt, handler }
      routes.set(key, [...(routes.get(key) ?? []), entry])
      for (const [from, kept] of early) {
        const mine = kept.filter(other => other.key === key && (attempt === undefined || other.envelope.header.attempt === attempt))
        early.set(
          from,
          kept.filter(other => !mine.includes(other)),
        )
        const now = clock.now()
        for (const { envelope, at } of mine) if (now - at <= EARLY_AGE) handler(envelope)
      }
      let open = true
      return () => {
        if (!open) return
        open = false
        const left = (routes.get(key) ?? []).filter(other => other !== entry)
        if (left.length > 0) routes.set(key, left)
        else routes.delete(key)
        const ended = Math.max(attempt ?? 0xffff_ffff, over.get(key) ?? -1)
        over.delete(key)
        over.set(key, ended)
        for (const oldest of over.keys()) {
          if (over.size <= REMEMBERED) break
          over.delete(oldest)
        }
      }
    },
    get waiting() {
      let count = 0
      for (const kept of early.values()) count += kept.length
      return count
    },
    close() {
      unsubscribe()
      routes.clear()
      early.clear()
    },
  }
}
