/**
 * Span batch (version 1), many L2 blocks with their transactions taken apart by field (OP Stack specification, Delta, "Span Batch Format"). Read only:
 * the pool posts singular batches, but other chains' batches are decoded too. Set-code transactions (Isthmus) included.
 * @module
 */
import { type Bytes, bytesToBigint, concat, hex } from '../../bytes.ts'
import { decodeRlp, encodeRlp, type Hex, type RlpItem, scalarBytes } from '../../ethereum.ts'
import { itemAt, malformedBatch } from './rlp.ts'

export interface SpanBlock {
  /** Number of the L1 origin, any 64-bit value. */
  readonly epochNumber: bigint
  /** Rebuilt EIP-2718 bytes. */
  readonly transactions: readonly Bytes[]
}

export interface SpanBatch {
  readonly kind: 'span'
  /** Seconds from the L2 chain's genesis to the first block. */
  readonly relativeTimestamp: bigint
  /** First 20 bytes of the hash of the first block's parent. */
  readonly parentCheck: Hex
  /** First 20 bytes of the hash of the last block's L1 origin. */
  readonly originCheck: Hex
  readonly blocks: readonly SpanBlock[]
}

/** First byte of the encoding. */
export const SPAN_VERSION = 1
/** Longest tx_data that is taken apart: a bound on memory, far above what nodes relay. */
const MAX_TX_DATA = 1_000_000
/** Signature, one byte of to-less tx_data at least, nonce, gas limit. */
const MIN_TRANSACTION_BYTES = 64

const fail = (reason: string) => malformedBatch('span', reason)

/**
 * Decodes a span batch, version byte first. The chain id is not part of it, but of the transactions that come out.
 * @throws {PoolError} `malformed-batch`
 */
export function decodeSpan(bytes: Bytes, chainId: number): SpanBatch {
  if (bytes[0] !== SPAN_VERSION) throw fail('version byte')
  const cursor = new Cursor(bytes, 1)
  const relativeTimestamp = cursor.uvarint()
  const lastOrigin = cursor.uvarint()
  const parentCheck = hex(cursor.take(20))
  const originCheck = hex(cursor.take(20))
  const blockCount = cursor.small()
  if (blockCount === 0 || blockCount > cursor.remaining) throw fail('block count')
  const originBits = cursor.bits(blockCount)
  const counts = Array.from({ length: blockCount }, () => cursor.small())
  const total = counts.reduce((sum, count) => sum + count, 0)
  if (total * MIN_TRANSACTION_BYTES > cursor.remaining) throw fail('transaction count')
  const transactions = readTransactions(cursor, total, BigInt(chainId))
  if (cursor.remaining !== 0) throw fail('bytes after the batch')

  // An origin bit says that a block's origin is one above its predecessor's; the last block's is known.
  let epochNumber = lastOrigin - BigInt(originBits.slice(1).filter(Boolean).length)
  if (epochNumber < 0n) throw fail('origin below zero')
  let taken = 0
  const blocks = counts.map((count, i) => {
    if (i > 0 && originBits[i]) epochNumber++
    taken += count
    return { epochNumber, transactions: transactions.slice(taken - count, taken) }
  })
  return { kind: 'span', relativeTimestamp, parentCheck, originCheck, blocks }
}

/** The columns: creation bits, parities, signatures, recipients, data, nonces, gas limits, protected bits. */
function readTransactions(cursor: Cursor, count: number, chainId: bigint): Bytes[] {
  const creates = cursor.bits(count)
  const parities = cursor.bits(count)
  const signatures = creates.map(() => ({ r: bytesToBigint(cursor.take(32)), s: bytesToBigint(cursor.take(32)) }))
  const recipients = creates.map(created => (created ? new Uint8Array() : cursor.take(20)))
  const contents = creates.map(() => readData(cursor))
  const nonces = creates.map(() => cursor.uvarint())
  const gasLimits = creates.map(() => cursor.uvarint())
  const protectedBits = cursor.bits(contents.filter(content => content.type === 0).length)
  let legacy = 0
  return contents.map(({ type, fields }, i) => {
    const { r, s } = signatures[i] as { r: bigint; s: bigint }
    const parity = parities[i] ? 1n : 0n
    const [nonce, gas, to] = [scalarBytes(nonces[i] as bigint), scalarBytes(gasLimits[i] as bigint), recipients[i] as Bytes]
    const [value, ...more] = fields as readonly [RlpItem, ...RlpItem[]]
    if (type === 0) {
      const [gasPrice, data] = more as [RlpItem, RlpItem]
      const v = protectedBits[legacy++] ? 2n * chainId + 35n + parity : 27n + parity
      return encodeRlp([nonce, gasPrice, gas, to, value, data, ...[v, r, s].map(scalarBytes)])
    }
    const prices = type === 1 ? 1 : 2
    const tail = [parity, r, s].map(scalarBytes)
    const list = [scalarBytes(chainId), nonce, ...more.slice(0, prices), gas, to, value, ...more.slice(prices), ...tail]
    return concat(Uint8Array.of(type), encodeRlp(list))
  })
}

/** Fields of tx_data by type: legacy [value, price, data]; 0x01 adds the access list; 0x02 has tip and cap; 0x04 adds the authorizations. */
const FIELD_COUNT: Readonly<Record<number, number>> = { 0: 3, 1: 4, 2: 5, 4: 6 }

function readData(cursor: Cursor): { type: number; fields: readonly RlpItem[] } {
  const lead = cursor.peek()
  const type = lead >= 0xc0 ? 0 : lead
  const count = FIELD_COUNT[type]
  if (count === undefined || (type === 0 && lead === 0)) throw fail('transaction type')
  if (type !== 0) cursor.take(1)
  const fields = decodeRlp(cursor.item(MAX_TX_DATA))
  if (fields === undefined || fields instanceof Uint8Array || fields.length !== count) throw fail('transaction data')
  return { type, fields }
}

/** Reads forward; every shortage is `malformed-batch`. */
class Cursor {
  readonly #bytes: Bytes
  #offset: number
  constructor(bytes: Bytes, offset: number) {
    this.#bytes = bytes
    this.#offset = offset
  }
  get remaining(): number {
    return this.#bytes.length - this.#offset
  }
  peek(): number {
    const byte = this.#bytes[this.#offset]
    if (byte === undefined) throw fail('truncated')
    return byte
  }
  take(length: number): Bytes {
    if (length > this.remaining) throw fail('truncated')
    this.#offset += length
    return this.#bytes.subarray(this.#offset - length, this.#offset)
  }
  /** Base-128 little-endian groups, below 2^64 (protobuf varint). */
  uvarint(): bigint {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.take(1)[0] as number
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) {
        if (value >= 1n << 64n) break
        return value
      }
    }
    throw fail('integer above 2^64')
  }
  small(): number {
    const value = this.uvarint()
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw fail('integer above 2^53')
    return Number(value)
  }
  /** A big-endian integer of ceil(n/8) bytes; element i is bit i from the lowest; spare bits are zero. */
  bits(count: number): boolean[] {
    const bytes = this.take(Math.ceil(count / 8))
    if (count % 8 !== 0 && (bytes[0] as number) >> (count % 8) !== 0) throw fail('spare bits set')
    return Array.from({ length: count }, (_, i) => (((bytes[bytes.length - 1 - (i >> 3)] as number) >> (i & 7)) & 1) === 1)
  }
  /** One RLP list, as its own bytes. */
  item(most: number): Bytes {
    const span = itemAt(this.#bytes, this.#offset)
    if (span === undefined) throw fail('truncated')
    if (!span.list || span.end - span.offset > most) throw fail('transaction data')
    return this.take(span.end - span.offset)
  }
}
