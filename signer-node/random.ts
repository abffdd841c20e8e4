/**
 * Hedged randomness over Node's generator and clock; see core/hedged-random.ts.
 * @module
 */
import type { Bytes } from '../core/bytes.ts'
import { createHedgedRandom, type HedgedRandom, type HedgedSources } from '../core/hedged-random.ts'

export type { HedgedRandom } from '../core/hedged-random.ts'

/** One generator for the life of a member; sources that are not given are this machine's. */
export const hedgedRandom = (sources: Omit<HedgedSources, 'system' | 'time'> & Partial<HedgedSources>): HedgedRandom =>
  createHedgedRandom({ system: fillFromSystem, time: () => performance.now(), ...sources })

function fillFromSystem(buffer: Bytes): void {
  crypto.getRandomValues(buffer as Uint8Array<ArrayBuffer>)
}
