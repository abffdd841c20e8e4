/**
 * Sessions wired to each other without a relay: everything that one says reaches the others at once, unless the test says otherwise.
 * @module
 */
import type { Bytes } from '../../core/bytes.ts'
import { NOTHING } from '../../core/envelope/context.ts'
import type { Envelope } from '../../core/envelope/header.ts'
import { identityFromSeed, type MemberIdentity } from '../../core/envelope/identity.ts'
import { createSession, type Session, type SessionEvent, type SessionOptions } from '../../core/envelope/session.ts'
import { testIdentitySeed, testParties } from './identity.ts'
import { labelled, seededRandom } from './random.ts'

export interface Wired {
  readonly sessions: ReadonlyMap<number, Session>
  /** What each seat experienced, `send` events aside. */
  readonly events: ReadonlyMap<number, SessionEvent[]>
  /** Every envelope that was handed to somebody. */
  readonly wire: Envelope[]
  /** Says all hellos and passes everything on until nobody says anything more. */
  greet(): void
  /** Hands envelopes to their recipients, and what follows from them. */
  pass(envelopes: readonly Envelope[]): void
  session(seat: number): Session
  of(seat: number): SessionEvent[]
  received(seat: number): { readonly from: number; readonly bytes: Bytes }[]
}

export const identityOf = (seat: number): MemberIdentity => identityFromSeed(testIdentitySeed(seat))

/** Options of one party of a session of `n`. */
export function sessionOptions(seat: number, n: number, seed: string, change: Partial<SessionOptions> = {}): SessionOptions {
  return {
    kind: 'sign',
    context: { keyId: labelled('key'), epoch: labelled('epoch'), threshold: 2, payload: NOTHING },
    room: labelled('room'),
    session: labelled('session'),
    attempt: 0,
    parties: testParties(n),
    self: seat,
    identity: identityOf(seat),
    random: seededRandom(`${seed} ${seat}`),
    ...change,
  }
}

/**
 * @param tamper sees each envelope before its recipient; what it gives is handed on in its place.
 * @param change options of one seat that differ.
 */
export function wire(
  n: number,
  seed: string,
  tamper: (envelope: Envelope) => readonly Envelope[] = envelope => [envelope],
  change: (seat: number) => Partial<SessionOptions> = () => ({}),
): Wired {
  const seats = Array.from({ length: n }, (_, i) => i + 1)
  const sessions = new Map(seats.map(seat => [seat, createSession(sessionOptions(seat, n, seed, change(seat)))]))
  const events = new Map<number, SessionEvent[]>(seats.map(seat => [seat, []]))
  const wired: Wired = {
    sessions,
    events,
    wire: [],
    greet: () => wired.pass([...sessions.values()].flatMap(session => session.hello())),
    pass(envelopes) {
      const queue = [...envelopes]
      for (let next = queue.shift(); next !== undefined; next = queue.shift())
        for (const envelope of tamper(next)) {
          wired.wire.push(envelope)
          for (const event of sessions.get(envelope.header.to)?.receive(envelope) ?? [])
            if (event.kind === 'send') queue.push(event.envelope)
            else events.get(envelope.header.to)?.push(event)
        }
    },
    session: seat => sessions.get(seat) as Session,
    of: seat => events.get(seat) as SessionEvent[],
    received: seat => wired.of(seat).flatMap(event => (event.kind === 'message' ? [{ from: event.from, bytes: event.bytes }] : [])),
  }
  return wired
}
