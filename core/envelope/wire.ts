/**
 * Frames between a member and the relay, one per WebSocket message. The relay parses these and envelope headers, nothing else.
 * @module
 */
import { blob, fixed, type Infer, list, struct, text, u8, u16, u32, u53, union } from '../codec.ts'
import { HEADER_LENGTH, MAX_BODY } from './header.ts'

/** Version of this frame protocol; part of the authentication signature. */
export const PROTOCOL = 'sequorum/relay/1'
/** Largest WebSocket frame either side accepts. */
export const MAX_FRAME = 256 * 1024
/** Largest frame before authentication. */
export const MAX_UNAUTHENTICATED_FRAME = 1024
/** Largest signed L1 transaction. */
export const MAX_L1_TRANSACTION = 130 * 1024
/** Largest raw L2 transaction. */
export const MAX_L2_TRANSACTION = 128 * 1024

const envelope = blob(HEADER_LENGTH + MAX_BODY + 64)
const reason = text(512)

/** Member to relay. */
export const memberFrame = union({
  /** Answers `challenge`; the signature is the identity's over `authDigest`. `since` and `transactionsSince` resume the two streams (last seen). */
  auth: {
    tag: 1,
    body: struct({
      room: fixed(32),
      identity: fixed(32),
      device: fixed(16),
      clientNonce: fixed(32),
      time: u53,
      since: u53,
      transactionsSince: u53,
      signature: fixed(64),
    }),
  },
  /** Stores an envelope for its recipient; answered by `published` or `refused` with the same `request`. */
  publish: { tag: 2, body: struct({ request: u32, envelope }) },
  /** Everything up to `sequence` is processed and may be deleted (cumulative). */
  ack: { tag: 3, body: struct({ sequence: u53 }) },
  /** A signed L1 transaction for the publisher; answered by `published` or `refused`. */
  submit: { tag: 4, body: struct({ request: u32, height: u53, round: u32, content: fixed(32), raw: blob(MAX_L1_TRANSACTION) }) },
  /** The account that this member's completed key controls. The relay believes it when q members say the same. */
  account: { tag: 5, body: struct({ request: u32, address: fixed(20), keyId: fixed(32) }) },
  /** What the page and the operators may see of this member: UTF-8 JSON of `MemberReport`, never used for a decision. */
  report: { tag: 6, body: struct({ json: text(8192) }) },
})
export type MemberFrame = Infer<typeof memberFrame>

/** Relay to member. */
export const relayFrame = union({
  challenge: { tag: 64, body: struct({ nonce: fixed(32), origin: text(256) }) },
  /** Authenticated. `lastSequence` is the newest stored for this member at this moment. */
  welcome: { tag: 65, body: struct({ seat: u16, lastSequence: u53, online: list(u16, 64) }) },
  /** `status`: 0 stored, 1 duplicate. */
  published: { tag: 66, body: struct({ request: u32, status: u8 }) },
  refused: { tag: 67, body: struct({ request: u32, code: text(64), reason }) },
  deliver: { tag: 68, body: struct({ sequence: u53, envelope }) },
  /** All that was stored at `welcome` has been delivered. */
  caughtUp: { tag: 69, body: struct({ sequence: u53 }) },
  /** Announcement of a turn. A hint: members compute turns themselves. `opensAt` is ms since 1970; `order` are seats, proposer first. */
  turn: { tag: 70, body: struct({ rotationEpoch: u53, height: u53, round: u32, opensAt: u53, order: list(u16, 64) }) },
  /** A transaction that `/rpc` admitted, in the order of admission. Members check it again. */
  transaction: { tag: 71, body: struct({ sequence: u53, raw: blob(MAX_L2_TRANSACTION) }) },
  presence: { tag: 72, body: struct({ online: list(u16, 64) }) },
  /** What the publisher saw of a height on L1. A hint. `state`: 0 stored, 1 sent, 2 included, 3 confirmed, 4 failed. */
  l1: { tag: 73, body: struct({ height: u53, hash: fixed(32), state: u8, blockNumber: u53 }) },
  /** The relay stops; reconnect after `afterMs`. */
  drain: { tag: 74, body: struct({ afterMs: u32 }) },
})
export type RelayFrame = Infer<typeof relayFrame>

/** WebSocket close codes of the relay; documented in docs/relay.md. */
export const CLOSE = {
  malformed: 4400,
  unauthenticated: 4401,
  notInRoster: 4403,
  authTimeout: 4408,
  displaced: 4409,
  tooLarge: 4413,
  rateLimited: 4429,
  draining: 4503,
} as const

/** What a member tells about itself for people to look at (JSON in `report`). */
export interface MemberReport {
  readonly seat: number
  /** starting, keygen, syncing, awaiting-funds, awaiting-finality, ready, proposing, preparing, signing, posting, stopped */
  readonly phase: string
  readonly height: number
  readonly round: number
  /** Ceremony round as the protocol names it (R1…R5, P1, P2, O1, O2) and who is awaited. */
  readonly ceremony?: { readonly kind: string; readonly round: string; readonly missing: readonly number[] }
  /** Refusals this member has voiced for the current height: reason code and round. */
  readonly refusals: readonly { readonly height: number; readonly round: number; readonly reason: string }[]
  readonly account?: string
  /** Generation of its active share. */
  readonly epochNo?: number
  /** Code of what keeps it from signing: `share-restored`, `share-superseded` or `key-destroyed`. */
  readonly problem?: string
  readonly kernel: string
  readonly agreed?: {
    readonly height: number
    readonly round: number
    readonly proposer: number
    readonly signers: readonly number[]
    readonly latencyMs: number
  }
  /** Ready tuples by quorum; absent when there are none. */
  readonly tuples?: readonly { readonly quorum: readonly number[]; readonly ready: number }[]
}
