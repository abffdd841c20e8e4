/**
 * What the pool takes in: pure rules over one parsed transaction and a view of what is already there.
 * @module
 */
import type { Hex } from '../ethereum.ts'
import type { L2Transaction } from './parse.ts'

export interface AdmissionRules {
  /** L2 chain id. */
  readonly chainId: number
  /** Longest transaction taken. It must fit into one batch, or it would wait forever. */
  readonly maxTransactionBytes: number
  /** Highest gas limit taken; not above what one block may hold. */
  readonly maxGasLimit: bigint
  /** Wei; lower fee caps are refused. */
  readonly minFeePerGas: bigint
  /** How far a nonce may be ahead of the sender's next one. */
  readonly maxNonceGap: number
  /** Bounds of the whole pool. */
  readonly maxTransactions: number
  readonly maxBytes: number
}

/** Rules of a pool that names nothing else. One transaction of the largest size, incompressible, still fits into one calldata batch. */
export const defaultRules = (chainId: number): AdmissionRules => ({
  chainId,
  maxTransactionBytes: 100_000,
  maxGasLimit: 30_000_000n,
  minFeePerGas: 0n,
  maxNonceGap: 64,
  maxTransactions: 5_000,
  maxBytes: 16 * 1024 * 1024,
})

/** What the rules look at besides the transaction. */
export interface AdmissionView {
  /** First nonce of the sender that no block holds yet. */
  nextNonce(sender: Hex): number
  has(hash: Hex): boolean
  /** True when a waiting transaction already has this sender and nonce. */
  occupied(sender: Hex, nonce: number): boolean
  /** What waits in the pool now. */
  readonly transactions: number
  readonly bytes: number
}

export type AdmissionRefusal =
  | 'duplicate'
  | 'no-chain-id'
  | 'wrong-chain-id'
  | 'oversize'
  | 'init-code-too-long'
  | 'gas-below-intrinsic'
  | 'gas-above-limit'
  | 'underpriced'
  | 'nonce-too-low'
  | 'nonce-too-high'
  | 'nonce-taken'
  | 'pool-full'

/** Longest init code (EIP-3860). */
const MAX_INIT_CODE = 49_152

/**
 * Undefined when the pool may take the transaction, else the first rule that it breaks. Balances are not looked at: the pool orders, it does
 * not execute.
 */
export function admit(transaction: L2Transaction, rules: AdmissionRules, view: AdmissionView): AdmissionRefusal | undefined {
  const { chainId, gasLimit, from, nonce, raw } = transaction
  if (view.has(transaction.hash)) return 'duplicate'
  if (chainId === undefined) return 'no-chain-id'
  if (chainId !== rules.chainId) return 'wrong-chain-id'
  if (raw.length > rules.maxTransactionBytes) return 'oversize'
  if (transaction.to === undefined && transaction.dataLength > MAX_INIT_CODE) return 'init-code-too-long'
  if (gasLimit < transaction.intrinsicGas) return 'gas-below-intrinsic'
  if (gasLimit > rules.maxGasLimit) return 'gas-above-limit'
  if (transaction.maxFeePerGas < rules.minFeePerGas) return 'underpriced'
  const next = view.nextNonce(from)
  if (nonce < next) return 'nonce-too-low'
  if (nonce - next > rules.maxNonceGap) return 'nonce-too-high'
  if (view.occupied(from, nonce)) return 'nonce-taken'
  if (view.transactions >= rules.maxTransactions || view.bytes + raw.length > rules.maxBytes) return 'pool-full'
  return undefined
}
