import { beforeAll, describe, expect, it } from 'vitest'
import { labelled, seededRandom } from '../../test/support/random.ts'
import { identityOf, sessionOptions, type Wired, wire } from '../../test/support/sessions.ts'
import { type Bytes, hex, utf8 } from '../bytes.ts'
import { H } from '../transcript.ts'
import { decodeEnvelope, type Envelope, encodeEnvelope, type Header } from './header.ts'
import { helloCodec } from './hello.ts'
import { initSodium, signEnvelope, verifyEnvelope } from './identity.ts'
import { createSession, type DropReason, type SessionEvent } from './session.ts'

beforeAll(initSodium)

const seed = 'session test'
const dropped = (events: readonly SessionEvent[]): DropReason[] => events.flatMap(event => (event.kind === 'dropped' ? [event.reason] : []))
const failures = (events: readonly SessionEvent[]): string[] => events.flatMap(event => (event.kind === 'failed' ? [event.error.code] : []))
const contains = (haystack: Bytes, needle: Bytes): boolean => Buffer.from(haystack).includes(Buffer.from(needle))
const edit = (envelope: Envelope, header: Partial<Header>): Envelope => ({ ...envelope, header: { ...envelope.header, ...header } })

function established(n = 3): Wired {
  const wired = wire(n, seed)
  wired.greet()
  return wired
}
/** A message from 1 to 2 that has not been passed on. */
const sealedBy = (wired: Wired, bytes = utf8('a message')): Envelope => wired.session(1).seal(2, bytes)[0] as Envelope

describe('handshake', () => {
  it.each([2, 3, 5])('establishes a session of %i, whoever speaks first', n => {
    const wired = wire(n, seed)
    const hellos = [...wired.sessions.values()].flatMap(session => [...session.hello()]).reverse()
    wired.pass(hellos)
    for (const session of wired.sessions.values()) expect(session.state).toBe('established')
    for (const seat of wired.sessions.keys()) expect(wired.of(seat)).toEqual([{ kind: 'established' }])
  })

  it('says who is missing for hello, then for ready', () => {
    const wired = wire(3, seed, envelope => (envelope.header.from === 3 && envelope.header.kind === 'ready' ? [] : [envelope]))
    expect(wired.session(1).missing()).toEqual({ stage: 'hello', seats: [2, 3] })
    wired.pass(wired.session(2).hello())
    expect(wired.session(1).missing()).toEqual({ stage: 'hello', seats: [3] })
    wired.greet()
    expect(wired.session(1).missing()).toEqual({ stage: 'ready', seats: [3] })
    expect(wired.session(1).state).toBe('opening')
    expect(() => wired.session(1).seal(2, utf8('too early'))).toThrow(expect.objectContaining({ code: 'no-session' }))
  })

  it('takes a ready that overtakes a hello of somebody else', () => {
    const late: Envelope[] = []
    const wired = wire(3, seed, envelope => {
      if (envelope.header.from === 3 && envelope.header.to === 1 && envelope.header.kind === 'hello' && late.length === 0) {
        late.push(envelope)
        return []
      }
      return [envelope]
    })
    wired.greet()
    expect(wired.session(1).missing().stage).toBe('hello')
    wired.pass(late)
    expect([1, 2, 3].map(seat => wired.session(seat).state)).toEqual(['established', 'established', 'established'])
  })

  it.each<[string, Parameters<typeof sessionOptions>[3]]>([
    ['another kind', { kind: 'keygen' }],
    ['another threshold', { context: { keyId: labelled('key'), epoch: labelled('epoch'), threshold: 3, payload: new Uint8Array(32) } }],
    ['another payload', { context: { keyId: labelled('key'), epoch: labelled('epoch'), threshold: 2, payload: labelled('payload') } }],
    ['another key epoch', { context: { keyId: labelled('key'), epoch: labelled('other'), threshold: 2, payload: new Uint8Array(32) } }],
  ])('does not agree with a party that means %s', (_, change) => {
    const wired = wire(
      3,
      seed,
      envelope => [envelope],
      seat => (seat === 3 ? (change ?? {}) : {}),
    )
    wired.greet()
    expect(dropped(wired.of(1))).toEqual(['wrong-context'])
    expect(wired.session(1).missing()).toEqual({ stage: 'hello', seats: [3] })
  })

  it('refuses an ephemeral key of small order', () => {
    const alice = createSession(sessionOptions(1, 2, seed))
    const bob = createSession(sessionOptions(2, 2, seed))
    const honest = bob.hello()[0] as Envelope
    const { context } = helloCodec.decode(honest.body)
    const random = seededRandom(seed)
    for (const point of [new Uint8Array(32), Uint8Array.of(1, ...new Uint8Array(31))]) {
      const identity = identityOf(2)
      const weak = { context, ephemeral: point, nonce: random(32) }
      const signature = identity.sign(H('hello', [identity.publicKey, weak.context, weak.ephemeral, weak.nonce]))
      const forged = signEnvelope(identity, honest.header, helloCodec.encode({ ...weak, signature }))
      expect(dropped(alice.receive(forged))).toEqual(['weak-key'])
    }
    expect(alice.heard(2)).toBe(false)
  })

  it('drops a hello whose inner signature is not by its sender', () => {
    const alice = createSession(sessionOptions(1, 2, seed))
    const honest = createSession(sessionOptions(2, 2, seed)).hello()[0] as Envelope
    const hello = helloCodec.decode(honest.body)
    const swapped = signEnvelope(identityOf(2), honest.header, helloCodec.encode({ ...hello, nonce: labelled('another nonce') }))
    expect(dropped(alice.receive(swapped))).toEqual(['bad-signature'])
    expect(alice.heard(2)).toBe(false)
  })

  it('notices a split hello without naming anybody: no one gets to talk', () => {
    // Seat 3 tells seat 1 another ephemeral key than seat 2.
    const twin = createSession(sessionOptions(3, 3, 'another seed'))
    const wired = wire(3, seed, envelope => {
      const { from, to, kind } = envelope.header
      if (from !== 3 || to !== 1) return [envelope]
      return kind === 'hello' ? twin.hello().filter(hello => hello.header.to === 1) : []
    })
    wired.greet()
    expect(failures(wired.of(1))).toEqual(['transcript-mismatch'])
    expect(failures(wired.of(2))).toEqual(['transcript-mismatch'])
    for (const event of wired.of(1)) if (event.kind === 'failed') expect(event.error.culprits).toEqual([])
    expect(wired.session(1).state).toBe('closed')
  })

  it('names a party that says two different hellos to the same recipient', () => {
    const wired = established()
    const twin = createSession(sessionOptions(3, 3, 'another seed'))
    const second = twin.hello().find(hello => hello.header.to === 1) as Envelope
    const events = wired.session(1).receive(second)
    expect(failures(events)).toEqual(['equivocation'])
    for (const event of events) if (event.kind === 'failed') expect(event.error.culprits).toEqual([{ party: 3, certainty: 'confirmed' }])
  })

  it('refuses a hello that a relay swaps for one of an earlier attempt', () => {
    const old = createSession(sessionOptions(2, 2, 'old', { attempt: 0 }))
    const now = createSession(sessionOptions(1, 2, seed, { attempt: 1 }))
    const replayed = old.hello()[0] as Envelope
    expect(dropped(now.receive(replayed))).toEqual(['wrong-attempt'])
    expect(dropped(now.receive(edit(replayed, { attempt: 1 })))).toEqual(['bad-signature'])
  })

  it('wants the roster to name this member', () => {
    expect(() => createSession(sessionOptions(1, 2, seed, { identity: identityOf(2) }))).toThrow(expect.objectContaining({ code: 'bad-parties' }))
    expect(() => createSession(sessionOptions(3, 2, seed))).toThrow(expect.objectContaining({ code: 'bad-parties' }))
  })
})

describe('messages', () => {
  it('carries messages between all pairs, in order, in both directions', () => {
    const wired = established()
    for (const from of [1, 2, 3])
      for (const to of [1, 2, 3]) if (from !== to) for (let i = 0; i < 3; i++) wired.pass(wired.session(from).seal(to, utf8(`${from}>${to} ${i}`)))
    expect(wired.received(2).map(({ from, bytes }) => [from, Buffer.from(bytes).toString()])).toEqual([
      [1, '1>2 0'],
      [1, '1>2 1'],
      [1, '1>2 2'],
      [3, '3>2 0'],
      [3, '3>2 1'],
      [3, '3>2 2'],
    ])
  })

  it.each([0, 1, 700_000, 1024 * 1024])('carries a message of %i bytes', length => {
    const wired = established(2)
    const body = seededRandom('large')(length)
    const envelopes = wired.session(1).seal(2, body)
    expect(envelopes.length).toBe(Math.max(1, Math.ceil(length / (192 * 1024 - 24))))
    wired.pass(envelopes)
    expect(wired.received(2).map(({ bytes }) => hex(bytes) === hex(body))).toEqual([true])
  })

  it('refuses to seal more than 1 MiB, or for somebody else', () => {
    const wired = established(2)
    expect(() => wired.session(1).seal(2, new Uint8Array(1024 * 1024 + 1))).toThrow(expect.objectContaining({ code: 'message-too-large' }))
    expect(() => wired.session(1).seal(3, utf8('hi'))).toThrow(expect.objectContaining({ code: 'bad-parties' }))
  })

  it('shows a relay no plaintext, and every envelope is signed', () => {
    const wired = established()
    const secret = seededRandom('plaintext')(300_000)
    wired.pass(wired.session(1).seal(2, secret))
    wired.pass(wired.session(1).seal(3, utf8('attack at dawn')))
    for (const envelope of wired.wire) {
      const bytes = encodeEnvelope(envelope)
      expect(contains(bytes, utf8('attack'))).toBe(false)
      for (let at = 0; at + 16 <= secret.length; at += 4096) expect(contains(bytes, secret.subarray(at, at + 16))).toBe(false)
      expect(verifyEnvelope(identityOf(envelope.header.from).publicKey, envelope)).toBe(true)
    }
  })

  it('seals the same text differently each time and in each direction', () => {
    const wired = established(2)
    const bodies = [wired.session(1).seal(2, utf8('same')), wired.session(1).seal(2, utf8('same')), wired.session(2).seal(1, utf8('same'))]
    expect(new Set(bodies.map(([envelope]) => hex((envelope as Envelope).body))).size).toBe(3)
  })

  it('waits at a gap, takes what was missing, and drops duplicates', () => {
    const wired = established(2)
    const [first, second, third] = ['one', 'two', 'three'].map(text => sealedBy(wired, utf8(text))) as [Envelope, Envelope, Envelope]
    wired.pass([third, second])
    expect(wired.received(2)).toEqual([])
    expect(wired.session(2).gap(1)).toBe(true)
    wired.pass([first])
    expect(wired.session(2).gap(1)).toBe(false)
    expect(wired.received(2).map(({ bytes }) => Buffer.from(bytes).toString())).toEqual(['one', 'two', 'three'])
    wired.pass([second, first, third])
    expect(dropped(wired.of(2))).toEqual(['duplicate', 'duplicate', 'duplicate'])
    expect(wired.received(2)).toHaveLength(3)
  })

  it('holds back no more than its window', () => {
    const wired = established(2)
    sealedBy(wired)
    const envelopes = Array.from({ length: 600 }, () => sealedBy(wired))
    wired.pass(envelopes)
    expect(dropped(wired.of(2)).every(reason => reason === 'overflow')).toBe(true)
    expect(dropped(wired.of(2)).length).toBeGreaterThan(80)
    expect(wired.received(2)).toEqual([])
  })

  it.each<[DropReason, (envelope: Envelope) => Envelope]>([
    ['wrong-room', envelope => edit(envelope, { room: labelled('elsewhere') })],
    ['wrong-session', envelope => edit(envelope, { session: labelled('elsewhere') })],
    ['wrong-attempt', envelope => edit(envelope, { attempt: 7 })],
    ['wrong-recipient', envelope => edit(envelope, { to: 3 })],
    ['unknown-sender', envelope => edit(envelope, { from: 9 })],
    ['unknown-sender', envelope => edit(envelope, { from: 2 })],
    ['bad-signature', envelope => edit(envelope, { from: 3 })],
    ['bad-signature', envelope => edit(envelope, { sequence: envelope.header.sequence + 1 })],
    ['wrong-sequence', envelope => edit(envelope, { kind: 'ready' })],
    ['wrong-sequence', envelope => edit(envelope, { sequence: 1 })],
    ['wrong-sequence', envelope => edit(envelope, { kind: 'hello' })],
    ['bad-signature', envelope => ({ ...envelope, body: envelope.body.map((byte, i) => (i === 0 ? byte ^ 1 : byte)) })],
    ['bad-signature', envelope => ({ ...envelope, signature: envelope.signature.map((byte, i) => (i === 0 ? byte ^ 1 : byte)) })],
  ])('drops as %s what a relay has edited, and goes on', (reason, change) => {
    const wired = established()
    const envelope = sealedBy(wired)
    const events = wired.session(2).receive(change(envelope))
    expect(events).toEqual([{ kind: 'dropped', from: change(envelope).header.from, reason }])
    wired.pass([envelope])
    expect(wired.received(2)).toHaveLength(1)
  })

  it('opens nothing of another session of the same parties', () => {
    const one = established(2)
    const other = wire(
      2,
      'other keys',
      envelope => [envelope],
      () => ({ session: labelled('other session') }),
    )
    other.greet()
    const foreign = sealedBy(other)
    expect(dropped(one.session(2).receive(foreign))).toEqual(['wrong-session'])
    // Seat 1 itself signs a ciphertext of the other session into this one: that is a cheat, and it is named.
    const { header } = sealedBy(one)
    const moved = signEnvelope(identityOf(1), header, foreign.body)
    expect(failures(one.session(2).receive(moved))).toEqual(['bad-seal'])
  })

  it('names a party that uses a sequence for two contents', () => {
    const wired = established(2)
    const envelope = sealedBy(wired)
    wired.pass([envelope])
    const second = signEnvelope(identityOf(1), envelope.header, new Uint8Array(40))
    expect(failures(wired.session(2).receive(second))).toEqual(['equivocation'])
  })

  it('is not closed by a forged second content', () => {
    const wired = established(2)
    const envelope = sealedBy(wired)
    wired.pass([envelope])
    const forged = signEnvelope(identityOf(3), envelope.header, new Uint8Array(40))
    expect(dropped(wired.session(2).receive(forged))).toEqual(['bad-signature'])
    expect(wired.session(2).state).toBe('established')
  })

  it('says nothing more after close, and forgets its keys', () => {
    const wired = established(2)
    const envelope = sealedBy(wired)
    wired.session(2).close()
    expect(dropped(wired.session(2).receive(envelope))).toEqual(['closed'])
    expect(() => wired.session(2).seal(1, utf8('hi'))).toThrow(expect.objectContaining({ code: 'no-session' }))
    wired.session(2).close()
  })

  it('wipes shared secrets, session keys and the ephemeral key', () => {
    const drawn: Bytes[] = []
    const random = seededRandom(seed)
    const session = createSession(
      sessionOptions(1, 2, seed, {
        random: length => {
          const bytes = random(length)
          drawn.push(bytes)
          return bytes
        },
      }),
    )
    expect(drawn[0]?.some(byte => byte !== 0)).toBe(true)
    session.close()
    expect(drawn[0]?.every(byte => byte === 0)).toBe(true)
  })

  it('survives the wire format', () => {
    const wired = wire(2, seed, envelope => [decodeEnvelope(encodeEnvelope(envelope))])
    wired.greet()
    wired.pass(wired.session(2).seal(1, utf8('encoded')))
    expect(wired.received(1).map(({ bytes }) => Buffer.from(bytes).toString())).toEqual(['encoded'])
  })
})
