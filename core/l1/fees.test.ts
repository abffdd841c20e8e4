import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bumpFees, checkFees, DEFAULT_FEE_POLICY, type FeePolicy, type Fees, suggestFees } from './fees.ts'

const policy: FeePolicy = { minPriorityFeePerGas: 10n, maxFeePerGas: 10_000n, limitMultiple: 5n, limitThreshold: 1_000n }
const fees = (maxFeePerGas: bigint, maxPriorityFeePerGas: bigint): Fees => ({ maxFeePerGas, maxPriorityFeePerGas })

describe('suggestFees', () => {
  it.each([
    ['the median tip and twice the base fee', 100n, [30n, 20n, 90n], fees(230n, 30n)],
    ['at least the minimum tip', 100n, [1n], fees(210n, 10n)],
    ['the minimum tip when blocks were empty', 7n, [], fees(24n, 10n)],
    ['at most the maximum', 6_000n, [50n], fees(10_000n, 50n)],
    ['a tip within the cap', 0n, [20_000n], fees(10_000n, 10_000n)],
  ])('is %s', (_, baseFee, priorityFees, expected) => {
    expect(suggestFees({ baseFee, priorityFees }, policy)).toEqual(expected)
  })
})

describe('bumpFees', () => {
  it.each([
    ['ten percent, rounded up, and one', fees(100n, 10n), fees(1n, 1n), fees(111n, 12n)],
    ['rounds up before it adds one', fees(101n, 11n), fees(1n, 1n), fees(113n, 14n)],
    ['follows the market when that asks for more', fees(100n, 10n), fees(500n, 50n), fees(500n, 50n)],
    ['each part for itself', fees(100n, 10n), fees(50n, 50n), fees(111n, 50n)],
    ['from zero', fees(0n, 0n), fees(0n, 0n), fees(1n, 1n)],
    ['nothing when the maximum is in the way', fees(9_500n, 10n), fees(1n, 1n), undefined],
  ])('%s', (_, previous, suggestion, expected) => {
    expect(bumpFees(previous, suggestion, policy)).toEqual(expected)
  })

  it('is always more than ten percent, always accepted by members, never above the maximum', () => {
    const amount = fc.bigInt(0n, 12_000n)
    fc.assert(
      fc.property(amount, amount, amount, amount, (a, b, c, d) => {
        const previous = fees(a > b ? a : b, a > b ? b : a)
        const suggestion = suggestFees({ baseFee: c, priorityFees: [d] }, policy)
        const bumped = bumpFees(previous, suggestion, policy)
        if (bumped === undefined) return
        expect(bumped.maxFeePerGas * 10n).toBeGreaterThan(previous.maxFeePerGas * 11n)
        expect(bumped.maxPriorityFeePerGas * 10n).toBeGreaterThan(previous.maxPriorityFeePerGas * 11n)
        expect(bumped.maxFeePerGas).toBeLessThanOrEqual(policy.maxFeePerGas)
        expect(checkFees(bumped, fees(10_000n, 0n), policy, previous)).toBeUndefined()
      }),
    )
  })
})

describe('checkFees', () => {
  it.each([
    [undefined, 'the own suggestion', fees(300n, 10n), fees(300n, 10n), undefined],
    [undefined, 'five times the suggestion', fees(1_500n, 10n), fees(300n, 10n), undefined],
    ['fee-above-limit', 'more than that', fees(1_501n, 10n), fees(300n, 10n), undefined],
    [undefined, 'anything up to the threshold when fees are low', fees(1_000n, 10n), fees(1n, 1n), undefined],
    ['fee-above-limit', 'more than the maximum', fees(10_001n, 10n), fees(10_000n, 10n), undefined],
    ['tip-above-cap', 'a tip that the cap does not cover', fees(10n, 11n), fees(300n, 10n), undefined],
    [undefined, 'a replacement that nodes take', fees(111n, 12n), fees(300n, 10n), fees(100n, 10n)],
    ['bump-too-small', 'exactly ten percent', fees(110n, 12n), fees(300n, 10n), fees(100n, 10n)],
    ['bump-too-small', 'the same tip', fees(200n, 10n), fees(300n, 10n), fees(100n, 10n)],
  ] as const)('%s for %s', (expected, _, offered, suggestion, previous) => {
    expect(checkFees(offered, suggestion, policy, previous)).toBe(expected)
  })

  it('has defaults under which a suggestion passes', () => {
    const suggestion = suggestFees({ baseFee: 30_000_000_000n, priorityFees: [2_000_000_000n] }, DEFAULT_FEE_POLICY)
    expect(suggestion).toEqual(fees(62_000_000_000n, 2_000_000_000n))
    expect(checkFees(suggestion, suggestion, DEFAULT_FEE_POLICY)).toBeUndefined()
  })
})
