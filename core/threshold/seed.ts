/**
 * Randomness for one step of the kernel.
 * @module
 */
import { type Random, wipe } from '../bytes.ts'

/** Runs a step with 32 fresh bytes, and erases them afterwards. */
export function withSeed<T>(random: Random, step: (seed: Uint8Array) => T): T {
  const seed = random(32)
  try {
    return step(seed)
  } finally {
    wipe(seed)
  }
}
