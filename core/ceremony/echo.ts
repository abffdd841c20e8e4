/**
 * Broadcast = send + echo. There is no reliable broadcast under a dishonest majority; agreement or abort is enough. Every message of a
 * round carries the digest of all broadcasts before it, compared before anything else in the message is interpreted.
 * @module
 */

import { type Bytes, equal, hex, u32be } from '../bytes.ts'
import { type ErrorCode, PoolError } from '../errors.ts'
import { H } from '../kernel/index.ts'
import type { Tag } from '../transcript.ts'

/**
 * `H(tag; head…, u32 count, (u32 i, fields of i…) in order of i)`: what one party saw of a round. Every party must have the same
 * number of fields.
 */
export function viewDigest(tag: Tag, head: readonly Bytes[], broadcasts: ReadonlyMap<number, readonly Bytes[]>): Bytes {
  const entries = [...broadcasts].sort(([a], [b]) => a - b)
  return H(tag, [...head, u32be(entries.length), ...entries.flatMap(([index, fields]) => [u32be(index), ...fields])])
}

/**
 * Compares the echo in a message with one's own view. Nobody is blamed: sender, this party or a third one may be the liar.
 * @throws {PoolError} `code`, with both digests.
 */
export function assertEcho(mine: Bytes, theirs: Bytes, code: ErrorCode, round: string, from: number): void {
  if (!equal(mine, theirs)) throw new PoolError(code, { round, from, mine: hex(mine), theirs: hex(theirs) })
}
