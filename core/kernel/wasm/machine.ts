/**
 * One instance of the module in use: its functions, its memory and who has which part of it, and what happens when it traps.
 * Steps move pointers. A byte leaves the memory as a public value, as a message to a peer, or sealed; never otherwise.
 * @module
 */
import type { Bytes } from '../../bytes.ts'
import { PoolError } from '../../errors.ts'
import { type Exports, exportsOf } from './exports.ts'
import { Hasher } from './hasher.ts'
import { Heap, Scratch } from './heap.ts'
import { type Instance, instantiate, type Pointer } from './instance.ts'

/** Most that one step takes: Alice's multiplication needs about 400 kB, hashing a batch more. Pages that nobody touched cost nothing. */
export const SCRATCH_BYTES = 4 * 1024 * 1024
/** Free bytes before every message in scratch: a hash input gets its head there, in place (`Hasher.whole`). */
const HEADROOM = 64

export class Machine {
  readonly memory: Uint8Array
  readonly view: DataView
  readonly call: Exports
  readonly heap: Heap
  readonly hasher: Hasher
  readonly #scratch: Scratch
  #fault: unknown

  constructor(instance: Instance = instantiate()) {
    this.memory = instance.memory
    this.view = new DataView(instance.memory.buffer)
    this.call = exportsOf(instance)
    const start = (this.call.heap_base() + 63) & -64
    this.hasher = new Hasher(this.memory, this.view, this.call, start)
    const scratch = start + Hasher.BYTES
    this.#scratch = new Scratch(this.memory, scratch, scratch + SCRATCH_BYTES)
    this.heap = new Heap(this.memory, scratch + SCRATCH_BYTES, this.memory.length)
  }

  get stopped(): boolean {
    return this.#fault !== undefined
  }

  /** @throws {PoolError} `kernel-stopped` after a trap. */
  assertRunning(): void {
    if (this.#fault !== undefined) throw new PoolError('kernel-stopped', {}, { cause: this.#fault })
  }

  /**
   * Runs one step: what it takes of the scratch is zeroed and given back at its end, whatever the outcome. After a trap nothing in the memory can be
   * trusted: all of it is zeroed and the instance is never used again.
   * @throws {PoolError} `kernel-stopped`, and what the step throws.
   */
  step<T>(run: () => T): T {
    this.assertRunning()
    const mark = this.#scratch.top
    try {
      return run()
    } catch (error) {
      if (isFault(error)) this.#stop(error)
      throw error
    } finally {
      this.hasher.clear()
      this.#scratch.clear(mark)
    }
  }

  #stop(cause: unknown): never {
    this.#fault = cause
    this.memory.fill(0)
    throw new PoolError('kernel-stopped', {}, { cause })
  }

  /** Zeros in scratch. */
  take(size: number): Pointer {
    return this.#scratch.take(size)
  }

  /** Zeros in scratch for a message that is hashed where it lies. */
  takeMessage(size: number): Pointer {
    return this.#scratch.take(size + HEADROOM) + HEADROOM
  }

  /** Bytes of the caller into scratch. */
  put(bytes: Bytes): Pointer {
    const at = this.take(bytes.length)
    this.memory.set(bytes, at)
    return at
  }

  /** A copy of public bytes, of a message to a peer, or of something sealed. */
  copyOut(at: Pointer, length: number): Bytes {
    return this.memory.slice(at, at + length)
  }

  /** The first `length` bytes of the stream that a seed stands for, in scratch. */
  streamOf(seed: Bytes, length: number): Pointer {
    const key = this.put(seed)
    const out = this.take(length)
    this.call.b3_stream(out, length, key)
    return out
  }

  /** Draws scalars from a stream of `length` bytes. @returns the bytes read. */
  draw(out: Pointer, stream: Pointer, length: number, count: number): number {
    const read = this.call.sc_draw(out, stream, length, count)
    if (read < 0) throw new PoolError('internal', { reason: 'the stream of a seed ended' })
    return read
  }

  /** Draws scalars from the beginning of a seed's stream. */
  drawFrom(seed: Bytes, out: Pointer, count: number): void {
    const length = 32 * (count + SPARE)
    this.draw(out, this.streamOf(seed, length), length, count)
  }

  /** A public scalar below 2^256 in scratch, as the module wants it. */
  putScalar(value: bigint): Pointer {
    const at = this.take(32)
    this.writeScalar(at, value)
    return at
  }

  /** 32 little-endian bytes of a public value below 2^256. */
  writeScalar(at: Pointer, value: bigint): void {
    const { view } = this
    view.setBigUint64(at, value, true)
    view.setBigUint64(at + 8, value >> 64n, true)
    view.setBigUint64(at + 16, value >> 128n, true)
    view.setBigUint64(at + 24, value >> 192n, true)
  }

  /** A public little-endian scalar. */
  readScalar(at: Pointer): bigint {
    const { view } = this
    const high = (view.getBigUint64(at + 24, true) << 64n) | view.getBigUint64(at + 16, true)
    return (high << 128n) | (view.getBigUint64(at + 8, true) << 64n) | view.getBigUint64(at, true)
  }
}

/** Candidates more than needed: one in 2^128 is rejected. */
const SPARE = 2

/** What the module throws when it does something that it must not: a trap, or a stack that is full. `RangeError` is also a pointer out of bounds here. */
const isFault = (error: unknown): boolean => error instanceof WebAssembly.RuntimeError || error instanceof RangeError
