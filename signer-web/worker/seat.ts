/**
 * The member of a tab in its pool: the same one that runs in Node, over this browser's ports.
 * @module
 */

import { pakoDeflate } from '../../core/batch/op-stack/zlib.ts'
import { PoolError } from '../../core/errors.ts'
import { type Approval, createApproval } from '../../core/member/approval.ts'
import type { MemberEvent } from '../../core/member/events.ts'
import { createMember, type Member } from '../../core/member/member.ts'
import type { Log } from '../../core/member/ports.ts'
import { parsePool } from '../../core/proposal/pool.ts'
import type { JoinRequest, PolicyInput, SeatStatus } from '../api.ts'
import { policyOf } from './approval.ts'
import { workerClock } from './clock.ts'
import { dialRelay, relayUrl } from './dial.ts'
import { openGuardBeside } from './guard.ts'
import { createTabL1 } from './l1.ts'
import { hedgedRandom } from './random.ts'
import type { TabVault } from './vault.ts'

export interface LiveSeat {
  readonly member: Member
  readonly approval: Approval
  readonly pool: NonNullable<SeatStatus['pool']>
  stop(): Promise<void>
}

export interface SeatHooks {
  changed(): void
  event(event: MemberEvent): void
}

/** The seat of this identity in a pool, and what is wrong otherwise. @throws {PoolError} `bad-pool-file`, `not-a-member` */
export function seatIn(poolJson: unknown, vault: TabVault): number {
  const pool = parsePool(poolJson)
  const seat = pool.members.find(member => member.identity === vault.entry.identity)?.seat
  if (seat === undefined) throw new PoolError('not-a-member', { identity: vault.entry.identity })
  return seat
}

/**
 * Starts the member and begins to connect to the relay at `page`.
 * @throws {PoolError} `bad-pool-file`, `not-a-member`, `invalid-argument`, `l1-unreachable`, `wrong-l1`, `browser-store`
 */
export async function startSeat(
  profile: string,
  vault: TabVault,
  { pool: json, l1Rpc }: JoinRequest,
  page: string,
  hooks: SeatHooks,
): Promise<LiveSeat> {
  const pool = parsePool(json)
  const seat = seatIn(json, vault)
  const l1 = createTabL1(l1Rpc, pool.l1.inbox)
  const guard = await openGuardBeside(profile, vault, pool, { ...workerClock, log })
  const undo: (() => void)[] = [() => guard.close()]
  const unwind = (): void => {
    for (const step of undo.splice(0).reverse()) step()
  }
  try {
    const generator = hedgedRandom(vault.identitySeed, await guard.nextCounter())
    undo.push(() => generator.wipe())
    const url = relayUrl(page)
    const policy = vault.policy === undefined ? undefined : policyOf(JSON.parse(vault.policy) as PolicyInput)
    const approval = createApproval({ policy, clock: workerClock, changed: hooks.changed })
    const member = await createMember({
      pool,
      // The member erases its copies when it stops; the vault stays open.
      vault: { ...vault, identitySeed: vault.identitySeed.slice(), voteKey: vault.voteKey.slice() },
      guard,
      l1,
      dial: dialRelay(url),
      // The relay signs nothing itself: what it calls itself must be what was dialled, else it could pass our answer on to another relay.
      relayOrigin: new URL(url).origin,
      clock: workerClock,
      random: generator.random,
      log,
      deflate: pakoDeflate,
      approval,
      onReport: hooks.changed,
      onEvent: hooks.event,
    })
    await member.start()
    return {
      member,
      approval,
      pool: { name: pool.name, seat, seats: pool.members.map(one => one.seat), l1Host: new URL(l1Rpc).host },
      async stop() {
        await member.stop()
        unwind()
      },
    }
  } catch (error) {
    unwind()
    throw error
  }
}

/** Public facts only; what is worth a look goes to the console. */
const log: Log = (level, event, facts) => {
  if (level === 'error') console.error(event, JSON.stringify(facts))
  else if (level === 'warn') console.info(event, JSON.stringify(facts))
}
