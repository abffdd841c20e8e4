/**
 * Reproducible randomness for tests; never for a key.
 * @module
 */
import { createHash } from 'node:crypto'
import { concat, type Random, u32be, utf8 } from '../../core/bytes.ts'

/** Draw number c of seed s is SHAKE-256("sequorum vectors " | s | u32be(c)), as many bytes as asked for. */
export function seededRandom(seed: string): Random {
  let count = 0
  return length => {
    const input = concat(utf8(`sequorum vectors ${seed}`), u32be(count++))
    return new Uint8Array(createHash('shake256', { outputLength: length }).update(input).digest())
  }
}
