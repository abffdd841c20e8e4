/**
 * How long a member waits for others in a ceremony: as long as there is progress, and never longer than a hard limit.
 * @module
 */
import type { Deadline } from '../ceremony/context.ts'
import type { Clock } from './ports.ts'

export interface Patience extends Deadline {
  /** Something arrived: the idle time starts anew. The hard limit does not move. */
  touch(): void
  /** Ends the wait now. */
  expire(): void
  /** Ends the timers without expiring. */
  close(): void
}

/** @param idleMs longest silence, @param limitMs longest ceremony, both in ms. */
export function patience(clock: Clock, idleMs: number, limitMs: number): Patience {
  let expire = (): void => {}
  const expired = new Promise<void>(resolve => {
    expire = resolve
  })
  const cancelLimit = clock.after(limitMs, () => expire())
  let cancelIdle = clock.after(idleMs, () => expire())
  const close = (): void => {
    cancelLimit()
    cancelIdle()
  }
  return {
    expired,
    touch() {
      cancelIdle()
      cancelIdle = clock.after(idleMs, () => expire())
    },
    expire() {
      close()
      expire()
    },
    close,
  }
}
