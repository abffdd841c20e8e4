/**
 * A clock that moves only when a test moves it.
 * @module
 */
import type { Clock } from '../../core/member/ports.ts'

export interface ManualClock extends Clock {
  /** Moves time, running what falls due in its order; what is started meanwhile gets its turn before time moves on. */
  advance(ms: number): Promise<void>
  /** Timers that are waiting. */
  readonly pending: number
}

/** Lets everything run that waits for no timer. */
export const settle = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

/** @param start ms since 1970. */
export function manualClock(start = Date.UTC(2026, 0, 15, 12)): ManualClock {
  let now = start
  let order = 0
  const timers = new Map<number, { readonly at: number; readonly run: () => void }>()
  const nextDue = (until: number) =>
    [...timers].filter(([, timer]) => timer.at <= until).sort(([a, first], [b, second]) => first.at - second.at || a - b)[0]
  return {
    now: () => now,
    after(ms, run) {
      const id = order++
      timers.set(id, { at: now + Math.max(0, ms), run })
      return () => timers.delete(id)
    },
    async advance(ms) {
      const until = now + ms
      await settle()
      for (let due = nextDue(until); due !== undefined; due = nextDue(until)) {
        const [id, timer] = due
        timers.delete(id)
        now = Math.max(now, timer.at)
        timer.run()
        await settle()
      }
      now = until
    },
    get pending() {
      return timers.size
    },
  }
}
