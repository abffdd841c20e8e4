/** Somebody dies while an account goes from one pool to the next, and is started again: with the same account, and no height missed or signed twice. */
import { afterEach, describe, expect, it } from 'vitest'
import type { Log } from '../../core/member/ports.ts'
import { accountsOf, heightOf, type LiveMember, type LivePool, type LiveWorld, openLiveWorld, type Person } from './live.ts'
import { seedOf } from './world.ts'

let world: LiveWorld | undefined
afterEach(async () => {
  await world?.close()
  world = undefined
})

interface Case {
  /** 1 leaves, 2 stays, 4 is new and opens the ceremony, 5 is new. */
  readonly person: Person
  /** What it logs when it dies. */
  readonly moment: 'ceremony.open' | 'ceremony.done' | 'key.active' | 'takeover.promise'
}

const CASES: readonly Case[] = [
  { person: 4, moment: 'ceremony.open' },
  { person: 4, moment: 'key.active' },
  { person: 5, moment: 'ceremony.done' },
  { person: 2, moment: 'ceremony.open' },
  { person: 2, moment: 'ceremony.done' },
  { person: 2, moment: 'takeover.promise' },
]

const signedBy = ({ events }: LiveMember): number[] => events.flatMap(event => (event.kind === 'signed' ? [event.height] : []))

describe('from 2 of 3 to 2 of 3, of whom one was there before', () => {
  it.each(CASES)(
    'person $person dies at $moment',
    async ({ person, moment }) => {
      const here = await openLiveWorld(seedOf(`crash in a hand-over: ${person} ${moment}`))
      world = here
      const old = await here.pool([1, 2, 3], 2)
      for (const one of [1, 2, 3]) await old.start(one)
      await old.until('an account', () => accountsOf(old).length === 3)
      const key = [...old.running.values()].flatMap(({ events }) => events.flatMap(event => (event.kind === 'key' ? [event] : [])))[0]
      if (key === undefined) throw new Error('no key')
      const { account, keyId } = key
      await here.fund(account)
      await old.feed.submit(2)
      await old.until('height 0', () => [...old.running.values()].every(member => heightOf(member) >= 0))

      const next: LivePool = await here.next(old, { account, keyId }, [4, 2, 5], 2)
      const oldOnes: LiveMember[] = [...old.running.values()]
      const newOnes: LiveMember[] = []
      const stays = (one: Person): boolean => one === 2
      const begin = async (one: Person, log?: Log): Promise<void> => {
        const parent = stays(one) ? old.running.get(one)?.member.asParent() : undefined
        newOnes.push(await next.start(one, { ...(parent === undefined ? {} : { parent }), ...(log === undefined ? {} : { log }) }))
      }
      let died = false
      let back: Promise<unknown> | undefined
      /** One process runs a person's parts in both pools. */
      const die = (): void => {
        died = true
        next.running.get(person)?.crash()
        if (stays(person)) old.running.get(person)?.crash()
        back = (async () => {
          if (stays(person)) oldOnes.push(await old.start(person))
          await begin(person)
        })()
        back.catch(() => undefined)
      }
      const watched: Log = (_, event) => {
        if (event === moment && !died) die()
      }
      for (const one of [4, 2, 5]) await begin(one, one === person ? watched : undefined)
      for (const one of [1, 3]) await next.deal(one, (old.running.get(one) as LiveMember).member.asParent())
      await next.until('the crash', () => died)
      await back
      await old.feed.submit(2)
      const successors = () => [...next.running.values()]
      await next.until(
        'every new member has a share of the same account',
        () => successors().filter(one => one.member.report().account === account).length === 3,
      )
      await next.feed.submit(2)
      await next.until('a batch of the new pool', () => newOnes.some(one => signedBy(one).length > 0))
      await next.feed.submit(2)
      const first = Math.min(...newOnes.flatMap(signedBy))
      await next.until('more heights', () => successors().every(member => heightOf(member) >= first + 1))
      await old.until('that the old shares are erased', () => [...old.running.values()].every(({ member }) => member.report().phase === 'destroyed'))
      // Every height is there once, as all see it, and belongs to one of the pools.
      const landed = new Map<number, Set<string>>()
      for (const { events } of [...oldOnes, ...newOnes])
        for (const event of events) if (event.kind === 'batch') landed.set(event.height, (landed.get(event.height) ?? new Set()).add(event.hash))
      const heights = [...landed.keys()].sort((a, b) => a - b)
      expect(heights).toEqual(heights.map((_, at) => at))
      expect(heights.at(-1)).toBeGreaterThan(first)
      for (const [height, hashes] of landed) expect({ height, hashes: hashes.size }).toEqual({ height, hashes: 1 })
      for (const height of oldOnes.flatMap(signedBy)) expect(height).toBeLessThan(first)
    },
    180_000,
  )
})
