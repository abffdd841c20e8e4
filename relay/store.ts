/**
 * The relay's storage port. Every method that changes something resolves only when the change is on stable storage; one contract test
 * (`store.contract.test.ts`) is run against each implementation.
 * @module
 */
import type { Bytes } from '../core/bytes.ts'
import type { Hex } from '../core/ethereum.ts'

// ── mailbox ─────────────────────────────────────────────────────────────────────────────────────────────────────────

export interface NewMessage {
  /** Seat. */
  readonly recipient: number
  /** 16 bytes: `messageId` of the header. */
  readonly id: Bytes
  readonly envelope: Bytes
  /** ms. */
  readonly lifetime: number
}

/** `conflict`: the same id with other bytes. `full`: the quota is used up. */
export type AppendOutcome =
  | { readonly status: 'stored' | 'duplicate'; readonly sequence: number }
  | { readonly status: 'conflict' }
  | { readonly status: 'full'; readonly limit: 'messages' | 'bytes' }

export interface StoredMessage {
  readonly sequence: number
  readonly envelope: Bytes
}

/** How much one read returns; at least one item when there is one. */
export interface Page {
  readonly count: number
  readonly bytes: number
}

export interface MailboxStore {
  append(message: NewMessage): Promise<AppendOutcome>
  /** Unexpired messages with a sequence above `after`, in order. */
  read(recipient: number, after: number, page: Page): Promise<StoredMessage[]>
  /** Newest sequence given to this recipient; 0 when none was. */
  lastSequence(recipient: number): Promise<number>
  /** Deletes everything up to `sequence`. Ids are remembered for a while, so that a repeated publish is not delivered again. */
  acknowledge(recipient: number, sequence: number): Promise<void>
  /** Deletes what has expired; gives how many messages. */
  expire(): Promise<number>
  /** What waits now, in all mailboxes. */
  usage(): { readonly messages: number; readonly bytes: number }
}

// ── intake ──────────────────────────────────────────────────────────────────────────────────────────────────────────

export interface NewTransaction {
  readonly hash: Hex
  readonly from: Hex
  readonly nonce: number
  readonly raw: Bytes
}
export interface QueuedTransaction extends NewTransaction {
  readonly sequence: number
}

export interface IntakeStore {
  /** Queues a transaction; the sequence it has, also when it was there already. */
  enqueue(transaction: NewTransaction): Promise<number>
  queued(after: number, page: Page): Promise<QueuedTransaction[]>
  /** Newest sequence ever given; 0 when none was. */
  lastQueued(): Promise<number>
  dequeue(hashes: readonly Hex[]): Promise<void>
}

// ── publisher ───────────────────────────────────────────────────────────────────────────────────────────────────────

/** A signed L1 transaction. Several of one height differ in fees only. */
export interface Publication {
  readonly hash: Hex
  readonly height: number
  readonly nonce: number
  readonly round: number
  /** 32 bytes. */
  readonly content: Hex
  /** Empty once the height is final. */
  readonly raw: Bytes
  /** Wei. */
  readonly maxFeePerGas: bigint
  /** ms since 1970. */
  readonly storedAt: number
  /** ms since 1970 of the last time that an L1 node took it. */
  readonly sentAt: number | undefined
}

export interface PublisherStore {
  /** Stores before anything is sent. The first content of a height stays: another one is a `conflict`. */
  publish(publication: Publication): Promise<'stored' | 'duplicate' | 'conflict'>
  markSent(hash: Hex, at: number): Promise<void>
  /** All that is stored for heights >= `height`, by height, then by time. */
  publications(height: number): Promise<Publication[]>
}

// ── what L1 has taken ───────────────────────────────────────────────────────────────────────────────────────────────

export interface L1BlockHeader {
  readonly number: number
  readonly hash: Hex
  readonly parentHash: Hex
  /** Seconds since 1970. */
  readonly timestamp: number
}

/** A height as an L1 block includes it. */
export interface IncludedBatch {
  readonly height: number
  readonly hash: Hex
  readonly block: { readonly number: number; readonly hash: Hex; readonly timestamp: number }
  readonly succeeded: boolean
  /** Calldata; empty once the height is final. */
  readonly data: Bytes
  readonly gasUsed: number
  /** Wei: gas used times effective gas price. */
  readonly fee: bigint
  /** ms since 1970: when the relay saw it. */
  readonly seenAt: number
  readonly confirmed: boolean
  /** Counted when confirmed; zero when the calldata is no batch. */
  readonly l2Blocks: number
  readonly l2Transactions: number
}

/** An L2 transaction that a confirmed batch holds. */
export interface OrderedTransaction {
  readonly hash: Hex
  readonly from: Hex
  readonly nonce: number
}

/** One step of the view of L1. It is stored whole or not at all. */
export interface ChainStep {
  /** First: blocks above this number are gone, and the batches in them. */
  readonly rewindTo?: number
  /** With it: transactions of the batches that are gone wait in the intake again. */
  readonly requeue?: readonly NewTransaction[]
  /** Then: these were seen, oldest first. */
  readonly blocks?: readonly L1BlockHeader[]
  readonly included?: readonly IncludedBatch[]
  /** Then: these heights have the confirmations that the pool asks for. Their transactions leave the intake. */
  readonly confirmed?: readonly { readonly height: number; readonly l2Blocks: number; readonly transactions: readonly OrderedTransaction[] }[]
  /** Then: calldata and signed bytes of heights up to this one are final and need not be kept. */
  readonly finalHeight?: number
}

export interface ChainStore {
  apply(step: ChainStep): Promise<void>
  /** Newest stored block, or the newest at or below a number. */
  block(atMost?: number): Promise<L1BlockHeader | undefined>
  batch(height: number): Promise<IncludedBatch | undefined>
  /** Heights >= `from`, in order, at most `count`. */
  batches(from: number, count: number): Promise<IncludedBatch[]>
  /** Heights in blocks above this number, in order. */
  batchesAbove(blockNumber: number): Promise<IncludedBatch[]>
  /** Next height that no confirmed block has taken, and next that no block has taken. */
  nextHeights(): Promise<{ readonly confirmed: number; readonly included: number }>
  /** Where a confirmed batch holds this L2 transaction. */
  ordered(hash: Hex): Promise<number | undefined>
  /** Next nonce by sender, as confirmed batches have it. */
  nonces(): Promise<Map<Hex, number>>
  totals(): Promise<ChainTotals>
}

/** Sums over all confirmed heights. */
export interface ChainTotals {
  readonly batches: number
  readonly l2Blocks: number
  readonly l2Transactions: number
  readonly gasUsed: number
  /** Wei. */
  readonly fees: bigint
}

// ── pool facts ──────────────────────────────────────────────────────────────────────────────────────────────────────

export interface PoolStore {
  /** Records what a member says its account is; gives the seats that say the same. */
  claimAccount(seat: number, address: Hex, keyId: Hex): Promise<number[]>
  /** The account that is believed. Set once. */
  account(): Promise<Hex | undefined>
  believeAccount(address: Hex): Promise<void>
}

/** All of it, over one engine. */
export interface RelayStore {
  readonly mailbox: MailboxStore
  readonly intake: IntakeStore
  readonly publisher: PublisherStore
  readonly chain: ChainStore
  readonly pool: PoolStore
  /** Rejects when the engine does not answer. */
  ping(): Promise<void>
  /** Ends what is under way, then closes. */
  close(): Promise<void>
}

export interface StoreOptions {
  /** Room: 32 bytes. A store belongs to one. */
  readonly room: Bytes
  /** ms since 1970. */
  readonly now: () => number
  readonly roomMessages: number
  readonly roomBytes: number
  /** Mailboxes that share the quota. */
  readonly members: number
}
