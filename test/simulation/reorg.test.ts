import { describe, expect, it } from 'vitest'
import { createWorld, seedOf, type World } from './world.ts'

const rawsOf = (world: World): string[] => world.l1.blocks.flatMap(({ transactions }) => transactions.map(({ hash }) => hash))

describe('L1 reorganises', () => {
  for (const depth of [1, 2, 3])
    it(`by ${depth}: what was signed is sent again, as it was`, async () => {
      const world = await createWorld({ seed: seedOf(`reorg ${depth}`), n: 3, t: 2, finalityLag: 8 })
      await world.start()
      await world.transact(4)
      await world.untilBatches(2)
      await world.transact(4)
      const before = rawsOf(world)
      world.l1.reorg(depth)
      expect(rawsOf(world).length).toBeLessThan(before.length)
      await world.until('the same transactions are back', () => rawsOf(world).slice(0, before.length).join() === before.join(), 10_000)
      await world.untilBatches(4)
      await world.untilSettled()
    })

  it('and the relay has lost what it was given: members hand it in again', async () => {
    const world = await createWorld({ seed: seedOf('reorg, relay lost'), n: 3, t: 2, finalityLag: 8 })
    await world.start()
    await world.transact(4)
    await world.untilBatches(2)
    const before = rawsOf(world)
    world.relay.forgetPublications()
    world.l1.reorg(1)
    await world.until('the same transactions are back', () => rawsOf(world).slice(0, before.length).join() === before.join(), 10_000)
    await world.untilSettled()
  })

  it('below the confirmations that the pool waits for: members do not even notice', async () => {
    const world = await createWorld({ seed: seedOf('reorg, unconfirmed'), n: 3, t: 2, finalityLag: 8, confirmations: 4 })
    await world.start()
    await world.transact(4)
    await world.untilBatches(2)
    await world.until('a third is included', () => world.batches().length === 3)
    world.l1.reorg(3)
    await world.untilBatches(4)
    await world.untilSettled()
    for (const { events } of world.machines) expect(events.filter(({ kind }) => kind === 'reorg')).toEqual([])
  })

  it('and takes away the origin of a batch that is locked and not signed yet: the height lands all the same', async () => {
    const world = await createWorld({ seed: seedOf('reorg, origin lost'), n: 3, t: 2, finalityLag: 8 })
    await world.start()
    await world.transact(4)
    await world.untilBatches(1)
    await world.transact(4)
    const proposer = world.order(1)?.[0] as number
    world.probe.written = (_, record) => {
      if (record.height !== 1 || record.lockedRound !== 0) return
      if (world.machines.filter(({ disk }) => disk.record(1)?.lockedRound === 0).length < 3) return
      world.probe = {}
      world.machine(proposer).crash()
      world.l1.reorg(3)
    }
    await world.untilBatches(2)
    expect(world.batches()[1]).toMatchObject({ height: 1 })
    await world.machine(proposer).start()
    await world.untilSettled()
  })

  it('and takes away the origin of a batch that is signed: it lands, changes nothing, and its transactions are ordered again', async () => {
    const world = await createWorld({ seed: seedOf('reorg, signed origin lost'), n: 3, t: 2, finalityLag: 8 })
    await world.start()
    await world.transact(4)
    await world.untilBatches(1)
    await world.transact(4)
    world.probe.event = (_, event) => {
      if (event.kind !== 'signed' || event.height !== 1) return
      world.probe = {}
      world.l1.reorg(4)
    }
    await world.untilBatches(3)
    await world.untilSettled()
    expect(world.batches()[1]?.ignored).toBe('origin-not-canonical')
  })
})
