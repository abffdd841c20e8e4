import { describe, expect, it } from 'vitest'
import { createWorld, seedOf, type World } from './world.ts'

const logged = (world: World, seat: number, event: string) => world.machine(seat).log.filter(line => line.event === event)

describe('ready tuples', () => {
  for (const [t, n, realSigning] of [
    [2, 3, true],
    [3, 5, false],
  ] as const)
    it(`${t} of ${n}: from the second batch on every signature goes on from one`, async () => {
      const world = await createWorld({ seed: seedOf(`steady ${t} of ${n}`), n, t, realSigning })
      const signatures: { height: number; seat: number; ready: boolean }[] = []
      world.probe.signing = (seat, height, tuple) => void signatures.push({ seat, height, ready: tuple !== undefined })
      await world.start()
      await world.untilBatches(6)
      await world.untilSettled()
      console.log(JSON.stringify(signatures))
      expect(signatures.filter(({ height }) => height > 0).every(({ ready }) => ready)).toBe(true)
      expect(logged(world, 1, 'tuple.dropped')).toEqual([])
    })
})
