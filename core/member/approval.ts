/**
 * Whether a member votes for a good proposal of another: by a policy, or because a person says so. Without a policy every good proposal gets its vote; with
 * one, only what a rule names does, and everything else waits for a person. Says nothing about proposals that a check has refused.
 * @module
 */
import { type Bytes, hex } from '../bytes.ts'
import type { Hex } from '../ethereum.ts'
import type { RefusalReason } from '../proposal/refusals.ts'
import type { L2Transaction } from '../transaction/parse.ts'

/** A batch passes a rule when it keeps to everything that the rule names. */
export interface ApprovalRule {
  /** What an automatic approval is shown by. */
  readonly name: string
  readonly kind?: 'batch' | undefined
  /** L2 chain. */
  readonly chainId?: number | undefined
  /** Inbox contract on L1, lower-case hex. */
  readonly inbox?: Hex | undefined
  /** Batches that this rule approves within an hour. */
  readonly maxPerHour?: number | undefined
  /** L2 transactions in a batch. */
  readonly maxTransactions?: number | undefined
  /** Wei that one L2 transaction moves. */
  readonly maxValue?: bigint | undefined
}

export interface ApprovalPolicy {
  readonly rules: readonly ApprovalRule[]
  /** ms that a person has; afterwards the batch is refused. */
  readonly rejectAfter: number
}

/** What rules look at. */
export interface BatchFacts {
  readonly kind: 'batch'
  readonly chainId: number
  readonly inbox: Hex
  readonly transactions: number
  /** Wei: the most that one transaction moves. */
  readonly highestValue: bigint
}

/** Why a rule does not let a batch pass; undefined when it does. */
export type RuleMiss = 'kind' | 'chain' | 'inbox' | 'rate' | 'transactions' | 'value'

const HOUR = 3_600_000

/** @param used ms since 1970 at which the rule has approved a batch. */
export function missOf(rule: ApprovalRule, facts: BatchFacts, used: readonly number[], now: number): RuleMiss | undefined {
  if (rule.kind !== undefined && rule.kind !== facts.kind) return 'kind'
  if (rule.chainId !== undefined && rule.chainId !== facts.chainId) return 'chain'
  if (rule.inbox !== undefined && rule.inbox !== facts.inbox) return 'inbox'
  if (rule.maxTransactions !== undefined && facts.transactions > rule.maxTransactions) return 'transactions'
  if (rule.maxValue !== undefined && facts.highestValue > rule.maxValue) return 'value'
  if (rule.maxPerHour !== undefined && used.filter(at => at > now - HOUR).length >= rule.maxPerHour) return 'rate'
  return undefined
}

/** A proposal that passed every check. */
export interface Candidate {
  readonly height: number
  readonly round: number
  readonly proposer: number
  /** C: two proposals of the same content are one decision. */
  readonly content: Bytes
  /** Bytes of the payload. */
  readonly size: number
  readonly blocks: number
  readonly origin: { readonly number: number; readonly hash: Hex }
  readonly chainId: number
  readonly inbox: Hex
  /** Parsed on demand: with ten thousand of them it takes a while. */
  transactions(): readonly L2Transaction[]
}

export type Verdict = { readonly approved: true; readonly by: string } | { readonly refuse: RefusalReason } | 'ask'

/** What agreement asks. */
export interface ApprovalPort {
  judge(candidate: Candidate): Verdict
  /** Calls after something was decided, and when time is up for a proposal. */
  onDecision(listener: () => void): void
}

export interface Waiting {
  readonly candidate: Candidate
  /** ms since 1970. */
  readonly since: number
  readonly until: number
  readonly state: 'waiting' | 'approved' | 'rejected' | 'late'
  /** A rule's name, or `operator`. */
  readonly by: string | undefined
  /** Rules that do not let it pass, and why. */
  readonly missed: readonly { readonly rule: string; readonly why: RuleMiss }[]
}

export interface Approval extends ApprovalPort {
  /** The newest last. */
  list(): readonly Waiting[]
  /** False when nothing waits under that content. */
  decide(content: Hex, approve: boolean): boolean
  readonly policy: ApprovalPolicy | undefined
  setPolicy(policy: ApprovalPolicy | undefined): void
}

/** Decisions that are remembered. Those that wait are dropped last: a proposal whose decision is forgotten asks anew. */
const KEPT = 64

export interface ApprovalInput {
  readonly policy?: ApprovalPolicy | undefined
  readonly clock: { now(): number; after(ms: number, run: () => void): () => void }
  /** The list is other than before. */
  changed?(): void
}

export function createApproval({ policy: initial, clock, changed = () => {} }: ApprovalInput): Approval {
  let policy = initial
  const entries = new Map<Hex, Waiting>()
  const used = new Map<string, number[]>()
  const listeners: (() => void)[] = []
  const tell = (): void => {
    changed()
    for (const listener of listeners) listener()
  }

  function put(key: Hex, entry: Waiting): void {
    entries.set(key, entry)
    if (entries.size <= KEPT) return
    const oldest = [...entries].find(([, { state }]) => state !== 'waiting')?.[0] ?? [...entries.keys()][0]
    if (oldest !== undefined) entries.delete(oldest)
  }

  function byRule(candidate: Candidate, { rules }: ApprovalPolicy): { readonly by: string | undefined; readonly missed: Waiting['missed'] } {
    const transactions = rules.length === 0 ? [] : candidate.transactions()
    const facts: BatchFacts = {
      kind: 'batch',
      chainId: candidate.chainId,
      inbox: candidate.inbox,
      transactions: transactions.length,
      highestValue: transactions.reduce((highest, { value }) => (value > highest ? value : highest), 0n),
    }
    const now = clock.now()
    const missed: { rule: string; why: RuleMiss }[] = []
    for (const rule of rules) {
      const recent = (used.get(rule.name) ?? []).filter(at => at > now - HOUR)
      const why = missOf(rule, facts, recent, now)
      if (why === undefined) {
        used.set(rule.name, [...recent, now])
        return { by: rule.name, missed }
      }
      missed.push({ rule: rule.name, why })
    }
    return { by: undefined, missed }
  }

  function verdictOf({ state, by, until }: Waiting, key: Hex): Verdict {
    if (state === 'approved') return { approved: true, by: by ?? 'operator' }
    if (state === 'rejected') return { refuse: 'rejected-by-operator' }
    if (state === 'waiting' && clock.now() < until) return 'ask'
    const entry = entries.get(key)
    if (entry?.state === 'waiting') entries.set(key, { ...entry, state: 'late' })
    return { refuse: 'not-approved-in-time' }
  }

  return {
    get policy() {
      return policy
    },
    setPolicy(next) {
      policy = next
      // What waits is judged by the new policy; what was decided stays decided.
      for (const [key, { state }] of [...entries]) if (state === 'waiting') entries.delete(key)
      tell()
    },
    judge(candidate) {
      const key = hex(candidate.content)
      const known = entries.get(key)
      if (known !== undefined) return verdictOf(known, key)
      if (policy === undefined) return { approved: true, by: 'no policy' }
      const now = clock.now()
      const { by, missed } = byRule(candidate, policy)
      const entry: Waiting = { candidate, since: now, until: now + policy.rejectAfter, state: by === undefined ? 'waiting' : 'approved', by, missed }
      put(key, entry)
      if (by === undefined) clock.after(policy.rejectAfter, tell)
      changed()
      return verdictOf(entry, key)
    },
    onDecision: listener => void listeners.push(listener),
    list: () => [...entries.values()],
    decide(content, approve) {
      const entry = entries.get(content)
      if (entry?.state !== 'waiting' || clock.now() >= entry.until) return false
      entries.set(content, { ...entry, state: approve ? 'approved' : 'rejected', by: 'operator' })
      tell()
      return true
    },
  }
}
