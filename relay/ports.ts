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

/** Runs `step` again and again, `pause()` ms after it has ended; the returned function ends it and resolves when a running step is over. */
export function repeat(clock: Clock, pause: () => number, step: () => Promise<void> | void): () => Promise<void> {
  let stopped = false
  let cancel: () => void = () => {}
  let running: Promise<void> = Promise.resolve()
  const next = (): void => {
    if (stopped) return
    cancel = clock.after(pause(), () => {
      running = Promise.resolve(step()).then(next)
    })
  }
  next()
  return async () => {
    stopped = true
    cancel()
    await running
  }
}

/** First 4 bytes of an identifier as hex: enough to follow it through a log. */
export const short = (id: Bytes): string => hex(id.subarray(0, 4))
