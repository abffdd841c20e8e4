import { describe, expect, it } from 'vitest'
import { createWorld, seedOf, type World } from './world.ts'

const proposersOf = (world: World) =>
  new Map(world.machine(1).events.flatMap(event => (event.kind === 'signed' ? [[event.height, event] as const] : [])))

describe('a pool without faults', () => {
  for (const [t, n, epochLength, heights] of [
    [2, 3, 3, 10],
    [3, 5, 2, 7],
    [4, 5, 2, 7],
  ] as const)
    it(`${t} of ${n} crosses rotation epochs, every height by the member whose turn it is`, async () => {
      const world = await createWorld({ seed: seedOf(`happy ${t}-of-${n}`), n, t, epochLength, finalityLag: 2 })
      await world.start()
      for (let height = 1; height <= heights; height++) {
        await world.transact(3)
        await world.untilBatches(height)
      }
      await world.untilSettled()
      expect(world.fed).toHaveLength(3 * heights)
      // From the third epoch on the seed comes from an L1 block.
      expect(Math.floor((heights - 1) / epochLength)).toBe(3)
      const signed = proposersOf(world)
      for (let height = 0; height < heights; height++) {
        expect(signed.get(height)?.round).toBe(0)
        expect(signed.get(height)?.proposer).toBe(world.order(height)?.[0])
        expect(signed.get(height)?.signers).toHaveLength(t)
      }
      expect(new Set([...signed.values()].map(({ proposer }) => proposer)).size).toBeGreaterThan(2)
    })

  for (const [t, n] of [
    [2, 3],
    [3, 5],
    [4, 5],
  ] as const)
    it(`${t} of ${n} with the real protocol`, async () => {
      const world = await createWorld({ seed: seedOf(`real ${t}-of-${n}`), n, t, realSigning: true })
      await world.start()
      await world.transact(6)
      await world.untilSettled()
      expect(proposersOf(world).get(0)?.signers).toHaveLength(t)
    })

  it('a run depends on nothing but its seed', async () => {
    const run = async (): Promise<string> => {
      const world = await createWorld({ seed: 'repeat', n: 3, t: 2 })
      await world.start()
      await world.transact(4)
      await world.untilBatches(2)
      return world.describe()
    }
    expect(await run()).toBe(await run())
  })
})
