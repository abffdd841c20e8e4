import { describe, expect, it } from 'vitest'
import { refresh } from '../../core/threshold/index.ts'
import { generationOf } from '../../core/threshold/share-codec.ts'
import { createWorld, seedOf, type World } from './world.ts'

const ROUNDS = ['hello', 'D1', 'D2', 'D3', 'D4', 'D5', 'D6', 'D7']

const activeOf = (world: World, seat: number): number => {
  const share = world.machine(seat).disk.open().vault.activeShare()
  return share === undefined ? -1 : generationOf(share).epochNo
}
const pendingOf = (world: World, seat: number): number[] =>
  world
    .machine(seat)
    .disk.open()
    .vault.pendingShares()
    .map(bytes => generationOf(bytes).epochNo)
const agree = (world: World) => (): boolean => new Set(world.machines.map(({ seat }) => activeOf(world, seat))).size === 1

/** Asks for a refresh; the outcome is a number or a code. */
function ask(world: World, seat: number): { outcome: number | string | undefined } {
  const asked: { outcome: number | string | undefined } = { outcome: undefined }
  world
    .machine(seat)
    .member?.command({ kind: 'refresh' })
    .then(
      facts => {
        asked.outcome = facts.epochNo as number
      },
      (error: { code?: string }) => {
        asked.outcome = error.code ?? 'no code'
      },
    )
  return asked
}

/** Asks again until it is not refused because somebody has just come back, or has not noticed the end of the last one. */
async function insist(world: World, seat: number): Promise<number | string> {
  for (;;) {
    const asked = ask(world, seat)
    await world.until('an answer', () => asked.outcome !== undefined, 200_000)
    if (asked.outcome !== 'refresh-refused') return asked.outcome as number | string
    await world.pass(500)
  }
}

describe('refreshes with every batch', () => {
  for (const [t, n, batches] of [
    [2, 3, 40],
    [3, 5, 15],
  ] as const)
    it(`${t} of ${n}, over slow lines: every height is signed in its first round, and no signature fails`, async () => {
      const world = await createWorld({ seed: seedOf(`every batch ${t}-of-${n}`), n, t, maxBatchDelay: 1_000, latency: [5, 150] })
      for (const { seat } of world.machines) world.meddle.set(seat, input => ({ ...input, refresh: { everyBatches: 1 } }))
      await world.start()
      await world.untilBatches(batches)
      const rounds = world.machine(1).events.flatMap(event => (event.kind === 'signed' ? [event.round] : []))
      expect(rounds).toEqual(rounds.map(() => 0))
      expect(rounds.length).toBeGreaterThanOrEqual(batches)
      expect(world.machines.flatMap(({ log }) => log.filter(({ event }) => event === 'sign.failed' || event === 'sign.refused'))).toEqual([])
      expect(activeOf(world, 1)).toBeGreaterThan(batches / 3)
    })
})

describe('refreshes of 3 of 5', () => {
  for (const round of ROUNDS)
    it(`each member dies in ${round}, one after the other: the pool signs on, and all end at one generation`, async () => {
      const world = await createWorld({ seed: seedOf(`refresh ${round}`), n: 5, t: 3, realSigning: true })
      await world.start()
      await world.untilBatches(1)
      for (const victim of [1, 2, 3, 4, 5]) {
        const asker = 1 + (victim % 5)
        world.probe.ceremony = (seat, reached, _, kind) => {
          if (kind === 'refresh' && seat === victim && reached === round) world.machine(victim).crash()
        }
        await insist(world, asker)
        await world.until('the death', () => !world.machine(victim).running)
        world.probe.ceremony = () => {}
        await world.transact(2)
        await world.untilBatches(world.batches().length + 1)
        await world.machine(victim).start()
        await world.until('one generation', agree(world), 60_000)
      }
      const last = await insist(world, 3)
      expect(last).toBeTypeOf('number')
      await world.until('one generation', agree(world), 20_000)
      for (const { seat } of world.machines) expect([activeOf(world, seat), pendingOf(world, seat)]).toEqual([last, []])
      await world.untilSettled()
    })

  for (const seed of ['a', 'b', 'c'])
    it(`members die, come back, ask and miss certificates at random (${seed}): the pool never splits and goes on`, async () => {
      const world = await createWorld({ seed: seedOf(`refresh chaos ${seed}`), n: 5, t: 3, latency: [5, 120] })
      let deadly = true
      for (const { seat } of world.machines)
        world.meddle.set(seat, input => ({
          ...input,
          protocols: {
            ...input.protocols,
            async refresh(ctx, share, what) {
              const finished = await refresh(ctx, share, what)
              // Some processes lose all certificates and die of it.
              if (deadly && world.chance() < 0.15) world.machine(seat).crash()
              return finished
            },
          },
        }))
      await world.start()
      await world.untilBatches(1)
      const outcomes: (number | string)[] = []
      for (let step = 0; step < 25; step++) {
        const up = world.machines.filter(machine => machine.running)
        const down = world.machines.filter(machine => !machine.running)
        const seat = (up[Math.floor(world.chance() * up.length)] as (typeof up)[number]).seat
        const dice = world.chance()
        if (dice < 0.25 && up.length > 4) world.machine(seat).crash()
        else if (dice < 0.5 && down.length > 0) for (const machine of down) await machine.start()
        else {
          const asked = ask(world, seat)
          await world.pass(Math.floor(world.chance() * 4_000))
          if (asked.outcome !== undefined) outcomes.push(asked.outcome)
        }
        await world.transact(1)
        await world.pass(500)
      }
      for (const machine of world.machines) await machine.start()
      await world.until('one generation', agree(world), 120_000)
      const generation = activeOf(world, 1)
      expect(Math.max(0, ...outcomes.filter(outcome => typeof outcome === 'number'))).toBeLessThanOrEqual(generation)
      await world.untilSettled()
      // And it can go on from there.
      deadly = false
      const last = await insist(world, 1)
      expect(last).toBeGreaterThan(generation)
      await world.until('one generation', agree(world), 20_000)
      await world.untilSettled()
      expect(outcomes.some(outcome => typeof outcome === 'number')).toBe(true)
    })
})
