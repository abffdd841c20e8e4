/**
 * Pools of members in this process over real relays and a real anvil, in real time: for what virtual time and the fake relay cannot show. Lines to the relay
 * have faults by a seed.
 */

import { createDealer, type Dealer } from '../../core/member/dealer.ts'
import type { MemberEvent } from '../../core/member/events.ts'
import { createMember, type Member, type MemberInput } from '../../core/member/member.ts'
import type { Dial, Log } from '../../core/member/ports.ts'
import type { ParentMember } from '../../core/member/retirement.ts'
import type { Successor } from '../../core/member/takeover.ts'
import { defaultQuorum, type Pool, type PoolMember, parsePool } from '../../core/proposal/pool.ts'
import { successorOf } from '../../core/proposal/succession.ts'
import { createRelay, type Relay } from '../../relay/relay.ts'
import { startAnvil } from '../../signer-node/anvil.ts'
import { createFeed, type Feed } from '../../signer-node/cli/demo/feed.ts'
import { fund } from '../../signer-node/cli/demo/funding.ts'
import { dialRelay } from '../../signer-node/dial.ts'
import { createL1Client } from '../../signer-node/l1-client.ts'
import { nodeClock } from '../../signer-node/node-clock.ts'
import { nodeDeflate } from '../../signer-node/zlib.ts'
import { type FaultCounts, faultyDial, type LineFaults } from '../support/faulty-dial.ts'
import { testIdentitySeed } from '../support/identity.ts'
import { type MemoryDisk, memoryDisk } from '../support/memory-disk.ts'
import { testPool, testVoteKey } from '../support/pool.ts'
import { seededFraction, seededRandom } from '../support/random.ts'

/** An operator, by the number of its test identity: the same one in every pool. */
export type Person = number

export interface LiveMember {
  readonly person: Person
  readonly member: Member
  readonly events: readonly MemberEvent[]
  /** Dies: nothing of its memory is left, its disk is. */
  crash(): void
  stop(): Promise<void>
}

/** One who leaves, in the room of the next pool. */
export interface LiveDealer {
  readonly person: Person
  readonly dealer: Dealer
  stop(): Promise<void>
}

export interface LivePool {
  readonly pool: Pool
  readonly relay: Relay
  readonly feed: Feed
  start(person: Person, change?: Partial<MemberInput>): Promise<LiveMember>
  /** Of the parent only. */
  deal(person: Person, parent: ParentMember): Promise<LiveDealer>
  /** Members that run now. */
  readonly running: ReadonlyMap<Person, LiveMember>
  /** Resolves when `seen` gives true for what one of the members says, or said. */
  until(what: string, seen: () => boolean): Promise<void>
}

export interface LiveWorld {
  readonly seed: string
  readonly counts: FaultCounts
  /** Undefined for good lines. */
  faults: LineFaults | undefined
  readonly l1Rpc: string
  /** A pool of these people in seats 1.., on a relay of its own. */
  pool(people: readonly Person[], threshold: number): Promise<LivePool>
  /** The pool that takes over the account of another, on a relay of its own. Seats are 1.. in the order of people. */
  next(
    from: LivePool,
    key: { readonly account: `0x${string}`; readonly keyId: `0x${string}` },
    people: readonly (Person | Entry)[],
    threshold: number,
  ): Promise<LivePool>
  fund(account: `0x${string}`): Promise<void>
  close(): Promise<void>
}

const INBOX = '0xff00000000000000000000000000000000000077'
const L2_CHAIN = 42_070

/** What people log, for those who look for a fault. */
const logOf =
  (person: Person, pool: Pool): Log =>
  (level, event, facts) => {
    if (process.env.SEQUORUM_TEST_TRACE !== undefined) console.log(`${pool.name}, person ${person}: ${level} ${event} ${JSON.stringify(facts ?? {})}`)
  }

/** Someone who is not run here, as a pool file names them; the seat follows from the place in the list. */
export type Entry = Pick<PoolMember, 'identity' | 'vote'>

/** The entry of a person in a pool file. */
export const entryOf = (person: Person, seat: number): PoolMember => ({ ...(testPool(16).members[person - 1] as PoolMember), seat })

/** Begins with anvil alone. @param options.pageDir folder of the built page, for worlds with tabs. */
export async function openLiveWorld(seed: string, { pageDir }: { readonly pageDir?: string | undefined } = {}): Promise<LiveWorld> {
  console.log(`live world, seed ${seed}`)
  const dice = seededRandom(`live ${seed}`)
  const anvil = await startAnvil({ blockTime: 1, ...(pageDir === undefined ? {} : { pageOrigin: '*' }) })
  const l1 = createL1Client({ url: anvil.url, inbox: INBOX })
  const counts: FaultCounts = { delayed: 0, cut: 0, twice: 0 }
  const cleanups: (() => Promise<void>)[] = [() => anvil.close()]
  const world: LiveWorld = {
    seed,
    counts,
    faults: undefined,
    l1Rpc: anvil.url,
    async pool(people, threshold) {
      const head = await l1.block(await l1.headNumber())
      if (head === undefined) throw new Error('anvil has no block')
      const { number, hash, timestamp } = head
      const pool = parsePool({
        version: 1,
        name: `live ${threshold} of ${people.length}`,
        l1: { chainId: 31_337, inbox: INBOX, nonceOffset: 0, genesis: { number, hash, timestamp }, confirmations: 1 },
        l2: { chainId: L2_CHAIN, blockTime: 1, genesisTime: timestamp, maxSequencerDrift: 600 },
        threshold,
        agreementQuorum: defaultQuorum(people.length, threshold),
        // Turns long enough for a slow machine; take-overs are for other tests.
        times: { roundZero: 15_000, roundStep: 5_000, maxBatchDelay: 1_000, epochLength: 1_000 },
        members: people.map((person, at) => ({ ...entryOf(person, at + 1), weight: '1' })),
      })
      return openPool(pool)
    },
    async next(from, key, people, threshold) {
      const members = people.map((person, at) =>
        typeof person === 'number' ? entryOf(person, at + 1) : { ...entryOf(1, at + 1), identity: person.identity, vote: person.vote },
      )
      const name = `live ${threshold} of ${people.length}`
      return openPool(successorOf(from.pool, key, { name, members, threshold, agreementQuorum: defaultQuorum(people.length, threshold) }))
    },
    async fund(account) {
      await fund({ l1Rpc: anvil.url, chainId: 31_337, account, ether: '10' })
    },
    async close() {
      for (const undo of cleanups.splice(0).reverse()) await undo()
    },
  }

  async function openPool(pool: Pool): Promise<LivePool> {
    const relay = await createRelay({ pool, port: 0, l1Rpc: anvil.url, l1PollMs: 200, pageDir, pageL1: pageDir === undefined ? [] : [anvil.url] })
    cleanups.push(() => relay.close())
    const disks = new Map<Person, MemoryDisk>()
    const running = new Map<Person, LiveMember>()
    const waiters = new Set<() => void>()
    const stir = (): void => {
      for (const check of [...waiters]) check()
    }
    cleanups.push(async () => {
      for (const one of [...running.values()]) await one.stop()
    })
    const line = (): Dial =>
      faultyDial(dialRelay(relay.socketUrl), { clock: nodeClock, chance: () => seededFraction(dice), faults: () => world.faults, counts })
    return {
      pool,
      relay,
      feed: createFeed(`${relay.url}/rpc`, L2_CHAIN),
      running,
      async start(person, change = {}) {
        const disk = disks.get(person) ?? memoryDisk({ identitySeed: testIdentitySeed(person), voteKey: testVoteKey(person) })
        disks.set(person, disk)
        const process = disk.open()
        const events: MemberEvent[] = []
        let alive = true
        const member = await createMember({
          pool,
          vault: process.vault,
          guard: process.guard,
          l1: createL1Client({ url: anvil.url, inbox: INBOX }),
          dial: line(),
          relayOrigin: new URL(relay.socketUrl).origin,
          clock: nodeClock,
          random: length => crypto.getRandomValues(new Uint8Array(length)),
          log: logOf(person, pool),
          deflate: nodeDeflate,
          onReport: stir,
          onEvent(event) {
            if (!alive) return
            events.push(event)
            stir()
          },
          ...change,
        })
        const end = async (): Promise<void> => {
          if (!alive) return
          running.delete(person)
          await member.stop()
          alive = false
        }
        const live: LiveMember = {
          person,
          member,
          events,
          crash() {
            alive = false
            running.delete(person)
            process.kill()
            void member.stop()
          },
          stop: end,
        }
        running.set(person, live)
        await member.start()
        return live
      },
      async deal(person, parent) {
        const dealer = await createDealer({
          pool: pool as Successor,
          parent,
          identitySeed: testIdentitySeed(person),
          dial: line(),
          relayOrigin: new URL(relay.socketUrl).origin,
          clock: nodeClock,
          random: length => crypto.getRandomValues(new Uint8Array(length)),
          log: logOf(person, pool),
          onChange: stir,
        })
        let over = false
        const stop = async (): Promise<void> => {
          if (!over) await dealer.stop()
          over = true
        }
        cleanups.push(stop)
        dealer.start()
        return { person, dealer, stop }
      },
      until(what, seen) {
        return new Promise((resolve, reject) => {
          const limit = setTimeout(() => {
            waiters.delete(check)
            reject(new Error(`not seen within 60 s: ${what} (seed ${seed})`))
          }, 60_000)
          const check = (): void => {
            if (!seen()) return
            clearTimeout(limit)
            waiters.delete(check)
            resolve()
          }
          waiters.add(check)
          check()
        })
      },
    }
  }
  return world
}

/** Accounts that members have said they have a key for. */
export const accountsOf = (pool: LivePool): string[] =>
  [...pool.running.values()].flatMap(({ events }) => events.flatMap(event => (event.kind === 'key' ? [event.account] : [])))

/** Highest height that a member has seen in an L1 block, -1 for none. */
export const heightOf = ({ events }: LiveMember): number => Math.max(-1, ...events.flatMap(event => (event.kind === 'batch' ? [event.height] : [])))
