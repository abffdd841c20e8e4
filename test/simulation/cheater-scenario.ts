/** A member that shows two contents in its turns, votes for everything, asks for signatures and does not sign, for a while. */
import { expect } from 'vitest'
import { labelled } from '../support/random.ts'
import { BARE, createPuppet } from './puppet.ts'
import { createWorld, seedOf } from './world.ts'

export async function runCheater({ t, n, duration }: { t: number; n: number; duration: number }): Promise<void> {
  const world = await createWorld({ seed: seedOf(`always ${t} of ${n}`), t, n, cheaters: 1 })
  const seat = 2
  await world.start([seat])
  const cheater = await createPuppet(world, seat)
  const { chance, time } = world
  const some = (): number[] => cheater.others.filter(() => chance() < 0.6)
  const shown = new Set<string>()
  let lies = 0

  function cheat(): void {
    const turn = cheater.turn()
    const slot = `${turn?.height}/${turn?.round}`
    if (turn !== undefined && turn.proposer(turn.round).seat === seat && time.now() >= turn.due && !shown.has(slot)) {
      shown.add(slot)
      for (const proposal of [cheater.make(turn.round), cheater.make(turn.round, blocks => (blocks.length > 1 ? blocks.slice(0, -1) : blocks))]) {
        for (const to of some()) cheater.say(to, { ...BARE, proposal })
        for (const to of some()) cheater.say(to, cheater.prepare(proposal))
        lies++
      }
    }
    time.after(200, cheat)
  }
  cheat()
  cheater.react = (_, message) => {
    if (message.kind === 'prepare') for (const to of some()) cheater.say(to, cheater.prepare(message.prepare))
    if (message.kind === 'commit' || message.kind === 'locked') for (const to of some()) cheater.say(to, message)
    if (message.kind === 'sign') for (const to of some()) cheater.say(to, { ...message, ceremony: labelled('false', lies++) })
  }

  const until = time.now() + duration
  while (time.now() < until) {
    await world.transact(2)
    await world.pass(5_000)
  }
  expect(lies).toBeGreaterThan(1)
  await world.untilSettled(120_000)
  expect(world.batches().length).toBeGreaterThan(4)
}
