/**
 * The universal hash of the extension check over GF(2^128) = GF(2)[z] / (z^128 + z^7 + z^2 + z + 1); bit i of 16 bytes is the coefficient of z^i.
 * A row is hashed bit by bit against public constants under masks: no table is indexed by the row, which is secret.
 * @module
 */
import type { Bytes } from '../../bytes.ts'
import { bitMask } from './bits.ts'

const BLOCK_BITS = 128
const BLOCK_BYTES = 16
const WORDS = 4
/** z^128 mod the polynomial. */
const REDUCTION = 0x87

const readWords = (bytes: Bytes, offset: number): Int32Array => {
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, BLOCK_BYTES)
  return Int32Array.from({ length: WORDS }, (_, i) => view.getInt32(4 * i, true))
}

/**
 * For each of `bits` positions j: chi_{⌊j/128⌋} · z^{j mod 128}, four little-endian words each. `chi` holds one element per block of 128 positions.
 */
export function blockPowers(chi: Bytes, bits: number): Int32Array {
  const powers = new Int32Array(bits * WORDS)
  for (let block = 0; block * BLOCK_BITS < bits; block++) {
    const element = readWords(chi, block * BLOCK_BYTES)
    for (let j = block * BLOCK_BITS; j < Math.min(bits, (block + 1) * BLOCK_BITS); j++) {
      powers.set(element, j * WORDS)
      let carry = 0
      for (let i = 0; i < WORDS; i++) {
        const word = element[i] as number
        element[i] = (word << 1) | carry
        carry = word >>> 31
      }
      element[0] = (element[0] as number) ^ (REDUCTION & -carry)
    }
  }
  return powers
}

/** sacrifice + Σ_j bit_j(row) · powers_j; the sacrifice block is the 16 bytes after the first `bits` bits of the row. */
export function hashRow(row: Bytes, powers: Int32Array, bits: number): Bytes {
  let [a, b, c, d] = readWords(row, bits / 8) as unknown as [number, number, number, number]
  for (let j = 0; j < bits; j++) {
    const mask = bitMask(row, j)
    a ^= (powers[j * WORDS] as number) & mask
    b ^= (powers[j * WORDS + 1] as number) & mask
    c ^= (powers[j * WORDS + 2] as number) & mask
    d ^= (powers[j * WORDS + 3] as number) & mask
  }
  const out = new Uint8Array(BLOCK_BYTES)
  const view = new DataView(out.buffer)
  view.setInt32(0, a, true)
  view.setInt32(4, b, true)
  view.setInt32(8, c, true)
  view.setInt32(12, d, true)
  return out
}
