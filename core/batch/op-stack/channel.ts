/**
 * A channel: batches, each as one RLP string, one after the other without an outer list, compressed. The first byte tells the compression:
 * zlib's own header, or 0x01 for brotli (OP Stack specification, derivation, "Channel Format"; brotli since Fjord).
 * @module
 */
import { type Bytes, concat } from '../../bytes.ts'
import { encodeRlp } from '../../ethereum.ts'
import { itemAt, malformedBatch, unsupportedBatch } from './rlp.ts'
import { type Deflate, inflate } from './zlib.ts'

/** Decompressed bytes above which the OP Stack reads no further: MAX_RLP_BYTES_PER_CHANNEL (10 MB before Fjord). */
export const MAX_RLP_BYTES = 100_000_000
/** What decoders here read unless told otherwise. */
export const DEFAULT_RLP_BYTES = 10_000_000

const BROTLI = 0x01

export interface DecodedChannel {
  readonly compression: 'zlib'
  /** Batch bytes, version byte first; only those that arrived whole. */
  readonly batches: readonly Bytes[]
  /** `truncated` and `clipped` are accepted as the OP Stack does: everything completed before counts. */
  readonly end: 'complete' | 'truncated' | 'clipped'
  /** Compressed bytes after the end of the stream; the OP Stack ignores them. */
  readonly trailing: number
}

/** Batches (version byte first) as compressed channel bytes. */
export const encodeChannel = (batches: readonly Bytes[], port: Deflate): Bytes => port.deflate(concat(...batches.map(batch => encodeRlp(batch))))

/**
 * Decompresses and splits, with at most `maxBytes` of output.
 * @throws {PoolError} `malformed-batch` for bad compression or RLP; `unsupported-batch` for brotli.
 */
export function decodeChannel(bytes: Bytes, maxBytes: number = DEFAULT_RLP_BYTES): DecodedChannel {
  const lead = bytes[0]
  if (lead === undefined) throw malformedBatch('channel', 'empty')
  if (lead === BROTLI) throw unsupportedBatch('brotli channel')
  const method = lead & 0x0f
  if (method !== 8 && method !== 15) throw malformedBatch('channel', 'unknown compression', { byte: lead })
  const { bytes: plain, end, trailing } = inflate(bytes, maxBytes)
  if (end === 'corrupt') throw malformedBatch('channel', 'zlib data')
  const batches: Bytes[] = []
  let offset = 0
  while (offset < plain.length) {
    const item = itemAt(plain, offset)
    if (item === undefined) {
      if (end === 'complete') throw malformedBatch('channel', 'a batch is cut off')
      break
    }
    if (item.list) throw malformedBatch('channel', 'list where a batch belongs')
    batches.push(plain.subarray(item.start, item.end))
    offset = item.end
  }
  return { compression: 'zlib', batches, end, trailing }
}
