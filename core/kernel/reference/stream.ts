/**
 * What a step draws from its seed.
 * @module
 */
import type { Bytes, Random } from '../../bytes.ts'
import { keyed } from '../../transcript.ts'

/** Most bytes that one step draws: choices, blinds, decoys and half a zero seed of base transfers. */
const MOST = 16 + 2 * 128 * 32 + 32 + 1024

/** Reads the stream `BLAKE3_key(seed)("")` in order. The seed is copied by the hash; the caller wipes it. */
export function drawFrom(seed: Bytes, most = MOST): Random {
  const stream = keyed(seed, new Uint8Array(0), most)
  let at = 0
  return length => {
    at += length
    return stream.slice(at - length, at)
  }
}
