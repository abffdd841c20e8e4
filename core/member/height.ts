/**
 * What a member knows of one height: the durable record, and in memory the proposals, votes and locks it has seen.
 * @module
 */
import type { Bytes } from '../bytes.ts'
import { equal, hex } from '../bytes.ts'
import { emptyRecord, type HeightRecord } from '../proposal/lock.ts'
import { type Certificate, type Proposal, proposalCodec } from '../proposal/messages.ts'
import type { RefusalReason } from '../proposal/refusals.ts'
import type { HeldCeremony } from './held-ceremony.ts'
import type { GuardStore } from './ports.ts'
import type { SignOrder } from './sign-order.ts'

export interface HeightState {
  readonly height: number
  /** Mirror of what the guard has on disk. */
  record: HeightRecord
  /** Proposals that passed every check and got this member's vote, by round; the newest ones. */
  readonly voted: Map<number, Proposal>
  /** Proposals that cannot be judged yet (L1 origin or previous batch not seen here, too early): the newest of each sender, and why. */
  readonly held: Map<number, { readonly proposal: Proposal; readonly reason: RefusalReason }>
  /** PREPARE signatures by `round/content`, then by seat. */
  readonly prepares: Map<string, Map<number, Bytes>>
  /** Seats that said they locked, by `round/content`. */
  readonly commits: Map<string, Set<number>>
  /** Newest certificate seen, and the proposal it is for. */
  agreed?: { readonly certificate: Certificate; readonly proposal: Proposal }
  /** Requests to sign that wait for the proposal or for locks of others: the newest of each sender. */
  readonly heldSigns: Map<number, SignOrder>
  /** What this member, as proposer, has announced with its newest proposal, as long as it stands. */
  announced?: SignOrder | undefined
  signing?: RunningSigning
  /** The channel of a ceremony that was announced, opened while the batch is still being agreed on. */
  opening?: OpenChannel | undefined
  /** The finished L1 transaction. */
  signed?: SignedBatch
  /** When this member voted in a round, ms; for the rounds in `voted`. */
  readonly seenAt: Map<number, number>
  /** Newest round that this member has made a proposal for since it loaded the height, -1 for none. */
  proposedRound: number
  /** Attempts to sign as proposer, and seats that failed one. */
  attempts: number
  readonly failed: Set<number>
  /** Ready tuples that were to be used here, and that somebody had lost. */
  lostTuples: number
  readonly refusals: { readonly height: number; readonly round: number; readonly reason: string }[]
}

export interface OpenChannel {
  /** Hex. */
  readonly ceremony: string
  readonly channel: HeldCeremony<void>
}

/** The ceremony that runs for a height. */
export interface RunningSigning {
  readonly round: number
  /** Hex. */
  readonly ceremony: string
  readonly quorum: readonly number[]
  /** It goes on from a tuple that was ready. */
  readonly held: boolean
  /** Its channel is open. */
  opened(): boolean
  /** Set when it ends because somebody has lost that tuple, or its share. */
  lost?: boolean
  stop(): void
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

/** For `verifyCertificate`: the votes of a certificate that were verified when they came in by themselves. */
export const knownVotes = ({ prepares }: Pick<HeightState, 'prepares'>, { round, content }: Pick<Certificate, 'round' | 'content'>) => {
  const votes = prepares.get(voteKey(round, content))
  return (seat: number, signature: Bytes): boolean => {
    const known = votes?.get(seat)
    return known !== undefined && equal(known, signature)
  }
}

/** True when a vote of this seat in a later round is known: it takes no part in a ceremony of `round` any more (`voted-later`). */
export const hasMovedOn = (state: Pick<HeightState, 'prepares'>, seat: number, round: number): boolean =>
  [...state.prepares].some(([key, votes]) => Number.parseInt(key, 10) > round && votes.has(seat))

/** Votes of one seat, and own proposals, that are kept per height: the newest. Older rounds can no longer be locked by who voted on. */
export const KEPT_ROUNDS = 8

/** Makes room for a seat's word on `round`; false when it is older than all that are kept of that seat. */
export function makeRoom(book: Map<string, { has(seat: number): boolean; delete(seat: number): boolean }>, seat: number, round: number): boolean {
  const roundOf = (key: string): number => Number.parseInt(key, 10)
  const kept = [...book].filter(([, seats]) => seats.has(seat)).sort(([a], [b]) => roundOf(a) - roundOf(b))
  const [oldest] = kept
  if (oldest === undefined || kept.length < KEPT_ROUNDS) return true
  if (roundOf(oldest[0]) >= round) return false
  oldest[1].delete(seat)
  return true
}

/** Loads a height from the guard: after a restart a lock comes back with the proposal it is for. */
export async function loadHeight(guard: GuardStore, height: number): Promise<HeightState> {
  const record = (await guard.read(height)) ?? emptyRecord(height)
  const state: HeightState = {
    height,
    record,
    voted: new Map(),
    held: new Map(),
    heldSigns: new Map(),
    prepares: new Map(),
    commits: new Map(),
    seenAt: new Map(),
    proposedRound: -1,
    attempts: 0,
    failed: new Set(),
    lostTuples: 0,
    refusals: [],
  }
  const stored = await guard.proposal(height)
  const proposal = stored === undefined ? undefined : proposalCodec.decode(stored)
  const { certificate } = record
  // Only what the lock is for is proposed again.
  if (certificate !== undefined && proposal !== undefined && equal(certificate.content, proposal.content)) state.agreed = { certificate, proposal }
  return state
}
