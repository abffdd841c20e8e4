/**
 * Never two contents for one height: the rules of voting, locking and signing as pure functions over one durable record per height. The
 * caller stores the record that comes back before it says or sends what the record allows.
 * @module
 */
import { type Bytes, equal } from '../bytes.ts'
import { type Codec, codec, fixed, type Infer, list, option, struct, u32, u53, u256, version } from '../codec.ts'
import { PoolError } from '../errors.ts'
import { type Certificate, certificateCodec, type Justification, type Proposal, verifyCertificate } from './messages.ts'
import type { Pool } from './pool.ts'

/** Rounds are stored shifted by one; -1 is "none yet". */
const roundOrNone: Codec<number> = codec(
  value => u32.encode(value + 1),
  reader => u32.read(reader) - 1,
)

const signedCodec = struct({ round: u32, content: fixed(32), sighash: fixed(32), maxFeePerGas: u256, maxPriorityFeePerGas: u256 })
/** A transaction that this member has agreed to sign. Fees in wei a gas. */
export type AuthorisedTransaction = Infer<typeof signedCodec>

/** The newest transactions that a record keeps; the rules look only at those of the round of the lock. */
const MAX_SIGNED = 256
/** Contents that can be declared dead at one height. */
const MAX_VOIDED = 64

const stored = struct({
  version: version(1),
  height: u53,
  votedRound: roundOrNone,
  votedContent: option(fixed(32)),
  lockedRound: roundOrNone,
  lockedContent: option(fixed(32)),
  certificate: option(certificateCodec),
  signed: list(signedCodec, MAX_SIGNED),
  voided: list(fixed(32), MAX_VOIDED),
})

/** What a member must not forget of a height. */
export interface HeightRecord {
  readonly height: number
  /** Highest round this member voted in, -1 for none. */
  readonly votedRound: number
  /** What it voted for in that round. */
  readonly votedContent?: Bytes | undefined
  /** Round of the lock, -1 for none. */
  readonly lockedRound: number
  readonly lockedContent?: Bytes | undefined
  /** The certificate behind the lock. */
  readonly certificate?: Certificate | undefined
  /** Oldest first. */
  readonly signed: readonly AuthorisedTransaction[]
  /** Contents declared dead, by this member or by q; never voted for, locked or signed again. */
  readonly voided?: readonly Bytes[] | undefined
}

/** Versioned encoding of a record, as the guard stores it. */
export const heightRecordCodec: Codec<HeightRecord> = codec(
  record =>
    stored.encode({
      version: 1,
      height: record.height,
      votedRound: record.votedRound,
      votedContent: record.votedContent,
      lockedRound: record.lockedRound,
      lockedContent: record.lockedContent,
      certificate: record.certificate,
      signed: [...record.signed],
      voided: [...(record.voided ?? [])],
    }),
  reader => {
    const { version: _, ...record } = stored.read(reader)
    return record
  },
)

/** A height of which this member has said nothing yet. */
export const emptyRecord = (height: number): HeightRecord => ({ height, votedRound: -1, lockedRound: -1, signed: [] })

/** Why a vote is refused; each is a code of `REFUSALS`. */
export type LockRefusal = 'wrong-height' | 'stale-round' | 'locked-elsewhere' | 'second-content-in-round' | 'invalid-certificate' | 'voided'
export type Outcome<Reason extends string> = { readonly record: HeightRecord } | { readonly refuse: Reason }

export interface VoteContext {
  readonly pool: Pool
  /** Throws `invalid-certificate`. A member may answer from memory what it has verified before; `verifyCertificate` when left out. */
  readonly verify?: (pool: Pool, certificate: Certificate) => void
}

/** The part of a proposal that decides about the vote. */
type Voted = Pick<Proposal, 'height' | 'round' | 'content' | 'justification'>

/**
 * May this member vote for a proposal? Yes, when it is not locked, or locked on this very content, or shown a certificate for this content
 * from a round that is not older than the lock; never for two contents in one round, never in a round before one it voted in.
 */
export function vote(record: HeightRecord, proposal: Voted, { pool, verify = verifyCertificate }: VoteContext): Outcome<LockRefusal> {
  const { height, round, content, justification } = proposal
  if (height !== record.height) return { refuse: 'wrong-height' }
  if (isVoided(record, content)) return { refuse: 'voided' }
  if (round < record.votedRound) return { refuse: 'stale-round' }
  if (round === record.votedRound && record.votedContent !== undefined && !equal(record.votedContent, content))
    return { refuse: 'second-content-in-round' }
  if (justification !== undefined && !justified(proposal, justification, certificate => verify(pool, certificate)))
    return { refuse: 'invalid-certificate' }
  const { lockedContent } = record
  const free =
    lockedContent === undefined || equal(lockedContent, content) || (justification !== undefined && justification.validRound >= record.lockedRound)
  if (!free) return { refuse: 'locked-elsewhere' }
  return { record: { ...record, votedRound: round, votedContent: content } }
}

/** A justification is a certificate for the same height and content, of an earlier round. */
function justified(proposal: Voted, { validRound, certificate }: Justification, verify: (certificate: Certificate) => void): boolean {
  if (validRound >= proposal.round || certificate.round !== validRound) return false
  if (certificate.height !== proposal.height || !equal(certificate.content, proposal.content)) return false
  try {
    verify(certificate)
    return true
  } catch (error) {
    if (error instanceof PoolError) return false
    throw error
  }
}

/** True when the content was declared dead, by q members or by this one. */
export const isVoided = (record: HeightRecord, content: Bytes): boolean => record.voided?.some(dead => equal(dead, content)) ?? false

const lockProblem = (record: HeightRecord, { height, round, content }: Certificate): string | undefined => {
  if (height !== record.height) return 'certificate of another height'
  if (isVoided(record, content)) return 'the content is void'
  // Who has voted in a later round has told others that it was free to: a lock, and so a signature, that comes after that vote would be one they did not
  // reckon with, and two contents could be signed.
  if (round < record.votedRound) return 'this member has voted in a later round'
  if (round === record.lockedRound && record.lockedContent !== undefined && equal(record.lockedContent, content)) return undefined
  return round <= record.lockedRound ? 'a lock moves only with a certificate of a later round' : undefined
}

/** True when `lock` would not throw. */
export const mayLock = (record: HeightRecord, certificate: Certificate): boolean => lockProblem(record, certificate) === undefined

/**
 * Locks on a verified certificate. A lock moves only to a later round, and never to a round before one this member voted in.
 * @throws {PoolError} `lock-conflict` with what speaks against it.
 */
export function lock(record: HeightRecord, certificate: Certificate): HeightRecord {
  const problem = lockProblem(record, certificate)
  if (problem !== undefined)
    throw new PoolError('lock-conflict', { height: record.height, lockedRound: record.lockedRound, round: certificate.round, problem })
  if (certificate.round === record.lockedRound) return record
  return { ...record, lockedRound: certificate.round, lockedContent: certificate.content, certificate }
}

/** Least fee that replaces `previous` in any mempool: ceil(1.10 x) + 1 wei. */
export const replacementFee = (previous: bigint): bigint => (previous * 11n + 9n) / 10n + 1n

/** Why a transaction may not be signed; each is a code of `SIGN_REFUSALS`. */
export type SigningRefusal = 'not-locked' | 'locked-elsewhere' | 'locked-in-another-round' | 'voted-later' | 'not-a-fee-bump' | 'voided'

/**
 * May this member sign a transaction? Only for the locked content, in the round of the lock, and before it votes in a later round: the first one, the
 * same one again, or one that replaces every earlier one of the round by higher fees. A later round starts afresh: its proposer may
 * not know what was signed before, and the content is the same.
 */
export function authorizeSigning(record: HeightRecord, request: AuthorisedTransaction): Outcome<SigningRefusal> {
  if (record.lockedContent === undefined) return { refuse: 'not-locked' }
  if (!equal(record.lockedContent, request.content)) return { refuse: 'locked-elsewhere' }
  if (isVoided(record, request.content)) return { refuse: 'voided' }
  if (record.lockedRound !== request.round) return { refuse: 'locked-in-another-round' }
  if (request.round < record.votedRound) return { refuse: 'voted-later' }
  const ofRound = record.signed.filter(earlier => earlier.round === request.round && equal(earlier.content, request.content))
  if (ofRound.some(earlier => equal(earlier.sighash, request.sighash))) return { record }
  const replaces = ofRound.every(
    earlier =>
      request.maxFeePerGas >= replacementFee(earlier.maxFeePerGas) && request.maxPriorityFeePerGas >= replacementFee(earlier.maxPriorityFeePerGas),
  )
  if (!replaces) return { refuse: 'not-a-fee-bump' }
  return { record: { ...record, signed: [...record.signed, request].slice(-MAX_SIGNED) } }
}
