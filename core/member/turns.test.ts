import { describe, expect, it } from 'vitest'
import { testPool } from '../../test/support/pool.ts'
import { labelled } from '../../test/support/random.ts'
import { hex } from '../bytes.ts'
import { epochSchedule } from '../proposal/turn.ts'
import type { L1Follower, L1Header } from './l1-follower.ts'
import { turnsOf } from './turns.ts'

const pool = testPool(4, 3, { times: { roundZero: 3_000, roundStep: 1_000, maxBatchDelay: 2_000, epochLength: 4 } })
const members = pool.members.map(({ vote, weight }) => ({ address: vote, weight }))
const genesisAt = pool.l2.genesisTime * 1000

function setup() {
  const included = new Map<number, L1Header>()
  const view = { finalized: 0 }
  const follower = {
    inclusion: (height: number) => {
      const block = included.get(height)
      return block === undefined ? undefined : { block, hash: hex(labelled('tx', height)) }
    },
    get finalized() {
      return view.finalized
    },
  } as unknown as L1Follower
  const include = (height: number, number: number, name = 'block'): L1Header => {
    const block = { number, hash: hex(labelled(name, number)), timestamp: pool.l2.genesisTime + 10 * number }
    included.set(height, block)
    return block
  }
  return { turns: turnsOf(pool, follower), include, view }
}
const seatOf = (address: string): number | undefined => pool.members.find(member => member.vote === address)?.seat
const expected = (epoch: number, l1BlockHash: string, height: number) =>
  epochSchedule({ chainId: pool.l2.chainId, epoch, epochLength: 4, members, l1BlockHash }).order(height).map(seatOf)

describe('turns', () => {
  it('at height 0 rounds are counted from the genesis of the pool', () => {
    const { turns } = setup()
    const turn = turns.at(0, genesisAt)
    expect(turn).toMatchObject({ height: 0, round: 0, previousAt: genesisAt, due: genesisAt + 2_000 })
    expect(turn?.order).toEqual(expected(0, pool.l1.genesis.hash, 0))
    expect(turn?.proposer(5).seat).toBe(turn?.order[1])
    expect([0, 1, 2, 3].map(round => (turn?.opensAt(round) ?? 0) - genesisAt)).toEqual([0, 5_000, 9_000, 14_000])
    expect([4_999, 5_000, 8_999, 9_000, 14_000].map(ms => turns.at(0, genesisAt + ms)?.round)).toEqual([0, 1, 1, 2, 3])
  })

  it('later ones from the L1 block of the batch before', () => {
    const { turns, include } = setup()
    expect(turns.at(1, genesisAt)).toBeUndefined()
    const block = include(0, 7)
    expect(turns.at(1, genesisAt)).toMatchObject({ height: 1, previousAt: block.timestamp * 1000, due: block.timestamp * 1000 + 2_000 })
  })

  it('the third rotation epoch waits until the block that seeds it is final', () => {
    const { turns, include, view } = setup()
    include(7, 30)
    expect(turns.at(8, genesisAt)).toBeUndefined()
    const seed = include(3, 20)
    view.finalized = 19
    expect(turns.at(8, genesisAt)).toBeUndefined()
    view.finalized = 20
    expect(turns.at(8, genesisAt)?.order).toEqual(expected(2, seed.hash, 8))
  })

  it('a seed that L1 has replaced gives another order', () => {
    const { turns, include, view } = setup()
    include(7, 30)
    view.finalized = 20
    const orders = ['one', 'two', 'three', 'four'].map(name => {
      const seed = include(3, 20, name)
      expect(turns.at(8, genesisAt)?.order).toEqual(expected(2, seed.hash, 8))
      return String(turns.at(8, genesisAt)?.order)
    })
    expect(new Set(orders).size).toBeGreaterThan(1)
  })
})
