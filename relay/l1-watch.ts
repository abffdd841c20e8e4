/**
 * The relay's own view of L1: follows blocks, sees which heights of the account they include, counts confirmations, undoes what is
 * reorganised away. Each step is stored before it is told to anyone.
 * @module
 */
import { asPoolError, PoolError } from '../core/errors.ts'
import type { Hex } from '../core/ethereum.ts'
import type { Pool } from '../core/proposal/pool.ts'
import { hashOfTransaction, parseTransaction } from '../core/transaction/parse.ts'
import { type KnownTransactions, orderedTransactions, viewBatch } from './batch-view.ts'
import type { L1BlockView, L1Client, L1Transaction } from './l1-client.ts'
import { type Clock, type Log, type Loop, startLoop } from './ports.ts'
import type { ChainStore, IncludedBatch, L1BlockHeader, NewTransaction, OrderedTransaction } from './store.ts'

export interface WatchEvents {
  /** A block includes a height. */
  included(batch: IncludedBatch): void
  /** A height has its confirmations. Awaited before the next. */
  confirmed(batch: IncludedBatch, transactions: readonly OrderedTransaction[]): Promise<void>
  /** Blocks were reorganised away, perhaps with heights. */
  reorged(): Promise<void>
  /** Once per look, at the end. */
  looked(): Promise<void>
}

export interface L1Status {
  /** The last look succeeded. */
  readonly reachable: boolean
  readonly head: number
  readonly finalized: number
  /** ms since 1970 of the last good look. */
  readonly lookedAt: number | undefined
}

export interface L1Watch {
  readonly status: L1Status
  /** Looks at once. */
  kick(): void
  /** Ends the loop; what runs is finished first. */
  stop(): Promise<void>
}

export interface WatchOptions {
  readonly pool: Pool
  readonly client: L1Client
  readonly chain: ChainStore
  readonly clock: Clock
  readonly log: Log
  /** ms between looks. */
  readonly pollMs: number
  readonly events: WatchEvents
  /** Undefined while the pool has no account: then there is nothing to follow. */
  account(): Hex | undefined
  readonly known: KnownTransactions
  failed(): void
}

/** Blocks that are read before they are stored in one step. */
const CHUNK = 64
const MAX_BACKOFF = 30_000

export function watchL1(options: WatchOptions): L1Watch {
  const { pool, client, chain, clock, log, events } = options
  const genesis: L1BlockHeader = { ...pool.l1.genesis, parentHash: `0x${'0'.repeat(64)}` }
  let status: L1Status = { reachable: false, head: 0, finalized: 0, lookedAt: undefined }
  let failures = 0
  let chainChecked = false
  let finalHeight = -1

  async function checkChain(): Promise<void> {
    const found = await client.chainId()
    if (found !== pool.l1.chainId) throw new PoolError('relay-l1', { reason: 'the node is of another chain', expected: pool.l1.chainId, found })
    chainChecked = true
  }

  /** Follows to the head; stops early when the node's answers do not fit together, and goes on at the next look. */
  async function follow(account: Hex, head: number): Promise<void> {
    let tip = (await chain.block()) ?? (await start(account, head))
    if (tip.number > head || (await client.blockHash(tip.number)) !== tip.hash) tip = await rewind(tip, head)
    while (tip.number < head) {
      const blocks: L1BlockHeader[] = []
      const included: IncludedBatch[] = []
      let next: L1BlockHeader = tip
      while (blocks.length < CHUNK && next.number < head) {
        const block = await client.block(next.number + 1)
        // Reorganised while we read: the next look rewinds.
        if (block === undefined || block.parentHash !== next.hash) break
        included.push(...(await inclusions(block, account)))
        next = { number: block.number, hash: block.hash, parentHash: block.parentHash, timestamp: block.timestamp }
        blocks.push(next)
      }
      if (blocks.length === 0) return
      await chain.apply({ blocks, included })
      tip = next
      for (const batch of included) {
        log('info', 'l1.included', { height: batch.height, hash: batch.hash, block: batch.block.number, succeeded: batch.succeeded })
        events.included(batch)
      }
    }
  }

  /** Where to begin: at the pool's genesis, or not far behind the head when the account has posted nothing yet. */
  async function start(account: Hex, head: number): Promise<L1BlockHeader> {
    const near = head - CHUNK
    if (near <= genesis.number || (await client.nonce(account)) > pool.l1.nonceOffset) return genesis
    const block = await client.block(near)
    if (block === undefined) return genesis
    const { number, hash, parentHash, timestamp } = block
    await chain.apply({ blocks: [{ number, hash, parentHash, timestamp }] })
    return { number, hash, parentHash, timestamp }
  }

  async function inclusions(block: L1BlockView, account: Hex): Promise<IncludedBatch[]> {
    const own = block.transactions.filter(({ from, nonce }) => from === account && nonce >= pool.l1.nonceOffset)
    return Promise.all(own.sort((a, b) => a.nonce - b.nonce).map(transaction => inclusion(block, transaction)))
  }

  async function inclusion(block: L1BlockView, { hash, to, nonce, data }: L1Transaction): Promise<IncludedBatch> {
    const receipt = await client.receipt(hash)
    if (receipt === undefined) throw new PoolError('relay-l1', { reason: 'no receipt for a transaction of a block', hash })
    const height = nonce - pool.l1.nonceOffset
    if (to !== pool.l1.inbox) log('error', 'l1.height-without-batch', { height, hash })
    return {
      height,
      hash,
      block: { number: block.number, hash: block.hash, timestamp: block.timestamp },
      succeeded: receipt.succeeded,
      data: to === pool.l1.inbox ? data : new Uint8Array(),
      gasUsed: receipt.gasUsed,
      fee: receipt.fee,
      seenAt: clock.now(),
      confirmed: false,
      l2Blocks: 0,
      l2Transactions: 0,
    }
  }

  /** Goes back to the newest stored block that is still canonical. */
  async function rewind(from: L1BlockHeader, head: number): Promise<L1BlockHeader> {
    let tip = from
    while (tip.number > head || (await client.blockHash(tip.number)) !== tip.hash) {
      if (tip.number <= genesis.number)
        throw new PoolError('relay-l1', { reason: "the node does not have the pool's genesis block", number: genesis.number })
      tip = (await chain.block(tip.number - 1)) ?? genesis
    }
    const undone = await chain.batchesAbove(tip.number)
    log('warn', 'l1.reorg', { from: from.number, to: tip.number, heights: undone.map(batch => batch.height) })
    await chain.apply({ rewindTo: tip.number, requeue: undone.filter(batch => batch.l2Transactions > 0).flatMap(transactionsOf) })
    finalHeight = -1
    await events.reorged()
    return tip
  }

  async function confirm(): Promise<void> {
    const tip = await chain.block()
    const { confirmed, included } = await chain.nextHeights()
    if (tip === undefined) return
    for (let height = confirmed; height < included; height++) {
      const batch = await chain.batch(height)
      if (batch === undefined || tip.number - batch.block.number + 1 < pool.l1.confirmations) return
      const view = batch.succeeded ? viewBatch(batch.data) : undefined
      const transactions = view === undefined ? undefined : orderedTransactions(view, options.known)
      if (transactions === undefined) log('error', 'l1.no-batch', { height, hash: batch.hash, succeeded: batch.succeeded })
      const ordered = (transactions ?? []).map(({ hash, from, nonce }) => ({ hash, from, nonce }))
      const l2Blocks = transactions === undefined ? 0 : (view?.l2Blocks ?? 0)
      await chain.apply({ confirmed: [{ height, l2Blocks, transactions: ordered }] })
      log('info', 'l1.confirmed', { height, hash: batch.hash, block: batch.block.number, l2Blocks, l2Transactions: ordered.length })
      await events.confirmed({ ...batch, confirmed: true, l2Blocks, l2Transactions: ordered.length }, ordered)
    }
  }

  /** Final heights cannot be undone: their bytes need not be kept. */
  async function settle(finalized: number): Promise<void> {
    const { confirmed } = await chain.nextHeights()
    let height = finalHeight
    for (; height + 1 < confirmed; height++) {
      const batch = await chain.batch(height + 1)
      if (batch === undefined || batch.block.number > finalized) break
    }
    if (height === finalHeight) return
    await chain.apply({ finalHeight: height })
    finalHeight = height
  }

  async function look(): Promise<void> {
    if (!chainChecked) await checkChain()
    const head = await client.headNumber()
    const finalized = head === status.head ? status.finalized : Math.max(status.finalized, await client.finalizedNumber())
    const account = options.account()
    if (account !== undefined) {
      await follow(account, head)
      await confirm()
      await settle(finalized)
    }
    status = { reachable: true, head, finalized, lookedAt: clock.now() }
    failures = 0
    await events.looked()
  }

  async function step(): Promise<void> {
    try {
      await look()
    } catch (error) {
      failures++
      chainChecked = false
      status = { ...status, reachable: false }
      const { code, message } = asPoolError(error)
      options.failed()
      log(failures === 1 ? 'warn' : 'debug', 'l1.failed', { code, message, failures })
    }
  }

  const loop: Loop = startLoop(clock, () => Math.min(MAX_BACKOFF, options.pollMs * 2 ** Math.min(failures, 6)), step)
  return {
    get status() {
      return status
    },
    kick: () => loop.kick(),
    stop: () => loop.stop(),
  }
}

function transactionsOf(batch: IncludedBatch): NewTransaction[] {
  return (viewBatch(batch.data)?.raw ?? []).map(raw => {
    const { from, nonce } = parseTransaction(raw)
    return { hash: hashOfTransaction(raw), from, nonce, raw }
  })
}
