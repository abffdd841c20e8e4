/**
 * What a member knows of one height: the durable record, and in memory the proposals, votes and locks it has seen.
 * @module
 */
import type { Bytes } from '../bytes.ts'
import { hex } from '../bytes.ts'
import { emptyRecord, type HeightRecord } from '../proposal/lock.ts'
import { type Certificate, type Proposal, proposalCodec } from '../proposal/messages.ts'
import type { RoomMessageOf } from './messages.ts'
import type { GuardStore } from './ports.ts'

export interface HeightState {
  readonly height: number
  /** Mirror of what the guard has on disk. */
  record: HeightRecord
  /** Proposals that passed every check and got this member's vote, by round. */
  readonly voted: Map<number, Proposal>
  /** Proposals that cannot be judged yet (L1 origin or previous batch not seen here, too early), by round. */
  readonly held: Map<number, { readonly from: number; readonly proposal: Proposal }>
  /** PREPARE signatures by `round/content`, then by seat. */
  readonly prepares: Map<string, Map<number, Bytes>>
  /** Seats that said they locked, by `round/content`. */
  readonly commits: Map<string, Set<number>>
  /** Newest certificate seen, and the proposal it is for. */
  agreed?: { readonly certificate: Certificate; readonly proposal: Proposal }
  /** A request to sign that waits for locks of others. */
  heldSign?: { readonly from: number; readonly message: RoomMessageOf<'sign'> }
  signing?: { readonly round: number; readonly ceremony: string; readonly quorum: readonly number[]; stop(): void }
  /** The finished L1 transaction. */
  signed?: SignedBatch
  /** When the proposal of a round was made or first seen, ms. */
  readonly seenAt: Map<number, number>
  /** Newest round that this member has made a proposal for since it loaded the height, -1 for none. */
  proposedRound: number
  /** Attempts to sign as proposer, and seats that failed one. */
  attempts: number
  readonly failed: Set<number>
  readonly refusals: { readonly height: number; readonly round: number; readonly reason: string }[]
}

/** A finished L1 transaction. `content` is undefined when its payload is no batch of the height. */
export interface SignedBatch {
  readonly raw: Bytes
  readonly hash: `0x${string}`
  readonly content: Bytes | undefined
  readonly round: number
  /** Empty when this member was not told. */
  readonly signers: readonly number[]
}

export const voteKey = (round: number, content: Bytes): string => `${round}/${hex(content)}`

/** Votes of one seat kept per height: a bound on what a member can make others store. */
export const MAX_VOTES_PER_SEAT = 32

/** Loads a height from the guard: after a restart a lock comes back with the proposal it is for. */
export async function loadHeight(guard: GuardStore, height: number): Promise<HeightState> {
  const record = (await guard.read(height)) ?? emptyRecord(height)
  const state: HeightState = {
    height,
    record,
    voted: new Map(),
    held: new Map(),
    prepares: new Map(),
    commits: new Map(),
    seenAt: new Map(),
    proposedRound: -1,
    attempts: 0,
    failed: new Set(),
    refusals: [],
  }
  const stored = await guard.proposal(height)
  if (record.certificate !== undefined && stored !== undefined)
    state.agreed = { certificate: record.certificate, proposal: proposalCodec.decode(stored) }
  return state
}
