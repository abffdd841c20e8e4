/**
 * The search of lock-simulation.test.ts over more runs. `SEQUORUM_TEST_SEED`, a number, sets the first seed; every line printed says which seeds it is about, and
 * `firstBad` is one to run alone.
 */
import { describe, expect, it } from 'vitest'
import { SHAPES, shapeName, tally, type Variant } from '../../test/simulation/lock-model.ts'

const seed = Number(process.env.SEQUORUM_TEST_SEED ?? 1_000)
const RUNS = 6_000

function search(variant: Variant, shape: (typeof SHAPES)[number], runs = RUNS) {
  const result = tally({ ...shape, variant, seed }, runs)
  console.log(`locks, ${variant}, ${shapeName(shape)}, seeds ${seed}..${seed + runs - 1}: ${JSON.stringify(result)}`)
  return result
}
/** Of all shapes. */
function total(variant: Variant, runs: number) {
  const results = SHAPES.map(shape => search(variant, shape, runs))
  return { twice: results.reduce((sum, { twice }) => sum + twice, 0), stuck: results.reduce((sum, { stuck }) => sum + stuck, 0) }
}

describe('the rules', () => {
  it.each(SHAPES.map(shape => [shapeName(shape), shape] as const))('%s', (_, shape) => {
    const { twice, stuck, longest } = search('rules', shape)
    expect({ twice, stuck }).toEqual({ twice: 0, stuck: 0 })
    expect(longest).toBeLessThanOrEqual(shape.f)
  })
})

describe('controls', () => {
  it.each([
    ['no-database', 1_000],
    ['late-locks', 1_000],
    ['no-commits', 1_000],
    ['shares-of-any-round', RUNS],
  ] as const)('%s: two contents signed', (variant, runs) => {
    expect(total(variant, runs).twice).toBeGreaterThan(0)
  })

  it('first-seen: stuck for good', () => {
    expect(total('first-seen', 1_000).stuck).toBeGreaterThan(0)
  })
})
