/**
 * How one pool hands its account over to the next: the new pool's file names the old one, and members of the old one say, one by one, that they are done.
 * Whoever says so votes, locks and signs no more in the old pool, and says it only when L1 has confirmed every height that it has voted in. An agreement of the
 * old pool needs q of its members; once q have retired, each q share more than 2q - n of them, so no new one can come, and what was agreed on before is
 * confirmed. Then, and only then, the new pool begins. With fewer, the old pool goes on.
 * @module
 */
import { type Bytes, fromHex, hex } from '../bytes.ts'
import { fixed, type Infer, struct, u16, u53, version } from '../codec.ts'
import type { Hex } from '../ethereum.ts'
import { type Pool, type PoolParent, parsePool, poolHash, poolToJson } from './pool.ts'
import { retireSigner, signRetire } from './vote.ts'

/** Version 1 of a RETIRE: stored as well as sent. */
export const retirementCodec = struct({
  version: version(1),
  /** Pool hash of the pool that takes over. */
  successor: fixed(32),
  /** The next height that L1 has not taken, by the view of the member that retires. */
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
 * True when a member may say that it is done: L1 has confirmed all heights below `nextHeight`, and it has voted in none from there on. It stores its high
 * watermark (`nextHeight - 1`) before it says so.
 * @param voted the highest height with a vote of this member, if any.
 */
export const mayRetire = (voted: number | undefined, nextHeight: number): boolean => voted === undefined || voted < nextHeight

/** Says that the member in `seat` of `pool` is done, in favour of `successor`. */
export function retire(pool: Pool, successor: Pool, seat: number, height: number, voteKey: Bytes): Retirement {
  const unsigned = { successor: poolHash(successor), height }
  return { version: 1, ...unsigned, seat, signature: signRetire(unsigned, pool, voteKey) }
}

export interface Succession {
  /** Members of the old pool that are done, and those that are not, by their seats there. */
  readonly retired: readonly number[]
  readonly missing: readonly number[]
  /** q of the old pool are done: the new one begins. */
  readonly complete: boolean
  /** The new pool's first height is this one or a later one, by what L1 has taken. */
  readonly height: number
}

/** Where the hand-over to `pool` stands. What does not verify, is for another pool or comes twice counts for nothing. */
export function successionOf(pool: Pool & { readonly parent: PoolParent }, said: readonly Retirement[]): Succession {
  const { parent } = pool
  const own = hex(poolHash(pool))
  const salt = fromHex(parent.pool)
  const heights = new Map<number, number>()
  for (const { successor, height, seat, signature } of said) {
    const member = parent.members.find(other => other.seat === seat)
    if (member === undefined || heights.has(seat) || hex(successor) !== own) continue
    if (retireSigner({ successor, height }, pool.l1, salt, signature) === member.vote) heights.set(seat, height)
  }
  const seats = parent.members.map(member => member.seat)
  return {
    retired: seats.filter(seat => heights.has(seat)),
    missing: seats.filter(seat => !heights.has(seat)),
    complete: heights.size >= parent.agreementQuorum,
    height: Math.max(0, ...heights.values()),
  }
}
