/**
 * Runs single exports of the module on byte strings: for tests, which compare them with the twin.
 * @module
 */
import type { Bytes } from '../../core/bytes.ts'
import { type Instance, instantiate } from '../../core/kernel/wasm/instance.ts'

/** A place for each argument and result, one after the other; nothing is ever freed before `reset`. */
export class ModuleBench {
  readonly instance: Instance = instantiate()
  readonly #start: number
  #top: number
  constructor() {
    this.#start = ((this.instance.exports.heap_base?.() ?? 0) + 63) & -64
    this.#top = this.#start
  }
  /** Forgets all places and zeroes them. */
  reset(): void {
    this.instance.memory.fill(0, this.#start, this.#top)
    this.#top = this.#start
  }
  /** A place of `length` zeros. */
  room(length: number): number {
    const at = this.#top
    this.#top = (at + length + 31) & -16
    return at
  }
  /** A place with these bytes. */
  put(bytes: Bytes): number {
    const at = this.room(bytes.length)
    this.instance.memory.set(bytes, at)
    return at
  }
  get(at: number, length: number): Bytes {
    return this.instance.memory.slice(at, at + length)
  }
  call(name: string, ...args: number[]): number {
    const run = this.instance.exports[name]
    if (run === undefined) throw new Error(`the module has no ${name}`)
    return run(...args)
  }
  /** A copy of the static data: tables, and what calls have left behind. */
  scratch(): Bytes {
    return this.instance.memory.slice(0, this.#start)
  }
  /** True when nothing but zeros is left between the static data and the first place: what scratch held was erased. */
  scratchIsClear(known: Bytes): boolean {
    const { memory } = this.instance
    return !includes(memory.subarray(0, this.#start), known)
  }
}

/** True when `part` (8 bytes or more) occurs in `whole`. */
function includes(whole: Bytes, part: Bytes): boolean {
  const first = part[0] as number
  for (let at = whole.indexOf(first); at >= 0; at = whole.indexOf(first, at + 1)) if (part.every((byte, i) => whole[at + i] === byte)) return true
  return false
}
