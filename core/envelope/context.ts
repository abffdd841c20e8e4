/**
 * What the parties of a session must agree on before they say anything: one digest in every hello.
 * @module
 */
import { assertBytes, assertInteger, type Bytes, equal, hex, u16be, u32be, utf8 } from '../bytes.ts'
import { PoolError } from '../errors.ts'
import { H } from '../transcript.ts'

/** Version of the envelope scheme; part of every context. */
export const ENVELOPE_PROTOCOL = 'sequorum/envelope/1'

/** One participant, by the pool file. */
export interface SessionParty {
  /** Seat, 1..65534. */
  readonly index: number
  /** 32 bytes, Ed25519 public key. */
  readonly identity: Bytes
}

/** Settings that a ceremony depends on. */
export interface SessionContext {
  /** 32 bytes each: the key and its epoch; zeros before there is a key. */
  readonly keyId: Bytes
  readonly epoch: Bytes
  readonly threshold: number
  /** 32 bytes: digest of what the ceremony is about (a request to sign); zeros for none. */
  readonly payload: Bytes
}

/** 32 zero bytes: no key, no payload. */
export const NOTHING: Bytes = new Uint8Array(32)

export interface SessionScope {
  /** What kind of session: a ceremony's name, or `room`. */
  readonly kind: string
  readonly context: SessionContext
  /** 32 bytes: pool hash. */
  readonly room: Bytes
  /** 32 bytes: session id. */
  readonly session: Bytes
  /** Keys are new under every attempt. */
  readonly attempt: number
  readonly parties: readonly SessionParty[]
}

/**
 * The parties in order of seats, checked: distinct seats and identities, `self` among them.
 * @throws {PoolError} `bad-parties`, `invalid-argument`
 */
export function orderedParties(parties: readonly SessionParty[], self: number): readonly SessionParty[] {
  if (parties.length < 2) throw new PoolError('bad-parties', { reason: 'fewer than two', got: parties.length })
  for (const party of parties) {
    assertInteger(party.index, 'seat', 1, 0xfffe)
    assertBytes(party.identity, 'party identity', 32)
  }
  const ordered = [...parties].sort((a, b) => a.index - b.index)
  if (new Set(ordered.map(party => party.index)).size !== ordered.length) throw new PoolError('bad-parties', { reason: 'two parties in one seat' })
  if (new Set(ordered.map(party => hex(party.identity))).size !== ordered.length)
    throw new PoolError('bad-parties', { reason: 'two parties with one identity' })
  if (!ordered.some(party => party.index === self)) throw new PoolError('bad-parties', { reason: 'this member is not among them', self })
  return ordered
}

/** Asserts that `identity` is the one the roster names for `self`. @throws {PoolError} `bad-parties` */
export function assertOwnSeat(parties: readonly SessionParty[], self: number, publicKey: Bytes): void {
  if (!parties.some(party => party.index === self && equal(party.identity, publicKey)))
    throw new PoolError('bad-parties', { reason: 'the roster names another identity for this seat', self })
}

/** `H("ctx"; protocol, pool hash, key id, key epoch, session, attempt, kind, roster by seat, threshold, payload)`. */
export function contextDigest(scope: SessionScope): Bytes {
  const { context } = scope
  for (const [title, value] of Object.entries({ room: scope.room, session: scope.session, ...context }))
    if (title !== 'threshold') assertBytes(value, title, 32)
  assertInteger(scope.attempt, 'attempt', 0, 0xffff_ffff)
  assertInteger(context.threshold, 'threshold', 0, 0xffff)
  const roster = [...scope.parties].sort((a, b) => a.index - b.index)
  return H('ctx', [
    utf8(ENVELOPE_PROTOCOL),
    scope.room,
    context.keyId,
    context.epoch,
    scope.session,
    u32be(scope.attempt),
    utf8(scope.kind),
    u32be(roster.length),
    ...roster.flatMap(party => [u16be(party.index), party.identity]),
    u32be(context.threshold),
    context.payload,
  ])
}
