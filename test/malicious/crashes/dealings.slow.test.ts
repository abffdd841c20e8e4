/** Every await point of every ceremony that makes new shares. */
import { beforeAll, describe, expect, it } from 'vitest'
import { SEED } from '../seed.ts'
import { EVERY } from './dealing-cases.ts'
import { crashAt, dryRun } from './dealings.ts'
import type { Point } from './life.ts'

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
