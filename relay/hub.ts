/**
 * Who is connected: one live connection for each identity, the newer one stays. Broadcasts to all of them.
 * @module
 */
import { CLOSE, type RelayFrame } from '../core/envelope/wire.ts'
import type { Connection } from './connection.ts'
import type { Delivery } from './delivery.ts'

export interface LiveMember {
  readonly seat: number
  readonly connection: Connection
  readonly delivery: Delivery
}

export interface Hub {
  /** Seats that are connected, ascending. */
  online(): number[]
  get(seat: number): LiveMember | undefined
  /** An older connection of the same seat is closed as displaced. */
  join(member: LiveMember): void
  /** Does nothing when another connection has taken the seat. True when the seat is offline now. */
  leave(connection: Connection): boolean
  broadcast(frame: RelayFrame): void
  /** All of them wake: there is something new for everyone. */
  wakeAll(): void
  closeAll(code: number, reason: string): void
}

export function createHub(): Hub {
  const members = new Map<number, LiveMember>()
  const online = (): number[] => [...members.keys()].sort((a, b) => a - b)
  return {
    online,
    get: seat => members.get(seat),
    join(member) {
      const older = members.get(member.seat)
      members.set(member.seat, member)
      older?.delivery.stop()
      older?.connection.close(CLOSE.displaced, 'the same identity has connected elsewhere')
    },
    leave(connection) {
      const { seat } = connection
      if (seat === undefined || members.get(seat)?.connection !== connection) return false
      members.get(seat)?.delivery.stop()
      members.delete(seat)
      return true
    },
    broadcast(frame) {
      for (const { connection } of members.values()) connection.send(frame)
    },
    wakeAll() {
      for (const { delivery } of members.values()) delivery.wake()
    },
    closeAll(code, reason) {
      for (const { connection } of members.values()) connection.close(code, reason)
    },
  }
}
