/**
 * Never two contents for one height: the rules of voting, locking and signing as pure functions over one durable record per height. The
 * caller writes the record that comes back before it says or sends what the record allows.
 * @module
 */
import { type Bytes, equal } from '../bytes.ts'
import { type Codec, codec, fixed, type Infer, list, option, struct, u8, u32, u53, u256, version } from '../codec.ts'
import { PoolError } from '../errors.ts'
import { type Certificate, certificateCodec, type Proposal, verifyCertificate } from './messages.ts'
import type { Pool } from './pool.ts'

/** Rounds are stored shifted by one; -1 is "none yet". */
const roundOrNone: Codec<number> = codec(
  value => (value === -1 ? u32.encode(0) : u32.encode(value + 1)),
  reader => u32.read(reader) - 1,
)

const signedCodec = struct({ round: u32, content: fixed(32), sighash: fixed(32), maxFeePerGas: u256, maxPriorityFeePerGas: u256 })
/** A transaction that this member has agreed to sign. */
export type AuthorisedTransaction = Infer<typeof signedCodec>

const stored = struct({
  version: version(1),
  height: u53,
  votedRound: roundOrNone,
  votedContent: option(fixed(32)),
  lockedRound: roundOrNone,
  lockedContent: option(fixed(32)),
  certificate: option(certificateCodec),
  signed: list(signedCodec, 256),
  flags: u8,
})

/** What a member must not forget of a height. */
export interface HeightRecord {
  readonly height: number
  /** Highest round this member voted in, -1 for none. */
  readonly votedRound: number
  readonly votedContent?: Bytes | undefined
  /** Round of the lock, -1 for none. */
  readonly lockedRound: number
  readonly lockedContent?: Bytes | undefined
  /** The certificate behind the lock. */
  readonly certificate?: Certificate | undefined
  readonly signed: readonly AuthorisedTransaction[]
}

/** Versioned encoding of a record, as the guard stores it. */
export const heightRecordCodec: Codec<HeightRecord> = codec(
  record =>
    stored.encode({
      version: 1,
      flags: 0,
      ...record,
      votedContent: record.votedContent,
      lockedContent: record.lockedContent,
      certificate: record.certificate,
      signed: [...record.signed],
    }),
  reader => {
    const { version: _version, flags: _flags, ...record } = stored.read(reader)
    return record
  },
)

export const emptyRecord = (height: number): HeightRecord => ({ height, votedRound: -1, lockedRound: -1, signed: [] })

export type LockRefusal = 'stale-round' | 'locked-elsewhere' | 'second-content-in-round' | 'invalid-certificate'
export type Outcome<Reason extends string> = { readonly record: HeightRecord } | { readonly refuse: Reason }

/**
 * May this member vote for a proposal? Yes, when it is not locked, or locked on this very content, or shown a certificate for this content
 * from a round that is not older than the lock; never for two contents in one round, never in a round before one it voted in.
 */
export function vote(record: HeightRecord, proposal: Proposal, { pool }: { readonly pool: Pool }): Outcome<LockRefusal> {
  const { round, content, justification } = proposal
  if (round < record.votedRound) return { refuse: 'stale-round' }
  if (round === record.votedRound && record.votedContent !== undefined && !equal(record.votedContent, content))
    return { refuse: 'second-content-in-round' }
  if (justification !== undefined && !justified(proposal, justification, pool)) return { refuse: 'invalid-certificate' }
  const { lockedContent } = record
  const free =
    lockedContent === undefined || equal(lockedContent, content) || (justification !== undefined && justification.validRound >= record.lockedRound)
  if (!free) return { refuse: 'locked-elsewhere' }
  return { record: { ...record, votedRound: round, votedContent: content } }
}

/** A justification is a certificate for the same height and content, of an earlier round. */
function justified(proposal: Proposal, { validRound, certificate }: { validRound: number; certificate: Certificate }, pool: Pool): boolean {
  if (validRound >= proposal.round || certificate.round !== validRound) return false
  if (certificate.height !== proposal.height || !equal(certificate.content, proposal.content)) return false
  try {
    verifyCertificate(pool, certificate)
    return true
  } catch (error) {
    if (error instanceof PoolError) return false
    throw error
  }
}

/**
 * Locks on a verified certificate. A lock moves only to a later round.
 * @throws {PoolError} `lock-conflict` when the certificate is of another height, or not later than a lock on other content.
 */
export function lock(record: HeightRecord, certificate: Certificate): HeightRecord {
  const conflict = (problem: string): PoolError =>
    new PoolError('lock-conflict', { height: record.height, lockedRound: record.lockedRound, round: certificate.round, problem })
  if (certificate.height !== record.height) throw conflict('certificate of another height')
  const same = record.lockedContent !== undefined && equal(record.lockedContent, certificate.content)
  if (certificate.round === record.lockedRound && same) return record
  if (certificate.round <= record.lockedRound) throw conflict('a lock moves only with a certificate of a later round')
  return { ...record, lockedRound: certificate.round, lockedContent: certificate.content, certificate }
}

/** Least fee that replaces `previous` in a mempool: ceil(1.10 x) + 1 wei. */
export const replacementFee = (previous: bigint): bigint => (previous * 11n + 9n) / 10n + 1n

export type SigningRefusal = 'not-locked' | 'locked-elsewhere' | 'locked-in-another-round' | 'not-a-fee-bump'

/**
 * May this member sign a transaction? Only for the locked content, in the round of the lock; the first one, the same one again, or one that replaces
 * every earlier one by higher fees.
 */
export function authorizeSigning(record: HeightRecord, request: AuthorisedTransaction): Outcome<SigningRefusal> {
  if (record.lockedContent === undefined) return { refuse: 'not-locked' }
  if (!equal(record.lockedContent, request.content)) return { refuse: 'locked-elsewhere' }
  if (record.lockedRound !== request.round) return { refuse: 'locked-in-another-round' }
  if (record.signed.some(earlier => equal(earlier.sighash, request.sighash) && earlier.round === request.round)) return { record }
  const replaces = record.signed.every(
    earlier =>
      !equal(earlier.content, request.content) ||
      earlier.round < request.round ||
      (request.maxFeePerGas >= replacementFee(earlier.maxFeePerGas) && request.maxPriorityFeePerGas >= replacementFee(earlier.maxPriorityFeePerGas)),
  )
  if (!replaces) return { refuse: 'not-a-fee-bump' }
  return { record: { ...record, signed: [...record.signed, request] } }
}
