/**
 * Statistics of repeated measurements. Medians, because other programs only ever make a run slower; ratios of paired rounds, because a machine changes its
 * speed between one minute and the next, but hardly between two halves of one round.
 * @module
 */

/** The value below which the share `q` (0..1) of the values lies, linear between neighbours. @throws {RangeError} for no values. */
export function quantile(values: readonly number[], q: number): number {
  if (values.length === 0) throw new RangeError('no values')
  const sorted = [...values].sort((a, b) => a - b)
  const at = q * (sorted.length - 1)
  const below = sorted[Math.floor(at)] as number
  const above = sorted[Math.ceil(at)] as number
  return below + (above - below) * (at - Math.floor(at))
}

/** The middle value. @throws {RangeError} for no values. */
export const median = (values: readonly number[]): number => quantile(values, 0.5)

/** The median of control / subject over the rounds in which both were measured. @throws {RangeError} when there is none. */
export function pairedRatio(subject: readonly (number | undefined)[], control: readonly (number | undefined)[]): number {
  const ratios = subject.flatMap((value, round) => {
    const other = control[round]
    return value === undefined || other === undefined ? [] : [other / value]
  })
  return median(ratios)
}

/** Something that is measured once in a round. */
export interface Contender<T> {
  readonly run: () => Promise<T>
  /** Takes part in the first so many rounds only; in all by default. */
  readonly rounds?: number | undefined
}

/**
 * Measures all contenders in each of `rounds` rounds, one after the other, and turns their order around from round to round, so that none always
 * comes first. What is measured in a round stands at its index; contenders with fewer rounds leave the rest undefined.
 */
export async function alternate<T>(contenders: readonly Contender<T>[], rounds: number): Promise<(T | undefined)[][]> {
  const results: (T | undefined)[][] = contenders.map(() => Array.from({ length: rounds }, () => undefined))
  for (let round = 0; round < rounds; round++) {
    const order = contenders.map((contender, index) => ({ contender, index }))
    if (round % 2 === 1) order.reverse()
    for (const { contender, index } of order)
      if (round < (contender.rounds ?? rounds)) (results[index] as (T | undefined)[])[round] = await contender.run()
  }
  return results
}
