/** A member dies at any of its writes while the pool gets its key and signs its first batch, and comes back. */
import { expect } from 'vitest'
import { watchWrites } from './crash-writes.ts'
import { createWorld, seedOf, type World } from './world.ts'

const SHAPE = { n: 3, t: 2, keygen: true, realSigning: true } as const
/** ms of virtual time until the first batch, with patience for those who are away. */
const LIMIT = 90_000

/** Starts all members; one may never get to the end of its start. */
async function startAll(world: World, seats: readonly number[]): Promise<void> {
  await world.start(seats)
  for (const seat of seats) void world.machine(seat).start()
}

/** All members have one account, the pool signs with it, and so does every member of `lost`. */
async function signsWithAll(world: World, lost: readonly number[]): Promise<void> {
  await world.transact(3)
  await world.untilBatches(world.batches().length + 1, LIMIT)
  const accounts = () => world.machines.map(({ member }) => member?.report().account)
  await world.until('all members are back with the key', () => accounts().every(account => account !== undefined), LIMIT)
  expect(accounts()).toEqual(world.machines.map(() => world.account()))
  for (const seat of lost) {
    const signs = () => world.machines.some(({ events }) => events.some(event => event.kind === 'signed' && event.signers.includes(seat)))
    for (let tries = 0; tries < 4 && !signs(); tries++) {
      await world.transact(1)
      await world.untilBatches(world.batches().length + 1, LIMIT)
    }
    expect(signs()).toBe(true)
  }
  await world.untilSettled()
}

/** What a member writes until it has signed a batch, when nothing happens. */
export async function writesOf(seat: number, name: string): Promise<readonly string[]> {
  const world = await createWorld({ seed: seedOf(name), ...SHAPE })
  const { points } = watchWrites(world, seat)
  await startAll(world, [seat])
  while (!points.includes('after saveSigned') && world.batches().length < 6) {
    await world.transact(3)
    await world.untilBatches(world.batches().length + 1, LIMIT)
  }
  return [...points]
}

/** The same run, in which the member dies at one of these points. */
export async function dieAtWrite(seat: number, name: string, point: number, what: string): Promise<void> {
  const world = await createWorld({ seed: seedOf(name), ...SHAPE })
  let died = ''
  watchWrites(world, seat, (met, text) => {
    if (met !== point) return
    died = text
    world.machine(seat).crash()
    world.time.after(3_000, () => void world.machine(seat).start())
  })
  await startAll(world, [seat])
  while (died === '' && world.batches().length < 6) {
    await world.transact(3)
    await world.untilBatches(world.batches().length + 1, LIMIT)
  }
  expect(died).toBe(what)
  await signsWithAll(world, [seat])
}

/** Two members die at the same moment, at a write of one of them, and come back in their time; all of it is drawn from the seed. */
export async function twoDie(name: string): Promise<void> {
  const world = await createWorld({ seed: seedOf(name), ...SHAPE })
  const draw = (count: number): number => Math.floor(world.chance() * count)
  const [seat, point, delay] = [1 + draw(3), draw(16), draw(6_000)] as const
  const other = 1 + ((seat + draw(2)) % 3)
  expect(other).not.toBe(seat)
  let died = false
  watchWrites(world, seat, met => {
    if (met !== point) return
    died = true
    for (const [lost, ms] of [
      [seat, 3_000],
      [other, delay],
    ] as const) {
      world.machine(lost).crash()
      world.time.after(ms, () => void world.machine(lost).start())
    }
  })
  await startAll(world, [seat, other])
  await signsWithAll(world, [seat, other])
  expect(died).toBe(true)
}
