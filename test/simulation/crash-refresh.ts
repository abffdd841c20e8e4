/** A member dies at any of its writes while a running pool refreshes its shares, and comes back. */
import { expect } from 'vitest'
import { decodeShare } from '../../core/threshold/index.ts'
import { testSealingKey } from '../support/reveal.ts'
import { type Watch, watchWrites } from './crash-writes.ts'
import { createWorld, seedOf, type World } from './world.ts'

/** ms of virtual time in which the pool finds itself again. */
const LIMIT = 120_000

export interface RefreshCase {
  /** Who dies. */
  readonly lost: number
  /** Who opens the refresh. */
  readonly opener: number
}

/** Asks a member for a refresh; whether it came to something is seen by the shares. */
function order(world: World, seat: number): void {
  void world
    .machine(seat)
    .member?.command({ kind: 'refresh' })
    .catch(() => undefined)
}

const epochNoOf = (world: World, seat: number): number | undefined => world.machine(seat).member?.report().epochNo
const epochs = (world: World): (number | undefined)[] => world.machines.map(({ seat }) => epochNoOf(world, seat))

/** A running pool with one batch, in which a refresh has just been asked for. */
async function begin({ lost, opener }: RefreshCase, name: string, met?: (world: World, point: number, what: string) => void) {
  const world = await createWorld({ seed: seedOf(name), n: 3, t: 2, realSigning: true })
  const watch: Watch = watchWrites(world, lost, (point, what) => met?.(world, point, what), false)
  await world.start()
  await world.transact(3)
  await world.untilBatches(1)
  watch.begin()
  order(world, opener)
  return { world, watch }
}

/** What `lost` writes from the order of a refresh to the next batch, when nothing happens. */
export async function writesOf(what: RefreshCase, name: string): Promise<readonly string[]> {
  const { world, watch } = await begin(what, name)
  await world.until('the refresh', () => epochs(world).every(epochNo => epochNo === 1))
  await world.transact(3)
  await world.untilBatches(world.batches().length + 1)
  return [...watch.points]
}

/** Epoch numbers on all disks: the active share, then pending ones. */
function stored(world: World): readonly { readonly epoch: string; readonly epochNo: number; readonly pending: number }[] {
  return world.machines.map(({ seat, disk }) => {
    const { vault } = disk.open()
    const share = decodeShare(vault.activeShare() as Uint8Array, testSealingKey(seat))
    share.wipe()
    return { epoch: String(share.epoch), epochNo: share.epochNo, pending: vault.pendingShares().length }
  })
}

/** The same run, in which it dies at one of these points. Gives the generation that the pool then has. */
export async function dieInRefresh(what: RefreshCase, name: string, point: number, wanted: string): Promise<number> {
  let died = ''
  const { lost, opener } = what
  const { world } = await begin(what, name, (here, met, text) => {
    if (met !== point) return
    died = text
    here.machine(lost).crash()
    here.time.after(3_000, () => void here.machine(lost).start())
  })
  const account = world.account()
  for (let tries = 0; died === '' && tries < 4; tries++) {
    await world.transact(3)
    await world.untilBatches(world.batches().length + 1)
  }
  expect(died).toBe(wanted)
  await world.until('it is back', () => world.machine(lost).member !== undefined)

  // Batches go on, and all end up with one generation.
  await world.transact(3)
  await world.untilBatches(world.batches().length + 2, LIMIT)
  await world.until('one generation', () => new Set(epochs(world)).size === 1 && epochNoOf(world, 1) !== undefined, LIMIT)
  expect(new Set(stored(world).map(({ epoch }) => epoch)).size).toBe(1)
  const reached = epochNoOf(world, 1) as number
  // No forgotten share undoes what was made.
  if (reached > 0) await world.until('nothing is pending', () => stored(world).every(({ pending }) => pending === 0), 5_000)

  // Whatever became of this refresh, the next one succeeds, with a number above all that anybody has.
  for (let tries = 0; epochs(world).some(epochNo => (epochNo ?? 0) <= reached) && tries < 6; tries++) {
    order(world, opener)
    await world.pass(5_000)
  }
  expect(stored(world)).toEqual(Array.from(world.machines, () => ({ ...stored(world)[0], pending: 0 })))
  expect(epochNoOf(world, 1)).toBeGreaterThan(reached)
  const signs = () => world.machines.some(({ events }) => events.some(event => event.kind === 'signed' && event.signers.includes(lost)))
  for (let tries = 0; tries < 5 && (tries < 1 || !signs()); tries++) {
    await world.transact(2)
    await world.untilBatches(world.batches().length + 1, LIMIT)
  }
  expect(signs()).toBe(true)
  expect(world.machines.map(({ member }) => member?.report().account)).toEqual(world.machines.map(() => account))
  await world.untilSettled()
  return reached
}
