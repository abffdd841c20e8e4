/**
 * What members say about a height: proposals, votes, certificates, voids. Each carries a vote-key signature that a contract can check.
 * @module
 */
import { MAX_CALLDATA_BYTES } from '../batch/limits.ts'
import { blob, fixed, type Infer, list, option, struct, text, u16, u32, u53 } from '../codec.ts'
import { PoolError } from '../errors.ts'
import { MAX_MEMBERS, type Pool } from './pool.ts'
import { verifyPrepare } from './vote.ts'

/** A PREPARE by itself. */
export const prepareCodec = struct({ height: u53, round: u32, content: fixed(32), seat: u16, signature: fixed(65) })
export type Prepare = Infer<typeof prepareCodec>

/** q PREPAREs of distinct seats for one (height, round, content). */
export const certificateCodec = struct({
  height: u53,
  round: u32,
  content: fixed(32),
  prepares: list(struct({ seat: u16, signature: fixed(65) }), MAX_MEMBERS),
})
export type Certificate = Infer<typeof certificateCodec>

export const proposalCodec = struct({
  height: u53,
  round: u32,
  /** C: what is agreed on. */
  content: fixed(32),
  /** L1 origin of the last block. */
  origin: struct({ number: u53, hash: fixed(32) }),
  /** Calldata of the L1 transaction. */
  payload: blob(MAX_CALLDATA_BYTES),
  /** vr: set when the content was certified in an earlier round; `certificate` is the proof. */
  justification: option(struct({ validRound: u32, certificate: certificateCodec })),
  signature: fixed(65),
})
export type Proposal = Infer<typeof proposalCodec>

export const voidCodec = struct({
  height: u53,
  round: u32,
  content: fixed(32),
  /** Hash of the finalized L1 block that stands where the content's origin was. */
  header: fixed(32),
  seat: u16,
  signature: fixed(65),
})
export type VoidVote = Infer<typeof voidCodec>

export const refusalCodec = struct({ height: u53, round: u32, content: fixed(32), reason: text(64) })
export type Refusal = Infer<typeof refusalCodec>

/**
 * Checks that a certificate holds the votes of at least q distinct members.
 * @throws {PoolError} `invalid-certificate` with what is wrong.
 */
export function verifyCertificate(pool: Pool, certificate: Certificate): void {
  const { height, round, content, prepares } = certificate
  const wrong = (problem: string): PoolError => new PoolError('invalid-certificate', { height, round, problem })
  if (new Set(prepares.map(prepare => prepare.seat)).size !== prepares.length) throw wrong('a seat votes twice')
  if (prepares.length < pool.agreementQuorum) throw wrong(`${prepares.length} votes, ${pool.agreementQuorum} needed`)
  for (const { seat, signature } of prepares)
    if (!verifyPrepare({ height, round, content, seat, signature }, pool)) throw wrong(`vote of seat ${seat} does not verify`)
}
