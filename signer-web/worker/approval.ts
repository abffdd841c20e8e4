/**
 * What a person sees of the proposals that wait, and what they decide. All of it is computed in this tab from the bytes that are voted on.
 * @module
 */
import { hex } from '../../core/bytes.ts'
import { PoolError } from '../../core/errors.ts'
import type { Approval, ApprovalPolicy, Waiting } from '../../core/member/approval.ts'
import type { BatchPage, Hex, PolicyInput, ProposalFacts } from '../api.ts'

/** Transactions that one answer has at most. */
const PAGE = 200

/** Counted once per batch: a snapshot is made often. */
const counts = new WeakMap<object, number>()

function countOf({ candidate }: Waiting): number {
  const known = counts.get(candidate)
  if (known !== undefined) return known
  const counted = candidate.transactions().length
  counts.set(candidate, counted)
  return counted
}

/** The newest first. */
export const proposalsOf = (approval: Approval): ProposalFacts[] =>
  approval
    .list()
    .map(waiting => ({
      height: waiting.candidate.height,
      round: waiting.candidate.round,
      proposer: waiting.candidate.proposer,
      content: hex(waiting.candidate.content),
      blocks: waiting.candidate.blocks,
      transactions: countOf(waiting),
      size: waiting.candidate.size,
      origin: waiting.candidate.origin,
      until: waiting.until,
      state: waiting.state,
      by: waiting.by,
      missed: waiting.missed,
    }))
    .toReversed()

/** @throws {PoolError} `invalid-argument` when no such proposal is known any more */
export function batchPage(approval: Approval, content: Hex, from: number): BatchPage {
  const waiting = approval.list().find(({ candidate }) => hex(candidate.content) === content)
  if (waiting === undefined || !Number.isSafeInteger(from) || from < 0) throw new PoolError('invalid-argument', { title: 'proposal' })
  const all = waiting.candidate.transactions()
  return {
    total: all.length,
    from,
    transactions: all
      .slice(from, from + PAGE)
      .map(({ hash, from: sender, to, value, nonce }) => ({ hash, from: sender, to, value: value.toString(), nonce })),
  }
}

const MOST_RULES = 32
const HOUR = 3_600_000

/** @throws {PoolError} `invalid-argument` */
export function policyOf(input: PolicyInput | undefined): ApprovalPolicy | undefined {
  if (input === undefined) return undefined
  const fail = (title: string): never => {
    throw new PoolError('invalid-argument', { title })
  }
  const limit = (value: number | undefined, title: string): number | undefined =>
    value === undefined || (Number.isSafeInteger(value) && value >= 0) ? value : fail(title)
  if (!(input.rejectAfter >= 1_000 && input.rejectAfter <= HOUR)) fail('time to approve')
  if (input.rules.length > MOST_RULES || new Set(input.rules.map(({ name }) => name)).size !== input.rules.length) fail('rules')
  return {
    rejectAfter: Math.round(input.rejectAfter),
    rules: input.rules.map(({ name, maxPerHour, maxTransactions, maxValue, chainId, inbox }) => ({
      name: name.length > 0 && name.length <= 64 ? name : fail('name of a rule'),
      kind: 'batch',
      chainId: limit(chainId, 'chain'),
      inbox: inbox === undefined || /^0x[0-9a-fA-F]{40}$/.test(inbox) ? (inbox?.toLowerCase() as Hex | undefined) : fail('inbox'),
      maxPerHour: limit(maxPerHour, 'batches an hour'),
      maxTransactions: limit(maxTransactions, 'transactions'),
      maxValue: maxValue === undefined ? undefined : /^\d{1,78}$/.test(maxValue) ? BigInt(maxValue) : fail('value'),
    })),
  }
}
