/**
 * The envelopes under the ceremonies: every field of hello, ready and message × every mutation, made by the relay, which cannot sign, and by a member,
 * which signs what it changes.
 * @module
 */
import { beforeAll, describe, expect, it } from 'vitest'
import { type Bytes, bytesToBigint, concat, equal, u16be, utf8 } from '../../core/bytes.ts'
import { NOTHING } from '../../core/envelope/context.ts'
import {
  decodeEnvelope,
  ENVELOPE_KINDS,
  type Envelope,
  type EnvelopeKind,
  encodeEnvelope,
  envelopeDigest,
  HEADER_LENGTH,
  headerCodec,
} from '../../core/envelope/header.ts'
import { helloCodec, makeHello } from '../../core/envelope/hello.ts'
import { initSodium, signEnvelope } from '../../core/envelope/identity.ts'
import { WINDOW_ENVELOPES } from '../../core/envelope/replay.ts'
import type { DropReason, SessionEvent } from '../../core/envelope/session.ts'
import type { PoolError } from '../../core/errors.ts'
import { flip, labelled, seededFraction, seededRandom } from '../support/index.ts'
import { identityOf, type Wired, wire } from '../support/sessions.ts'
import { locateAll, type Span } from './fields.ts'
import { mutationsFor } from './mutations.ts'
import { SEED } from './seed.ts'

beforeAll(initSodium)

const [CHEATER, VICTIM, THIRD] = [1, 2, 3]
const KINDS = Object.keys(ENVELOPE_KINDS) as EnvelopeKind[]
const SEALED = 'sealed'
const TEXT = 'a message'

/** What becomes of an envelope at the victim. `undecodable`: the link drops it; `waits`: kept for an earlier one that does not come. */
type Fate = DropReason | 'undecodable' | 'waits' | { readonly failed: string; readonly blames: readonly number[] }

const namedAs = (failed: string): Fate => ({ failed, blames: [CHEATER] })
const mismatch: Fate = { failed: 'transcript-mismatch', blames: [] }

/** Fields of an encoded envelope. */
function fieldsOf(bytes: Bytes, kind: EnvelopeKind): Map<string, Span> {
  const out = new Map([...locateAll(headerCodec, bytes)].map(([name, span]) => [`header.${name}`, span]))
  const end = bytes.length - 64
  if (kind === 'hello') for (const [name, span] of locateAll(helloCodec, bytes, HEADER_LENGTH)) out.set(`hello.${name}`, span)
  else {
    const start = kind === 'ready' ? HEADER_LENGTH + 32 : HEADER_LENGTH
    if (kind === 'ready') out.set('ready.transcript', [HEADER_LENGTH, start])
    out.set(SEALED, [start, end])
  }
  return out.set('signature', [end, bytes.length])
}

/** The fate of an envelope that the cheater has signed with this value of a field. */
const SIGNED: Readonly<Record<string, (value: bigint, kind: EnvelopeKind) => Fate>> = {
  'header.version': () => 'undecodable',
  'header.kind': value => (value >= 1n && value <= 3n ? 'wrong-sequence' : 'undecodable'),
  'header.room': () => 'wrong-room',
  'header.session': () => 'wrong-session',
  'header.attempt': () => 'wrong-attempt',
  'header.from': value => (value === BigInt(THIRD) ? 'bad-signature' : 'unknown-sender'),
  'header.to': () => 'wrong-recipient',
  'header.sequence': (value, kind) => {
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) return 'undecodable'
    if (kind !== 'message' || value < 2n) return 'wrong-sequence'
    return value - 2n < WINDOW_ENVELOPES ? 'waits' : 'overflow'
  },
  'header.bodyLength': () => 'undecodable',
  'hello.context': () => 'wrong-context',
  'hello.ephemeral': () => 'bad-signature',
  'hello.nonce': () => 'bad-signature',
  'hello.signature': () => 'bad-signature',
  'ready.transcript': () => mismatch,
  [SEALED]: () => namedAs('bad-seal'),
  signature: () => 'bad-signature',
}

type Tamper = (wired: Wired, envelope: Envelope) => readonly Envelope[]

/** Sessions of three: hellos, readies and a message from the cheater to the victim. */
function play(tamper: Tamper = (_, envelope) => [envelope], other?: 'session' | 'epoch'): Wired {
  const options = () => ({
    ...(other === 'session' ? { session: labelled('another session') } : {}),
    ...(other === 'epoch' ? { context: { keyId: labelled('key'), epoch: labelled('another epoch'), threshold: 2, payload: NOTHING } } : {}),
  })
  const wired: Wired = wire(3, SEED, envelope => tamper(wired, envelope), options)
  wired.greet()
  if (wired.session(CHEATER).state === 'established') wired.pass(wired.session(CHEATER).seal(VICTIM, utf8(TEXT)))
  return wired
}

const isTarget = ({ header }: Envelope, kind: EnvelopeKind): boolean => header.kind === kind && header.from === CHEATER && header.to === VICTIM
const find = (wired: Wired, kind: EnvelopeKind, from = CHEATER, to = VICTIM): Bytes | undefined => {
  const found = wired.wire.find(({ header }) => header.kind === kind && header.from === from && header.to === to)
  return found && encodeEnvelope(found)
}

const decoded = (bytes: Bytes): Envelope | undefined => {
  try {
    return decodeEnvelope(bytes)
  } catch {
    return undefined
  }
}

interface Case {
  readonly kind: EnvelopeKind
  readonly field: string
  readonly mutation: string
  readonly span: Span
  readonly bytes: Bytes
}

/** Every field of this kind of envelope, times its mutations. */
function casesOf(kind: EnvelopeKind): Case[] {
  const plain = find(play(), kind) as Bytes
  const others = {
    session: find(play(undefined, 'session'), kind),
    epoch: find(play(undefined, 'epoch'), kind),
    party: find(play(), kind, THIRD),
  }
  return [...fieldsOf(plain, kind)].flatMap(([field, span]) => {
    const at = (bytes: Bytes | undefined): Bytes | undefined => bytes?.subarray(...(fieldsOf(bytes, kind).get(field) as Span))
    const elsewhere = { session: at(others.session), epoch: at(others.epoch), party: at(others.party) }
    const value = plain.subarray(...span)
    const random = seededRandom(`${SEED} ${kind} ${field}`)
    const values = mutationsFor('bytes').map(({ name, change: changed }) => [name, changed(value, elsewhere, random)] as const)
    const seats = value.length === 2 ? [0, CHEATER, VICTIM, THIRD, 4].map(seat => [`seat ${seat}`, u16be(seat)] as const) : []
    const numbers = value.length === 1 ? [0, 1, 2, 3, 4].map(byte => [String(byte), Uint8Array.of(byte)] as const) : []
    const steps = value.length === 8 ? [1, 2, 3, 4, 400, 600].map(next => [String(next), concat(new Uint8Array(6), u16be(next))] as const) : []
    return [...values, ...seats, ...numbers, ...steps].flatMap(([mutation, other]) =>
      other === undefined || equal(other, value)
        ? []
        : [{ kind, field, mutation, span, bytes: concat(plain.subarray(0, span[0]), other, plain.subarray(span[1])) }],
    )
  })
}

/** One case in so many, and at least one of each field. */
function some(cases: readonly Case[], every: number): Case[] {
  const dice = seededRandom(`${SEED} envelopes`)
  const first = new Set([...new Map(cases.map(which => [which.field, which])).values()])
  return cases.filter(which => seededFraction(dice) < 1 / every || first.has(which))
}

/** Fate of an envelope that the victim gets in place of the true one, or before it. */
function fateOf({ kind }: Case, envelope: Envelope | undefined, thenTheTrueOne: boolean): { fate: Fate | 'taken'; wired: Wired } {
  let events: readonly SessionEvent[] | undefined
  const wired = play((sessions, passing) => {
    if (!isTarget(passing, kind) || events !== undefined) return [passing]
    events = envelope === undefined ? [] : sessions.session(VICTIM).receive(envelope)
    return thenTheTrueOne ? [passing] : []
  })
  const [first] = events ?? []
  if (envelope === undefined) return { fate: 'undecodable', wired }
  if (first === undefined) return { fate: 'waits', wired }
  if (first.kind === 'dropped') return { fate: first.reason, wired }
  if (first.kind === 'failed') return { fate: { failed: first.error.code, blames: first.error.culprits.map(({ party }) => party) }, wired }
  return { fate: 'taken', wired }
}

const failures = (wired: Wired): PoolError[] =>
  [VICTIM, THIRD].flatMap(seat => wired.of(seat).flatMap(event => (event.kind === 'failed' ? [event.error] : [])))
const signed = ({ header, body }: Envelope): Envelope => ({ header, body, signature: identityOf(CHEATER).sign(envelopeDigest(header, body)) })

/** @param every so many mutations of a field, others with each seed; 1 for all. */
export function envelopeTable(every: number): void {
  describe('nothing a cheater can do with envelopes', () => {
    it('has a row for every field', () => {
      const all = KINDS.flatMap(kind => [...fieldsOf(find(play(), kind) as Bytes, kind).keys()])
      expect(Object.keys(SIGNED).sort()).toEqual([...new Set(all)].sort())
    })

    it.each(KINDS)('the relay: %s', kind => {
      const cases = some(casesOf(kind), every)
      for (const which of cases) {
        const title = `${which.field}: ${which.mutation}`
        const { fate, wired } = fateOf(which, decoded(which.bytes), true)
        // dropped, or no envelope at all; the true one is taken all the same
        expect([title, typeof fate]).toEqual([title, 'string'])
        expect([title, ['waits', 'taken'].includes(String(fate))]).toEqual([title, false])
        expect([title, failures(wired)]).toEqual([title, []])
        expect([title, wired.received(VICTIM)]).toEqual([title, [{ from: CHEATER, bytes: utf8(TEXT) }]])
      }
      console.info(`envelopes, ${kind}, by the relay: ${cases.length} mutations, seed ${SEED}`)
    })

    it.each(KINDS)('a member that signs it: %s', kind => {
      const cases = some(casesOf(kind), every)
      for (const which of cases) {
        const title = `${which.field}: ${which.mutation}`
        const envelope = decoded(which.bytes)
        const { fate, wired } = fateOf(which, envelope && (which.field === 'signature' ? envelope : signed(envelope)), false)
        expect([title, fate]).toEqual([title, SIGNED[which.field]?.(bytesToBigint(which.bytes.subarray(...which.span)), kind)])
        for (const { culprits } of failures(wired)) expect([title, culprits.filter(({ party }) => party !== CHEATER)]).toEqual([title, []])
        // what it said before is not undone, and nothing more is heard
        expect([title, wired.received(VICTIM)]).toEqual([title, []])
      }
      console.info(`envelopes, ${kind}, by a member: ${cases.length} mutations, seed ${SEED}`)
    })

    it.each(KINDS)('a second %s names its sender', kind => {
      let second: readonly SessionEvent[] = []
      play((sessions, passing) => {
        if (!isTarget(passing, kind) || second.length > 0) return [passing]
        const victim = sessions.session(VICTIM)
        victim.receive(passing)
        second = victim.receive(signed({ ...passing, body: flip(passing.body, passing.body.length - 1) }))
        return []
      })
      expect(second.map(event => event.kind)).toEqual(['failed'])
      expect(second[0]).toMatchObject({ error: { code: 'equivocation', culprits: [{ party: CHEATER, certainty: 'confirmed' }] } })
    })

    it('two hellos of one member, told to different members, end the session and name nobody', () => {
      const wired = play((_, passing) => {
        if (!isTarget(passing, 'hello')) return [passing]
        const { context } = helloCodec.decode(passing.body)
        const other = makeHello(identityOf(CHEATER), context, labelled('another ephemeral'), labelled('another nonce'))
        return [signEnvelope(identityOf(CHEATER), passing.header, helloCodec.encode(other))]
      })
      expect(failures(wired).map(({ code, culprits }) => [code, culprits])).toEqual([
        ['transcript-mismatch', []],
        ['transcript-mismatch', []],
      ])
      expect(wired.received(VICTIM)).toEqual([])
    })
  })
}
