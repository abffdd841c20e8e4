/**
 * From signed transactions and a look at L1 to what is to be done: a pure function, called again on each L1 block and after a restart. It holds no
 * state: signed transactions are stored before they are sent, and everything else is read from L1.
 * @module
 */
import type { Bytes } from '../bytes.ts'
import type { Hex } from '../ethereum.ts'

/** A signed transaction from the store. */
export interface PendingTransaction {
  readonly height: number
  /** height + offset. */
  readonly nonce: number
  readonly raw: Bytes
  readonly hash: Hex
  /** It was handed to a node before. */
  readonly sent: boolean
}

export interface ReceiptView {
  readonly blockNumber: number
  readonly blockHash: Hex
  /** False when execution reverted; the nonce is used all the same. */
  readonly succeeded: boolean
}

/** One consistent look at L1: everything as of the block `head`. */
export interface L1View {
  /** Number of the newest block. */
  readonly head: number
  /** Blocks that make a transaction confirmed, its own included. */
  readonly confirmations: number
  /** Next nonce of the account at `head`. */
  readonly latestNonce: number
  /** Next nonce of the account at the newest confirmed block (`head - confirmations + 1`). */
  readonly confirmedNonce: number
  /** Receipts on the canonical chain, by transaction hash. */
  readonly receipts: ReadonlyMap<Hex, ReceiptView>
  /** True when the node's mempool has the transaction. */
  knows(hash: Hex): boolean
}

export type WaitReason =
  /** In a block, but too few blocks on top. */
  | 'confirming'
  /** In the mempool. */
  | 'in-mempool'
  /** The nonce is used by a transaction that is not ours, in a block that may still go. */
  | 'nonce-used'
  /** A lower nonce is neither on L1 nor in the store. */
  | 'predecessor-missing'

/** One for each height in the store, by ascending nonce. */
export type TrackAction =
  | { readonly kind: 'send' | 'resend'; readonly transaction: PendingTransaction }
  | { readonly kind: 'confirmed'; readonly height: number; readonly hash: Hex; readonly receipt: ReceiptView }
  | { readonly kind: 'conflict'; readonly height: number; readonly nonce: number }
  | { readonly kind: 'wait'; readonly height: number; readonly reason: WaitReason }

/**
 * What to do about each stored height. Several transactions of one height are its fee bumps, oldest first: the newest is the one to send, any of
 * them may be the one that lands. `resend` is a `send` of something that was out before: dropped, reorganised away, or lost with the node.
 */
export function track(view: L1View, pending: readonly PendingTransaction[]): TrackAction[] {
  const heights = new Map<number, PendingTransaction[]>()
  for (const transaction of pending) heights.set(transaction.nonce, [...(heights.get(transaction.nonce) ?? []), transaction])
  const ordered = [...heights].sort(([a], [b]) => a - b)
  return ordered.map(([nonce, versions]) => trackHeight(view, nonce, versions, candidate => heights.has(candidate)))
}

function trackHeight(view: L1View, nonce: number, versions: readonly PendingTransaction[], stored: (nonce: number) => boolean): TrackAction {
  const newest = versions[versions.length - 1] as PendingTransaction
  const { height } = newest
  for (const { hash } of versions) {
    const receipt = view.receipts.get(hash)
    if (receipt === undefined) continue
    const deep = view.head - receipt.blockNumber + 1 >= view.confirmations
    return deep ? { kind: 'confirmed', height, hash, receipt } : { kind: 'wait', height, reason: 'confirming' }
  }
  if (nonce < view.confirmedNonce) return { kind: 'conflict', height, nonce }
  if (nonce < view.latestNonce) return { kind: 'wait', height, reason: 'nonce-used' }
  if (view.knows(newest.hash)) return { kind: 'wait', height, reason: 'in-mempool' }
  for (let before = view.latestNonce; before < nonce; before++) if (!stored(before)) return { kind: 'wait', height, reason: 'predecessor-missing' }
  return { kind: newest.sent ? 'resend' : 'send', transaction: newest }
}
