/**
 * The machine's clock as the members' port.
 * @module
 */
import type { Clock } from '../core/member/ports.ts'

/** Above this setTimeout fires at once. */
const LONGEST = 0x7fff_ffff

export const nodeClock: Clock = {
  now: () => Date.now(),
  after(ms, run) {
    let timer: NodeJS.Timeout
    const wait = (left: number): void => {
      timer = left > LONGEST ? setTimeout(() => wait(left - LONGEST), LONGEST) : setTimeout(run, Math.max(0, left))
    }
    wait(ms)
    return () => clearTimeout(timer)
  },
}
