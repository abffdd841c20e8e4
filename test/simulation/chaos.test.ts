import { describe, expect, it } from 'vitest'
import { runChaos } from './chaos.ts'
import { seedOf } from './world.ts'

describe('random faults', () => {
  for (const [t, n] of [
    [2, 3],
    [3, 5],
    [4, 5],
  ] as const)
    it(`${t} of ${n}`, async () => {
      const { world, faults } = await runChaos({ seed: seedOf(`chaos ${t} of ${n}`), t, n, duration: 40_000 })
      expect(faults.length).toBeGreaterThan(5)
      expect(world.batches().length).toBeGreaterThan(3)
      expect(world.settledAfter).toBeLessThan(60_000)
    })
})
