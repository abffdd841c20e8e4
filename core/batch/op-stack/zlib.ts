/**
 * zlib (RFC 1950) for channels. Compression is a port, because Node has a faster one; decompression is always this one, so that every
 * member bounds it alike. Compressed bytes are never compared: two compressors may differ.
 * @module
 */
import { deflate, Inflate, Z_SYNC_FLUSH, type ZStream } from 'pako'
import { type Bytes, concat } from '../../bytes.ts'

/** Compresses a whole channel into one zlib stream (level 9, no dictionary). */
export interface Deflate {
  deflate(bytes: Bytes): Bytes
}

/** The port without a platform: what a browser uses, and tests. */
export const pakoDeflate: Deflate = { deflate: bytes => deflate(bytes, { level: 9 }) }

/**
 * `complete`: final block and checksum seen. `truncated`: the input ended first (real channels do, after a sync flush). `clipped`: the output
 * bound was reached. `corrupt`: not zlib, bad data or checksum.
 */
export type InflateEnd = 'complete' | 'truncated' | 'clipped' | 'corrupt'

export interface Inflated {
  /** Everything that came out, at most the bound. */
  readonly bytes: Bytes
  readonly end: InflateEnd
  /** Input bytes after the end of the stream. */
  readonly trailing: number
}

const CHUNK = 65_536

/** Inflates as a stream and stops at `maxBytes` of output, so that a zip bomb costs at most that and one chunk of 64 KiB. Never throws on input. */
export function inflate(input: Bytes, maxBytes: number): Inflated {
  const chunks: Bytes[] = []
  let total = 0
  let stream: ZStream | undefined
  const clipped = Symbol('clipped')
  // An explicit window size turns the detection of gzip off.
  const engine = new Inflate({ windowBits: 15, chunkSize: CHUNK })
  engine.onStart = strm => {
    stream = strm
  }
  engine.onData = chunk => {
    const kept = chunk.subarray(0, maxBytes - total)
    total += kept.length
    chunks.push(kept)
    if (kept.length < chunk.length) throw clipped
  }
  let end: InflateEnd
  try {
    engine.push(input, Z_SYNC_FLUSH)
    end = !engine.ended ? 'truncated' : engine.err === 0 ? 'complete' : 'corrupt'
  } catch (error) {
    if (error !== clipped) throw error
    end = 'clipped'
  }
  return { bytes: concat(...chunks), end, trailing: end === 'complete' ? (stream?.avail_in ?? 0) : 0 }
}
