/**
 * What the page, the command line and /api/status show: one plain JSON value, made new at each look.
 * @module
 */
import * as v from 'valibot'
import { hex } from '../core/bytes.ts'
import type { MemberReport } from '../core/envelope/wire.ts'
import type { Hex } from '../core/ethereum.ts'
import { type Pool, poolHash } from '../core/proposal/pool.ts'
import type { TurnNotice } from './clock.ts'
import type { L1Status } from './l1-watch.ts'
import type { ChainStore, IncludedBatch, Publication, PublisherStore } from './store.ts'

export interface MemberStatus {
  readonly seat: number
  readonly name: string | undefined
  readonly vote: Hex
  /** Decimal. */
  readonly weight: string
  readonly online: boolean
  /** ms since 1970: when it was last connected; undefined when it never was. */
  readonly seenAt: number | undefined
  /** What the member says about itself; never used for a decision. */
  readonly report: MemberReport | undefined
}

export interface BatchStatus {
  readonly height: number
  readonly nonce: number
  /** L1 transaction; the newest one that was stored while none has landed. */
  readonly txHash: Hex
  readonly state: 'stored' | 'sent' | 'included' | 'confirmed' | 'failed'
  readonly round: number | undefined
  /** Seat that proposed it. */
  readonly proposer: number | undefined
  /** Seats that signed it, as they report. */
  readonly signers: readonly number[] | undefined
  readonly blockNumber: number | undefined
  /** Seconds since 1970. */
  readonly blockTimestamp: number | undefined
  readonly l2Blocks: number | undefined
  readonly l2Transactions: number | undefined
  readonly gasUsed: number | undefined
  /** Wei, decimal. */
  readonly fee: string | undefined
  /** ms from the proposal to the signature, as the signers report; and from there until a block had it. */
  readonly signMs: number | undefined
  readonly publishMs: number | undefined
}

export interface RelaySnapshot {
  /** ms since 1970. */
  readonly time: number
  readonly startedAt: number
  readonly pool: {
    readonly name: string
    readonly hash: Hex
    readonly threshold: number
    readonly agreementQuorum: number
    readonly l1ChainId: number
    readonly inbox: Hex
    readonly nonceOffset: number
    readonly confirmations: number
    readonly l2ChainId: number
    readonly l2BlockTime: number
    readonly times: Pool['times']
  }
  readonly account: Hex | undefined
  readonly members: readonly MemberStatus[]
  readonly turn: (TurnNotice & { readonly proposer: number }) | undefined
  readonly l1: L1Status
  /** The newest heights, highest first. */
  readonly batches: readonly BatchStatus[]
  readonly totals: {
    readonly batches: number
    readonly l2Blocks: number
    readonly l2Transactions: number
    readonly gasUsed: number
    readonly fees: string
  }
  readonly intake: { readonly transactions: number; readonly bytes: number }
  readonly mailbox: { readonly messages: number; readonly bytes: number }
}

/** Seats of a report's lists are at most as many as a pool has members. */
const seats = v.pipe(v.array(v.pipe(v.number(), v.safeInteger())), v.maxLength(16))
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const word = v.pipe(v.string(), v.maxLength(64))
const reportSchema = v.object({
  seat: count,
  phase: word,
  height: count,
  round: count,
  ceremony: v.optional(v.object({ kind: word, round: word, missing: seats })),
  refusals: v.pipe(v.array(v.object({ height: count, round: count, reason: word })), v.maxLength(64)),
  account: v.optional(v.pipe(v.string(), v.regex(/^0x[0-9a-f]{40}$/))),
  epochNo: v.optional(count),
  problem: v.optional(word),
  kernel: word,
  agreed: v.optional(
    v.object({ height: count, round: count, proposer: count, signers: seats, latencyMs: v.pipe(v.number(), v.minValue(0), v.finite()) }),
  ),
})

/** A member's report, cut down to what it may hold; undefined for anything else. */
export function parseReport(json: string, seat: number): MemberReport | undefined {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch {
    return undefined
  }
  const parsed = v.safeParse(reportSchema, value)
  if (!parsed.success || parsed.output.seat !== seat) return undefined
  const { ceremony, account, epochNo, problem, agreed, ...rest } = parsed.output
  return {
    ...rest,
    ...(epochNo !== undefined && { epochNo }),
    ...(problem && { problem }),
    ...(ceremony && { ceremony }),
    ...(account && { account }),
    ...(agreed && { agreed }),
  }
}

/** Who signed what and how long it took, as members reported it, by height. */
export type AgreedByHeight = ReadonlyMap<number, NonNullable<MemberReport['agreed']>>

export interface BatchFacts {
  readonly chain: ChainStore
  readonly publisher: PublisherStore
  readonly pool: Pool
  readonly agreed: AgreedByHeight
  proposer(height: number, round: number): Promise<number | undefined>
}

/** Heights >= `from`, in order: what L1 has taken, and what is stored for it. */
export async function batchStatuses(facts: BatchFacts, from: number, limit: number): Promise<BatchStatus[]> {
  const landed = new Map((await facts.chain.batches(from, limit)).map(batch => [batch.height, batch]))
  const stored = new Map<number, Publication[]>()
  for (const publication of await facts.publisher.publications(from)) {
    if (publication.height >= from + limit) break
    stored.set(publication.height, [...(stored.get(publication.height) ?? []), publication])
  }
  const heights = [...new Set([...landed.keys(), ...stored.keys()])].sort((a, b) => a - b).slice(0, limit)
  return Promise.all(heights.map(height => batchStatus(facts, height, landed.get(height), stored.get(height) ?? [])))
}

async function batchStatus(
  facts: BatchFacts,
  height: number,
  landed: IncludedBatch | undefined,
  stored: readonly Publication[],
): Promise<BatchStatus> {
  const publication = stored.find(candidate => candidate.hash === landed?.hash) ?? stored.at(-1)
  const agreed = facts.agreed.get(height)
  const round = publication?.round ?? agreed?.round
  return {
    height,
    nonce: height + facts.pool.l1.nonceOffset,
    txHash: landed?.hash ?? (publication?.hash as Hex),
    state: stateOf(landed, publication),
    round,
    proposer: round === undefined ? agreed?.proposer : await facts.proposer(height, round),
    signers: agreed?.signers,
    blockNumber: landed?.block.number,
    blockTimestamp: landed?.block.timestamp,
    l2Blocks: landed?.confirmed ? landed.l2Blocks : undefined,
    l2Transactions: landed?.confirmed ? landed.l2Transactions : undefined,
    gasUsed: landed?.gasUsed,
    fee: landed?.fee.toString(),
    signMs: agreed?.latencyMs,
    publishMs: landed === undefined || publication === undefined ? undefined : Math.max(0, landed.seenAt - publication.storedAt),
  }
}

/** The height is used up, but by no batch: execution failed, or the calldata is none. */
export const isFailed = (landed: IncludedBatch): boolean => !landed.succeeded || (landed.confirmed && landed.l2Blocks === 0)

function stateOf(landed: IncludedBatch | undefined, publication: Publication | undefined): BatchStatus['state'] {
  if (landed !== undefined) return isFailed(landed) ? 'failed' : landed.confirmed ? 'confirmed' : 'included'
  return publication?.sentAt === undefined ? 'stored' : 'sent'
}

/** The public facts of a pool. */
export const poolFacts = (pool: Pool): RelaySnapshot['pool'] => ({
  name: pool.name,
  hash: hex(poolHash(pool)),
  threshold: pool.threshold,
  agreementQuorum: pool.agreementQuorum,
  l1ChainId: pool.l1.chainId,
  inbox: pool.l1.inbox,
  nonceOffset: pool.l1.nonceOffset,
  confirmations: pool.l1.confirmations,
  l2ChainId: pool.l2.chainId,
  l2BlockTime: pool.l2.blockTime,
  times: pool.times,
})
