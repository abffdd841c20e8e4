import { randomInt } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { runChaos } from './chaos.ts'
import { seedOf } from './world.ts'

/** New seeds on every run; a failure prints its seed, SEQUORUM_TEST_SEED repeats it, SEQUORUM_TEST_RUNS asks for more. */
const runs = Number(process.env.SEQUORUM_TEST_RUNS ?? 2)

describe('random faults, random seeds', () => {
  for (const [t, n] of [
    [2, 3],
    [3, 5],
    [4, 5],
    [3, 4],
  ] as const)
    for (const reorgs of [false, true])
      for (let run = 0; run < runs; run++) {
        const seed = seedOf(String(randomInt(2 ** 40)))
        it(`${t} of ${n}${reorgs ? ' with L1 reorganisations' : ''}, seed ${seed}`, async () => {
          const reorgDepth = reorgs ? 3 : undefined
          const { world } = await runChaos({ seed, t, n, duration: 180_000, ...(reorgDepth === undefined ? {} : { reorgDepth }) })
          expect(world.batches().length).toBeGreaterThan(3)
        }, 300_000)
      }
})
