/**
 * `H` of core/transcript.ts over the module's memory: `BLAKE3(u32be(|tag|) | tag | u32be(|p1|) | p1 | …)`. Inputs are laid out in one buffer, which is
 * zeroed after each hash; tags lie ready beside it.
 * @module
 */
import { type Bytes, utf8 } from '../../bytes.ts'
import { PoolError } from '../../errors.ts'
import { fullTag, type Tag } from '../../transcript.ts'
import type { Exports } from './exports.ts'
import type { Pointer } from './instance.ts'

/** The longest input but for those hashed where they lie: 752 products of 36 bytes, context and tag. */
const INPUT_BYTES = 32 * 1024
const TAG_BYTES = 4096
const SAVED_BYTES = 64

export class Hasher {
  /** Memory that it needs. */
  static readonly BYTES = INPUT_BYTES + TAG_BYTES + SAVED_BYTES

  readonly #memory: Uint8Array
  readonly #view: DataView
  readonly #call: Exports
  readonly #input: Pointer
  readonly #saved: Pointer
  readonly #tags = new Map<Tag, { readonly at: Pointer; readonly length: number }>()
  #nextTag: Pointer
  readonly #endOfTags: Pointer
  #at: Pointer

  constructor(memory: Uint8Array, view: DataView, call: Exports, start: Pointer) {
    this.#memory = memory
    this.#view = view
    this.#call = call
    this.#input = start
    this.#at = start
    this.#saved = start + INPUT_BYTES
    this.#nextTag = this.#saved + SAVED_BYTES
    this.#endOfTags = this.#nextTag + TAG_BYTES
  }

  /** u32be(|tag|) | tag, written at its first use. */
  #tag(tag: Tag): { readonly at: Pointer; readonly length: number } {
    const known = this.#tags.get(tag)
    if (known !== undefined) return known
    const name = utf8(fullTag(tag))
    const entry = { at: this.#nextTag, length: 4 + name.length }
    this.#nextTag += entry.length
    if (this.#nextTag > this.#endOfTags) throw new PoolError('internal', { reason: 'no room for a tag' })
    this.#view.setUint32(entry.at, name.length)
    this.#memory.set(name, entry.at + 4)
    this.#tags.set(tag, entry)
    return entry
  }

  #reserve(length: number): Pointer {
    const at = this.#at
    this.#at += length
    if (this.#at > this.#saved) throw new PoolError('internal', { reason: 'a hash input is too long' })
    return at
  }

  /** Begins an input; what an interrupted one left is erased. */
  start(tag: Tag): this {
    this.clear()
    const { at, length } = this.#tag(tag)
    this.#call.mem_copy(this.#reserve(length), at, length)
    return this
  }

  /** Adds a part that lies in the memory. */
  part(from: Pointer, length: number): this {
    const at = this.#reserve(4 + length)
    this.#view.setUint32(at, length)
    this.#call.mem_copy(at + 4, from, length)
    return this
  }

  /** Adds a public part. */
  bytes(part: Bytes): this {
    const at = this.#reserve(4 + part.length)
    this.#view.setUint32(at, part.length)
    this.#memory.set(part, at + 4)
    return this
  }

  /** Adds u32be(value). */
  number(value: number): this {
    const at = this.#reserve(8)
    this.#view.setUint32(at, 4)
    this.#view.setUint32(at + 4, value)
    return this
  }

  /** Adds `count` parts of `size` bytes that lie one after the other. */
  parts(from: Pointer, size: number, count: number): this {
    this.#call.b3_prefixed(this.#reserve(count * (4 + size)), from, size, count)
    return this
  }

  /** Writes the hash. */
  finish(out: Pointer, length = 32): void {
    this.#call.b3_hash(out, length, this.#input, this.#at - this.#input)
    this.clear()
  }

  /** Moves what is laid out elsewhere instead of hashing it. @returns its length. */
  moveTo(out: Pointer): number {
    const length = this.#at - this.#input
    this.#call.mem_copy(out, this.#input, length)
    this.clear()
    return length
  }

  /** A scalar: 48 bytes of the hash mod n, little-endian. */
  scalar(out: Pointer): void {
    const wide = this.#saved
    this.finish(wide, 48)
    this.#call.sc_reduce48(out, wide)
    this.#call.mem_zero(wide, 48)
  }

  /** The hash of one long part where it lies: its head is written over the bytes before it for the time of the hash. */
  whole(out: Pointer, tag: Tag, from: Pointer, length: number): void {
    const entry = this.#tag(tag)
    const size = entry.length + 4
    const head = from - size
    if (size > SAVED_BYTES) throw new PoolError('internal', { reason: 'a tag is too long' })
    this.#call.mem_copy(this.#saved, head, size)
    this.#call.mem_copy(head, entry.at, entry.length)
    this.#view.setUint32(from - 4, length)
    this.#call.b3_hash(out, 32, head, size + length)
    this.#call.mem_copy(head, this.#saved, size)
    this.#call.mem_zero(this.#saved, size)
  }

  /** Erases what is laid out. */
  clear(): void {
    if (this.#at > this.#input) this.#memory.fill(0, this.#input, this.#at)
    this.#at = this.#input
  }
}
