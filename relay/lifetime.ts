/**
 * How long a message is kept: ten minutes for those of ceremonies, a day for those of the room. The relay tells them apart by the
 * session id of the room, which anyone can compute from the pool hash (docs/envelope.md, room).
 * @module
 */
import { type Bytes, equal, u16be, u32be } from '../core/bytes.ts'
import type { Header } from '../core/envelope/header.ts'
import { H } from '../core/transcript.ts'
import type { Limits } from './config.ts'

const DAY_MS = 86_400_000

/** ms to keep the message of this header, published at `now`. */
export function lifetimeOf(header: Header, now: number, limits: Pick<Limits, 'ceremonyLifetime' | 'roomLifetime'>): number {
  const today = Math.floor(now / DAY_MS)
  // Members change the day by their own clocks.
  const inRoom = [today, today - 1, today + 1].some(day => day >= 0 && equal(roomSession(header, day), header.session))
  return inRoom ? limits.roomLifetime : limits.ceremonyLifetime
}

/** `H("room"; pool hash, day since 1970, lower seat, higher seat)`. */
function roomSession({ room, from, to }: Header, day: number): Bytes {
  return H('room', [room, u32be(day), u16be(Math.min(from, to)), u16be(Math.max(from, to))])
}
