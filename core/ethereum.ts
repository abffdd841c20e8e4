/**
 * What several stages need of Ethereum's encodings: keccak256, strict RLP, sender recovery. No errors of its own: each stage gives
 * a refusal the code that fits.
 * @module
 */
import { keccak_256 } from '@noble/hashes/sha3.js'
import { fromRlp, toRlp } from 'viem'
import { type Bytes, bytesToBigint } from './bytes.ts'
import { CURVE_ORDER } from './transcript.ts'

/** Lower-case `0x` hex of any length; hashes and addresses are written so throughout. */
export type Hex = `0x${string}`

/** 32-byte keccak256. */
export const keccak256: (bytes: Bytes) => Bytes = keccak_256

/** A decoded RLP item: a byte string (a view into the input) or a list. */
export type RlpItem = Bytes | readonly RlpItem[]

/** RLP of an item (Yellow Paper, appendix B). */
export const encodeRlp = (item: RlpItem): Bytes => toRlp(item as Parameters<typeof toRlp>[0], 'bytes')

/** The one item that these bytes canonically encode; undefined for anything else, trailing bytes included. */
export function decodeRlp(bytes: Bytes): RlpItem | undefined {
  if (bytes.length === 0) return undefined
  try {
    return fromRlp(bytes, 'bytes') as RlpItem
  } catch {
    return undefined
  }
}

/** RLP string form of a non-negative integer: big-endian, no leading zero, empty for zero. */
export function scalarBytes(value: bigint | number): Bytes {
  const out: number[] = []
  for (let n = BigInt(value); n > 0n; n >>= 8n) out.unshift(Number(n & 0xffn))
  return Uint8Array.from(out)
}

/** An RLP integer of at most `maxBytes`; undefined for a list, a leading zero or a longer one. */
export function scalarOf(item: RlpItem | undefined, maxBytes: number): bigint | undefined {
  if (!(item instanceof Uint8Array) || item.length > maxBytes || item[0] === 0) return undefined
  return bytesToBigint(item)
}

/** An RLP integer up to 2^53 - 1. */
export function smallOf(item: RlpItem | undefined): number | undefined {
  const value = scalarOf(item, 8)
  return value === undefined || value > BigInt(Number.MAX_SAFE_INTEGER) ? undefined : Number(value)
}

/** True for r and s within the order of secp256k1 and s in its lower half (EIP-2). */
export const isLowS = (r: bigint, s: bigint): boolean => r > 0n && r < CURVE_ORDER && s > 0n && s <= CURVE_ORDER / 2n
