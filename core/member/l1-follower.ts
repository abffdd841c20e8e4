/**
 * A member's own view of L1: confirmed blocks from the pool's genesis on, and which of the account's transactions used which height.
 * Reorganisations below the confirmation depth are undone block by block.
 * @module
 */
import { PoolError } from '../errors.ts'
import type { Pool } from '../proposal/pool.ts'
import type { L1Block, L1Reader, Log } from './ports.ts'

export interface L1Header {
  readonly number: number
  readonly hash: `0x${string}`
  /** Seconds since 1970. */
  readonly timestamp: number
}

/** A height that L1 has taken: its transaction and the block that includes it. */
export interface Inclusion {
  readonly height: number
  readonly hash: `0x${string}`
  readonly block: L1Header
  readonly data: Uint8Array
}

export interface FollowerEvents {
  /** In order of heights; called before the block counts as seen. */
  included(inclusion: Inclusion): void
  /** The inclusions of heights >= `from` are gone. */
  reorged(from: number): void
}

/** Blocks kept behind the finalized one, for L1 origins that lag. */
const KEEP = 4096

export interface L1Follower {
  /** Reads what is new. Resolves true when anything changed. @throws {PoolError} `l1-unreachable`. */
  poll(): Promise<boolean>
  /** Newest confirmed block. */
  readonly tip: L1Header
  readonly finalized: number
  /** Next height that L1 has not taken. */
  readonly nextHeight: number
  /** Confirmed blocks from `from` on, oldest first. */
  origins(from: number): readonly L1Header[]
  header(number: number): L1Header | undefined
  /** The block that includes a height. */
  inclusion(height: number): { readonly block: L1Header; readonly hash: `0x${string}` } | undefined
  /** Seconds between L1 blocks, as seen lately. */
  readonly blockInterval: number
  /** Its state now, with the blocks from `origin` and the inclusions from `height` on. */
  snapshot(origin: number, height: number): FollowerStart
}

/** Where a follower begins, and what a checkpoint keeps of it. */
export interface FollowerStart {
  /** Consecutive confirmed blocks, oldest first. */
  readonly headers: readonly L1Header[]
  readonly nextHeight: number
  readonly inclusions: readonly { readonly height: number; readonly hash: `0x${string}`; readonly block: L1Header }[]
}

/** Follows `account` from `start` (the pool's genesis when there is no checkpoint). */
export function followL1(input: {
  l1: L1Reader
  pool: Pool
  account: `0x${string}`
  events: FollowerEvents
  log: Log
  /** Lowest block that may still be asked for: the L1 origin of the pool's newest block. */
  needed(): number
  start?: FollowerStart | undefined
}): L1Follower {
  const { l1, pool, account, events, log } = input
  const genesis: L1Header = pool.l1.genesis
  let chain: L1Header[] = [...(input.start?.headers ?? [genesis])]
  let finalized = 0
  let nextHeight = input.start?.nextHeight ?? 0
  const inclusions = new Map<number, { block: L1Header; hash: `0x${string}` }>()
  for (const entry of input.start?.inclusions ?? []) inclusions.set(entry.height, { block: entry.block, hash: entry.hash })

  const tip = (): L1Header => chain.at(-1) as L1Header
  const at = (number: number): L1Header | undefined => chain[number - (chain[0] as L1Header).number]

  function take(block: L1Block): void {
    const header: L1Header = { number: block.number, hash: block.hash, timestamp: block.timestamp }
    const mine = block.inbox.filter(transaction => transaction.from === account).sort((a, b) => a.nonce - b.nonce)
    for (const transaction of mine) {
      const height = transaction.nonce - pool.l1.nonceOffset
      if (height < nextHeight) continue
      if (height > nextHeight) log('warn', 'l1.nonce-used-elsewhere', { expected: nextHeight, got: height })
      inclusions.set(height, { block: header, hash: transaction.hash })
      nextHeight = height + 1
      events.included({ height, hash: transaction.hash, block: header, data: transaction.data })
    }
    chain.push(header)
  }

  function drop(): void {
    const gone = chain.pop() as L1Header
    const heights = [...inclusions].filter(([, inclusion]) => inclusion.block.number >= gone.number).map(([height]) => height)
    if (heights.length === 0) return
    const from = Math.min(...heights)
    for (const height of heights) inclusions.delete(height)
    nextHeight = from
    events.reorged(from)
  }

  /**
   * Drops what L1 no longer has. A node that is behind this member, or has a block of its own missing, has nothing to say about what it does not
   * know: only another block in the place of a known one is a reorganisation.
   */
  async function rewind(head: number): Promise<boolean> {
    let changed = false
    for (;;) {
      const known = at(Math.min(tip().number, head))
      const now = known === undefined ? undefined : await l1.block(known.number)
      if (known === undefined || now === undefined || now.hash === known.hash) return changed
      if (known === chain[0]) throw new PoolError('l1-diverged', { block: known.number, expected: known.hash, got: now.hash })
      log('warn', 'l1.reorg', { block: known.number, was: known.hash, now: now.hash })
      while (tip().number >= known.number) drop()
      changed = true
    }
  }

  function prune(): void {
    const surplus = Math.min(chain.length - KEEP, finalized - (chain[0] as L1Header).number, input.needed() - (chain[0] as L1Header).number)
    if (surplus > KEEP) chain = chain.slice(surplus)
  }

  return {
    async poll() {
      const head = await l1.headNumber()
      const confirmed = head - (pool.l1.confirmations - 1)
      finalized = Math.max(finalized, await l1.finalizedNumber())
      let changed = await rewind(head)
      while (tip().number < confirmed) {
        const block = await l1.block(tip().number + 1)
        if (block === undefined) break
        if (block.parentHash !== tip().hash) {
          changed = (await rewind(head)) || changed
          if (block.parentHash !== tip().hash) break
        }
        take(block)
        changed = true
      }
      prune()
      return changed
    },
    get tip() {
      return tip()
    },
    get finalized() {
      return finalized
    },
    get nextHeight() {
      return nextHeight
    },
    origins: from => chain.filter(header => header.number >= from),
    header: at,
    inclusion: height => inclusions.get(height),
    snapshot: (origin, height) => ({
      headers: chain.filter(header => header.number >= origin),
      nextHeight,
      inclusions: [...inclusions]
        .filter(([included]) => included >= height)
        .map(([included, { block, hash }]) => ({ height: included, hash, block })),
    }),
    get blockInterval() {
      const last = tip()
      const before = chain[Math.max(0, chain.length - 9)] as L1Header
      return last.number === before.number ? 12 : Math.max(0, (last.timestamp - before.timestamp) / (last.number - before.number))
    },
  }
}
