import { describe, expect, it } from 'vitest'
import { createWorld, seedOf } from './world.ts'

const accountsOf = (world: Awaited<ReturnType<typeof createWorld>>) =>
  world.machines.map(({ events }) => events.flatMap(event => (event.kind === 'key' ? [event.account] : [])))

describe('a pool without a key', () => {
  it('2 of 3 generate one, then sign with it; after a restart it is still there', async () => {
    const world = await createWorld({ seed: seedOf('keygen'), n: 3, t: 2, keygen: true, realSigning: true })
    await world.start()
    await world.transact(3)
    await world.untilBatches(1, 60_000)
    const [first, ...others] = accountsOf(world)
    expect(first).toHaveLength(1)
    for (const account of others) expect(account).toEqual(first)
    for (const machine of world.machines) machine.crash()
    for (const machine of world.machines) await machine.start()
    await world.untilBatches(3)
    for (const account of accountsOf(world)) expect(account).toEqual(first)
    await world.untilSettled()
  })
})
