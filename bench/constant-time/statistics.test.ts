import { describe, expect, test } from 'vitest'
import { seededFraction, seededRandom } from '../../test/support/random.ts'
import { CROPS, confirmed, cropped, exceeds, largest, type Sample, welch } from './statistics.ts'

const values = (...pairs: readonly [kind: number, time: number][]): Sample => ({
  times: Float64Array.from(pairs.map(([, time]) => time)),
  kinds: Uint8Array.from(pairs.map(([kind]) => kind)),
})

/** Times around 100 with a long tail; class 0 takes `leak` longer. */
function noisy(seed: string, leak: number, count = 4000): Sample {
  const random = seededRandom(seed)
  const times = new Float64Array(count)
  const kinds = new Uint8Array(count)
  for (let i = 0; i < count; i++) {
    const kind = (random(1)[0] as number) & 1
    const [bulk, tail] = [seededFraction(random), seededFraction(random)]
    kinds[i] = kind
    times[i] = 100 + 10 * bulk + (tail > 0.95 ? 5000 * (tail - 0.95) : 0) + (kind === 0 ? leak : 0)
  }
  return { times, kinds }
}

const ts = (sample: Sample): number[] => cropped(sample).map(({ t }) => t)

describe('t', () => {
  test('is that of Welch', () => {
    // means 2 and 6, variances 1 and 4: (2 - 6)/sqrt(1/3 + 4/3)
    const sample = values([0, 1], [1, 4], [0, 2], [1, 6], [0, 3], [1, 8])
    expect(welch(sample).t).toBeCloseTo(-4 / Math.sqrt(5 / 3), 12)
    expect(welch(sample).visible).toBeCloseTo(4.5 * Math.sqrt(5 / 3), 12)
  })

  test('leaves out what is above the ceiling', () => {
    const sample = values([0, 1], [1, 4], [0, 2], [1, 6], [0, 3], [1, 8], [0, 1000], [1, 2000])
    expect(welch(sample, 8).t).toBeCloseTo(-4 / Math.sqrt(5 / 3), 12)
  })

  test('is 0 without data and without a difference, and endless for a difference without noise', () => {
    expect(welch(values([0, 1], [1, 2])).t).toBe(0)
    expect(welch(values([0, 1], [0, 1], [1, 1], [1, 1])).t).toBe(0)
    expect(welch(values([0, 1], [0, 1], [1, 2], [1, 2])).t).toBe(-Number.MAX_VALUE)
  })
})

test('equal classes are not told apart', () => {
  for (const seed of ['a', 'b', 'c']) expect(Math.abs(largest(ts(noisy(seed, 0))))).toBeLessThan(4.5)
})

test('a small leak in the bulk is seen below a long tail, twice and on the same side', () => {
  const [first, second] = [ts(noisy('d', 1)), ts(noisy('e', 1))]
  expect(Math.abs(first.at(-1) as number)).toBeLessThan(4.5)
  expect(exceeds(first)).toBe(true)
  expect(largest(first)).toBeGreaterThan(4.5)
  expect(confirmed(first, second)).toBe(true)
  expect(confirmed(first, ts(noisy('f', -1)))).toBe(false)
  expect(confirmed(first, ts(noisy('g', 0)))).toBe(false)
})

test('two runs that exceed in different crops confirm nothing', () => {
  const at = (place: number) => CROPS.map((_, i) => (i === place ? 6 : 0))
  expect(confirmed(at(1), at(1))).toBe(true)
  expect(confirmed(at(1), at(2))).toBe(false)
})
