/**
 * What the relay needs from its surroundings, as interfaces. Tests give their own clock and log.
 * @module
 */
import { type Bytes, hex } from '../core/bytes.ts'

/** Time. `now` is ms since 1970. Same shape as the members' clock. */
export interface Clock {
  now(): number
  /** Calls `run` once after `ms`; the returned function cancels. */
  after(ms: number, run: () => void): () => void
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'
/** Structured log line: an event name and public facts. */
export type Log = (level: LogLevel, event: string, facts?: Readonly<Record<string, unknown>>) => void

/** Fresh uniform bytes at every call. */
export type Random = (length: number) => Bytes

/** The machine's clock. Its timers do not keep the process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, run) {
    // setTimeout overflows to 1 ms above 2^31-1.
    const timer = setTimeout(run, Math.min(Math.max(0, ms), 0x7fff_ffff))
    timer.unref()
    return () => clearTimeout(timer)
  },
}

export interface Loop {
  /** Runs a step now, or right after the one that runs. */
  kick(): void
  /** Resolves when a running step is over; none begins after. */
  stop(): Promise<void>
}

/** Runs `step` now and then `pause()` ms after each end. `step` must not throw. */
export function startLoop(clock: Clock, pause: () => number, step: () => Promise<void>): Loop {
  let stopped = false
  let again = false
  let running: Promise<void> | undefined
  let cancel: () => void = () => {}

  function run(): void {
    cancel()
    again = false
    running = step().finally(() => {
      running = undefined
      if (stopped) return
      if (again) run()
      else cancel = clock.after(pause(), run)
    })
  }

  run()
  return {
    kick() {
      if (stopped) return
      if (running === undefined) run()
      else again = true
    },
    async stop() {
      stopped = true
      cancel()
      await running
    },
  }
}

/** First 4 bytes of an identifier as hex: enough to follow it through a log. */
export const short = (id: Bytes): string => hex(id.subarray(0, 4))
