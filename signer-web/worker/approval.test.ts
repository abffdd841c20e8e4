import { describe, expect, it } from 'vitest'
import { hex } from '../../core/bytes.ts'
import { type Candidate, createApproval } from '../../core/member/approval.ts'
import type { L2Transaction } from '../../core/transaction/parse.ts'
import { virtualTime } from '../../test/support/virtual-time.ts'
import type { PolicyInput } from '../api.ts'
import { batchPage, policyOf, proposalsOf } from './approval.ts'

const candidate: Candidate = {
  height: 7,
  round: 1,
  proposer: 2,
  content: new Uint8Array(32).fill(9),
  size: 100,
  blocks: 3,
  origin: { number: 1, hash: '0x01' },
  chainId: 42,
  inbox: '0xaa',
  transactions: () =>
    Array.from(
      { length: 450 },
      (_, nonce): L2Transaction => ({ hash: '0x02', from: '0x03', to: undefined, value: 5n, nonce }) as unknown as L2Transaction,
    ),
}

describe('what a person sees of a proposal', () => {
  const approval = createApproval({ clock: virtualTime(0), policy: { rules: [], rejectAfter: 1_000 } })
  approval.judge(candidate)
  const content = hex(candidate.content)

  it('is its facts, and its transactions in bounded pages', () => {
    expect(proposalsOf(approval)).toMatchObject([
      { height: 7, round: 1, proposer: 2, content, transactions: 450, blocks: 3, until: 1_000, state: 'waiting' },
    ])
    const { total, from, transactions } = batchPage(approval, content, 400)
    expect([total, from, transactions.length]).toEqual([450, 400, 50])
    expect(transactions[0]).toEqual({ hash: '0x02', from: '0x03', to: undefined, value: '5', nonce: 400 })
    expect(batchPage(approval, content, 0).transactions.length).toBeLessThan(450)
  })

  it('is nothing for what is not known', () => {
    expect(() => batchPage(approval, '0x00', 0)).toThrow(expect.objectContaining({ code: 'invalid-argument' }))
    expect(() => batchPage(approval, content, -1)).toThrow(expect.objectContaining({ code: 'invalid-argument' }))
  })
})

describe('a policy from the page', () => {
  it('is read exactly', () => {
    expect(policyOf(undefined)).toBeUndefined()
    expect(policyOf({ rejectAfter: 5_000, rules: [{ name: 'small', maxValue: '7', maxPerHour: 2, inbox: `0x${'AB'.repeat(20)}` }] })).toMatchObject({
      rejectAfter: 5_000,
      rules: [{ name: 'small', kind: 'batch', maxValue: 7n, maxPerHour: 2, inbox: `0x${'ab'.repeat(20)}` }],
    })
  })

  it.each<PolicyInput>([
    { rejectAfter: 0, rules: [] },
    { rejectAfter: Number.NaN, rules: [] },
    { rejectAfter: 5_000, rules: [{ name: '' }] },
    { rejectAfter: 5_000, rules: [{ name: 'a' }, { name: 'a' }] },
    { rejectAfter: 5_000, rules: [{ name: 'a', maxValue: '-1' }] },
    { rejectAfter: 5_000, rules: [{ name: 'a', maxTransactions: 1.5 }] },
    { rejectAfter: 5_000, rules: [{ name: 'a', inbox: '0x12' }] },
  ])('is refused when it is none: %o', input => {
    expect(() => policyOf(input)).toThrow(expect.objectContaining({ code: 'invalid-argument' }))
  })
})
