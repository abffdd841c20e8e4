import { describe, expect, it } from 'vitest'
import { type Setting, SHAPES, shapeName, simulate, tally, type Variant } from '../../test/simulation/lock-model.ts'

/** Runs seeds `seed`, `seed + 1`, … and prints what came of them. */
function search(variant: Variant, shape: Pick<Setting, 'n' | 'f' | 't'>, seed: number, runs: number) {
  const result = tally({ ...shape, variant, seed }, runs)
  console.log(`locks, ${variant}, ${shapeName(shape)}, seeds ${seed}..${seed + runs - 1}: ${JSON.stringify(result)}`)
  return result
}

describe('the rules, against an adversary that owns the network and f members', () => {
  it.each(SHAPES.map(shape => [shapeName(shape), shape] as const))('%s: never two contents signed, never none', (_, shape) => {
    const { twice, stuck, longest } = search('rules', shape, 1, 300)
    expect({ twice, stuck }).toEqual({ twice: 0, stuck: 0 })
    // Cheaters' rounds pass unused; the first honest one of the synchronous time signs.
    expect(longest).toBeLessThanOrEqual(shape.f)
  })

  it('is the same run for the same seed', () => {
    const setting: Setting = { n: 7, f: 2, variant: 'no-database', seed: 19 }
    expect(simulate(setting)).toEqual(simulate(setting))
  })
})

describe('what the search finds when one rule is left out', () => {
  it.each([
    ['no-database', { n: 4, f: 1 }, 1, 300],
    ['no-database', { n: 3, f: 0 }, 1, 300],
    ['one-forgets', { n: 4, f: 1 }, 1, 300],
    ['one-forgets', { n: 3, f: 0 }, 1, 300],
    ['late-locks', { n: 4, f: 1 }, 1, 300],
    ['late-locks', { n: 3, f: 0 }, 1, 300],
    ['no-commits', { n: 7, f: 2, t: 3 }, 1, 300],
    ['no-commits', { n: 5, f: 1, t: 2 }, 1, 300],
    ['shares-of-any-round', { n: 7, f: 2 }, 400, 100],
  ] as const)('%s, %o: two contents signed', (variant, shape, seed, runs) => {
    expect(search(variant, shape, seed, runs).twice).toBeGreaterThan(0)
  })

  it.each([
    { n: 4, f: 1 },
    { n: 5, f: 1 },
  ])('first-seen, %o: stuck for good', shape => {
    const { twice, stuck } = search('first-seen', shape, 1, 300)
    expect(twice).toBe(0)
    expect(stuck).toBeGreaterThan(0)
  })
})

describe('a member that has lost its record, beside f cheaters', () => {
  it.each(SHAPES.map(shape => [shapeName(shape), shape] as const))('%s: silent, it helps to no second content, and the others go on', (_, shape) => {
    const { twice, stuck, longest } = search('one-forgets-and-is-silent', shape, 1, 300)
    expect({ twice, stuck }).toEqual({ twice: 0, stuck: 0 })
    // Its own rounds may pass unused as well.
    expect(longest).toBeLessThanOrEqual(shape.f + 1)
  })
})
