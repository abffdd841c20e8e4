import { afterEach, describe, expect, it } from 'vitest'
import { accountsOf, heightOf, type LiveWorld, openLiveWorld } from './live.ts'
import { seedOf } from './world.ts'

let world: LiveWorld | undefined
afterEach(async () => {
  await world?.close()
  world = undefined
})

describe('members over a real relay and anvil', () => {
  it('2 of 3 make a key and sign batch after batch while lines break, frames come late and come twice', async () => {
    world = await openLiveWorld(seedOf('live'))
    const pool = await world.pool([1, 2, 3], 2)
    const members = [await pool.start(1), await pool.start(2), await pool.start(3)]
    await pool.until('an account', () => accountsOf(pool).length === 3)
    const [account] = new Set(accountsOf(pool))
    expect(new Set(accountsOf(pool)).size).toBe(1)
    await world.fund(account as `0x${string}`)
    world.faults = { delay: 20, cut: 0.002, twice: 0.05 }
    await pool.feed.submit(3)
    for (const height of [0, 1, 2, 3]) {
      await pool.until(`height ${height}`, () => members.every(member => heightOf(member) >= height))
      await pool.feed.submit(2)
    }
    console.log('faults', JSON.stringify(world.counts))
    expect(world.counts.delayed).toBeGreaterThan(50)
    expect(world.counts.twice).toBeGreaterThan(3)
    for (const { events } of members) {
      const heights = events.flatMap(event => (event.kind === 'batch' ? [event.height] : []))
      expect(heights).toEqual(heights.map((_, at) => at))
    }
  })
})
