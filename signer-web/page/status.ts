/**
 * The pool as the relay shows it: one JSON object, whole each time (`/api/status`, and each event of `/api/events`). The page reads it
 * tolerantly: a field that is missing or has another form is left out, so that a page and a relay of different versions still show
 * what both know. Nothing here is used for a decision; members check everything themselves.
 * @module
 */
import { array, integers, large, number, record, text } from './read.ts'

/** Someone whose seat is named in the pool file, with what it says of itself. */
export interface MemberStatus {
  readonly seat: number
  readonly name: string | undefined
  /** Address of the vote key. */
  readonly vote: string | undefined
  readonly weight: number
  /** Connected, by the relay's word. */
  readonly online: boolean
  /** ms since 1970. */
  readonly lastSeen: number | undefined
  /** starting, keygen, syncing, ready, proposing, preparing, signing, stopped; undefined before the first report. */
  readonly phase: string | undefined
  readonly height: number | undefined
  readonly round: number | undefined
  readonly ceremony: { readonly kind: string; readonly round: string; readonly missing: readonly number[] } | undefined
  readonly refusals: readonly { readonly height: number; readonly round: number; readonly reason: string }[]
  readonly kernel: string | undefined
  /** Code of what keeps it from signing: its share came back from a backup, is superseded or destroyed. */
  readonly problem: string | undefined
}

export interface TurnStatus {
  readonly height: number
  readonly round: number
  /** ms since 1970, by the relay's clock. */
  readonly opensAt: number
  /** When the next back-up may propose. */
  readonly closesAt: number | undefined
  /** Seats: the scheduled one, then its back-ups in order of rounds. */
  readonly order: readonly number[]
}

/** One height on its way to L1. */
export interface BatchStatus {
  readonly height: number
  readonly round: number | undefined
  readonly proposer: number | undefined
  readonly signers: readonly number[]
  readonly l2Blocks: number | undefined
  readonly l2Transactions: number | undefined
  readonly hash: string | undefined
  readonly blockNumber: number | undefined
  /** stored, sent, included, confirmed, failed; another word is shown as it is. */
  readonly state: string
  /** ms from proposal to signature, and from there until a block had it. */
  readonly signMs: number | undefined
  readonly publishMs: number | undefined
  readonly gasUsed: number | undefined
  /** Wei. */
  readonly fee: bigint | undefined
}

export interface PoolStatus {
  readonly name: string
  readonly threshold: number | undefined
  readonly quorum: number | undefined
  /** Silent members, and cheaters, that the pool survives. */
  readonly crashes: number | undefined
  readonly cheaters: number | undefined
  readonly hash: string | undefined
  readonly l1ChainId: number | undefined
  readonly l2ChainId: number | undefined
  readonly inbox: string | undefined
  readonly confirmations: number | undefined
}

export interface Status {
  /** ms since 1970 by the relay's clock, when the snapshot was taken. */
  readonly now: number | undefined
  readonly pool: PoolStatus
  readonly account: string | undefined
  readonly l1: {
    /** False while the relay's L1 node does not answer. */
    readonly reachable: boolean
    readonly head: number | undefined
    readonly finalized: number | undefined
  }
  readonly members: readonly MemberStatus[]
  readonly turn: TurnStatus | undefined
  /** Newest height first. */
  readonly batches: readonly BatchStatus[]
  readonly counters: {
    /** L2 transactions that wait for a batch. */
    readonly pending: number | undefined
    readonly batches: number | undefined
    readonly l2Blocks: number | undefined
    readonly l2Transactions: number | undefined
    readonly gasUsed: number | undefined
    /** Wei. */
    readonly fees: bigint | undefined
  }
}

/** A snapshot as the relay sent it, or anything else. */
export function readStatus(json: unknown): Status {
  const from = record(json)
  const members = array(from.members)
    .flatMap(readMember)
    .sort((a, b) => a.seat - b.seat)
  const pool = readPool(record(from.pool), members.length)
  const [l1, intake, totals] = [record(from.l1), record(from.intake), record(from.totals)]
  return {
    now: number(from.time),
    pool,
    account: text(from.account),
    l1: {
      reachable: l1.reachable !== false,
      head: number(l1.head),
      finalized: number(l1.finalized),
    },
    members,
    turn: readTurn(record(from.turn), record(record(from.pool).times)),
    batches: array(from.batches)
      .flatMap(readBatch)
      .sort((a, b) => b.height - a.height),
    counters: {
      pending: number(intake.transactions),
      batches: number(totals.batches),
      l2Blocks: number(totals.l2Blocks),
      l2Transactions: number(totals.l2Transactions),
      gasUsed: number(totals.gasUsed),
      fees: large(totals.fees),
    },
  }
}

/** How many silent members and how many cheaters a pool of `n` survives follows from its two thresholds (DESIGN: `n - q`, `min(2q - n, t) - 1`). */
function readPool(from: Readonly<Record<string, unknown>>, n: number): PoolStatus {
  const threshold = number(from.threshold)
  const quorum = number(from.agreementQuorum)
  const known = threshold !== undefined && quorum !== undefined && n > 0
  return {
    name: text(from.name) ?? 'pool',
    hash: text(from.hash),
    threshold,
    quorum,
    crashes: known ? n - quorum : undefined,
    cheaters: known ? Math.min(2 * quorum - n, threshold) - 1 : undefined,
    l1ChainId: number(from.l1ChainId),
    l2ChainId: number(from.l2ChainId),
    inbox: text(from.inbox),
    confirmations: number(from.confirmations),
  }
}

function readMember(value: unknown): MemberStatus[] {
  const from = record(value)
  const seat = number(from.seat)
  if (seat === undefined) return []
  const report = record(from.report)
  const ceremony = record(report.ceremony)
  return [
    {
      seat,
      name: text(from.name),
      vote: text(from.vote),
      weight: number(from.weight) ?? 1,
      online: from.online === true,
      lastSeen: number(from.seenAt),
      phase: text(report.phase),
      height: number(report.height),
      round: number(report.round),
      ceremony:
        text(ceremony.kind) === undefined
          ? undefined
          : { kind: text(ceremony.kind) ?? '', round: text(ceremony.round) ?? '', missing: integers(ceremony.missing) },
      refusals: array(report.refusals).flatMap(entry => {
        const { height, round, reason } = record(entry)
        const why = text(reason)
        return why === undefined ? [] : [{ height: number(height) ?? 0, round: number(round) ?? 0, reason: why }]
      }),
      kernel: text(report.kernel),
      problem: text(report.problem),
    },
  ]
}

function readTurn(from: Readonly<Record<string, unknown>>, times: Readonly<Record<string, unknown>>): TurnStatus | undefined {
  const [height, round, opensAt] = [number(from.height), number(from.round), number(from.opensAt)]
  if (height === undefined || round === undefined || opensAt === undefined) return undefined
  return { height, round, opensAt, closesAt: closesAt(round, opensAt, times), order: integers(from.order) }
}

/** Round 0 lasts until the batch is overdue and R0 has passed; round r lasts R0 + r dR (docs/agreement.md, Turns). */
function closesAt(round: number, opensAt: number, times: Readonly<Record<string, unknown>>): number | undefined {
  const [zero, step, delay] = [number(times.roundZero), number(times.roundStep), number(times.maxBatchDelay)]
  if (zero === undefined || step === undefined || delay === undefined) return undefined
  return opensAt + zero + (round === 0 ? delay : round * step)
}

function readBatch(value: unknown): BatchStatus[] {
  const from = record(value)
  const height = number(from.height)
  if (height === undefined) return []
  return [
    {
      height,
      round: number(from.round),
      proposer: number(from.proposer),
      signers: integers(from.signers),
      l2Blocks: number(from.l2Blocks),
      l2Transactions: number(from.l2Transactions),
      hash: text(from.txHash),
      blockNumber: number(from.blockNumber),
      state: text(from.state) ?? 'unknown',
      // Members that only heard of a batch report 0.
      signMs: number(from.signMs) || undefined,
      publishMs: number(from.publishMs),
      gasUsed: number(from.gasUsed),
      fee: large(from.fee),
    },
  ]
}

/** Seat that may propose now. */
export const proposerOf = (turn: TurnStatus): number | undefined => turn.order[turn.round % Math.max(1, turn.order.length)]

/** Seats that would take over, in order of rounds, until the first comes again. */
export const backUpsOf = (turn: TurnStatus): readonly number[] =>
  turn.order.slice(1).map((_, i) => turn.order[(turn.round + 1 + i) % turn.order.length] as number)
