import fc from 'fast-check'
import { encodePacked, keccak256 as viemKeccak } from 'viem'
import { describe, expect, it } from 'vitest'
import { type Bytes, hex, u32be } from '../bytes.ts'
import { isPoolError, PoolError } from '../errors.ts'
import type { Hex } from '../ethereum.ts'
import { hashOfTransaction, type L2Transaction } from '../transaction/parse.ts'
import { blockHash, genesisBlock, headOf, type L2Block, transactionsRoot } from './block.ts'
import { type BuildInput, buildBlocks, type KnownOrigin } from './builder.ts'
import { type BlockRefusal, checkBatches, checkBlocks, type FollowView } from './follows.ts'
import { DEFAULT_LIMITS } from './limits.ts'
import { batchOf } from './op-stack/singular.ts'

const word = (n: number): Hex => `0x${n.toString(16).padStart(64, '0')}`
const origin = (number: number, timestamp: number): KnownOrigin => ({ number, hash: word(0xaa0000 + number), timestamp })
/** L1 blocks 100, 101, … every 12 s from t = 1000. */
const l1 = Array.from({ length: 20 }, (_, i) => origin(100 + i, 1000 + 12 * i))
const genesis = genesisBlock({ l2ChainId: 901, timestamp: 1000, l1Origin: { number: 100, hash: word(0xaa0064) } })
const parent = headOf(genesis)

const registry = new Map<Hex, L2Transaction>()
let salt = 0
function make(from: Hex, nonce: number, change: { size?: number; gasLimit?: bigint; chainId?: number } = {}): L2Transaction {
  const { size = 100, gasLimit = 21_000n, chainId = 901 } = change
  const raw = new Uint8Array(size)
  raw.set(u32be(++salt))
  const tx: L2Transaction = {
    raw,
    hash: hashOfTransaction(raw),
    type: 'eip1559',
    chainId,
    from,
    nonce,
    to: '0xbb',
    value: 0n,
    gasLimit,
    maxFeePerGas: 0n,
    maxPriorityFeePerGas: 0n,
    dataLength: 0,
    intrinsicGas: 21_000n,
  }
  registry.set(tx.hash, tx)
  return tx
}
function parse(raw: Bytes): L2Transaction {
  const tx = registry.get(hashOfTransaction(raw))
  if (tx === undefined) throw new PoolError('malformed-transaction', { reason: 'rlp' })
  return tx
}

const base: BuildInput = {
  parent,
  nonceOf: () => 0,
  transactions: [],
  until: 1010,
  blockTime: 2,
  origins: l1,
  maxSequencerDrift: 600,
  limits: DEFAULT_LIMITS,
}
const view: FollowView = {
  chainId: 901,
  blockTime: 2,
  maxSequencerDrift: 600,
  latestTimestamp: 2000,
  limits: DEFAULT_LIMITS,
  origin: number => l1[number - 100],
  nonceOf: () => 0,
  parse,
}
const shape = (blocks: readonly L2Block[]) => blocks.map(block => [block.timestamp, block.l1Origin.number, block.transactions.length])

describe('block hash', () => {
  it('is keccak256 over the fixed fields, computed here by another library', () => {
    const transactions = [Uint8Array.of(1, 2), Uint8Array.of(3)]
    const block: L2Block = { number: 7, parentHash: word(5), timestamp: 1234, l1Origin: { number: 9, hash: word(6) }, transactions }
    const root = viemKeccak(encodePacked(['uint32', 'bytes32', 'bytes32'], [2, viemKeccak('0x0102'), viemKeccak('0x03')]))
    expect(hex(transactionsRoot(transactions))).toBe(root)
    expect(blockHash(block)).toBe(
      viemKeccak(
        encodePacked(
          ['string', 'uint64', 'bytes32', 'uint64', 'uint64', 'bytes32', 'bytes32'],
          ['sequorum/block/v1', 7n, word(5), 1234n, 9n, word(6), root],
        ),
      ),
    )
    expect(genesis.parentHash).toBe(viemKeccak(encodePacked(['string', 'uint64'], ['sequorum/genesis/v1', 901n])))
    expect(headOf(genesis)).toEqual({ number: 0, hash: blockHash(genesis), timestamp: 1000, l1Origin: { number: 100, hash: word(0xaa0064) } })
  })

  it('changes with every field', () => {
    const block: L2Block = { number: 1, parentHash: word(1), timestamp: 1, l1Origin: { number: 1, hash: word(1) }, transactions: [] }
    const changed: L2Block[] = [
      { ...block, number: 2 },
      { ...block, parentHash: word(2) },
      { ...block, timestamp: 2 },
      { ...block, l1Origin: { number: 2, hash: word(1) } },
      { ...block, l1Origin: { number: 1, hash: word(2) } },
      { ...block, transactions: [new Uint8Array()] },
    ]
    expect(new Set([block, ...changed].map(blockHash)).size).toBe(7)
  })

  it('refuses a hash that is not 32 bytes, and a number that is none', () => {
    const bad = (block: L2Block) => {
      try {
        blockHash(block)
      } catch (error) {
        return isPoolError(error, 'invalid-argument')
      }
      return false
    }
    expect(bad({ ...genesis, parentHash: '0x11' })).toBe(true)
    expect(bad({ ...genesis, timestamp: -1 })).toBe(true)
  })
})

describe('buildBlocks', () => {
  it('makes a block each block time up to the end, and takes the next origin as soon as it is not younger', () => {
    const { blocks } = buildBlocks({ ...base, until: 1027 })
    expect(shape(blocks).map(([time, number]) => [time, number])).toEqual([
      ...[1002, 1004, 1006, 1008, 1010].map(time => [time, 100]),
      ...[1012, 1014, 1016, 1018, 1020, 1022].map(time => [time, 101]),
      ...[1024, 1026].map(time => [time, 102]),
    ])
    expect(blocks[0]?.parentHash).toBe(parent.hash)
    expect(checkBlocks(blocks, parent, view)).toBeUndefined()
  })

  it('makes none before the first is due', () => {
    expect(buildBlocks({ ...base, until: 1001, transactions: [make('0xa', 0)] })).toEqual({ blocks: [], included: [] })
  })

  it('catches up with L1 one origin a block', () => {
    const late = { ...parent, timestamp: 1100 }
    expect(shape(buildBlocks({ ...base, parent: late, until: 1106 }).blocks).map(([, number]) => number)).toEqual([101, 102, 103])
  })

  it('puts transactions into the newest blocks, in order', () => {
    const transactions = [make('0xa', 0), make('0xb', 0), make('0xa', 1), make('0xa', 2), make('0xb', 1)]
    const { blocks, included } = buildBlocks({ ...base, transactions, limits: { ...DEFAULT_LIMITS, maxTransactionsPerBlock: 2 } })
    expect(blocks.map(block => block.transactions.length)).toEqual([0, 0, 2, 2, 1])
    expect(blocks.flatMap(block => block.transactions)).toEqual(transactions.map(tx => tx.raw))
    expect(included).toEqual(transactions.map(tx => tx.hash))
    expect(checkBlocks(blocks, parent, view)).toBeUndefined()
  })

  it('opens a new block when the gas of one is used up, and leaves what no block is left for', () => {
    const transactions = Array.from({ length: 5 }, (_, nonce) => make('0xa', nonce, { gasLimit: 20_000_000n }))
    const { blocks, included } = buildBlocks({ ...base, transactions, until: 1006 })
    expect(blocks.map(block => block.transactions.length)).toEqual([1, 1, 1])
    expect(included).toEqual(transactions.slice(0, 3).map(tx => tx.hash))
  })

  it('leaves out what breaks nonce order or can fit into no block', () => {
    const [good, gap, twice, huge, after] = [
      make('0xa', 0),
      make('0xb', 1),
      make('0xa', 0),
      make('0xc', 0, { gasLimit: 30_000_001n }),
      make('0xc', 1),
    ] as const
    expect(buildBlocks({ ...base, transactions: [good, gap, twice, huge, after] }).included).toEqual([good.hash])
  })

  it('puts no transaction into a block beyond the drift', () => {
    const transactions = [make('0xa', 0)]
    const stalled = { ...base, origins: l1.slice(0, 1), transactions, maxSequencerDrift: 5 }
    expect(buildBlocks(stalled).blocks.map(block => block.transactions.length)).toEqual([0, 1, 0, 0, 0])
    expect(buildBlocks({ ...stalled, maxSequencerDrift: 1 })).toMatchObject({ included: [] })
  })

  it('keeps empty blocks of a long silence to half of the space, and still takes transactions', () => {
    const transactions = [make('0xa', 0)]
    const { blocks, included } = buildBlocks({ ...base, until: 100_000, transactions, limits: { ...DEFAULT_LIMITS, maxBytes: 2_000 } })
    expect(blocks.length).toBe(10)
    expect(included.length).toBe(1)
  })

  it('leaves what does not fit into the bytes', () => {
    const transactions = Array.from({ length: 10 }, (_, nonce) => make('0xa', nonce, { size: 300 }))
    expect(buildBlocks({ ...base, until: 1002, transactions, limits: { ...DEFAULT_LIMITS, maxBytes: 1_100 } }).included.length).toBe(3)
  })

  it('says so when L1 no longer has the parent’s origin', () => {
    const other = { ...origin(100, 1000), hash: word(1) }
    for (const origins of [[], [other]])
      expect(() => buildBlocks({ ...base, origins })).toThrowError(expect.objectContaining({ code: 'invalid-argument' }))
  })

  it('always builds what members accept', () => {
    const step = fc.record({ from: fc.constantFrom<Hex[]>('0xa', '0xb', '0xc'), nonce: fc.nat(3), size: fc.integer({ min: 4, max: 400 }) })
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 25 }),
        fc.integer({ min: 1000, max: 1200 }),
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 200, max: 3000 }),
        (steps, until, known, maxSequencerDrift, maxBytes) => {
          const transactions = steps.map(({ from, nonce, size }) => make(from, nonce, { size }))
          const limits = { ...DEFAULT_LIMITS, maxTransactionsPerBlock: 3, maxBytes }
          const { blocks, included } = buildBlocks({ ...base, transactions, until, limits, maxSequencerDrift, origins: l1.slice(0, known) })
          const own = { ...view, limits, maxSequencerDrift, origin: (number: number) => l1.slice(0, known)[number - 100] }
          if (blocks.length > 0) expect(checkBlocks(blocks, parent, own)).toBeUndefined()
          expect(blocks.flatMap(block => block.transactions).map(hashOfTransaction)).toEqual(included)
        },
      ),
    )
  })
})

describe('checkBlocks', () => {
  const a0 = make('0xa', 0)
  const a1 = make('0xa', 1)
  const { blocks } = buildBlocks({ ...base, until: 1014, transactions: [a0, a1] })
  /** The blocks with one changed, and the parent hashes after it mended, so that only the change is wrong. */
  const changed = (at: number, change: Partial<L2Block>): L2Block[] => {
    const out: L2Block[] = []
    for (const [i, block] of blocks.entries()) {
      const previous = out.at(-1)
      const linked = previous === undefined ? block : { ...block, parentHash: blockHash(previous) }
      out.push(i === at ? { ...linked, ...change } : linked)
    }
    return out
  }

  it('accepts what follows', () => {
    expect(checkBlocks(blocks, parent, view)).toBeUndefined()
    expect(checkBatches(blocks.map(batchOf), parent, view)).toBeUndefined()
  })

  it.each<[BlockRefusal, string, readonly L2Block[], Partial<FollowView>]>([
    ['no-blocks', 'there is none', [], {}],
    ['wrong-number', 'a number is skipped', changed(0, { number: 2 }), {}],
    ['wrong-parent', 'the first does not follow the parent', changed(0, { parentHash: word(1) }), {}],
    ['wrong-parent', 'a later one does not follow its predecessor', changed(3, { parentHash: word(1) }), {}],
    ['wrong-timestamp', 'a block comes early', changed(2, { timestamp: 1005 }), {}],
    [
      'wrong-timestamp',
      'a block time is skipped',
      blocks.slice(1).map((block, i) => (i === 0 ? { ...block, number: 1, parentHash: parent.hash } : block)),
      {},
    ],
    ['block-in-future', 'the last block is younger than now', blocks, { latestTimestamp: 1013 }],
    ['origin-out-of-order', 'an origin goes back', changed(6, { l1Origin: { number: 100, hash: word(0xaa0064) } }), {}],
    ['origin-out-of-order', 'an origin is skipped', changed(6, { l1Origin: { number: 103, hash: word(0xaa0067) } }), {}],
    ['origin-unknown', 'an origin is not seen yet', blocks, { origin: number => (number === 100 ? l1[0] : undefined) }],
    ['origin-not-canonical', 'an origin was reorganised away', changed(5, { l1Origin: { number: 101, hash: word(1) } }), {}],
    ['origin-younger-than-block', 'an origin is taken too early', changed(4, { l1Origin: { number: 101, hash: word(0xaa0065) } }), {}],
    ['transactions-beyond-drift', 'transactions come when L1 is far behind', changed(2, { transactions: [a0.raw] }), { maxSequencerDrift: 5 }],
    [
      'origin-too-old',
      'an origin is kept beyond the drift though the next is there',
      changed(4, {}),
      { maxSequencerDrift: 7, origin: number => (number === 100 ? l1[0] : origin(number, 1009)) },
    ],
    ['too-many-transactions', 'a block is crowded', blocks, { limits: { ...DEFAULT_LIMITS, maxTransactionsPerBlock: 1 } }],
    ['invalid-transaction', 'bytes are no transaction', changed(6, { transactions: [Uint8Array.of(1)] }), {}],
    ['wrong-chain-id', 'a transaction is for another chain', changed(6, { transactions: [make('0xa', 0, { chainId: 1 }).raw] }), {}],
    ['invalid-gas', 'a gas limit is below the intrinsic gas', changed(6, { transactions: [make('0xa', 0, { gasLimit: 20_999n }).raw] }), {}],
    ['invalid-gas', 'a block uses more gas than it may', blocks, { limits: { ...DEFAULT_LIMITS, maxGasPerBlock: 41_999n } }],
    ['wrong-nonce', 'a nonce was used before', blocks, { nonceOf: () => 1 }],
    ['wrong-nonce', 'nonces are swapped', changed(6, { transactions: [a1.raw, a0.raw] }), {}],
    ['wrong-nonce', 'a transaction stands twice', changed(6, { transactions: [a0.raw, a0.raw] }), {}],
  ])('%s: %s', (expected, _, list, change) => {
    expect(checkBlocks(list, parent, { ...view, ...change })).toBe(expected)
  })

  it('recovers senders itself when it is given no shortcut', () => {
    const { parse: _, ...plain } = view
    expect(checkBlocks(blocks, parent, plain)).toBe('invalid-transaction')
  })

  it('does not hide a bug as a refusal', () => {
    const broken = () => {
      throw new TypeError('bug')
    }
    expect(() => checkBlocks(blocks, parent, { ...view, parse: broken })).toThrow(TypeError)
  })
})
