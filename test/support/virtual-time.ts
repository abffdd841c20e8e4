/**
 * Time for whole-pool simulations: it stands still while anything can run, then jumps to the next timer. The same calls give the same
 * order of events, however fast the machine is.
 * @module
 */
import type { Clock } from '../../core/member/ports.ts'

/** A clock whose timers can all be taken away at once, as when a process dies. */
export interface ScopedClock extends Clock {
  kill(): void
}

export interface VirtualTime extends Clock {
  /** A clock of its own over the same time, ahead of it by `skew` ms. */
  scope(skew?: number): ScopedClock
  /**
   * Runs until `done`, or for `limit` ms; resolves with the answer of `done`. Between two timers every promise that can go on has
   * gone on.
   */
  run(done: () => boolean, limit: number): Promise<boolean>
  /** Runs everything that falls due within `ms`. */
  advance(ms: number): Promise<void>
}

interface Timer {
  readonly at: number
  readonly run: () => void
  cancelled: boolean
}

/** Lets every promise go on that waits for no timer. A macrotask runs only when no microtask is left. */
const settle = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

/** @param start ms since 1970. */
export function virtualTime(start = Date.UTC(2026, 0, 15, 12)): VirtualTime {
  let now = start
  /** By time, then by the order in which they were set. */
  const timers: Timer[] = []

  function set(ms: number, run: () => void): Timer {
    const timer = { at: now + Math.max(0, ms), run, cancelled: false }
    let low = 0
    for (let high = timers.length; low < high; ) {
      const middle = (low + high) >>> 1
      if ((timers[middle] as Timer).at <= timer.at) low = middle + 1
      else high = middle
    }
    timers.splice(low, 0, timer)
    return timer
  }

  function next(until: number): Timer | undefined {
    for (;;) {
      const timer = timers[0]
      if (timer === undefined || timer.at > until) return undefined
      timers.shift()
      if (!timer.cancelled) return timer
    }
  }

  async function run(done: () => boolean, limit: number): Promise<boolean> {
    const until = now + limit
    await settle()
    while (!done()) {
      const timer = next(until)
      if (timer === undefined) {
        now = until
        return done()
      }
      now = timer.at
      timer.run()
      await settle()
    }
    return true
  }

  return {
    now: () => now,
    after(ms, task) {
      const timer = set(ms, task)
      return () => {
        timer.cancelled = true
      }
    },
    scope(skew = 0) {
      let alive = true
      return {
        now: () => now + skew,
        after(ms, task) {
          const timer = set(ms, () => {
            if (alive) task()
          })
          return () => {
            timer.cancelled = true
          }
        },
        kill() {
          alive = false
        },
      }
    },
    run,
    async advance(ms) {
      await run(() => false, ms)
    },
  }
}
