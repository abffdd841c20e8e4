/**
 * The rule of generations. Every refresh or reshare makes a generation of shares with an `epochNo` of its own, and a member certifies them in ascending
 * order only. Whoever sees the certificates of all members for a pending share takes it when its number is above that of its active one, and then erases
 * everything below; pending shares above stay. So certificates that are withheld from some members cannot split a committee for good: of two
 * certified generations the higher is held, active or pending, by everyone. And no forgotten share of an older generation undoes a refresh.
 * @module
 */
import { type Bytes, equal } from '../bytes.ts'
import { PoolError } from '../errors.ts'

/** What tells one generation of shares from another. */
export interface Generation {
  /** 32 bytes; the same for all generations of one account. */
  readonly keyId: Bytes
  /** 32 bytes. */
  readonly epoch: Bytes
  readonly epochNo: number
}

/** The shares of one member. */
export interface Held<T> {
  readonly active: T | undefined
  readonly pending: readonly T[]
}

/**
 * What a full certificate set means to a member:
 * - `activate`: its pending share of that generation becomes the active one;
 * - `active`: it is that generation's already;
 * - `superseded`: it has a later one;
 * - `behind`: the others have a generation of which it has no share. Its own is of no use with theirs; only a refresh or reshare brings it back;
 * - `other-key`: the set is for another account.
 */
export type Verdict = 'activate' | 'active' | 'superseded' | 'behind' | 'other-key'

export interface Settlement<T> extends Held<T> {
  readonly verdict: Verdict
  /** What is to be erased, in the same write that makes the change durable. Empty unless the verdict is `activate`. */
  readonly erased: readonly T[]
}

const isSame = (a: Generation, b: Generation): boolean => equal(a.epoch, b.epoch) && a.epochNo === b.epochNo && equal(a.keyId, b.keyId)

/** Decides what becomes of a member's shares when it sees the certificates of all members for `certified`. */
export function settle<T extends Generation>(held: Held<T>, certified: Generation): Settlement<T> {
  const { active, pending } = held
  const stays = (verdict: Verdict): Settlement<T> => ({ verdict, active, pending, erased: [] })
  if (active !== undefined && !equal(active.keyId, certified.keyId)) return stays('other-key')
  if (active !== undefined && isSame(active, certified)) return stays('active')
  if (active !== undefined && certified.epochNo <= active.epochNo) return stays('superseded')
  const next = pending.find(share => isSame(share, certified))
  if (next === undefined) return stays(active === undefined && !pending.some(share => equal(share.keyId, certified.keyId)) ? 'other-key' : 'behind')
  const kept = pending.filter(share => equal(share.keyId, next.keyId) && share.epochNo > next.epochNo)
  const erased = [...(active === undefined ? [] : [active]), ...pending].filter(share => share !== next && !kept.includes(share))
  return { verdict: 'activate', active: next, pending: kept, erased }
}

/** The highest number among a member's generations; undefined without any. */
export function highestEpochNo({ active, pending }: Held<Pick<Generation, 'epochNo'>>): number | undefined {
  const numbers = [...(active === undefined ? [] : [active]), ...pending].map(share => share.epochNo)
  return numbers.length === 0 ? undefined : Math.max(...numbers)
}

/**
 * Whether a member may certify a generation with this number: above every one that it has, active or pending.
 * @throws {PoolError} `epoch-taken`
 */
export function checkEpochNo(held: Held<Pick<Generation, 'epochNo'>>, epochNo: number): void {
  const highest = highestEpochNo(held)
  if (highest !== undefined && epochNo <= highest) throw new PoolError('epoch-taken', { epochNo, highest })
}
