/**
 * Calls functions of the compiled kernel directly: arguments are laid into its memory, results read back.
 * @module
 */
import { type Bytes, bigintToBytes, bytesToBigint } from '../../core/bytes.ts'
import { type Export, type Instance, instantiate, type Pointer } from '../../core/kernel/wasm/instance.ts'

const SCALAR_BYTES = 32

export class KernelMemory {
  readonly #instance: Instance
  readonly #start: Pointer
  #top: Pointer

  constructor(instance: Instance = instantiate()) {
    this.#instance = instance
    this.#start = (this.call('heap_base') + 15) & -16
    this.#top = this.#start
  }

  call(name: string, ...args: number[]): number {
    return (this.#instance.exports[name] as Export)(...args)
  }

  /** Forgets all arguments and results. */
  clear(): void {
    this.#instance.memory.fill(0, this.#start, this.#top)
    this.#top = this.#start
  }

  take(size: number): Pointer {
    const at = this.#top
    this.#top = (at + size + 15) & -16
    return at
  }

  put(bytes: Bytes): Pointer {
    const at = this.take(bytes.length)
    this.#instance.memory.set(bytes, at)
    return at
  }

  /** A copy. */
  read(at: Pointer, length: number): Bytes {
    return this.#instance.memory.slice(at, at + length)
  }

  /** Scalars as the kernel has them, 32 little-endian bytes each. */
  putScalars(...values: readonly bigint[]): Pointer {
    const packed = new Uint8Array(values.length * SCALAR_BYTES)
    for (const [i, value] of values.entries()) packed.set(bigintToBytes(value, SCALAR_BYTES).reverse(), i * SCALAR_BYTES)
    return this.put(packed)
  }

  readScalars(at: Pointer, count: number): bigint[] {
    return Array.from({ length: count }, (_, i) => bytesToBigint(this.read(at + i * SCALAR_BYTES, SCALAR_BYTES).reverse()))
  }

  readScalar(at: Pointer): bigint {
    return this.readScalars(at, 1)[0] as bigint
  }

  /** The module's own memory: tables, and what its functions left behind. */
  ownMemory(): Bytes {
    return this.#instance.memory.slice(0, this.#start)
  }
}
