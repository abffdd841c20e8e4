/**
 * Whose turn it is, from a member's own view: pool file, its own clock, its own L1. Never from what the relay announces.
 * @module
 */
import type { Pool, PoolMember } from '../proposal/pool.ts'
import { dueAt, epochSchedule, roundAt, roundOpensAt, seedSource } from '../proposal/turn.ts'
import type { L1Follower } from './l1-follower.ts'

export interface Turn {
  readonly height: number
  /** The round that is open now. */
  readonly round: number
  /** ms since 1970: when round 0 may begin (the previous batch's L1 block). */
  readonly previousAt: number
  /** ms: the batch is overdue from here; later rounds count from it. */
  readonly due: number
  opensAt(round: number): number
  proposer(round: number): PoolMember
  /** Seats in order of rounds. */
  readonly order: readonly number[]
}

export interface Turns {
  /** Undefined while the seed of the height's rotation epoch is not final. */
  at(height: number, now: number): Turn | undefined
  /** Seats in order of rounds at a height, which need not be the next one; undefined like `at`. */
  order(height: number): readonly number[] | undefined
}

/** Schedules are cached per rotation epoch; a reorganised seed gives a new entry, since the block hash is part of the key. */
export function turnsOf(pool: Pool, follower: L1Follower): Turns {
  const cache = new Map<string, ReturnType<typeof epochSchedule>>()
  const seats = new Map(pool.members.map(member => [member.vote as string, member]))
  const { epochLength } = pool.times
  const members = pool.members.map(member => ({ address: member.vote, weight: member.weight }))

  function seedHash(epoch: number): `0x${string}` | undefined {
    const source = seedSource(epoch, epochLength)
    if (source.kind === 'genesis') return pool.l1.genesis.hash
    const included = follower.inclusion(source.height)
    return included !== undefined && included.block.number <= follower.finalized ? included.block.hash : undefined
  }

  function schedule(epoch: number): ReturnType<typeof epochSchedule> | undefined {
    const seed = seedHash(epoch)
    if (seed === undefined) return undefined
    const key = `${epoch}/${seed}`
    let found = cache.get(key)
    if (found === undefined) {
      found = epochSchedule({ chainId: pool.l2.chainId, epoch, epochLength, members, l1BlockHash: seed })
      cache.set(key, found)
    }
    return found
  }

  const memberOf = (address: string): PoolMember => seats.get(address) as PoolMember

  return {
    order: height =>
      schedule(Math.floor(height / epochLength))
        ?.order(height)
        .map(address => memberOf(address).seat),
    at(height, now) {
      const rotation = schedule(Math.floor(height / epochLength))
      if (rotation === undefined) return undefined
      const previous = height === 0 ? pool.l2.genesisTime : follower.inclusion(height - 1)?.block.timestamp
      if (previous === undefined) return undefined
      const previousAt = previous * 1000
      const due = dueAt(previousAt, pool.times.maxBatchDelay)
      const clock = { dueAt: due, roundZero: pool.times.roundZero, roundStep: pool.times.roundStep }
      return {
        height,
        round: roundAt(clock, now),
        previousAt,
        due,
        opensAt: round => (round === 0 ? previousAt : roundOpensAt(clock, round)),
        proposer: round => memberOf(rotation.proposer(height, round)),
        order: rotation.order(height).map(address => memberOf(address).seat),
      }
    },
  }
}
