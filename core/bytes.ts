/**
 * Bytes: titled assertions, big-endian integers, hex, constant-time comparison, secrets that do not print.
 * Everything here is synchronous, pure and free of the platform.
 * @module
 */
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { PoolError } from './errors.ts'

export type Bytes = Uint8Array
/** Cryptographic randomness, as a port: fresh uniform bytes at every call. */
export type Random = (length: number) => Bytes

/** Joins byte strings in order. */
export const concat: (...parts: Bytes[]) => Bytes = concatBytes
/** UTF-8 bytes of a string. */
export const utf8: (text: string) => Bytes = utf8ToBytes

/** Lower-case `0x` hex of a byte string. */
export const hex = (bytes: Bytes): `0x${string}` => `0x${bytesToHex(bytes)}`

/**
 * Parses hex with or without `0x`.
 * @throws {PoolError} `invalid-argument` when the text is not whole bytes of hex.
 */
export function fromHex(text: string, title = 'hex'): Bytes {
  const body = text.startsWith('0x') || text.startsWith('0X') ? text.slice(2) : text
  if (body.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(body)) throw new PoolError('invalid-argument', { title, expected: 'hex of whole bytes' })
  return hexToBytes(body)
}

/** Asserts a Uint8Array, of exactly `length` bytes when given. */
export function assertBytes(value: unknown, title: string, length?: number): asserts value is Bytes {
  if (!(value instanceof Uint8Array) || (length !== undefined && value.length !== length))
    throw new PoolError('invalid-argument', {
      title,
      expected: length === undefined ? 'Uint8Array' : `Uint8Array of ${length} bytes`,
      got: value instanceof Uint8Array ? `${value.length} bytes` : typeof value,
    })
}

/** Asserts a safe integer within [min, max]. */
export function assertInteger(value: unknown, title: string, min: number, max: number): asserts value is number {
  if (!Number.isSafeInteger(value) || (value as number) < min || (value as number) > max)
    throw new PoolError('invalid-argument', { title, expected: `integer in ${min}..${max}`, got: typeof value === 'number' ? value : typeof value })
}

/** Unsigned 16-bit big-endian. */
export const u16be = (n: number): Bytes => Uint8Array.of((n >>> 8) & 255, n & 255)
/** Unsigned 32-bit big-endian. */
export const u32be = (n: number): Bytes => Uint8Array.of((n >>> 24) & 255, (n >>> 16) & 255, (n >>> 8) & 255, n & 255)
/** Unsigned 64-bit big-endian. */
export function u64be(n: bigint | number): Bytes {
  const out = new Uint8Array(8)
  new DataView(out.buffer).setBigUint64(0, BigInt(n))
  return out
}

/** Big-endian bytes to a non-negative bigint. */
export const bytesToBigint = (bytes: Bytes): bigint => (bytes.length === 0 ? 0n : BigInt(`0x${bytesToHex(bytes)}`))
/** A non-negative bigint to exactly `length` big-endian bytes. */
export function bigintToBytes(value: bigint, length: number): Bytes {
  const text = value.toString(16)
  if (value < 0n || text.length > 2 * length) throw new PoolError('invalid-argument', { title: 'integer', expected: `0 <= n < 2^${8 * length}` })
  return hexToBytes(text.padStart(2 * length, '0'))
}

/** Compares without an early exit; lengths are public. */
export function equal(a: Bytes, b: Bytes): boolean {
  if (a.length !== b.length) return false
  let difference = 0
  for (let i = 0; i < a.length; i++) difference |= (a[i] as number) ^ (b[i] as number)
  return difference === 0
}

/** Lexicographic order of byte strings, for sorting public values. */
export function compare(a: Bytes, b: Bytes): number {
  const shared = Math.min(a.length, b.length)
  for (let i = 0; i < shared; i++) {
    const d = (a[i] as number) - (b[i] as number)
    if (d !== 0) return d
  }
  return a.length - b.length
}

/** Overwrites buffers with zeros. JavaScript cannot promise that no copy is left (SECURITY.md). */
export function wipe(...buffers: (Bytes | undefined)[]): void {
  for (const buffer of buffers) buffer?.fill(0)
}

/**
 * Bytes that must not be printed: every string form says `[redacted]`. The holder owns the buffer and calls `wipe()` after use.
 */
export class Secret {
  #bytes: Bytes | undefined
  readonly label: string
  constructor(label: string, bytes: Bytes) {
    this.label = label
    this.#bytes = bytes
  }
  /** The live buffer, not a copy. @throws {PoolError} `secret-used` after `wipe()`. */
  expose(): Bytes {
    if (this.#bytes === undefined) throw new PoolError('secret-used', { label: this.label })
    return this.#bytes
  }
  wipe(): void {
    this.#bytes?.fill(0)
    this.#bytes = undefined
  }
  toString(): string {
    return `[redacted ${this.label}]`
  }
  toJSON(): string {
    return this.toString()
  }
  get [Symbol.toStringTag](): string {
    return `redacted ${this.label}`
  }
}
