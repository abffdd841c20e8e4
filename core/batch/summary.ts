/**
 * Whole batches: blocks to calldata, and calldata back. `encodeBlocks` and `decodePoolBatch` are what a pool posts and checks; `decodeBatch`
 * reads what any OP Stack batcher has posted.
 * @module
 */
import { type Bytes, hex } from '../bytes.ts'
import { PoolError } from '../errors.ts'
import type { Hex } from '../ethereum.ts'
import type { L2Block } from './block.ts'
import { MAX_CALLDATA_BYTES } from './limits.ts'
import { decodeCalldata, encodeCalldata } from './op-stack/calldata.ts'
import { DEFAULT_RLP_BYTES, decodeChannel, encodeChannel } from './op-stack/channel.ts'
import { encodeFrame, joinFrames } from './op-stack/frame.ts'
import { malformedBatch, unsupportedBatch } from './op-stack/rlp.ts'
import { batchOf, decodeSingular, encodeSingular, SINGULAR_VERSION, type SingularBatch } from './op-stack/singular.ts'
import { decodeSpan, SPAN_VERSION, type SpanBatch } from './op-stack/span.ts'
import type { Deflate } from './op-stack/zlib.ts'

export interface EncodedBatch {
  /** What the L1 transaction carries. */
  readonly calldata: Bytes
  /** Encoded frames in order, for the content commitment. */
  readonly frames: readonly Bytes[]
}

/** A batch of any kind that is read here. */
export type Batch = SingularBatch | SpanBatch

export interface BatchSummary<B extends Batch = Batch> {
  /** 16 bytes, hex. */
  readonly channelId: Hex
  /** Encoded frames in order. */
  readonly frames: readonly Bytes[]
  readonly compression: 'zlib'
  /** How the compressed stream ended; only `complete` is accepted from a pool. */
  readonly end: 'complete' | 'truncated' | 'clipped'
  /** Compressed bytes after the end of the stream; none in a pool's batch. */
  readonly trailing: number
  readonly batches: readonly B[]
  /** All transactions of all batches, in order. */
  readonly transactions: readonly Bytes[]
}

/**
 * Blocks as one channel in one frame in one transaction's calldata.
 * @throws {PoolError} `invalid-argument` when the calldata would be longer than {@link MAX_CALLDATA_BYTES}; `BatchLimits.maxBytes` keeps clear of it.
 */
export function encodeBlocks(blocks: readonly L2Block[], channelId: Bytes, port: Deflate): EncodedBatch {
  const data = encodeChannel(
    blocks.map(block => encodeSingular(batchOf(block))),
    port,
  )
  const frame = { channelId, number: 0, data, isLast: true }
  const calldata = encodeCalldata([frame])
  if (calldata.length > MAX_CALLDATA_BYTES)
    throw new PoolError('invalid-argument', { title: 'blocks', expected: `calldata of at most ${MAX_CALLDATA_BYTES} bytes`, got: calldata.length })
  return { calldata, frames: [encodeFrame(frame)] }
}

export interface DecodeOptions {
  /** Bound of the decompressed bytes. */
  readonly maxBytes?: number
  /** L2 chain id, without which the transactions of span batches cannot be rebuilt. */
  readonly chainId?: number | undefined
}

/**
 * Decodes calldata whose frames are one whole channel. Tolerant as the OP Stack is of a stream that is cut off.
 * @throws {PoolError} `malformed-batch`; `unsupported-batch` for encodings that are not read here, for a channel over several transactions, and for
 *   span batches when no chain id is given.
 */
export const decodeBatch = (calldata: Bytes, { maxBytes = DEFAULT_RLP_BYTES, chainId }: DecodeOptions = {}): BatchSummary =>
  decodeWith(calldata, maxBytes, bytes => decodeAny(bytes, chainId))

/**
 * Decodes what a member of the pool proposes: exactly what {@link encodeBlocks} writes (one frame, singular batches, a complete stream, nothing
 * after it, at least one block), except that the compressor is free.
 * @throws {PoolError} `malformed-batch`, `unsupported-batch`
 */
export function decodePoolBatch(calldata: Bytes, { maxBytes }: { readonly maxBytes: number }): BatchSummary<SingularBatch> {
  if (calldata.length > MAX_CALLDATA_BYTES) throw malformedBatch('calldata', 'too long', { most: MAX_CALLDATA_BYTES })
  const summary = decodeWith(calldata, maxBytes, decodeSingular)
  if (summary.frames.length !== 1) throw malformedBatch('frame', 'more than one frame')
  if (summary.end !== 'complete') throw malformedBatch('channel', `stream is ${summary.end}`)
  if (summary.trailing !== 0) throw malformedBatch('channel', 'bytes after the stream', { count: summary.trailing })
  if (summary.batches.length === 0) throw malformedBatch('channel', 'no batch')
  return summary
}

function decodeWith<B extends Batch>(calldata: Bytes, maxBytes: number, decodeOne: (bytes: Bytes) => B): BatchSummary<B> {
  const frames = decodeCalldata(calldata)
  if (frames[0]?.number !== 0 || !frames.at(-1)?.isLast) throw unsupportedBatch('part of a channel')
  const { channelId, data } = joinFrames(frames)
  const { batches: encoded, end, trailing, compression } = decodeChannel(data, maxBytes)
  const batches = encoded.map(decodeOne)
  return {
    channelId: hex(channelId),
    frames: frames.map(encodeFrame),
    compression,
    end,
    trailing,
    batches,
    transactions: batches.flatMap(batch => (batch.kind === 'span' ? batch.blocks.flatMap(block => block.transactions) : batch.transactions)),
  }
}

function decodeAny(bytes: Bytes, chainId: number | undefined): Batch {
  const version = bytes[0]
  if (version === undefined) throw malformedBatch('channel', 'empty batch')
  if (version === SINGULAR_VERSION) return decodeSingular(bytes)
  if (version !== SPAN_VERSION) throw unsupportedBatch(`batch version ${version}`)
  if (chainId === undefined) throw unsupportedBatch('span batch without the L2 chain id')
  return decodeSpan(bytes, chainId)
}
