import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { testPool } from '../../test/support/pool.ts'
import { virtualTime } from '../../test/support/virtual-time.ts'
import type { Pool } from '../proposal/pool.ts'
import { createDoubts } from './doubts.ts'

const pools = new Map<string, Pool>()

function setup(
  n: number,
  t: number,
  options: { apart?: readonly (readonly [number, number])[]; unfit?: readonly number[]; away?: readonly number[] } = {},
) {
  const { apart = [], unfit = [], away = [] } = options
  const pool = pools.get(`${t} of ${n}`) ?? testPool(n, t)
  pools.set(`${t} of ${n}`, pool)
  const seats = pool.members.map(member => member.seat)
  const isApart = (a: number, b: number): boolean => apart.some(([x, y]) => (x === a && y === b) || (x === b && y === a))
  const doubts = createDoubts({
    pool,
    seat: 1,
    clock: virtualTime(),
    online: () => new Set(seats.filter(seat => !away.includes(seat))),
    unfit: seat => unfit.includes(seat),
    apart: isApart,
  })
  return { doubts, seats, isApart }
}

describe('whom to sign with', () => {
  it('the t least doubtful, then lowest', () => {
    const { doubts, seats } = setup(5, 3, { away: [2] })
    expect(doubts.choose(seats)).toEqual([1, 3, 4])
    doubts.failed(3)
    expect(doubts.choose(seats)).toEqual([1, 4, 5])
    expect(doubts.choose([1, 2, 3])).toEqual([1, 2, 3])
    expect(doubts.choose([1, 2])).toEqual([1, 2])
  })

  it('nobody who cannot sign, and no two who cannot sign together', () => {
    expect(setup(4, 2, { apart: [[1, 2]] }).doubts.choose([1, 2, 3, 4])).toEqual([1, 3])
    expect(setup(4, 3, { apart: [[1, 2]] }).doubts.choose([1, 2, 3, 4])).toEqual([1, 3, 4])
    expect(
      setup(4, 3, {
        apart: [
          [1, 2],
          [3, 4],
        ],
      }).doubts.choose([1, 2, 3, 4]),
    ).toHaveLength(2)
    expect(setup(4, 2, { unfit: [1, 3] }).doubts.choose([1, 2, 3, 4])).toEqual([2, 4])
    // Without oneself, when that is the only way.
    expect(
      setup(3, 2, {
        apart: [
          [1, 2],
          [1, 3],
        ],
      }).doubts.choose([1, 2, 3]),
    ).toEqual([2, 3])
  })

  it('says of a quorum whether it can sign, and whether this member can sign in it', () => {
    const { doubts } = setup(5, 3, {
      apart: [
        [1, 2],
        [3, 4],
      ],
      unfit: [5],
    })
    expect([doubts.able([1, 3]), doubts.able([1, 2]), doubts.able([2, 3, 4]), doubts.able([1, 5])]).toEqual([true, false, false, false])
    // That others are apart is theirs to know.
    expect([doubts.joins([1, 3, 4]), doubts.joins([1, 2, 3])]).toEqual([true, false])
    expect(setup(3, 2, { unfit: [1] }).doubts.joins([1, 3])).toBe(false)
  })

  it('finds a quorum whenever there is one', () => {
    const pair = fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 })).filter(([a, b]) => a !== b)
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 5 }), fc.array(pair, { maxLength: 9 }), (t, apart) => {
        const { doubts, seats, isApart } = setup(6, t, { apart })
        const quorums = subsets(seats, t).filter(quorum => quorum.every((a, at) => quorum.slice(at + 1).every(b => !isApart(a, b))))
        const chosen = doubts.choose(seats)
        expect(chosen.length === t).toBe(quorums.length > 0)
        if (chosen.length === t) expect(quorums.map(String)).toContain(String(chosen))
      }),
    )
  })
})

function subsets(seats: readonly number[], size: number): number[][] {
  if (size === 0) return [[]]
  return seats.flatMap((seat, at) => subsets(seats.slice(at + 1), size - 1).map(rest => [seat, ...rest]))
}
