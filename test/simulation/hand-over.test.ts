import { afterEach, describe, expect, it } from 'vitest'
import { accountsOf, heightOf, type LiveMember, type LivePool, type LiveWorld, openLiveWorld, type Person } from './live.ts'
import { seedOf } from './world.ts'

let world: LiveWorld | undefined
afterEach(async () => {
  await world?.close()
  world = undefined
})

const startAll = async (pool: LivePool, people: readonly Person[]): Promise<LiveMember[]> => {
  const members: LiveMember[] = []
  for (const person of people) members.push(await pool.start(person))
  return members
}
const keyOf = ({ events }: LiveMember) => events.find(event => event.kind === 'key') as Extract<LiveMember['events'][number], { kind: 'key' }>

describe('from one pool to the next', () => {
  it('2 of 3 hand their account over to 3 of 5, some of whom stay, and no height is missed', async () => {
    world = await openLiveWorld(seedOf('hand-over'))
    const old = await world.pool([1, 2, 3], 2)
    const before = await startAll(old, [1, 2, 3])
    await old.until('an account', () => accountsOf(old).length === 3)
    const { account, keyId } = keyOf(before[0] as LiveMember)
    await world.fund(account)
    await old.feed.submit(2)
    await old.until('height 0', () => before.every(member => heightOf(member) >= 0))

    const next = await world.next(old, { account, keyId }, [4, 2, 5, 3, 6], 3)
    const parentOf = (person: Person) => (old.running.get(person) as LiveMember).member.asParent()
    const after: LiveMember[] = []
    for (const person of [4, 5, 6]) after.push(await next.start(person))
    for (const person of [2, 3]) after.push(await next.start(person, { parent: parentOf(person) }))
    await next.deal(1, parentOf(1))
    await old.feed.submit(2)
    await next.until('every new member has a share of the same account', () => accountsOf(next).filter(found => found === account).length === 5)
    await old.feed.submit(3)
    await next.until('a batch of the new pool', () => after.some(({ events }) => events.some(event => event.kind === 'signed')))
    const first = after.flatMap(({ events }) => events.flatMap(event => (event.kind === 'signed' ? [event.height] : [])))[0] as number
    await next.feed.submit(2)
    await next.until('more heights', () => after.every(member => heightOf(member) >= first + 2))
    for (const { events } of after) {
      const heights = events.flatMap(event => (event.kind === 'batch' ? [event.height] : []))
      expect(heights).toEqual(heights.map((_, at) => at))
    }
    // When that is final, the old shares are erased.
    await old.until('that the old shares are erased', () => before.every(({ member }) => member.report().phase === 'destroyed'))
    // Nothing of the old pool at or above the first height of the new one.
    for (const { events } of before) expect(events.filter(event => event.kind === 'signed' && event.height >= first)).toEqual([])
  })
})
