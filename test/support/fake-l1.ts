/**
 * An L1 chain in memory: blocks at an interval of virtual time, the nonce rule, a finalized tag that lags, reorganisations on demand.
 * @module
 */
import { type Bytes, concat, fromHex, hex, u64be, utf8 } from '../../core/bytes.ts'
import { PoolError } from '../../core/errors.ts'
import { keccak256 } from '../../core/ethereum.ts'
import { decodeSignedTransaction, type SignedTransaction } from '../../core/l1/transaction.ts'
import type { Clock, L1Block, L1Reader } from '../../core/member/ports.ts'

export interface FakeBlock {
  readonly number: number
  readonly hash: `0x${string}`
  readonly parentHash: `0x${string}`
  /** Seconds. */
  readonly timestamp: number
  readonly transactions: readonly (SignedTransaction & { readonly raw: Bytes })[]
}

export interface FakeL1Options {
  readonly clock: Clock
  readonly chainId: number
  /** Lower-case hex. */
  readonly inbox: `0x${string}`
  /** ms between blocks. */
  readonly interval: number
  /** The finalized block is this many behind the newest. */
  readonly finalityLag: number
}

export interface FakeL1 {
  readonly blocks: readonly FakeBlock[]
  readonly head: FakeBlock
  readonly finalized: number
  /** Begins to make blocks. */
  start(): void
  stop(): void
  /** Makes a block now. */
  mine(): FakeBlock
  /** Takes a signed transaction into the mempool. @throws {Error} as a node would refuse it. */
  send(raw: Bytes): void
  /** Next nonce of an account in the newest block. */
  nonceOf(account: `0x${string}`): number
  /** Replaces the newest `depth` blocks by others of the same height; their transactions are lost, as with a node that does not put them back. */
  reorg(depth: number): void
  /** Called after every new block and after every reorganisation. */
  onBlock(handler: (block: FakeBlock) => void): void
  /** True when the mempool has a transaction. */
  waits(hash: string): boolean
  /** A member's view. While `failing()` is true every call fails with `l1-unreachable`; its node is `lag()` blocks behind. */
  reader(failing?: () => boolean, lag?: () => number): L1Reader
}

/** Genesis is block 0, at the clock's time. */
export function createFakeL1(options: FakeL1Options): FakeL1 {
  const { clock, interval } = options
  const handlers: ((block: FakeBlock) => void)[] = []
  const mempool = new Map<string, SignedTransaction & { readonly raw: Bytes }>()
  let salt = 0
  let cancel = (): void => {}
  const chain: FakeBlock[] = [seal(undefined, clock.now(), [])]

  function seal(parent: FakeBlock | undefined, at: number, transactions: FakeBlock['transactions']): FakeBlock {
    const number = parent === undefined ? 0 : parent.number + 1
    const timestamp = Math.max(Math.floor(at / 1000), (parent?.timestamp ?? 0) + (parent === undefined ? 0 : 1))
    const parentHash = parent?.hash ?? (`0x${'00'.repeat(32)}` as const)
    const hash = hex(
      keccak256(
        concat(
          utf8('fake block'),
          u64be(number),
          fromHex(parentHash),
          u64be(timestamp),
          u64be(salt),
          ...transactions.map(({ hash: tx }) => fromHex(tx)),
        ),
      ),
    )
    return { number, hash, parentHash, timestamp, transactions }
  }

  const head = (): FakeBlock => chain.at(-1) as FakeBlock
  const finalized = (): number => Math.max(0, head().number - options.finalityLag)

  function nonceOf(account: string): number {
    let nonce = 0
    for (const block of chain) for (const { from, transaction } of block.transactions) if (from === account) nonce = transaction.nonce + 1
    return nonce
  }

  /** Takes from the mempool what the nonces allow, lowest first. */
  function includable(): FakeBlock['transactions'] {
    const next = new Map<string, number>()
    const taken: (SignedTransaction & { readonly raw: Bytes })[] = []
    for (const waiting of [...mempool.values()].sort((a, b) => a.transaction.nonce - b.transaction.nonce)) {
      const { from, hash, transaction } = waiting
      const due = next.get(from) ?? nonceOf(from)
      if (transaction.nonce < due) mempool.delete(hash)
      if (transaction.nonce !== due) continue
      next.set(from, due + 1)
      mempool.delete(hash)
      taken.push(waiting)
    }
    return taken
  }

  function mine(): FakeBlock {
    const block = seal(head(), clock.now(), includable())
    chain.push(block)
    for (const handler of handlers) handler(block)
    return block
  }

  function tick(): void {
    cancel = clock.after(interval, () => {
      mine()
      tick()
    })
  }

  const toL1Block = (block: FakeBlock): L1Block => ({
    number: block.number,
    hash: block.hash,
    parentHash: block.parentHash,
    timestamp: block.timestamp,
    inbox: block.transactions
      .filter(({ transaction }) => transaction.to === options.inbox)
      .map(({ hash, from, transaction }) => ({ hash, from, nonce: transaction.nonce, data: transaction.data })),
  })

  return {
    get blocks() {
      return chain
    },
    get head() {
      return head()
    },
    get finalized() {
      return finalized()
    },
    start: tick,
    stop: () => cancel(),
    mine,
    send(raw) {
      const signed = decodeSignedTransaction(raw)
      const { transaction, from, hash } = signed
      if (transaction.chainId !== options.chainId) throw new Error('invalid chain id')
      if (transaction.nonce < nonceOf(from)) throw new Error('nonce too low')
      if (mempool.has(hash)) throw new Error('already known')
      for (const other of mempool.values())
        if (other.from === from && other.transaction.nonce === transaction.nonce) {
          if (transaction.maxFeePerGas <= (other.transaction.maxFeePerGas * 11n) / 10n) throw new Error('replacement transaction underpriced')
          mempool.delete(other.hash)
        }
      mempool.set(hash, { ...signed, raw })
    },
    nonceOf,
    reorg(depth) {
      if (depth >= head().number - finalized() + 1) throw new Error(`a reorganisation of depth ${depth} would go below the finalized block`)
      salt++
      const gone = chain.splice(-depth)
      for (const { timestamp } of gone) chain.push(seal(head(), timestamp * 1000, []))
      for (const handler of handlers) handler(head())
    },
    onBlock: handler => handlers.push(handler),
    waits: hash => mempool.has(hash),
    reader(failing = () => false, lag = () => 0) {
      const answer = async <T>(read: (newest: number) => T): Promise<T> => {
        if (failing()) throw new PoolError('l1-unreachable', { reason: 'told so' })
        return read(Math.max(0, head().number - lag()))
      }
      return {
        chainId: () => answer(() => options.chainId),
        headNumber: () => answer(newest => newest),
        finalizedNumber: () => answer(newest => Math.max(0, newest - options.finalityLag)),
        block: number =>
          answer(newest => {
            const block = chain[number]
            return block === undefined || number > newest ? undefined : toL1Block(block)
          }),
        fees: () => answer(() => ({ baseFee: 1_000_000_000n, priorityFees: [1_000_000_000n] })),
        balance: () => answer(() => 10n ** 18n),
        nonce: account => answer(() => nonceOf(account)),
      }
    },
  }
}
