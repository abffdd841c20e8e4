/**
 * The way out when a height's content can no longer be derived because L1 reorganised its origin away: q members say so, each by its own
 * finalized L1, and the height is free for another content.
 * @module
 */
import { type Bytes, equal, fromHex } from '../bytes.ts'
import type { Hex } from '../ethereum.ts'
import { type HeightRecord, isVoided, type Outcome } from './lock.ts'
import type { Proposal, VoidVote } from './messages.ts'
import type { Pool } from './pool.ts'
import { verifyVoid } from './vote.ts'

/**
 * The finalized L1 block that contradicts a proposal's origin, as the `header` of a VOID; undefined when there is none, and then no VOID may be
 * signed. `finalized` gives the hash of a finalized block by number.
 */
export function contradiction(proposal: Pick<Proposal, 'origin'>, finalized: (number: number) => Hex | undefined): Bytes | undefined {
  const hash = finalized(proposal.origin.number)
  if (hash === undefined) return undefined
  const header = fromHex(hash)
  return equal(header, proposal.origin.hash) ? undefined : header
}

/** Round to put into a VOID: everything this member has voted for or locked is at or below it. */
export const voidRound = (record: HeightRecord): number => Math.max(0, record.votedRound, record.lockedRound)

/** What a member stores before it signs a VOID: it will not vote for the content, lock or sign it. A lock on it stays until q members agree. */
export const pledgeVoid = (record: HeightRecord, content: Bytes): HeightRecord =>
  isVoided(record, content) ? record : { ...record, voided: [...(record.voided ?? []), content] }

/** Why votes do not void a content. */
export type VoidRefusal = 'wrong-height' | 'votes-differ' | 'too-few-votes' | 'bad-signature'

/**
 * Applies the VOIDs of q members for one content: it can never be voted for, locked or signed again, and a lock on it is dropped. Rounds go on from
 * where they were. Applying the votes again changes nothing.
 */
export function voidHeight(record: HeightRecord, votes: readonly VoidVote[], pool: Pool): Outcome<VoidRefusal> {
  const [first] = votes
  if (first === undefined || new Set(votes.map(({ seat }) => seat)).size < pool.agreementQuorum) return { refuse: 'too-few-votes' }
  const { content, header } = first
  if (votes.some(({ height }) => height !== record.height)) return { refuse: 'wrong-height' }
  if (votes.some(other => !equal(other.content, content) || !equal(other.header, header))) return { refuse: 'votes-differ' }
  if (!votes.every(single => verifyVoid(single, pool))) return { refuse: 'bad-signature' }
  const pledged = pledgeVoid(record, content)
  if (record.lockedContent === undefined || !equal(record.lockedContent, content)) return { record: pledged }
  const { lockedContent: _, certificate: __, ...unlocked } = pledged
  return { record: { ...unlocked, lockedRound: -1 } }
}
