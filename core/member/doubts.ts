/**
 * Whom a member would rather sign with: those it can reach and who have not let it down lately.
 * @module
 */
import type { Pool } from '../proposal/pool.ts'
import type { Clock } from './ports.ts'

export interface Doubts {
  /** It failed a ceremony that this member was in. */
  failed(seat: number): void
  /** Its vote was waited for in vain, though it could be reached. */
  late(seat: number): void
  /** They have finished a ceremony together with this member. */
  succeeded(seats: readonly number[]): void
  /**
   * 0 for this member, 1 for who can be reached and has done nothing wrong, a little more for who is late, 2 for who failed lately, 3 for who
   * cannot be reached, 4 for who failed at this height.
   * @param failedHere who failed at the height at hand.
   */
  of(seat: number, failedHere?: ReadonlySet<number>): number
  /** True when all of these can sign with each other now, whatever they have done. */
  able(seats: readonly number[]): boolean
  /** True when this member itself can sign with these. */
  joins(seats: readonly number[]): boolean
  /** The worst of a quorum. */
  worst(seats: readonly number[], failedHere?: ReadonlySet<number>): number
  /** The t least doubtful, then lowest, of these that can sign together; in order of seats. Fewer when there are not as many. */
  choose(seats: readonly number[], failedHere?: ReadonlySet<number>): readonly number[]
}

/** From here on a member is worth waiting for a better one. */
export const DOUBTFUL = 2

/** ms for which a seat that failed or was late is asked after those who did not, at later heights too. */
const GRUDGE = 600_000

/** The first `count` in this order of which no two are apart; without such, the longest beginning of one that was found. */
function together(ranked: readonly number[], count: number, apart: (a: number, b: number) => boolean): number[] {
  let longest: number[] = []
  const extend = (chosen: readonly number[], from: number): boolean => {
    if (chosen.length > longest.length) longest = [...chosen]
    if (chosen.length === count) return true
    for (let at = from; at < ranked.length; at++) {
      const next = ranked[at] as number
      if (!chosen.some(other => apart(other, next)) && extend([...chosen, next], at + 1)) return true
    }
    return false
  }
  extend([], 0)
  return longest
}

export function createDoubts(input: {
  pool: Pool
  seat: number
  clock: Clock
  /** Seats that can be reached now; a hint. */
  online(): ReadonlySet<number>
  /** True for a seat that can sign with nobody now. */
  unfit?(seat: number): boolean
  /** True for two seats that cannot sign together. */
  apart?(a: number, b: number): boolean
}): Doubts {
  const { pool, clock } = input
  const failedAt = new Map<number, number>()
  const lateAt = new Map<number, number>()
  const lately = (book: ReadonlyMap<number, number>, seat: number): boolean => clock.now() - (book.get(seat) ?? Number.NEGATIVE_INFINITY) < GRUDGE

  function of(seat: number, failedHere?: ReadonlySet<number>): number {
    if (seat === input.seat) return 0
    if (failedHere?.has(seat) === true) return 4
    if (!input.online().has(seat)) return 3
    if (lately(failedAt, seat)) return DOUBTFUL
    return lately(lateAt, seat) ? 1.5 : 1
  }

  return {
    failed: seat => void failedAt.set(seat, clock.now()),
    late: seat => void lateAt.set(seat, clock.now()),
    succeeded(seats) {
      for (const seat of seats) failedAt.delete(seat)
    },
    of,
    worst: (seats, failedHere) => Math.max(...seats.map(seat => of(seat, failedHere))),
    choose(seats, failedHere) {
      const able = seats.filter(seat => input.unfit?.(seat) !== true)
      const ranked = able.sort((a, b) => of(a, failedHere) - of(b, failedHere) || a - b)
      return together(ranked, pool.threshold, (a, b) => input.apart?.(a, b) === true).sort((a, b) => a - b)
    },
    joins: seats => input.unfit?.(input.seat) !== true && seats.every(other => other === input.seat || input.apart?.(input.seat, other) !== true),
    able: seats => seats.every((seat, at) => input.unfit?.(seat) !== true && seats.slice(at + 1).every(other => input.apart?.(seat, other) !== true)),
  }
}
