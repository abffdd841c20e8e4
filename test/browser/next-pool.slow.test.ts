/** The account of headless members goes to a pool in which one member is a tab. */
import type { Browser } from 'playwright'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { accountsOf, heightOf, type LiveMember, type LiveWorld, openLiveWorld } from '../simulation/live.ts'
import { launchChromium } from './support/launch.ts'
import { linkEntry, seatTab } from './support/seat.ts'

let browser: Browser
let world: LiveWorld | undefined
beforeAll(async () => {
  browser = await launchChromium()
})
afterAll(async () => {
  await browser?.close()
  await world?.close()
})

test('a reshare adds a tab, which signs for the account that was there before', async () => {
  world = await openLiveWorld('next pool with a tab', { pageDir: inject('pageDir') })
  const old = await world.pool([1, 2, 3], 2)
  for (const person of [1, 2, 3]) await old.start(person)
  await old.until('an account', () => accountsOf(old).length === 3)
  const key = (old.running.get(1) as LiveMember).events.find(event => event.kind === 'key')
  if (key?.kind !== 'key') throw new Error('no key')
  await world.fund(key.account)
  await old.feed.submit(2)
  await old.until('height 0', () => [...old.running.values()].every(member => heightOf(member) >= 0))

  const { identity, vote } = linkEntry(3)
  const next = await world.next(old, key, [2, 3, { identity: identity as `0x${string}`, vote: vote as `0x${string}` }], 2)
  const parentOf = (person: number) => (old.running.get(person) as LiveMember).member.asParent()
  for (const person of [2, 3]) await next.start(person, { parent: parentOf(person) })
  await next.deal(1, parentOf(1))
  const tab = await seatTab(await browser.newContext(), next.relay.url, 3)
  await tab.create('a tab in the next pool')
  await tab.join()
  expect(await tab.account()).toBe(key.account)
  await next.feed.submit(3)
  await tab.saw(/height \d+ signed by (3 \+ \d|\d \+ 3)/)
  const heights = [...next.running.values()].flatMap(({ events }) => events.flatMap(event => (event.kind === 'batch' ? [event.height] : [])))
  expect(Math.max(...heights)).toBeGreaterThan(0)
  expect(tab.visit.complaints).toEqual([])
}, 180_000)
