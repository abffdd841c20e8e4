/**
 * The life of a key: 2 of 3, refreshed, handed to 3 of 5, one of whom is replaced, then to 2 of 3 others. Over real relays, whose lines have faults by a seed,
 * and anvil; batches are signed all the time.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, expect, it } from 'vitest'
import { accountsOf, heightOf, type LiveMember, type LivePool, type LiveWorld, openLiveWorld, type Person } from './live.ts'
import { seedOf } from './world.ts'

let world: LiveWorld | undefined
afterEach(async () => {
  await world?.close()
  world = undefined
})

const FAULTS = { delay: 20, cut: 0.001, twice: 0.05 }
const membersOf = (pool: LivePool): LiveMember[] => [...pool.running.values()]
const batches = ({ events }: LiveMember) => events.flatMap(event => (event.kind === 'batch' ? [event] : []))
const signedIn = (pool: LivePool): number[] =>
  membersOf(pool).flatMap(({ events }) => events.flatMap(event => (event.kind === 'signed' ? [event.height] : [])))

it('goes through refresh, more members, another member and other members, with one account and every height', async () => {
  world = await openLiveWorld(seedOf(`life ${Date.now()}`))
  const { faults, counts } = { faults: FAULTS, counts: world.counts }
  /** Whom users talk to. */
  let front: LivePool
  let submitting = true
  let submitted = 0
  let trouble: unknown

  const first = await world.pool([1, 2, 3], 2)
  front = first
  for (const person of [1, 2, 3]) await first.start(person)
  await first.until('an account', () => accountsOf(first).length === 3)
  const key = membersOf(first)[0]?.events.find(event => event.kind === 'key')
  if (key?.kind !== 'key') throw new Error('no key')
  const { account, keyId } = key
  await world.fund(account)
  world.faults = faults

  const traffic = (async () => {
    while (submitting) {
      await front.feed.submit(1)
      submitted++
      await pause(700)
    }
  })().catch((error: unknown) => {
    trouble = error
  })
  const grows = (pool: LivePool, by: number): Promise<void> => {
    const from = Math.max(-1, ...membersOf(pool).map(heightOf))
    return pool.until(`height ${from + by}`, () => membersOf(pool).every(member => heightOf(member) >= from + by))
  }

  await grows(first, 2)
  const [asker] = membersOf(first)
  const refreshed = await (asker as LiveMember).member.command({ kind: 'refresh' })
  expect(refreshed.epochNo).toBe(1)
  await grows(first, 2)

  /** The account goes from one pool to the next; gives the first height of the next one. */
  async function handOver(from: LivePool, people: readonly Person[], threshold: number): Promise<{ pool: LivePool; begins: number }> {
    const pool = await (world as LiveWorld).next(from, { account, keyId }, people, threshold)
    const parents = new Map([...from.running].map(([person, { member }]) => [person, member.asParent()]))
    for (const person of people) await pool.start(person, { parent: parents.get(person) })
    for (const [person, parent] of parents) if (!people.includes(person)) await pool.deal(person, parent)
    await pool.until('shares for all', () => accountsOf(pool).filter(found => found === account).length === people.length)
    front = pool
    await pool.until('a batch of the next pool', () => signedIn(pool).length > 0)
    const begins = Math.min(...signedIn(pool))
    await grows(pool, 2)
    for (const member of membersOf(from)) {
      expect(member.events.filter(event => event.kind === 'signed' && event.height >= begins)).toEqual([])
    }
    for (const member of membersOf(from)) await member.stop()
    return { pool, begins }
  }

  const five = await handOver(first, [1, 2, 3, 4, 5], 3)
  const replaced = await handOver(five.pool, [1, 6, 3, 4, 5], 3)
  const last = await handOver(replaced.pool, [7, 8, 9], 2)
  expect([five.begins, replaced.begins, last.begins]).toEqual([...new Set([five.begins, replaced.begins, last.begins])].sort((a, b) => a - b))

  submitting = false
  await traffic
  expect(trouble).toBeUndefined()
  await last.pool.until('that nothing waits', () => {
    const landed = new Set(membersOf(last.pool).flatMap(member => batches(member).flatMap(batch => batch.transactions)))
    return landed.size >= submitted
  })
  for (const member of membersOf(last.pool)) {
    const seen = batches(member)
    expect(seen.map(batch => batch.height)).toEqual(seen.map((_, at) => at))
    const transactions = seen.flatMap(batch => batch.transactions)
    expect(new Set(transactions).size).toBe(transactions.length)
  }
  console.log('heights', JSON.stringify({ five: five.begins, replaced: replaced.begins, last: last.begins, transactions: submitted, faults: counts }))
  expect(counts.cut).toBeGreaterThan(0)
}, 600_000)
