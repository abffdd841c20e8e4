/**
 * Who has been heard in a round, for pages, terminals and the deadline.
 * @module
 */
import type { Progress } from './context.ts'

/** Splits `peers` by whether everything expected of them in `round` has arrived. */
export const progressOf = (round: string, peers: readonly number[], complete: (peer: number) => boolean): Progress => ({
  round,
  received: peers.filter(complete),
  missing: peers.filter(peer => !complete(peer)),
})
