/**
 * How long a member waits for others in a ceremony: as long as there is progress, and never longer than a hard limit.
 * @module
 */
import type { Deadline } from '../ceremony/context.ts'
import type { Clock } from './ports.ts'

export interface Patience extends Deadline {
  /** True from the moment it has expired. */
  readonly over: boolean
  /** Something arrived: the idle time starts anew. The hard limit does not move. */
  touch(): void
  /** What is waited for is another thing now: both limits are replaced and begin anew. Does nothing once it is over or closed. */
  rearm(idleMs: number, limitMs: number): void
  /** Ends the wait now. */
  expire(): void
  /** Ends the timers without expiring. */
  close(): void
}

/** @param idleMs longest silence, @param limitMs longest ceremony, both in ms. */
export function patience(clock: Clock, idleMs: number, limitMs: number): Patience {
  let resolve = (): void => {}
  const expired = new Promise<void>(settle => {
    resolve = settle
  })
  let over = false
  let closed = false
  let idle = idleMs
  let cancelLimit = (): void => {}
  let cancelIdle = (): void => {}

  function stop(): void {
    closed = true
    cancelLimit()
    cancelIdle()
  }
  function expire(): void {
    stop()
    over = true
    resolve()
  }
  function arm(limit: number): void {
    cancelLimit = clock.after(limit, expire)
    cancelIdle = clock.after(idle, expire)
  }

  arm(limitMs)
  return {
    expired,
    get over() {
      return over
    },
    touch() {
      if (closed) return
      cancelIdle()
      cancelIdle = clock.after(idle, expire)
    },
    rearm(nextIdle, nextLimit) {
      if (closed) return
      cancelLimit()
      cancelIdle()
      idle = nextIdle
      arm(nextLimit)
    },
    expire,
    close: stop,
  }
}
