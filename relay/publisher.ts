/**
 * Takes signed L1 transactions from members, stores them, sends them, and sends them again when L1 has lost them. One height keeps its
 * first content for good; several signatures over it (fee bumps, other rounds) may be stored, and any of them may land.
 * @module
 */
import { type Bytes, equal, hex } from '../core/bytes.ts'
import { asPoolError, isPoolError } from '../core/errors.ts'
import type { Hex } from '../core/ethereum.ts'
import { type PendingTransaction, type ReceiptView, track } from '../core/l1/track.ts'
import { decodeSignedTransaction, type SignedTransaction } from '../core/l1/transaction.ts'
import type { Pool } from '../core/proposal/pool.ts'
import { viewBatch } from './batch-view.ts'
import type { L1Client } from './l1-client.ts'
import type { Metrics } from './metrics.ts'
import type { Clock, Log } from './ports.ts'
import type { RefusalCode } from './refusals.ts'
import type { ChainStore, IncludedBatch, Publication, PublisherStore } from './store.ts'

export interface Submission {
  readonly height: number
  readonly round: number
  /** 32 bytes. */
  readonly content: Bytes
  readonly raw: Bytes
}

export type SubmitOutcome = 'stored' | 'duplicate' | { readonly refused: RefusalCode }

/** What happened to a height, for members and the page. */
export interface PublisherNotice {
  readonly height: number
  readonly hash: Hex
  readonly state: 'stored' | 'sent'
}

export interface Publisher {
  /** Resolves when the transaction is on stable storage, or is refused. */
  submit(submission: Submission): Promise<SubmitOutcome>
  /** Sends what L1 does not have; called after each look at L1. */
  push(): Promise<void>
  /** A height is confirmed: complains when what has landed is not what is stored for it. */
  landed(batch: IncludedBatch): Promise<void>
}

export interface PublisherOptions {
  readonly pool: Pool
  readonly store: PublisherStore
  readonly chain: ChainStore
  readonly client: L1Client
  readonly clock: Clock
  readonly log: Log
  readonly metrics: Metrics
  account(): Hex | undefined
  notice(notice: PublisherNotice): void
}

export function createPublisher(options: PublisherOptions): Publisher {
  const { pool, store, chain, client, clock, log, metrics } = options
  /** Refused by the node in favour of another signature of the same nonce. */
  const outbid = new Set<Hex>()
  /** Why a transaction was not taken the last time: said once, not at every look. */
  const complaints = new Map<Hex, string>()

  function decode(raw: Bytes): SignedTransaction | undefined {
    try {
      return decodeSignedTransaction(raw)
    } catch (error) {
      if (isPoolError(error)) return undefined
      throw error
    }
  }

  function check({ height, content }: Submission, signed: SignedTransaction, account: Hex): RefusalCode | undefined {
    const { transaction, from } = signed
    if (from !== account) return 'wrong-account'
    if (transaction.chainId !== pool.l1.chainId) return 'wrong-chain'
    if (transaction.to !== pool.l1.inbox || transaction.value !== 0n) return 'wrong-inbox'
    if (transaction.nonce !== height + pool.l1.nonceOffset) return 'wrong-nonce'
    const view = viewBatch(transaction.data)
    if (view === undefined) return 'malformed-batch'
    const place = { chainId: pool.l1.chainId, account, nonce: transaction.nonce, inbox: pool.l1.inbox }
    return equal(view.content(place), content) ? undefined : 'wrong-content'
  }

  async function submit(submission: Submission): Promise<SubmitOutcome> {
    const account = options.account()
    if (account === undefined) return { refused: 'unavailable' }
    const signed = decode(submission.raw)
    if (signed === undefined) return { refused: 'malformed-transaction' }
    const refused = check(submission, signed, account)
    if (refused !== undefined) return { refused }
    const { height, round } = submission
    const content = hex(submission.content)
    const taken = await chain.batch(height)
    if (taken?.confirmed) return (await isContentOf(taken.hash, signed.hash, height, content)) ? 'duplicate' : { refused: 'height-taken' }
    const outcome = await store.publish({
      hash: signed.hash,
      height,
      nonce: signed.transaction.nonce,
      round,
      content,
      raw: submission.raw,
      maxFeePerGas: signed.transaction.maxFeePerGas,
      storedAt: clock.now(),
      sentAt: undefined,
    })
    if (outcome === 'conflict') return { refused: 'other-content' }
    if (outcome === 'stored') {
      log('info', 'publisher.stored', { height, round, hash: signed.hash })
      options.notice({ height, hash: signed.hash, state: 'stored' })
    }
    return outcome
  }

  /** True when what landed is this transaction or another signature over the same content. */
  async function isContentOf(taken: Hex, hash: Hex, height: number, content: Hex): Promise<boolean> {
    if (taken === hash) return true
    const stored = (await store.publications(height)).find(publication => publication.height === height)
    return stored?.content === content
  }

  async function push(): Promise<void> {
    const { confirmed, included } = await chain.nextHeights()
    const open = (await store.publications(confirmed)).filter(publication => publication.raw.length > 0)
    if (open.length === 0) return
    const receipts = new Map<Hex, ReceiptView>()
    for (const { hash, block, succeeded } of await chain.batches(confirmed, included - confirmed))
      receipts.set(hash, { blockNumber: block.number, blockHash: block.hash, succeeded })
    const waiting = open.filter(({ height }) => height >= included)
    const known = new Set<Hex>()
    await Promise.all(
      waiting.map(async ({ hash }) => {
        if (await client.knows(hash)) known.add(hash)
      }),
    )
    const siblingKnown = (hash: Hex): boolean => {
      const height = open.find(publication => publication.hash === hash)?.height
      return open.some(publication => publication.height === height && known.has(publication.hash))
    }
    const actions = track(
      {
        head: (await chain.block())?.number ?? pool.l1.genesis.number,
        confirmations: pool.l1.confirmations,
        latestNonce: included + pool.l1.nonceOffset,
        confirmedNonce: confirmed + pool.l1.nonceOffset,
        receipts,
        knows: hash => known.has(hash) || (outbid.has(hash) && siblingKnown(hash)),
      },
      byFee(open),
    )
    for (const action of actions) if (action.kind === 'send' || action.kind === 'resend') await send(action.kind, action.transaction)
  }

  async function landed({ height, hash, data }: IncludedBatch): Promise<void> {
    const stored = (await store.publications(height)).filter(publication => publication.height === height)
    const ours = stored.some(publication => publication.hash === hash || equal(decode(publication.raw)?.transaction.data ?? new Uint8Array(), data))
    if (stored.length > 0 && !ours) log('error', 'publisher.conflict', { height, landed: hash, stored: stored.map(publication => publication.hash) })
  }

  async function send(kind: 'send' | 'resend', { height, hash, raw }: PendingTransaction): Promise<void> {
    try {
      const outcome = await client.send(raw)
      metrics.sends.inc({ outcome: kind === 'resend' && outcome === 'sent' ? 'resent' : outcome })
      complaints.delete(hash)
      log('info', 'publisher.sent', { height, hash, kind, outcome })
      if (outcome === 'outbid') outbid.add(hash)
      if (outcome !== 'sent' && outcome !== 'known') return
      await store.markSent(hash, clock.now())
      options.notice({ height, hash, state: 'sent' })
    } catch (error) {
      // The next look tries again.
      metrics.sends.inc({ outcome: 'failed' })
      const reason = asPoolError(error).message
      log(complaints.get(hash) === reason ? 'debug' : 'warn', 'publisher.not-sent', { height, hash, reason })
      complaints.set(hash, reason)
    }
  }

  return { submit, push, landed }
}

/** Of several signatures the one that pays most comes last: it is the one to send. */
function byFee(publications: readonly Publication[]): PendingTransaction[] {
  const compare = (a: Publication, b: Publication): number =>
    a.height - b.height || (a.maxFeePerGas < b.maxFeePerGas ? -1 : a.maxFeePerGas > b.maxFeePerGas ? 1 : a.storedAt - b.storedAt)
  return [...publications].sort(compare).map(({ height, nonce, raw, hash, sentAt }) => ({ height, nonce, raw, hash, sent: sentAt !== undefined }))
}
