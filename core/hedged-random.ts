/**
 * Hedged randomness (docs/protocol.md, randomness): a broken system generator alone, or a cloned machine alone, does not repeat an output.
 *
 *     BLAKE3_key(H("rng-key"; long-term secret))( system(32) | u64 durable counter | u64 calls since start | f64 time )
 * @module
 */
import { type Bytes, concat, type Random, u64be, wipe } from './bytes.ts'
import { H, keyed } from './transcript.ts'

export interface HedgedSources {
  /** Of this member; copied, the caller wipes its own. */
  readonly longTermSecret: Bytes
  /** A value of a durable counter that no other generator of this member has. */
  readonly counter: bigint
  /** Fills a buffer from the system generator. */
  readonly system: (buffer: Bytes) => void
  /** A clock of high resolution, any unit. */
  readonly time: () => number
}

/** One generator for the life of a member; `wipe` ends it. */
export interface HedgedRandom {
  readonly random: Random
  wipe(): void
}

/** The generator of these sources. */
export function createHedgedRandom({ longTermSecret, counter, system, time }: HedgedSources): HedgedRandom {
  const key = H('rng-key', [longTermSecret])
  let calls = 0n
  return {
    random(length) {
      const fresh = new Uint8Array(32)
      system(fresh)
      const moment = new Uint8Array(8)
      new DataView(moment.buffer).setFloat64(0, time())
      const input = concat(fresh, u64be(counter), u64be(calls++), moment)
      const out = keyed(key, input, length)
      wipe(fresh, input)
      return out
    },
    wipe: () => wipe(key),
  }
}
