/**
 * What a dealer of key generation commits to, opens and proves.
 * @module
 */
import { type Bytes, concat, equal, u32be } from '../bytes.ts'
import { PoolError } from '../errors.ts'
import { H, kernel, type OpenProof } from '../kernel/index.ts'
import type { Opening } from './rounds.ts'
import { prove, verify } from './schnorr.ts'

/** The part of an opening that R1 commits to; the proof comes after, since it is bound to the view of R1. */
export type Committed = Pick<Opening, 'chainCode' | 'otKey' | 'blind'> & { readonly coefficients: readonly Bytes[] }

/** com_i = `H("com"; cfgHash, i, F_i, cc_i, A_i, blind_i)`. */
export const commitmentOf = (cfgHash: Bytes, index: number, { coefficients, chainCode, otKey, blind }: Committed): Bytes =>
  H('com', [cfgHash, u32be(index), concat(u32be(coefficients.length), ...coefficients), chainCode, otKey, blind])

/** Adds the proof of knowledge of all coefficients, bound to view and dealer. */
export function openDealing(view1: Bytes, index: number, committed: Committed, proof: OpenProof): Opening {
  const { commitment, response } = prove('pok', [view1, u32be(index)], committed.coefficients, proof)
  return { ...committed, coefficients: [...committed.coefficients], proofCommitment: commitment, proofResponse: response }
}

/**
 * Checks what a dealer opened, in this order: commitment, degree, points, proof.
 * @throws {PoolError} `bad-opening`, `wrong-degree`, `invalid-point`, `invalid-scalar`, `bad-proof`
 */
export function checkOpening(
  expected: { readonly cfgHash: Bytes; readonly view1: Bytes; readonly threshold: number; readonly commitment: Bytes },
  index: number,
  opening: Opening,
): void {
  const { cfgHash, view1, threshold, commitment } = expected
  if (!equal(commitmentOf(cfgHash, index, opening), commitment)) throw new PoolError('bad-opening')
  const got = opening.coefficients.length
  if (got !== threshold) throw new PoolError('wrong-degree', { expected: threshold, got })
  for (const point of [...opening.coefficients, opening.otKey, opening.proofCommitment]) kernel.points.validate(point)
  const proof = { commitment: opening.proofCommitment, response: opening.proofResponse }
  if (!verify('pok', [view1, u32be(index)], opening.coefficients, proof)) throw new PoolError('bad-proof')
}

/** Fields of an opening as the second view hashes them. */
export const openingFields = (opening: Opening): Bytes[] => [
  concat(...opening.coefficients),
  opening.chainCode,
  opening.otKey,
  opening.blind,
  opening.proofCommitment,
  opening.proofResponse,
]
