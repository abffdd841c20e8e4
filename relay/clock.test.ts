import { describe, expect, it } from 'vitest'
import { hex } from '../core/bytes.ts'
import { epochSchedule } from '../core/proposal/turn.ts'
import { manualClock } from '../test/support/manual-clock.ts'
import { testPool } from '../test/support/pool.ts'
import { labelled } from '../test/support/random.ts'
import { startRotation, type TurnNotice } from './clock.ts'
import type { AnnounceOptions } from './config.ts'
import type { ChainStore, IncludedBatch } from './store.ts'

const pool = testPool(3)
const { epochLength } = pool.times
const genesisAt = pool.l2.genesisTime * 1000

const members = pool.members.map(({ vote, weight }) => ({ address: vote, weight }))
function order(height: number, l1BlockHash: string = pool.l1.genesis.hash): number[] {
  const schedule = epochSchedule({ chainId: pool.l2.chainId, epoch: Math.floor(height / epochLength), epochLength, members, l1BlockHash })
  return schedule.order(height).map(vote => pool.members.find(member => member.vote === vote)?.seat ?? 0)
}

const batch = (height: number): IncludedBatch => ({
  height,
  hash: hex(labelled('transaction', height)),
  block: { number: 100 + height, hash: hex(labelled('block', height)), timestamp: pool.l2.genesisTime + 100 * (height + 1) },
  succeeded: true,
  data: new Uint8Array(),
  gasUsed: 0,
  fee: 0n,
  seenAt: 0,
  confirmed: true,
  l2Blocks: 1,
  l2Transactions: 0,
})

function setup(options: AnnounceOptions = {}) {
  const clock = manualClock(genesisAt)
  const view = { confirmed: 0, finalized: 0, ready: true }
  const announced: (TurnNotice & { readonly at: number })[] = []
  const chain = {
    nextHeights: async () => ({ confirmed: view.confirmed, included: view.confirmed }),
    batch: async (height: number) => (height < view.confirmed ? batch(height) : undefined),
  } as ChainStore
  const rotation = startRotation({
    ...options,
    pool,
    chain,
    clock,
    log: () => {},
    ready: () => view.ready,
    finalized: () => view.finalized,
    announced: turn => void announced.push({ ...turn, at: clock.now() }),
  })
  return { clock, view, announced, rotation }
}

describe('rotation clock', () => {
  it('announces each round when it opens, with the proposer and its back-ups', async () => {
    const { clock, announced, rotation } = setup()
    await rotation.update()
    await clock.advance(20_000)
    // Overdue after maxBatchDelay = 1 s; then R0 = 3 s, and each round is dR = 1 s longer: 1+3, 1+7, 1+12, 1+18.
    expect(announced.map(turn => [turn.round, turn.at - genesisAt])).toEqual([
      [0, 0],
      [1, 4_000],
      [2, 8_000],
      [3, 13_000],
      [4, 19_000],
    ])
    for (const turn of announced) {
      expect(turn).toMatchObject({ rotationEpoch: 0, height: 0, order: order(0) })
      expect(turn.opensAt).toBe(turn.at)
    }
  })

  it('goes on to the next height when L1 has confirmed one, from the time of its block', async () => {
    const { clock, view, announced, rotation } = setup()
    await rotation.update()
    view.confirmed = 1
    await clock.advance(0)
    await rotation.update()
    await rotation.update()
    expect(announced.map(turn => [turn.height, turn.round, turn.opensAt])).toEqual([
      [0, 0, genesisAt],
      [1, 0, genesisAt + 100_000],
    ])
    expect(announced[1]?.order).toEqual(order(1))
  })

  it('goes back when a height is reorganised away', async () => {
    const { view, announced, rotation } = setup()
    view.confirmed = 2
    await rotation.update()
    view.confirmed = 1
    await rotation.update()
    expect(announced.map(turn => turn.height)).toEqual([2, 1])
  })

  it('takes the seed of later epochs from a final block, and is silent until it is final', async () => {
    const { view, announced, rotation } = setup()
    const seedHeight = epochLength - 1
    view.confirmed = 2 * epochLength
    view.finalized = 100 + seedHeight - 1
    await rotation.update()
    expect(announced).toEqual([])
    expect(await rotation.proposer(2 * epochLength, 0)).toBeUndefined()
    view.finalized++
    await rotation.update()
    const expected = order(2 * epochLength, hex(labelled('block', seedHeight)))
    expect(announced).toMatchObject([{ rotationEpoch: 2, height: 2 * epochLength, order: expected }])
    expect(await rotation.proposer(2 * epochLength, 4)).toBe(expected[4 % 3])
  })

  it('waits until the pool has an account', async () => {
    const { view, announced, rotation } = setup()
    view.ready = false
    await rotation.update()
    expect(announced).toEqual([])
    view.ready = true
    await rotation.update()
    expect(announced.length).toBe(1)
  })

  it('can be silent, early and false, for tests of members', async () => {
    const silent = setup({ announce: false })
    await silent.rotation.update()
    await silent.clock.advance(20_000)
    expect(silent.announced).toEqual([])
    expect(silent.rotation.current?.round).toBe(4)

    const early = setup({ skewMs: 8_000 })
    await early.rotation.update()
    expect(early.announced.map(turn => turn.round)).toEqual([2])
    await early.clock.advance(5_000)
    expect(early.announced.map(turn => [turn.round, turn.at - genesisAt])).toEqual([
      [2, 0],
      [3, 5_000],
    ])

    const lying = setup({ tamper: turn => ({ ...turn, height: 99 }) })
    await lying.rotation.update()
    expect(lying.announced.map(turn => turn.height)).toEqual([99])
  })

  it('ends with its last announcement', async () => {
    const { clock, announced, rotation } = setup()
    await rotation.update()
    rotation.stop()
    await clock.advance(60_000)
    await rotation.update()
    expect(announced.length).toBe(1)
    expect(clock.pending).toBe(0)
  })
})
