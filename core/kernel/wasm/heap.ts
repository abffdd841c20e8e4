/**
 * Who has which part of the module's memory. Book-keeping is here, outside that memory; what is given back is zeroed first.
 * @module
 */
import { PoolError } from '../../errors.ts'
import type { Pointer } from './instance.ts'

/** Every piece begins and ends on a multiple of this. */
const ALIGN = 16
const rounded = (size: number): number => (size + ALIGN - 1) & -ALIGN

interface Gap {
  start: Pointer
  end: Pointer
}

/** Pieces of any size, for secrets that outlive a step: first fit; neighbouring gaps grow together again. */
export class Heap {
  readonly #memory: Uint8Array
  /** In order of their addresses, none touching another. */
  readonly #gaps: Gap[]
  #used = 0

  constructor(memory: Uint8Array, start: Pointer, end: Pointer) {
    this.#memory = memory
    this.#gaps = [{ start: rounded(start), end }]
  }

  /** Bytes that are given out. */
  get used(): number {
    return this.#used
  }

  /** A piece of zeros. @throws {PoolError} `kernel-memory` */
  allocate(size: number): Pointer {
    const length = rounded(size)
    for (let i = 0; i < this.#gaps.length; i++) {
      const gap = this.#gaps[i] as Gap
      if (gap.end - gap.start < length) continue
      const start = gap.start
      gap.start += length
      if (gap.start === gap.end) this.#gaps.splice(i, 1)
      this.#used += length
      return start
    }
    throw new PoolError('kernel-memory', { asked: size, used: this.#used })
  }

  /** Zeroes a piece and takes it back; `size` is what was asked for. */
  release(start: Pointer, size: number): void {
    const end = start + rounded(size)
    this.#memory.fill(0, start, end)
    this.#used -= end - start
    const gaps = this.#gaps
    let low = 0
    for (let high = gaps.length; low < high; ) {
      const middle = (low + high) >> 1
      if ((gaps[middle] as Gap).start < start) low = middle + 1
      else high = middle
    }
    const before = gaps[low - 1]
    const after = gaps[low]
    const joinsBefore = before !== undefined && before.end === start
    const joinsAfter = after !== undefined && after.start === end
    if (joinsBefore && joinsAfter) {
      before.end = after.end
      gaps.splice(low, 1)
    } else if (joinsBefore) before.end = end
    else if (joinsAfter) after.start = start
    else gaps.splice(low, 0, { start, end })
  }
}

/** Room for the length of one step: a stack that is taken down when the step ends. */
export class Scratch {
  readonly #memory: Uint8Array
  readonly #end: Pointer
  #top: Pointer

  constructor(memory: Uint8Array, start: Pointer, end: Pointer) {
    this.#memory = memory
    this.#end = end
    this.#top = start
  }

  get top(): Pointer {
    return this.#top
  }

  /** @throws {PoolError} `kernel-memory` */
  take(size: number): Pointer {
    const start = this.#top
    const top = start + rounded(size)
    if (top > this.#end) throw new PoolError('kernel-memory', { asked: size })
    this.#top = top
    return start
  }

  /** Gives back what was taken since `mark`, zeroed. */
  clear(mark: Pointer): void {
    this.#memory.fill(0, mark, this.#top)
    this.#top = mark
  }
}
