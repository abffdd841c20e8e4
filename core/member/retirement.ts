/**
 * A member's promise to be silent in its pool from some height on, so that the next pool can go on from there. Stored before it is said.
 * @module
 */
import { equal } from '../bytes.ts'
import { PoolError } from '../errors.ts'
import { type Pool, poolHash } from '../proposal/pool.ts'
import { mayRetire, type Retirement, retire, retirementCodec } from '../proposal/succession.ts'
import type { GuardStore, Log } from './ports.ts'

export interface RetirementBook {
  /** Reads what an earlier process has promised; before anything is voted on. */
  load(): Promise<void>
  /** The first height that this member is silent in. */
  readonly silentFrom: number | undefined
  /**
   * Promises silence from `height` on, or what was promised before when that is no later. A promise is only ever moved to a lower height. Not to be called
   * while the member votes.
   * @throws {PoolError} `cannot-retire` when it has voted there, or has promised another pool.
   */
  promise(successor: Pool, height: number): Promise<Retirement>
}

export function createRetirement(input: { pool: Pool; seat: number; voteKey: Uint8Array; guard: GuardStore; log: Log }): RetirementBook {
  const { pool, seat, voteKey, guard, log } = input
  let made: Retirement | undefined
  return {
    async load() {
      const stored = await guard.fact('retirement')
      made = stored === undefined ? undefined : retirementCodec.decode(stored)
    },
    get silentFrom() {
      return made?.height
    },
    async promise(successor, height) {
      if (made !== undefined && !equal(made.successor, poolHash(successor)))
        throw new PoolError('cannot-retire', { reason: 'promised to another pool' })
      if (made !== undefined && made.height <= height) return made
      const voted = await guard.highest()
      if (!mayRetire(voted, height)) throw new PoolError('cannot-retire', { reason: 'voted in that height or a later one', height, voted })
      const promise = retire(pool, successor, seat, height, voteKey)
      await guard.saveFact('retirement', retirementCodec.encode(promise))
      made = promise
      log('info', 'pool.retired', { seat, height })
      return promise
    },
  }
}

/** What the member of a pool offers to the same operator's part in the next pool. */
export interface ParentMember {
  readonly pool: Pool
  /** Its share of the key, while it has one. */
  share(): import('../threshold/index.ts').KeyShare | undefined
  /** Next height that L1 has not taken, by its view; undefined before it has read L1. */
  nextHeight(): number | undefined
  /** L1 has finalized this height. */
  isFinal(height: number): boolean
  /** @see RetirementBook.promise */
  promise(successor: Pool, height: number): Promise<Retirement>
  /** Raw L2 transactions that wait for a batch. */
  waiting(): readonly Uint8Array[]
  /** Calls `run` after each look at L1 and whenever a transaction comes in; the returned function ends that. */
  onNews(run: () => void): () => void
  /** The next pool has a final batch: this one's shares are erased. */
  erase(): Promise<void>
}
