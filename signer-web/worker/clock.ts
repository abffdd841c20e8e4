/**
 * Time in a worker. @module
 */
import type { Clock } from '../../core/member/ports.ts'

export const workerClock: Clock = {
  now: () => Date.now(),
  after(ms, run) {
    // setTimeout overflows to 1 ms above 2^31-1.
    const timer = setTimeout(run, Math.min(Math.max(0, ms), 0x7fff_ffff))
    return () => clearTimeout(timer)
  },
}
