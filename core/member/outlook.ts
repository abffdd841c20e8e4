/**
 * What a member can see coming: that it is the one to propose next, and with whom it would sign then.
 * @module
 */
import type { Pool } from '../proposal/pool.ts'
import { DOUBTFUL, type Doubts } from './doubts.ts'
import type { HeightState } from './height.ts'
import type { Turns } from './turns.ts'

export interface Outlook {
  readonly pool: Pool
  readonly seat: number
  readonly turns: Turns
  readonly doubts: Doubts
  /** Next height that L1 has not taken, and what is known of it. */
  readonly height: number
  readonly state: HeightState | undefined
  /** Peers with a session in the room. */
  readonly peers: readonly number[]
  /** ms since 1970. */
  readonly now: number
}

/** True while nothing of the height at hand is due: it is signed and on its way to L1, or its batch may not be proposed yet. */
function isIdle({ state, turns, height, now }: Outlook): boolean {
  if (state?.signing !== undefined) return false
  const turn = turns.at(height, now)
  return state?.signed !== undefined || (turn !== undefined && now < turn.due)
}

/**
 * The quorum that this member would choose if it had to propose now; undefined when it is not the one that proposes next, when something else is due, or
 * when there are not enough members whom it can reach and trusts.
 */
export function quorumAhead(outlook: Outlook): readonly number[] | undefined {
  const { pool, seat, state, turns, doubts, height, peers } = outlook
  if (!isIdle(outlook)) return undefined
  const next = state?.signed === undefined ? height : height + 1
  if (turns.order(next)?.[0] !== seat) return undefined
  const able = pool.members.map(member => member.seat).filter(other => other === seat || peers.includes(other))
  const quorum = doubts.choose(able)
  // A member that cannot sign itself prepares nothing with others.
  return quorum.length === pool.threshold && quorum.includes(seat) && doubts.worst(quorum) <= DOUBTFUL ? quorum : undefined
}
