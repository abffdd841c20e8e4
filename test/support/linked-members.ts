/**
 * Members of a test pool with links to one relay in memory, under one clock that the test moves.
 * @module
 */
import type { Bytes } from '../../core/bytes.ts'
import { initSodium, type MemberIdentity } from '../../core/envelope/identity.ts'
import { createDispatcher, type Dispatcher } from '../../core/member/dispatcher.ts'
import { connectRelay, type Link, type LinkOptions } from '../../core/member/link.ts'
import type { Log } from '../../core/member/ports.ts'
import { openRoom, type Room } from '../../core/member/room.ts'
import type { Pool } from '../../core/proposal/pool.ts'
import { type ManualClock, manualClock, settle } from './manual-clock.ts'
import { createMemoryRelay, type MemoryRelay } from './memory-relay.ts'
import { testPool } from './pool.ts'
import { seededRandom } from './random.ts'
import { identityOf } from './sessions.ts'

export interface LinkedMember {
  readonly seat: number
  readonly identity: MemberIdentity
  readonly link: Link
  readonly dispatcher: Dispatcher
  readonly log: readonly { readonly level: string; readonly event: string; readonly facts: Readonly<Record<string, unknown>> }[]
  /** Ends the process of this member: nothing of it is left but what the relay has stored. */
  kill(): void
}

export interface RoomMember extends LinkedMember {
  readonly room: Room
  readonly received: { readonly from: number; readonly text: string }[]
  /** Seats in the order in which they were (re-)established. */
  readonly peers: number[]
}

export interface LinkedPool {
  readonly pool: Pool
  readonly clock: ManualClock
  readonly relay: MemoryRelay
  /** A new process for a seat, not started. `skew`: ms by which its clock is ahead. */
  member(seat: number, change?: Partial<LinkOptions> & { readonly skew?: number }): LinkedMember
  /** The same with a room, started. */
  roomMember(seat: number, change?: Partial<LinkOptions> & { readonly skew?: number }): RoomMember
}

export async function linkedPool(n: number, seed: string, start?: number): Promise<LinkedPool> {
  await initSodium()
  const pool = testPool(n)
  const clock = manualClock(start)
  const relay = createMemoryRelay(pool, clock.now)
  let processes = 0

  function member(seat: number, { skew = 0, ...change }: Partial<LinkOptions> & { readonly skew?: number } = {}): LinkedMember {
    const identity = identityOf(seat)
    const lines: LinkedMember['log'][number][] = []
    const log: Log = (level, event, facts = {}) => lines.push({ level, event, facts })
    const own = { now: () => clock.now() + skew, after: clock.after }
    const link = connectRelay({
      dial: relay.dial,
      clock: own,
      random: seededRandom(`${seed} process ${++processes}`),
      identity,
      pool,
      seat,
      log,
      ...change,
    })
    const dispatcher = createDispatcher(link)
    return {
      seat,
      identity,
      link,
      dispatcher,
      log: lines,
      kill() {
        dispatcher.close()
        link.close()
      },
    }
  }

  return {
    pool,
    clock,
    relay,
    member,
    roomMember(seat, change) {
      const base = member(seat, change)
      const random = seededRandom(`${seed} room ${processes}`)
      const room = openRoom({ ...base, pool, clock: base.link.clock, random, log: base.link.log })
      const received: { from: number; text: string }[] = []
      const peers: number[] = []
      room.onMessage((from, bytes) => received.push({ from, text: Buffer.from(bytes).toString() }))
      room.onPeer(peer => peers.push(peer))
      base.link.start()
      return {
        ...base,
        room,
        received,
        peers,
        kill() {
          room.close()
          base.kill()
        },
      }
    },
  }
}

export { settle }
/** Text as bytes. */
export const say = (text: string): Bytes => new TextEncoder().encode(text)
