/**
 * Hedged randomness over the browser's generator and clock; see core/hedged-random.ts.
 * @module
 */
import type { Bytes, Random } from '../../core/bytes.ts'
import { createHedgedRandom, type HedgedRandom } from '../../core/hedged-random.ts'

function fill(buffer: Bytes): void {
  crypto.getRandomValues(buffer as Uint8Array<ArrayBuffer>)
}

/** The browser's generator alone, for nonces of random keys. At most 64 KiB. */
export const systemRandom: Random = length => {
  const buffer = new Uint8Array(length)
  fill(buffer)
  return buffer
}

/** One generator for the life of a seat. */
export const hedgedRandom = (longTermSecret: Bytes, counter: bigint): HedgedRandom =>
  createHedgedRandom({ longTermSecret, counter, system: fill, time: () => performance.now() })
