/**
 * Selecting by a secret without a branch or an index.
 * @module
 */
import type { Bytes } from '../../bytes.ts'

/** Bit i of a byte string. */
export const bitOf = (bytes: Bytes, i: number): number => ((bytes[i >> 3] as number) >> (i & 7)) & 1

/** All ones when bit i is set, else 0, as a 32-bit integer. */
export const bitMask = (bytes: Bytes, i: number): number => -bitOf(bytes, i)

/** All ones when a equals b, else 0; both below 2^31. */
export const equalMask = (a: number, b: number): number => ((a ^ b) - 1) >> 31

/** `whenZero` under mask 0, `whenOnes` under mask -1. Lengths are equal. */
export function select(mask: number, whenZero: Bytes, whenOnes: Bytes): Bytes {
  const out = new Uint8Array(whenZero.length)
  for (let i = 0; i < out.length; i++) out[i] = ((whenZero[i] as number) & ~mask) | ((whenOnes[i] as number) & mask)
  return out
}

/** `target[to…] ^= source[from…] & mask`. */
export function xorMasked(target: Bytes, to: number, source: Bytes, from: number, length: number, mask: number): void {
  for (let i = 0; i < length; i++) target[to + i] = (target[to + i] as number) ^ ((source[from + i] as number) & mask)
}
