/**
 * What a ceremony gets from outside: who takes part, a channel, randomness, a deadline, an identity and a journal. The protocols know
 * no network, clock or disk.
 * @module
 */
import { assertBytes, assertInteger, type Bytes, hex, type Random } from '../bytes.ts'
import { type ErrorCode, PoolError } from '../errors.ts'

/** One participant, by the pool file. */
export interface Party {
  /** Seat, 1..65534; also the evaluation point of its share. */
  readonly index: number
  /** 32 bytes, Ed25519 public key. */
  readonly identity: Bytes
}

/**
 * The only way out of a ceremony. It authenticates (`from` is true), encrypts from party to party, keeps the order between two
 * parties and delivers nothing twice. It need not be a reliable broadcast: a sender may give each receiver something else.
 */
export interface Channel {
  /** Hands bytes to one party, or the same bytes to all others. Does not wait. */
  send(to: number | 'all', bytes: Bytes): void
  /** What arrives, until the channel closes. Called once per ceremony. */
  receive(): AsyncIterable<{ readonly from: number; readonly bytes: Bytes }>
}

/** The end of patience, by a clock outside. Absolute: it does not move when messages arrive. */
export interface Deadline {
  readonly expired: Promise<void>
}

/** This member's Ed25519 identity. */
export interface Identity {
  /** 64-byte signature under the key of `self`. */
  sign(message: Bytes): Bytes
  verify(publicKey: Bytes, message: Bytes, signature: Bytes): boolean
}

/** What must be on stable storage before a ceremony goes on. Both resolve after the bytes are durable. */
export interface Journal<Share> {
  /** Called before the completion certificate leaves this member. */
  pending(share: Share): Promise<void>
  /** Called before anything else after a check that burns: the OT state shared with `peer` is gone and must never come back. */
  burned(peer: number, reason: ErrorCode): Promise<void>
}

/** Who has been heard in the round that is being collected. */
export interface Progress {
  readonly round: string
  readonly received: readonly number[]
  readonly missing: readonly number[]
}

/** One run of one protocol for one party. A context serves one ceremony. */
export interface CeremonyContext<Share> {
  /** Index of this party. */
  readonly self: number
  /** Everyone the channel reaches, this party included. */
  readonly parties: readonly Party[]
  /** 32 bytes, chosen by whoever opened the ceremony. Security does not rest on its being unique. */
  readonly sessionId: Bytes
  /** 32 bytes: hash of the pool file; ceremonies of different pools cannot mix. */
  readonly poolHash: Bytes
  readonly channel: Channel
  readonly random: Random
  readonly deadline: Deadline
  readonly identity: Identity
  readonly journal: Journal<Share>
  readonly onProgress?: ((progress: Progress) => void) | undefined
  /** Awaited between heavy steps (up to a second each in key generation), so that the host can serve its sockets. */
  readonly breathe?: (() => Promise<void>) | undefined
}

/** Largest committee of a ceremony. */
export const MAX_PARTIES = 16
/** Largest index; 65535 means "all" on the wire. */
export const MAX_INDEX = 65_534

/**
 * Checks the fixed-size fields and that seats and identities are distinct, each by itself, with this party among them.
 * Gives the parties in order of their index.
 * @param most parties; a hand-over has two committees.
 * @throws {PoolError} `bad-parties`, `invalid-argument`
 */
export function checkContext<Share>(ctx: CeremonyContext<Share>, most = MAX_PARTIES): readonly Party[] {
  assertBytes(ctx.sessionId, 'sessionId', 32)
  assertBytes(ctx.poolHash, 'poolHash', 32)
  if (ctx.parties.length < 2 || ctx.parties.length > most)
    throw new PoolError('bad-parties', { reason: `2..${most} parties`, got: ctx.parties.length })
  for (const party of ctx.parties) {
    assertInteger(party.index, 'party index', 1, MAX_INDEX)
    assertBytes(party.identity, 'party identity', 32)
  }
  if (new Set(ctx.parties.map(party => party.index)).size !== ctx.parties.length)
    throw new PoolError('bad-parties', { reason: 'two parties in one seat' })
  if (new Set(ctx.parties.map(party => hex(party.identity))).size !== ctx.parties.length)
    throw new PoolError('bad-parties', { reason: 'two parties with one identity' })
  if (!ctx.parties.some(party => party.index === ctx.self))
    throw new PoolError('bad-parties', { reason: 'this member is not among them', self: ctx.self })
  return [...ctx.parties].sort((a, b) => a.index - b.index)
}
