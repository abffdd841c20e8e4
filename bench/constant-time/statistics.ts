/**
 * Whether two classes of inputs can be told apart by time: Welch's t over cropped samples, after dudect (Reparaz, Balasch, Verbauwhede,
 * "Dude, is my code constant time?", DATE 2017).
 * @module
 */

/** |t| from here on tells the classes apart. */
export const LIMIT = 4.5

/** Shares of the measurements, shortest first, that are looked at: interrupts make the tail long and hide what is in the bulk. */
export const CROPS = [0.25, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99, 1] as const

/** Times of one run, in the order in which they were taken: `kinds[i]` is the class (0 or 1) of `times[i]`. */
export interface Sample {
  readonly times: Float64Array
  readonly kinds: Uint8Array
}

export interface Welch {
  readonly t: number
  /** The difference of means that would give |t| = LIMIT, in the unit of the times. */
  readonly visible: number
}

/** Welch's t of the times at or below `ceiling`: positive when class 0 takes longer. 0 when a class has fewer than two or nothing varies. */
export function welch({ times, kinds }: Sample, ceiling = Number.POSITIVE_INFINITY): Welch {
  const count = [0, 0]
  const mean = [0, 0]
  const squares = [0, 0]
  for (const [i, time] of times.entries()) {
    if (time > ceiling) continue
    const kind = kinds[i] as 0 | 1
    const seen = (count[kind] as number) + 1
    const before = mean[kind] as number
    const after = before + (time - before) / seen
    count[kind] = seen
    mean[kind] = after
    squares[kind] = (squares[kind] as number) + (time - before) * (time - after)
  }
  const [n0, n1] = count as [number, number]
  if (n0 < 2 || n1 < 2) return { t: 0, visible: Number.POSITIVE_INFINITY }
  const error = Math.sqrt((squares[0] as number) / (n0 - 1) / n0 + (squares[1] as number) / (n1 - 1) / n1)
  const difference = (mean[0] as number) - (mean[1] as number)
  if (error === 0) return { t: difference === 0 ? 0 : Math.sign(difference) * Number.MAX_VALUE, visible: 0 }
  return { t: difference / error, visible: LIMIT * error }
}

/** Welch's t at every crop. The thresholds are those of both classes together, so that they favour none. */
export function cropped(sample: Sample): Welch[] {
  const sorted = sample.times.slice().sort()
  return CROPS.map(share => welch(sample, sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]))
}

/** The t farthest from 0. */
export function largest(ts: readonly number[]): number {
  return ts.reduce((most, t) => (Math.abs(t) > Math.abs(most) ? t : most), 0)
}

/** Whether some crop is beyond the limit. */
export const exceeds = (ts: readonly number[]): boolean => ts.some(t => Math.abs(t) >= LIMIT)

/**
 * Whether two independent runs tell the classes apart in the same way: the same crop, beyond the limit, on the same side (Goodwill, Jun, Jaffe, Rohatgi,
 * "A testing methodology for side-channel resistance validation", NIAT 2011). One run alone exceeds the limit now and then, a leak does it every time.
 */
export function confirmed(first: readonly number[], second: readonly number[]): boolean {
  return first.some((t, i) => {
    const again = second[i] as number
    return Math.abs(t) >= LIMIT && Math.abs(again) >= LIMIT && Math.sign(t) === Math.sign(again)
  })
}
