/** Every await point of every ceremony that makes new shares. */
import { beforeAll, describe, expect, it } from 'vitest'
import { seededFraction, seededRandom } from '../../support/index.ts'
import { SEED } from '../seed.ts'
import { DRAWN, EVERY } from './dealing-cases.ts'
import { crashAt, dryRun, twoCrash } from './dealings.ts'
import type { Point } from './life.ts'

/** Pairs of crashes in each ceremony. */
const DRAWS = 16

beforeAll(() => console.log(`SEQUORUM_SEED=${SEED}`))

describe.each(EVERY)('$ceremony.name', ({ ceremony, mortal, role }) => {
  it(`${role} dies at each of its await points`, async () => {
    const seed = `${SEED} ${ceremony.name} ${mortal}`
    const points: readonly Point[] = await dryRun(ceremony, mortal, seed)
    const ends = new Map<string, number>()
    for (let end = 0; end < points.length; end++) {
      const { who, pending } = await crashAt(ceremony, { seed, mortal, end, points, again: true })
      const key = `${who}, ${pending} pending`
      ends.set(key, (ends.get(key) ?? 0) + 1)
    }
    console.log(`${ceremony.name}, ${role}: ${points.length} crashes; ${[...ends].map(([key, count]) => `${count} x ${key}`).join('; ')}`)
    // crashes early leave what was, late ones what is new
    expect([...ends.keys()].some(key => key.startsWith('new'))).toBe(true)
    expect([...ends.keys()].some(key => key.startsWith(ceremony.before === undefined ? 'none' : 'old'))).toBe(true)
  }, 600_000)
})

describe.each(DRAWN)('$name', ceremony => {
  it('two members die, each at a drawn point', async () => {
    const seed = `${SEED} two of ${ceremony.name}`
    const dice = seededRandom(seed)
    const draw = (count: number): number => Math.floor(seededFraction(dice) * count)
    const lengths = new Map<number, number>()
    for (const seat of ceremony.parties) lengths.set(seat, (await dryRun(ceremony, seat, seed)).length)
    const ends: string[] = []
    for (let i = 0; i < DRAWS; i++) {
      const first = draw(ceremony.parties.length)
      const second = (first + 1 + draw(ceremony.parties.length - 1)) % ceremony.parties.length
      const seats = [first, second].map(at => ceremony.parties[at] as number)
      // half of them near the end, where some may have what others have not
      const last = i % 2 === 0 ? 0.7 : 0
      const points = seats.map(seat => {
        const length = lengths.get(seat) as number
        return [seat, Math.floor(last * length) + draw(Math.ceil((1 - last) * length) - 1)] as const
      })
      ends.push(await twoCrash(ceremony, `${seed} ${i}`, new Map(points)))
    }
    console.log(
      `${ceremony.name}: ${DRAWS} times two crashes; ${['none', 'old', 'new'].map(who => `${ends.filter(end => end === who).length} x ${who}`).join('; ')}`,
    )
    expect(ends).toHaveLength(DRAWS)
  }, 600_000)
})
