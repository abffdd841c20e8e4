/** A member dies when a ready tuple is spent and nothing has left yet, or in the online rounds that follow. The world's invariants watch that none is used twice. */
import { expect } from 'vitest'
import { createWorld, seedOf } from './world.ts'

export interface TupleCase {
  readonly n: number
  readonly t: number
  /** `spent`: before the first message leaves. A round: when the member has got to it. */
  readonly moment: 'spent' | 'O1' | 'O2'
  /** The others that sign die with it. */
  readonly together: boolean
}

export async function dieWithTuple({ n, t, moment, together }: TupleCase): Promise<void> {
  const world = await createWorld({ seed: seedOf(`tuple ${t} of ${n} ${moment} ${together}`), n, t, realSigning: true })
  const spent = new Map<number, string[]>()
  const died: number[] = []
  const die = (seat: number): void => {
    died.push(seat)
    world.machine(seat).crash()
    world.time.after(2_000, () => void world.machine(seat).start())
  }
  let victims: readonly number[] = []
  world.probe.signing = (seat, height, tuple) => {
    if (tuple === undefined) return
    spent.set(seat, [...(spent.get(seat) ?? []), String(tuple.id)])
    if (height === 0) return
    if (victims.length === 0) victims = together ? tuple.quorum : [seat]
    // The process has decided to sign with it; it gets no further.
    if (moment === 'spent' && victims.includes(seat) && !died.includes(seat)) die(seat)
  }
  world.probe.ceremony = (seat, round, _, kind) => {
    if (kind === 'sign' && round === moment && victims.includes(seat) && !died.includes(seat)) die(seat)
  }
  await world.start()
  for (let count = 1; died.length === 0 && count < 8; count++) {
    await world.transact(2)
    await world.untilBatches(count)
  }
  expect(died.length).toBeGreaterThan(0)
  await world.transact(3)
  await world.untilBatches(world.batches().length + 3, 120_000)
  // No tuple of before is known to a new process, and no process goes on from one twice.
  for (const seat of died) {
    const before = spent.get(seat) ?? []
    expect(new Set(before).size).toBe(before.length)
    expect(world.machine(seat).events.some(event => event.kind === 'batch')).toBe(true)
  }
  const signs = (seat: number) => world.machines.some(({ events }) => events.some(event => event.kind === 'signed' && event.signers.includes(seat)))
  for (let tries = 0; tries < 6 && !died.every(signs); tries++) {
    await world.transact(2)
    await world.untilBatches(world.batches().length + 1, 120_000)
  }
  for (const seat of died) expect(signs(seat)).toBe(true)
  await world.untilSettled()
}
