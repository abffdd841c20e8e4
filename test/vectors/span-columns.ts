/**
 * Writes a span batch from rebuilt transactions: the way back that the project itself does not need, here to compare bytes.
 */

import type { SpanBatch } from '../../core/batch/op-stack/span.ts'
import { type Bytes, bigintToBytes, bytesToBigint, concat, fromHex } from '../../core/bytes.ts'
import { decodeRlp, encodeRlp, type RlpItem } from '../../core/ethereum.ts'

function uvarint(value: bigint): Bytes {
  const out: number[] = []
  let rest = value
  while (rest >= 0x80n) {
    out.push(Number(rest & 0x7fn) | 0x80)
    rest >>= 7n
  }
  return Uint8Array.from([...out, Number(rest)])
}

function bits(flags: readonly boolean[]): Bytes {
  const value = flags.reduce((sum, flag, i) => (flag ? sum | (1n << BigInt(i)) : sum), 0n)
  return bigintToBytes(value, Math.ceil(flags.length / 8))
}

interface Columns {
  readonly type: number
  readonly to: Bytes
  readonly v: bigint
  readonly r: Bytes
  readonly s: Bytes
  readonly nonce: bigint
  readonly gas: bigint
  readonly data: Bytes
}

const word = (item: RlpItem | undefined): Bytes => bigintToBytes(bytesToBigint(item as Bytes), 32)

function columnsOf(raw: Bytes): Columns {
  const type = (raw[0] as number) >= 0xc0 ? 0 : (raw[0] as number)
  const fields = decodeRlp(type === 0 ? raw : raw.subarray(1)) as RlpItem[]
  const [v, r, s] = fields.slice(-3)
  const prices = type < 2 ? 1 : 2
  const at = type === 0 ? 0 : 1
  const [nonce, gas, to] = [fields[at], fields[at + prices + 1], fields[at + prices + 2]] as [Bytes, Bytes, Bytes]
  const rest = [...fields.slice(at + 1, at + 1 + prices), ...fields.slice(at + prices + 4, -3)]
  const body = encodeRlp([fields[at + prices + 3] as RlpItem, ...rest])
  return {
    type,
    to,
    v: bytesToBigint(v as Bytes),
    r: word(r),
    s: word(s),
    nonce: bytesToBigint(nonce),
    gas: bytesToBigint(gas),
    data: type === 0 ? body : concat(Uint8Array.of(type), body),
  }
}

/** Span batch bytes, version byte first. `firstOfEpoch` is the first origin bit, which decoding does not keep. */
export function encodeSpan(batch: SpanBatch, firstOfEpoch: boolean): Bytes {
  const { blocks } = batch
  const transactions = blocks.flatMap(block => block.transactions).map(columnsOf)
  const legacy = transactions.filter(tx => tx.type === 0)
  return concat(
    Uint8Array.of(1),
    uvarint(batch.relativeTimestamp),
    uvarint(blocks.at(-1)?.epochNumber ?? 0n),
    fromHex(batch.parentCheck),
    fromHex(batch.originCheck),
    uvarint(BigInt(blocks.length)),
    bits(blocks.map((block, i) => (i === 0 ? firstOfEpoch : block.epochNumber !== blocks[i - 1]?.epochNumber))),
    ...blocks.map(block => uvarint(BigInt(block.transactions.length))),
    bits(transactions.map(tx => tx.to.length === 0)),
    bits(transactions.map(tx => (tx.type === 0 ? tx.v % 2n === 0n : tx.v === 1n))),
    ...transactions.flatMap(tx => [tx.r, tx.s]),
    ...transactions.map(tx => tx.to),
    ...transactions.map(tx => tx.data),
    ...transactions.map(tx => uvarint(tx.nonce)),
    ...transactions.map(tx => uvarint(tx.gas)),
    bits(legacy.map(tx => tx.v >= 35n)),
  )
}
