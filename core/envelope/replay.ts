/**
 * One direction of a session: which sequences have been taken, which wait behind a gap, and what a sender put into each.
 * @module
 */
import { type Bytes, equal } from '../bytes.ts'

/** Envelopes and bytes that may wait for an earlier one; beyond that the newest are dropped. */
export const WINDOW_ENVELOPES = 512
export const WINDOW_BYTES = 4 * 1024 * 1024
/** How many digests of taken envelopes are remembered, to tell a repeated one from a second content. */
const REMEMBERED = 256

/** `conflict`: the slot holds other content. `overflow`: too far ahead or too much is waiting. */
export type Verdict = 'new' | 'duplicate' | 'conflict' | 'overflow'

export interface Window<T> {
  /** Next sequence to be taken. */
  readonly next: number
  /** True while something waits for an earlier sequence. */
  readonly gap: boolean
  judge(sequence: number, digest: Bytes, size: number): Verdict
  /** Stores an item that was judged `new`. */
  hold(sequence: number, digest: Bytes, size: number, item: T): void
  /** The item at `next`, without taking it. */
  peek(): T | undefined
  /** Takes the item at `next`. */
  advance(): void
  clear(): void
}

export function createWindow<T>(): Window<T> {
  let next = 0
  let bytes = 0
  const held = new Map<number, { readonly item: T; readonly size: number }>()
  const digests = new Map<number, Bytes>()
  return {
    get next() {
      return next
    },
    get gap() {
      return held.size > 0 && !held.has(next)
    },
    judge(sequence, digest, size) {
      const known = digests.get(sequence)
      if (known !== undefined) return equal(known, digest) ? 'duplicate' : 'conflict'
      if (sequence < next) return 'duplicate'
      return sequence - next >= WINDOW_ENVELOPES || bytes + size > WINDOW_BYTES ? 'overflow' : 'new'
    },
    hold(sequence, digest, size, item) {
      held.set(sequence, { item, size })
      digests.set(sequence, digest)
      bytes += size
    },
    peek: () => held.get(next)?.item,
    advance() {
      bytes -= held.get(next)?.size ?? 0
      held.delete(next)
      digests.delete(next - REMEMBERED)
      next++
    },
    clear() {
      held.clear()
      digests.clear()
      bytes = 0
    },
  }
}
