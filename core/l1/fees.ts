/**
 * What the pool pays for L1 inclusion (EIP-1559). Pure; the figures come from the member's own L1 node. All amounts are wei a gas.
 * @module
 */

export interface Fees {
  readonly maxFeePerGas: bigint
  readonly maxPriorityFeePerGas: bigint
}

/** What an L1 node reports about its newest blocks. */
export interface FeeView {
  /** Of the next block. */
  readonly baseFee: bigint
  /** Tips that recent blocks took, in any order; may be empty. */
  readonly priorityFees: readonly bigint[]
}

export interface FeePolicy {
  /** No tip is below. */
  readonly minPriorityFeePerGas: bigint
  /** No fee cap is above, whatever the market asks; then the transaction waits. */
  readonly maxFeePerGas: bigint
  /** A member co-signs a fee cap up to this multiple of its own suggestion… */
  readonly limitMultiple: bigint
  /** …and up to this much in any case, since a multiple of very low fees would stop replacements. */
  readonly limitThreshold: bigint
}

const GWEI = 1_000_000_000n

/** As op-batcher's: at least 1 gwei of tip, five times the suggestion, no questions below 100 gwei. */
export const DEFAULT_FEE_POLICY: FeePolicy = {
  minPriorityFeePerGas: GWEI,
  maxFeePerGas: 1_000n * GWEI,
  limitMultiple: 5n,
  limitThreshold: 100n * GWEI,
}

/** Tip: the median of recent ones, at least the minimum. Fee cap: tip + 2 × base fee, at most the policy's maximum. */
export function suggestFees({ baseFee, priorityFees }: FeeView, policy: FeePolicy): Fees {
  const sorted = [...priorityFees].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  const tip = larger(sorted[sorted.length >> 1] ?? 0n, policy.minPriorityFeePerGas)
  return capped({ maxPriorityFeePerGas: tip, maxFeePerGas: tip + 2n * baseFee }, policy)
}

/**
 * Fees of a replacement that every node takes: both at least ceil(1.10 × previous) + 1, as nodes differ on whether exactly 10 % is enough, and not below
 * the suggestion. Undefined when the policy's maximum is in the way: keep the transaction that is out.
 */
export function bumpFees(previous: Fees, suggestion: Fees, policy: FeePolicy): Fees | undefined {
  const least = minimumBump(previous)
  const bumped = {
    maxFeePerGas: larger(least.maxFeePerGas, suggestion.maxFeePerGas),
    maxPriorityFeePerGas: larger(least.maxPriorityFeePerGas, suggestion.maxPriorityFeePerGas),
  }
  const { maxFeePerGas, maxPriorityFeePerGas } = capped(bumped, policy)
  return maxFeePerGas < least.maxFeePerGas || maxPriorityFeePerGas < least.maxPriorityFeePerGas ? undefined : { maxFeePerGas, maxPriorityFeePerGas }
}

export type FeeRefusal = 'tip-above-cap' | 'fee-above-limit' | 'bump-too-small'

/**
 * Whether a member co-signs these fees: not above max(multiple × own suggestion, threshold) nor the policy's maximum, and when the height has been signed
 * before with `previous` fees, a bump that nodes take.
 */
export function checkFees(fees: Fees, suggestion: Fees, policy: FeePolicy, previous?: Fees): FeeRefusal | undefined {
  if (fees.maxPriorityFeePerGas > fees.maxFeePerGas) return 'tip-above-cap'
  const limit = larger(policy.limitMultiple * suggestion.maxFeePerGas, policy.limitThreshold)
  if (fees.maxFeePerGas > limit || fees.maxFeePerGas > policy.maxFeePerGas) return 'fee-above-limit'
  if (previous === undefined) return undefined
  const least = minimumBump(previous)
  return fees.maxFeePerGas < least.maxFeePerGas || fees.maxPriorityFeePerGas < least.maxPriorityFeePerGas ? 'bump-too-small' : undefined
}

const larger = (a: bigint, b: bigint): bigint => (a > b ? a : b)
const smaller = (a: bigint, b: bigint): bigint => (a < b ? a : b)
const tenPercentMore = (fee: bigint): bigint => (fee * 11n + 9n) / 10n + 1n
const minimumBump = (fees: Fees): Fees => ({
  maxFeePerGas: tenPercentMore(fees.maxFeePerGas),
  maxPriorityFeePerGas: tenPercentMore(fees.maxPriorityFeePerGas),
})

function capped(fees: Fees, policy: FeePolicy): Fees {
  const maxFeePerGas = smaller(fees.maxFeePerGas, policy.maxFeePerGas)
  return { maxFeePerGas, maxPriorityFeePerGas: smaller(fees.maxPriorityFeePerGas, maxFeePerGas) }
}
