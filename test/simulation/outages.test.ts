import { describe, expect, it } from 'vitest'
import { createWorld, seedOf, type World } from './world.ts'

const signedEvents = (world: World, height: number) =>
  world.machines.flatMap(({ events }) => events.flatMap(event => (event.kind === 'signed' && event.height === height ? [event] : [])))

describe('the relay', () => {
  it.each([
    ['P1', 'sign', 0],
    ['P2', 'sign', 0],
    ['O1', 'sign', 2],
    ['O2', 'sign', 2],
    ['P1', 'preprocess', 2],
    ['P2', 'preprocess', 2],
  ] as const)(
    'dies in round %s of a %s ceremony, of members that keep %i tuples ready, and comes back on the same disk',
    async (round, kind, tuples) => {
      const world = await createWorld({ seed: seedOf(`relay ${round} ${kind}`), n: 3, t: 2, realSigning: true, tuples })
      await world.start()
      await world.transact(3)
      await world.untilBatches(1)
      await world.transact(3)
      let died = 0
      world.probe.ceremony = (_, reached, height, running) => {
        if ((kind === 'sign' && height !== 1) || reached !== round || running !== kind || died > 0) return
        died = world.time.now()
        world.relay.crash()
        world.time.after(1_500, () => world.relay.start())
      }
      await world.until('the end of the relay', () => died > 0, 40_000)
      await world.untilBatches(2, 40_000)
      await world.transact(2)
      await world.untilSettled()
    },
  )

  it('is away for a minute, and one member was started again meanwhile', async () => {
    const world = await createWorld({ seed: seedOf('relay away'), n: 3, t: 2 })
    await world.start()
    await world.untilBatches(1)
    await world.transact(3)
    world.relay.crash()
    await world.pass(30_000)
    world.machine(2).crash()
    await world.machine(2).start()
    await world.pass(30_000)
    world.relay.start()
    await world.untilSettled(60_000)
  })

  it('dies together with every member; all come back', async () => {
    const world = await createWorld({ seed: seedOf('power cut'), n: 3, t: 2 })
    await world.start()
    await world.transact(3)
    await world.untilBatches(2)
    await world.transact(3)
    world.probe.written = (_, record) => {
      if (record.height !== 2 || record.lockedRound < 0) return
      world.probe = {}
      world.relay.crash()
      for (const machine of world.machines) machine.crash()
    }
    await world.until('the power cut', () => world.machines.every(({ running }) => !running))
    await world.pass(5_000)
    world.relay.start()
    for (const machine of world.machines) await machine.start()
    await world.untilSettled(60_000)
    for (const { events } of world.machines) expect(events.filter(event => event.kind === 'batch' && event.replayed)).toHaveLength(2)
  })

  for (const announce of ['lies', 'silence'] as const)
    it(`${announce === 'lies' ? 'lies about' : 'is silent on'} whose turn it is: no batch is late for that`, async () => {
      const [honest, other] = await Promise.all(
        (['truth', announce] as const).map(async what => {
          const world = await createWorld({ seed: seedOf('relay clock'), n: 3, t: 2, announce: what })
          await world.start()
          await world.transact(6)
          await world.untilBatches(4)
          await world.untilSettled()
          for (let height = 0; height < 4; height++)
            expect(signedEvents(world, height)[0]).toMatchObject({ round: 0, proposer: world.order(height)?.[0] })
          return world.batches().slice(0, 4)
        }),
      )
      expect(other?.map(({ l1Block }) => l1Block)).toEqual(honest?.map(({ l1Block }) => l1Block))
    })
})

describe('L1 does not answer', () => {
  it('while a batch is agreed on: it is signed as soon as it does', async () => {
    const world = await createWorld({ seed: seedOf('no fees'), n: 3, t: 2 })
    await world.start()
    await world.untilBatches(1)
    await world.transact(3)
    world.probe.event = (_, event) => {
      if (event.kind !== 'agreed' || event.height !== 1) return
      world.probe = {}
      world.l1Failing = true
      world.time.after(2_500, () => {
        world.l1Failing = false
      })
    }
    await world.untilBatches(2, 10_000)
    expect(signedEvents(world, 1)[0]).toMatchObject({ round: 0 })
    await world.untilSettled()
  })

  it('for longer than many rounds: the pool goes on afterwards', async () => {
    const world = await createWorld({ seed: seedOf('L1 away'), n: 3, t: 2 })
    await world.start()
    await world.untilBatches(1)
    await world.transact(3)
    world.l1Failing = true
    await world.pass(60_000)
    world.l1Failing = false
    await world.untilSettled(40_000)
  })
})

describe('all members are started again', () => {
  it('while L1 does not answer: transactions far beyond the nonces that they know are kept', async () => {
    // Nothing is final, so there is no checkpoint to start from.
    const world = await createWorld({ seed: seedOf('far nonces'), n: 2, t: 2, finalityLag: 1_000, epochLength: 1_000 })
    await world.start()
    for (const count of [40, 30]) {
      await world.transact(count, 0)
      await world.untilSettled()
    }
    for (const machine of world.machines) machine.crash()
    await world.transact(5, 0)
    // L1 names its chain, and says no more before the relay has handed over everything.
    for (const { seat } of world.machines)
      world.meddle.set(seat, input => ({ ...input, l1: { ...input.l1, chainId: () => Promise.resolve(world.pool.l1.chainId) } }))
    world.l1Failing = true
    for (const machine of world.machines) await machine.start()
    await world.pass(3_000)
    world.l1Failing = false
    await world.untilSettled(30_000)
  })
})

describe('too many members are away', () => {
  it('for more rounds than votes are kept for: the pool goes on when they come back', async () => {
    const world = await createWorld({ seed: seedOf('long outage'), n: 5, t: 4, roundZero: 1_000, roundStep: 0 })
    await world.start()
    await world.untilBatches(1)
    await world.transact(3)
    world.machine(1).crash()
    world.machine(2).crash()
    await world.pass(25_000)
    expect(world.batches().length).toBeLessThan(3)
    await world.machine(1).start()
    await world.untilBatches(2, 3_000)
    await world.untilSettled()
  })

  it('and those who are left are as many as sign, but less than agree: nothing is signed without q locks', async () => {
    const world = await createWorld({ seed: seedOf('t < q'), n: 5, t: 3 })
    expect(world.pool.agreementQuorum).toBe(4)
    await world.start()
    await world.untilBatches(1)
    await world.transact(3)
    // Two of those who voted stop before their lock is on disk; their votes still arrive.
    const dead: number[] = []
    world.probe.writing = (seat, record) => {
      const voted = world.machine(seat).disk.record(1)?.votedRound === 0
      if (record.height !== 1 || record.lockedRound !== 0 || !voted || dead.length === 2) return
      dead.push(seat)
      world.machine(seat).hang()
    }
    await world.until('two are dead', () => dead.length === 2)
    await world.pass(60_000)
    const locked = world.machines.filter(({ disk }) => (disk.record(1)?.lockedRound ?? -1) >= 0)
    expect(locked).toHaveLength(3)
    for (const { log } of locked) expect(log.filter(({ event, facts }) => event === 'ceremony.open' && facts.height === 1)).toEqual([])
    for (const { disk } of world.machines) expect(disk.record(1)?.signed ?? []).toEqual([])
    expect(world.batches()).toHaveLength(1)

    await world.machine(dead[0] as number).start()
    await world.untilBatches(2, 60_000)
    await world.untilSettled()
  })
})
