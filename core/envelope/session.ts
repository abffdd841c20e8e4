/**
 * One session among named parties: hellos, transcript echo, one key per direction, sealed messages in strict sequence. A state machine
 * without sockets or clock: envelopes in, events out. The keys live in this object only and are wiped when it closes.
 *
 * Sequences of a direction: 0 is the hello, 1 the ready, from 2 on messages.
 * @module
 */
import { assertBytes, type Bytes, concat, equal, hex, type Random, Secret, wipe } from '../bytes.ts'
import { asPoolError, type Culprit, type ErrorCode, PoolError } from '../errors.ts'
import { type Assembler, createAssembler, split } from './chunk.ts'
import { assertOwnSeat, contextDigest, orderedParties, type SessionScope } from './context.ts'
import { type Envelope, type EnvelopeKind, envelopeDigest, type Header } from './header.ts'
import { directionKey, type Hello, helloCodec, makeHello, sharedSecret, transcriptDigest, verifyHello } from './hello.ts'
import { type MemberIdentity, signEnvelope, verifyIdentity } from './identity.ts'
import { open } from './open.ts'
import { createWindow, type Window } from './replay.ts'
import { SEAL_OVERHEAD, seal } from './seal.ts'

export interface SessionOptions extends SessionScope {
  /** Seat of this member. */
  readonly self: number
  readonly identity: Pick<MemberIdentity, 'publicKey' | 'sign'>
  readonly random: Random
}

/** Why an envelope was not used. None of these says anything about its alleged sender. */
export type DropReason =
  | 'closed'
  | 'wrong-room'
  | 'wrong-session'
  | 'wrong-attempt'
  | 'wrong-recipient'
  | 'unknown-sender'
  | 'wrong-sequence'
  | 'bad-signature'
  | 'duplicate'
  | 'overflow'
  | 'malformed-hello'
  | 'wrong-context'
  | 'weak-key'

export type SessionEvent =
  /** To be published as it is. */
  | { readonly kind: 'send'; readonly envelope: Envelope }
  /** Every party has shown that it saw the same hellos. */
  | { readonly kind: 'established' }
  | { readonly kind: 'message'; readonly from: number; readonly bytes: Bytes }
  | { readonly kind: 'dropped'; readonly from: number; readonly reason: DropReason }
  /** The session is over: `transcript-mismatch`, `equivocation`, `bad-seal`. */
  | { readonly kind: 'failed'; readonly error: PoolError }

export interface Session {
  readonly attempt: number
  readonly state: 'opening' | 'established' | 'closed'
  /** This member's hello for each other party; the same envelopes at every call. */
  hello(): readonly Envelope[]
  /** Takes one envelope. Never throws for what is in it. */
  receive(envelope: Envelope): readonly SessionEvent[]
  /**
   * Seals a message of at most 1 MiB for one party, as one or more envelopes to be published in this order.
   * @throws {PoolError} `no-session`, `bad-parties`, `message-too-large`
   */
  seal(to: number, bytes: Bytes): readonly Envelope[]
  /** Who has not said hello, or is not ready yet. */
  missing(): { readonly stage: 'hello' | 'ready'; readonly seats: readonly number[] }
  /** True once this peer's hello was accepted. */
  heard(from: number): boolean
  /** True while a message of this peer waits for an earlier one. */
  gap(from: number): boolean
  /** Wipes the keys; later envelopes are dropped. */
  close(): void
}

interface Peer {
  readonly index: number
  readonly identity: Bytes
  readonly window: Window<Envelope>
  readonly assembler: Assembler
  /** Sequence of the next envelope to this peer. */
  outgoing: number
  shared?: Secret
  sendKey?: Secret
  receiveKey?: Secret
  ready: boolean
}

const SEQUENCE_OF: Readonly<Partial<Record<EnvelopeKind, number>>> = { hello: 0, ready: 1 }
const FIRST_MESSAGE = 2

/**
 * Opens a session. `initSodium()` must have resolved.
 * @throws {PoolError} `bad-parties`, `invalid-argument`
 */
export function createSession(options: SessionOptions): Session {
  const parties = orderedParties(options.parties, options.self)
  assertOwnSeat(parties, options.self, options.identity.publicKey)
  const context = contextDigest(options)
  const peers = new Map<number, Peer>()
  for (const { index, identity } of parties)
    if (index !== options.self)
      peers.set(index, { index, identity, window: createWindow<Envelope>(), assembler: createAssembler(), outgoing: 0, ready: false })

  const ephemeral = new Secret('ephemeral key', fresh(options.random))
  const hellos = new Map<number, Hello>([[options.self, makeHello(options.identity, context, ephemeral.expose(), fresh(options.random))]])
  let transcript: Bytes | undefined
  let state: Session['state'] = 'opening'

  function header(peer: Peer, kind: EnvelopeKind): Omit<Header, 'version' | 'bodyLength'> {
    const { room, session, attempt, self } = options
    return { kind, room, session, attempt, from: self, to: peer.index, sequence: peer.outgoing++ }
  }

  /** `prefix` travels in clear before the sealed part. */
  function sealed(peer: Peer, kind: EnvelopeKind, plaintext: Bytes, prefix: Bytes = new Uint8Array(0)): Envelope {
    const key = bound(peer.sendKey).expose()
    const head = header(peer, kind)
    const bodyLength = prefix.length + plaintext.length + SEAL_OVERHEAD
    return signEnvelope(options.identity, head, concat(prefix, seal(key, { version: 1, ...head, bodyLength }, plaintext)))
  }

  const own = helloCodec.encode(hellos.get(options.self) as Hello)
  const greetings = [...peers.values()].map(peer => signEnvelope(options.identity, header(peer, 'hello'), own))

  function close(): void {
    state = 'closed'
    ephemeral.wipe()
    for (const peer of peers.values()) {
      for (const secret of [peer.shared, peer.sendKey, peer.receiveKey]) secret?.wipe()
      peer.window.clear()
      peer.assembler.clear()
    }
  }

  function fail(events: SessionEvent[], error: PoolError): void {
    close()
    events.push({ kind: 'failed', error })
  }

  /** All hellos are here: hash them, derive the keys, echo the hash. The ephemeral secret has done its work. */
  function agree(events: SessionEvent[]): void {
    transcript = transcriptDigest(parties, hellos)
    for (const peer of peers.values()) {
      const shared = bound(peer.shared)
      peer.sendKey = new Secret('session key', directionKey(shared.expose(), transcript, options.identity.publicKey, peer.identity))
      peer.receiveKey = new Secret('session key', directionKey(shared.expose(), transcript, peer.identity, options.identity.publicKey))
      shared.wipe()
      events.push({ kind: 'send', envelope: sealed(peer, 'ready', transcript, transcript) })
    }
    ephemeral.wipe()
  }

  /** Undefined when the hello was taken. */
  function takeHello(peer: Peer, body: Bytes): DropReason | undefined {
    let hello: Hello
    try {
      hello = helloCodec.decode(body)
    } catch {
      return 'malformed-hello'
    }
    if (!equal(hello.context, context)) return 'wrong-context'
    if (!verifyHello(peer.identity, hello)) return 'bad-signature'
    const shared = sharedSecret(ephemeral.expose(), hello.ephemeral)
    if (shared === undefined) return 'weak-key'
    peer.shared = new Secret('shared secret', shared)
    hellos.set(peer.index, hello)
    return undefined
  }

  /** The echo is compared before anything else is interpreted; then the seal shows that the peer has the key. */
  function takeReady(events: SessionEvent[], peer: Peer, envelope: Envelope): PoolError | undefined {
    const mine = transcript as Bytes
    const theirs = envelope.body.subarray(0, 32)
    if (!equal(theirs, mine)) return new PoolError('transcript-mismatch', { from: peer.index, mine: hex(mine), theirs: hex(theirs) })
    const echo = open(bound(peer.receiveKey).expose(), envelope.header, envelope.body.subarray(32))
    if (echo === undefined || !equal(echo, mine)) return accused('bad-seal', peer.index, { message: 'ready' })
    peer.ready = true
    if (state === 'opening' && [...peers.values()].every(other => other.ready)) {
      state = 'established'
      events.push({ kind: 'established' })
    }
    return undefined
  }

  function takeMessage(events: SessionEvent[], peer: Peer, envelope: Envelope): PoolError | undefined {
    const piece = open(bound(peer.receiveKey).expose(), envelope.header, envelope.body)
    if (piece === undefined) return accused('bad-seal', peer.index, { sequence: envelope.header.sequence })
    try {
      const bytes = peer.assembler.push(piece)
      if (bytes !== undefined) events.push({ kind: 'message', from: peer.index, bytes })
      return undefined
    } catch (error) {
      const { code, context: facts } = asPoolError(error)
      return accused(code, peer.index, facts, error)
    } finally {
      wipe(piece)
    }
  }

  /** Takes what is next from this peer, as long as it is there and can be opened. */
  function drain(events: SessionEvent[], peer: Peer): void {
    while (state !== 'closed' && transcript !== undefined) {
      const envelope = peer.window.peek()
      if (envelope === undefined) return
      peer.window.advance()
      const error = envelope.header.kind === 'ready' ? takeReady(events, peer, envelope) : takeMessage(events, peer, envelope)
      if (error !== undefined) fail(events, error)
    }
  }

  function misplaced({ room, session, attempt, to, from, kind, sequence }: Header): DropReason | undefined {
    if (!equal(room, options.room)) return 'wrong-room'
    if (!equal(session, options.session)) return 'wrong-session'
    if (attempt !== options.attempt) return 'wrong-attempt'
    if (to !== options.self) return 'wrong-recipient'
    if (!peers.has(from)) return 'unknown-sender'
    const expected = SEQUENCE_OF[kind]
    return expected === undefined ? (sequence < FIRST_MESSAGE ? 'wrong-sequence' : undefined) : sequence === expected ? undefined : 'wrong-sequence'
  }

  /** What the envelope brings, or why it is dropped. */
  function take(envelope: Envelope, events: SessionEvent[]): DropReason | undefined {
    if (state === 'closed') return 'closed'
    const reason = misplaced(envelope.header)
    if (reason !== undefined) return reason
    const { from, sequence, kind } = envelope.header
    const peer = peers.get(from) as Peer
    const digest = envelopeDigest(envelope.header, envelope.body)
    const size = envelope.body.length
    const verdict = peer.window.judge(sequence, digest, size)
    if (verdict === 'duplicate' || verdict === 'overflow') return verdict
    if (!verifyIdentity(peer.identity, digest, envelope.signature)) return 'bad-signature'
    if (verdict === 'conflict') {
      fail(events, accused('equivocation', from, { sequence }))
      return undefined
    }
    if (kind === 'hello') {
      const wrong = takeHello(peer, envelope.body)
      if (wrong !== undefined) return wrong
      peer.window.hold(sequence, digest, size, envelope)
      peer.window.advance()
      if (hellos.size === parties.length) {
        agree(events)
        for (const other of peers.values()) drain(events, other)
      }
      return undefined
    }
    peer.window.hold(sequence, digest, size, envelope)
    drain(events, peer)
    return undefined
  }

  return {
    attempt: options.attempt,
    get state() {
      return state
    },
    hello: () => greetings,
    receive(envelope) {
      const events: SessionEvent[] = []
      const reason = take(envelope, events)
      if (reason !== undefined) events.push({ kind: 'dropped', from: envelope.header.from, reason })
      return events
    },
    seal(to, bytes) {
      const peer = peers.get(to)
      if (peer === undefined) throw new PoolError('bad-parties', { reason: 'no such party in this session', to })
      if (state !== 'established') throw new PoolError('no-session', { state, to })
      return split(bytes).map(piece => {
        const envelope = sealed(peer, 'message', piece)
        wipe(piece)
        return envelope
      })
    },
    missing() {
      const all = [...peers.values()]
      const silent = all.filter(peer => !hellos.has(peer.index))
      return silent.length > 0
        ? { stage: 'hello', seats: silent.map(peer => peer.index) }
        : { stage: 'ready', seats: all.filter(peer => !peer.ready).map(peer => peer.index) }
    },
    heard: from => peers.has(from) && hellos.has(from),
    gap: from => peers.get(from)?.window.gap ?? false,
    close,
  }
}

function fresh(random: Random): Bytes {
  const bytes = random(32)
  assertBytes(bytes, 'random bytes', 32)
  return bytes
}

function bound(secret: Secret | undefined): Secret {
  if (secret === undefined) throw new PoolError('internal', { reason: 'session key before the transcript' })
  return secret
}

/** An abort that only `party` can have caused: it signed what is wrong. */
function accused(code: ErrorCode, party: number, context: PoolError['context'], cause?: unknown): PoolError {
  const culprits: Culprit[] = [{ party, certainty: 'confirmed' }]
  return new PoolError(code, { party, ...context }, { culprits, cause })
}
