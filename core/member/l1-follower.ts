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

/** Blocks that are read at a time. */
const PORTION = 256

/** What L1 has that a follower does not know yet. */
export interface L1News {
  readonly finalized: number
  /** The newest block of the follower's that is still on L1. */
  readonly keep: number
  /** What comes on top of it, oldest first. */
  readonly blocks: readonly L1Block[]
  /** There is more to read. */
  readonly more: boolean
  /** What ended the reading before its time: `l1-unreachable`, `l1-diverged`. */
  readonly error?: unknown
}

export interface L1Follower {
  /** Asks L1 for what is new, and changes nothing: the member may do other things meanwhile. One at a time, each to be applied before the next. */
  read(): Promise<L1News>
  /** Takes it in, also what came before an error. True when anything changed. */
  apply(news: L1News): boolean
  /** Both, until there is no more. @throws {PoolError} `l1-unreachable`, `l1-diverged` */
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

  /** Reads on top of the blocks that are known, without touching them. */
  function reader(head: number) {
    const blocks: L1Block[] = []
    let keep = tip().number
    const known = (number: number): Pick<L1Header, 'number' | 'hash'> | undefined => (number > keep ? blocks[number - keep - 1] : at(number))
    const newest = (): number => keep + blocks.length

    /**
     * Goes back to what L1 still has. A node that is behind this member, or has a block of its own missing, has nothing to say about what it does not
     * know: only another block in the place of a known one is a reorganisation.
     */
    async function rewind(): Promise<void> {
      for (;;) {
        const mine = known(Math.min(newest(), head))
        const now = mine === undefined ? undefined : await l1.block(mine.number)
        if (mine === undefined || now === undefined || now.hash === mine.hash) return
        if (mine === chain[0]) throw new PoolError('l1-diverged', { block: mine.number, expected: mine.hash, got: now.hash })
        log('warn', 'l1.reorg', { block: mine.number, was: mine.hash, now: now.hash })
        while (newest() >= mine.number) if (blocks.pop() === undefined) keep--
      }
    }

    /** True when there is more. */
    async function onwards(confirmed: number): Promise<boolean> {
      while (newest() < confirmed) {
        if (blocks.length >= PORTION) return true
        const block = await l1.block(newest() + 1)
        if (block === undefined) return false
        if (block.parentHash !== known(newest())?.hash) {
          await rewind()
          if (block.number !== newest() + 1 || block.parentHash !== known(newest())?.hash) return false
        }
        blocks.push(block)
      }
      return false
    }

    return { rewind, onwards, sofar: () => ({ keep, blocks }) }
  }

  async function read(): Promise<L1News> {
    let reading: ReturnType<typeof reader> | undefined
    let finalizedNow = finalized
    let more = false
    try {
      const [head, final] = await Promise.all([l1.headNumber(), l1.finalizedNumber()])
      finalizedNow = Math.max(finalized, final)
      reading = reader(head)
      await reading.rewind()
      more = await reading.onwards(head - (pool.l1.confirmations - 1))
      return { finalized: finalizedNow, ...reading.sofar(), more }
    } catch (error) {
      return { finalized: finalizedNow, ...(reading?.sofar() ?? { keep: tip().number, blocks: [] }), more, error }
    }
  }

  function apply(news: L1News): boolean {
    let changed = news.blocks.length > 0
    finalized = Math.max(finalized, news.finalized)
    while (tip().number > news.keep) {
      drop()
      changed = true
    }
    for (const block of news.blocks) take(block)
    prune()
    return changed
  }

  function prune(): void {
    const surplus = Math.min(chain.length - KEEP, finalized - (chain[0] as L1Header).number, input.needed() - (chain[0] as L1Header).number)
    if (surplus > KEEP) chain = chain.slice(surplus)
  }

  return {
    read,
    apply,
    async poll() {
      let changed = false
      for (;;) {
        const news = await read()
        changed = apply(news) || changed
        if (news.error !== undefined) throw news.error
        if (!news.more) return changed
      }
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
