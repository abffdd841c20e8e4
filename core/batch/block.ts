/**
 * The pool's own L2 chain: blocks that the pool orders, each naming its parent by a real hash. The hash is what OP Stack batches carry as
 * `parent_hash`. An execution client's blocks have other hashes; this chain is for pools that are the ordering layer themselves.
 * @module
 */
import { type Bytes, concat, fromHex, hex, u32be, u64be, utf8 } from '../bytes.ts'
import { PoolError } from '../errors.ts'
import { type Hex, keccak256 } from '../ethereum.ts'

/** The L1 block that an L2 block refers to (its "epoch" in OP Stack words). */
export interface L1Origin {
  readonly number: number
  /** 32 bytes, lower-case hex. */
  readonly hash: Hex
}

export interface L2Block {
  readonly number: number
  readonly parentHash: Hex
  /** Seconds since 1970. */
  readonly timestamp: number
  readonly l1Origin: L1Origin
  /** Signed EIP-2718 bytes in order. */
  readonly transactions: readonly Bytes[]
}

/** What the next block builds on. */
export interface BlockHead {
  readonly number: number
  readonly hash: Hex
  readonly timestamp: number
  readonly l1Origin: L1Origin
}

const BLOCK_TAG = utf8('sequorum/block/v1')
const GENESIS_TAG = utf8('sequorum/genesis/v1')

/** keccak256(u32 count || hash of each transaction), big-endian. */
export const transactionsRoot = (transactions: readonly Bytes[]): Bytes =>
  keccak256(concat(u32be(transactions.length), ...transactions.map(keccak256)))

/**
 * Hash of a block: keccak256("sequorum/block/v1" || u64 number || parentHash32 || u64 timestamp || u64 originNumber || originHash32 ||
 * transactionsRoot32), big-endian (docs/batch.md, Blocks).
 * @throws {PoolError} `invalid-argument` when a field has the wrong size.
 */
export function blockHash(block: L2Block): Hex {
  const { number, parentHash, timestamp, l1Origin, transactions } = block
  const root = transactionsRoot(transactions)
  return hex(keccak256(concat(BLOCK_TAG, u64(number), word(parentHash), u64(timestamp), u64(l1Origin.number), word(l1Origin.hash), root)))
}

/** The block as the parent of the next one. */
export const headOf = (block: L2Block): BlockHead => ({
  number: block.number,
  hash: blockHash(block),
  timestamp: block.timestamp,
  l1Origin: block.l1Origin,
})

/**
 * Block 0: no transactions, and a parent hash that binds the L2 chain id: keccak256("sequorum/genesis/v1" || u64 chainId).
 */
export const genesisBlock = (genesis: { readonly l2ChainId: number; readonly timestamp: number; readonly l1Origin: L1Origin }): L2Block => ({
  number: 0,
  parentHash: hex(keccak256(concat(GENESIS_TAG, u64(genesis.l2ChainId)))),
  timestamp: genesis.timestamp,
  l1Origin: { number: genesis.l1Origin.number, hash: genesis.l1Origin.hash },
  transactions: [],
})

function u64(value: number): Bytes {
  if (!Number.isSafeInteger(value) || value < 0) throw new PoolError('invalid-argument', { title: 'block field', expected: 'integer in 0..2^53-1' })
  return u64be(value)
}

function word(text: Hex): Bytes {
  const bytes = fromHex(text, 'block field')
  if (bytes.length !== 32) throw new PoolError('invalid-argument', { title: 'block field', expected: '32 bytes', got: bytes.length })
  return bytes
}
