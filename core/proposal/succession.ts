/**
 * How one pool hands its account over to the next: the new pool's file names the old one, and members of the old one promise, one by one, to vote in no
 * height from some height on. Whoever promises has voted in none of those, and stores the promise before it says it. An agreement of the old pool on such a
 * height needs q of its members; once q have promised, two sets of q share at least 2q - n of them, so none can come. Then, and only then, the new pool
 * begins with that height. Below it the old pool goes on.
 * @module
 */
import { type Bytes, equal, fromHex, hex } from '../bytes.ts'
import { fixed, type Infer, struct, u16, u53, version } from '../codec.ts'
import type { Hex } from '../ethereum.ts'
import { type Pool, type PoolParent, parsePool, poolHash, poolToJson } from './pool.ts'
import { retireSigner, signRetire } from './vote.ts'

/** Version 1 of a RETIRE: stored as well as sent. */
export const retirementCodec = struct({
  version: version(1),
  /** Pool hash of the pool that takes over. */
  successor: fixed(32),
  /** The member votes, locks and signs in no height from this one on. */
  height: u53,
  /** In the pool that hands over. */
  seat: u16,
  signature: fixed(65),
})
export type Retirement = Infer<typeof retirementCodec>

/** What changes from one pool to the next. */
export type Change = Pick<Pool, 'members' | 'threshold' | 'agreementQuorum'> & Partial<Pick<Pool, 'name' | 'relay' | 'times'>>

/**
 * The pool that takes over an account: the same chains, other members or thresholds.
 * @throws {PoolError} `bad-pool-file` when the change makes no pool.
 */
export function successorOf(pool: Pool, key: { readonly account: Hex; readonly keyId: Bytes | Hex }, change: Change): Pool {
  const { threshold, agreementQuorum } = pool
  const parent: PoolParent = {
    pool: hex(poolHash(pool)),
    account: key.account,
    keyId: typeof key.keyId === 'string' ? key.keyId : hex(key.keyId),
    threshold,
    agreementQuorum,
    members: pool.members.map(({ seat, identity, vote }) => ({ seat, identity, vote })),
  }
  const { relay: _, ...rest } = pool
  return parsePool(poolToJson({ ...rest, ...change, parent }))
}

/**
 * True when a member may promise to be silent from `height` on: it has voted in none of those.
 * @param voted the highest height with a vote of this member, if any.
 */
export const mayRetire = (voted: number | undefined, height: number): boolean => voted === undefined || voted < height

/** Promises that the member in `seat` of `pool` is silent from `height` on, in favour of `successor`. It has stored so before. */
export function retire(pool: Pool, successor: Pool, seat: number, height: number, voteKey: Bytes): Retirement {
  const unsigned = { successor: poolHash(successor), height }
  return { version: 1, ...unsigned, seat, signature: signRetire(unsigned, pool, voteKey) }
}

export interface Succession {
  /** Members of the old pool that have promised, and those that have not, by their seats there. */
  readonly retired: readonly number[]
  readonly missing: readonly number[]
  /** The first height of the new pool; undefined while fewer than q of the old one have promised. */
  readonly height: number | undefined
}

/** Verifies one promise. True when it is of a member of the parent and for this very pool. */
export function isRetirement(pool: Pool & { readonly parent: PoolParent }, { successor, height, seat, signature }: Retirement): boolean {
  const { parent } = pool
  const member = parent.members.find(other => other.seat === seat)
  if (member === undefined || !equal(successor, poolHash(pool))) return false
  return retireSigner({ successor, height }, pool.l1, fromHex(parent.pool), signature) === member.vote
}

/** Where the hand-over to `pool` stands. What does not verify, is for another pool or comes twice counts for nothing. */
export function successionOf(pool: Pool & { readonly parent: PoolParent }, said: readonly Retirement[]): Succession {
  const { members, agreementQuorum } = pool.parent
  const heights = new Map<number, number>()
  for (const promise of said) if (!heights.has(promise.seat) && isRetirement(pool, promise)) heights.set(promise.seat, promise.height)
  const seats = members.map(member => member.seat)
  return {
    retired: seats.filter(seat => heights.has(seat)),
    missing: seats.filter(seat => !heights.has(seat)),
    // From here on at least q are silent.
    height: [...heights.values()].sort((a, b) => a - b)[agreementQuorum - 1],
  }
}
