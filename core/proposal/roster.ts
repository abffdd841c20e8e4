/**
 * Who may speak in the room of a pool.
 * @module
 */
import { DEALER_SEATS, type Pool } from './pool.ts'

/** Someone in the room of a pool. */
export interface RosterEntry {
  /** Address in envelopes: the seat, or `DEALER_SEATS` + seat in the parent. */
  readonly seat: number
  /** 32 bytes, hex. */
  readonly identity: string
  /** Seat in the parent: this one can deal. */
  readonly parentSeat: number | undefined
  /** False for who belongs to the parent only: deals, and is done. */
  readonly member: boolean
}

/** Everyone who may speak in the room of a pool, by address: its members, then those of its parent that are no members. */
export function rosterOf(pool: Pool): readonly RosterEntry[] {
  const parents = pool.parent?.members ?? []
  const seatBefore = (identity: string): number | undefined => parents.find(other => other.identity === identity)?.seat
  const members = pool.members.map(({ seat, identity }) => ({ seat, identity, parentSeat: seatBefore(identity), member: true }))
  const leaving = parents.filter(({ identity }) => !pool.members.some(member => member.identity === identity))
  return [...members, ...leaving.map(({ seat, identity }) => ({ seat: DEALER_SEATS + seat, identity, parentSeat: seat, member: false }))]
}
