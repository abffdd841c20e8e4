/**
 * What members say about a height: proposals, votes, certificates, voids, refusals. What a contract may have to judge later carries a
 * vote-key signature of its own.
 * @module
 */
import { MAX_CALLDATA_BYTES } from '../batch/limits.ts'
import { type Bytes, concat } from '../bytes.ts'
import { blob, type Codec, codec, fixed, type Infer, list, option, struct, text, u16, u32, u53, version } from '../codec.ts'
import { PoolError } from '../errors.ts'
import { MAX_MEMBERS, type Pool } from './pool.ts'
import { verifyPrepare } from './vote.ts'

/** One version byte, then the body: messages are stored as well as sent. */
function versioned<T>(number: number, body: Codec<T>): Codec<T> {
  const lead = version(number)
  return codec(
    value => concat(lead.encode(number), body.encode(value)),
    reader => {
      lead.read(reader)
      return body.read(reader)
    },
  )
}

/** A PREPARE by itself. */
export const prepareCodec = versioned(1, struct({ height: u53, round: u32, content: fixed(32), seat: u16, signature: fixed(65) }))
export type Prepare = Infer<typeof prepareCodec>

/** q PREPAREs of distinct seats, by ascending seat, for one (height, round, content). */
export const certificateCodec = versioned(
  1,
  struct({
    height: u53,
    round: u32,
    content: fixed(32),
    prepares: list(struct({ seat: u16, signature: fixed(65) }), MAX_MEMBERS),
  }),
)
export type Certificate = Infer<typeof certificateCodec>

/** vr and the certificate of that round: why a content may be proposed again to members that are locked on another. */
export interface Justification {
  readonly validRound: number
  readonly certificate: Certificate
}

/** A PROPOSE with its payload. */
export const proposalCodec = versioned(
  1,
  struct({
    height: u53,
    round: u32,
    /** C: what is agreed on. */
    content: fixed(32),
    /** L1 origin of the last block. */
    origin: struct({ number: u53, hash: fixed(32) }),
    /** Calldata of the L1 transaction. */
    payload: blob(MAX_CALLDATA_BYTES),
    /** Set when the content was certified in an earlier round. */
    justification: option(struct({ validRound: u32, certificate: certificateCodec })),
    signature: fixed(65),
  }),
)
export type Proposal = Infer<typeof proposalCodec>

/** A VOID: the content is dead, because L1 has finalized another block where its origin was. */
export const voidCodec = versioned(
  1,
  struct({
    height: u53,
    /** The highest round in which the voter had voted or locked. */
    round: u32,
    content: fixed(32),
    /** Hash of the finalized L1 block that stands where the content's origin was. */
    header: fixed(32),
    seat: u16,
    signature: fixed(65),
  }),
)
export type VoidVote = Infer<typeof voidCodec>

/** Why a member does not vote: a code of `REFUSALS`, or one of a newer version. */
export const refusalCodec = versioned(1, struct({ height: u53, round: u32, content: fixed(32), reason: text(64) }))
export type Refusal = Infer<typeof refusalCodec>

/**
 * Checks that a certificate holds the votes of at least q members, by ascending seat.
 * @param known true for a vote of the certificate that the caller has verified before: its signature is not computed with again.
 * @throws {PoolError} `invalid-certificate` with what is wrong.
 */
export function verifyCertificate(pool: Pool, certificate: Certificate, known: (seat: number, signature: Bytes) => boolean = () => false): void {
  const { height, round, content, prepares } = certificate
  const wrong = (problem: string): PoolError => new PoolError('invalid-certificate', { height, round, problem })
  const ascending = prepares.every(({ seat }, at) => at === 0 || seat > (prepares[at - 1] as { seat: number }).seat)
  if (!ascending) throw wrong('seats are not distinct and ascending')
  if (prepares.length < pool.agreementQuorum) throw wrong(`${prepares.length} votes, ${pool.agreementQuorum} needed`)
  for (const { seat, signature } of prepares)
    if (!known(seat, signature) && !verifyPrepare({ height, round, content, seat, signature }, pool))
      throw wrong(`vote of seat ${seat} does not verify`)
}
