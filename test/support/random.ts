/**
 * Deterministic randomness for tests: the same seed gives the same run. Never for a real key.
 * @module
 */
import { blake3 } from '@noble/hashes/blake3.js'
import { type Bytes, concat, type Random, u64be, utf8 } from '../../core/bytes.ts'

/** Bytes that depend on nothing but the seed and the order of calls. */
export function seededRandom(seed: string | number): Random {
  const key = blake3(utf8(`sequorum test seed ${seed}`))
  let call = 0
  return length => blake3(u64be(call++), { key, dkLen: length })
}

/** A pseudo-random number in [0, 1). */
export function seededFraction(random: Random): number {
  const [a, b, c] = random(3) as unknown as [number, number, number]
  return (a * 65_536 + b * 256 + c) / 16_777_216
}

/** 32 bytes that depend on the label only. */
export const labelled = (label: string, index = 0): Bytes => blake3(concat(utf8(`sequorum test ${label} `), u64be(index)))
