import { describe, expect, it } from 'vitest'
import { virtualTime } from '../../test/support/virtual-time.ts'
import { hex } from '../bytes.ts'
import type { L2Transaction } from '../transaction/parse.ts'
import { type ApprovalRule, type BatchFacts, type Candidate, createApproval, missOf, type RuleMiss } from './approval.ts'

const facts: BatchFacts = { kind: 'batch', chainId: 42, inbox: '0xaa', transactions: 10, highestValue: 5n }
const candidate = (tag: number, values: readonly bigint[] = []): Candidate => ({
  height: tag,
  round: 0,
  proposer: 1,
  content: new Uint8Array(32).fill(tag),
  size: 100,
  blocks: 1,
  origin: { number: 1, hash: '0x01' },
  chainId: 42,
  inbox: '0xaa',
  transactions: () => values.map(value => ({ value }) as L2Transaction),
})
const key = (tag: number) => hex(candidate(tag).content)

describe('a rule', () => {
  it.each<[Partial<ApprovalRule>, RuleMiss | undefined]>([
    [{}, undefined],
    [{ kind: 'batch', chainId: 42, inbox: '0xaa', maxTransactions: 10, maxValue: 5n, maxPerHour: 2 }, undefined],
    [{ chainId: 43 }, 'chain'],
    [{ inbox: '0xab' }, 'inbox'],
    [{ maxTransactions: 9 }, 'transactions'],
    [{ maxValue: 4n }, 'value'],
    [{ maxPerHour: 1 }, 'rate'],
  ])('%o', (rule, miss) => {
    expect(missOf({ name: 'r', ...rule }, facts, [0], 3_599_999)).toBe(miss)
  })

  it('counts its batches of the last hour only', () => {
    expect(missOf({ name: 'r', maxPerHour: 1 }, facts, [0], 3_600_000)).toBeUndefined()
  })
})

describe('approval', () => {
  it('lets everything pass without a policy, and nothing with one that names nothing', () => {
    const clock = virtualTime(0)
    expect(createApproval({ clock }).judge(candidate(1))).toEqual({ approved: true, by: 'no policy' })
    expect(createApproval({ clock, policy: { rules: [], rejectAfter: 1_000 } }).judge(candidate(1))).toBe('ask')
  })

  it('names the rule that approved, counts one batch once, and says what kept the rules from it', () => {
    const approval = createApproval({
      clock: virtualTime(0),
      policy: { rejectAfter: 1_000, rules: [{ name: 'small', maxValue: 4n, maxPerHour: 1 }] },
    })
    expect(approval.judge(candidate(1, [4n]))).toEqual({ approved: true, by: 'small' })
    expect(approval.judge(candidate(1, [4n]))).toEqual({ approved: true, by: 'small' })
    expect(approval.judge(candidate(2, [3n]))).toBe('ask')
    expect(approval.judge(candidate(3, [1n, 5n]))).toBe('ask')
    expect(approval.list().map(({ missed }) => missed)).toEqual([[], [{ rule: 'small', why: 'rate' }], [{ rule: 'small', why: 'value' }]])
  })

  it('keeps what was decided, judges anew what waits when the policy changes, and ends what nobody answers', async () => {
    const clock = virtualTime(0)
    const approval = createApproval({ clock, policy: { rules: [], rejectAfter: 1_000 } })
    let decisions = 0
    approval.onDecision(() => {
      decisions += 1
    })
    for (const tag of [1, 2, 3]) approval.judge(candidate(tag))
    expect(approval.decide(key(1), false)).toBe(true)
    expect(approval.decide(key(1), true)).toBe(false)
    await clock.advance(1_000)
    expect(decisions).toBeGreaterThan(1)
    expect(approval.judge(candidate(2))).toEqual({ refuse: 'not-approved-in-time' })
    approval.setPolicy({ rules: [{ name: 'all' }], rejectAfter: 1_000 })
    expect(approval.judge(candidate(1))).toEqual({ refuse: 'rejected-by-operator' })
    expect(approval.judge(candidate(3))).toEqual({ approved: true, by: 'all' })
  })
})
