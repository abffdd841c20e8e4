/**
 * Pieces of the module's memory that hold secrets beyond a step, and who owns them.
 * @module
 */
import { PoolError } from '../../errors.ts'
import type { Pointer } from './instance.ts'
import type { Machine } from './machine.ts'

/** One piece, zero at first, zeroed when it is freed. */
export class Block {
  readonly machine: Machine
  readonly label: string
  readonly #size: number
  #at: Pointer

  /** @throws {PoolError} `kernel-memory`, `kernel-stopped` */
  constructor(machine: Machine, size: number, label: string) {
    machine.assertRunning()
    this.machine = machine
    this.label = label
    this.#size = size
    this.#at = machine.heap.allocate(size)
  }

  /** Where it lies. @throws {PoolError} `secret-used` once it is freed, `kernel-stopped` after a trap. */
  get at(): Pointer {
    this.machine.assertRunning()
    if (this.#at === 0) throw new PoolError('secret-used', { label: this.label })
    return this.#at
  }

  get freed(): boolean {
    return this.#at === 0
  }

  /** Does nothing the second time, or after a trap, which zeroed everything. */
  free(): void {
    const at = this.#at
    this.#at = 0
    if (at !== 0 && !this.machine.stopped) this.machine.heap.release(at, this.#size)
  }
}

/** The blocks of one object; more may come while it lives. */
export class Blocks {
  readonly #blocks = new Set<Block>()

  add(machine: Machine, size: number, label: string): Block {
    const block = new Block(machine, size, label)
    this.#blocks.add(block)
    return block
  }

  free(block: Block): void {
    block.free()
    this.#blocks.delete(block)
  }

  freeAll(): void {
    for (const block of this.#blocks) block.free()
    this.#blocks.clear()
  }
}

/** Builds something that owns blocks; they are freed at once when that fails. */
export function withBlocks<T>(build: (blocks: Blocks) => T): T {
  const blocks = new Blocks()
  try {
    return build(blocks)
  } catch (error) {
    blocks.freeAll()
    throw error
  }
}

/** Objects that were forgotten without being wiped: their blocks are freed when the collector finds them. */
const forgotten = new FinalizationRegistry<Blocks>(blocks => blocks.freeAll())

/** Ties blocks to the life of their owner. They must not refer to it. */
export function ownedBy(owner: WeakKey, blocks: Blocks): void {
  forgotten.register(owner, blocks)
}
