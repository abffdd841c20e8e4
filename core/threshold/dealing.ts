/**
 * What a dealer commits to, opens and proves.
 * @module
 */
import { type Bytes, concat, equal, u32be } from '../bytes.ts'
import { PoolError } from '../errors.ts'
import { H, kernel, type OpenProof } from '../kernel/index.ts'
import type { Reopening } from './rounds.ts'
import { prove, verify } from './schnorr.ts'

/** An opening of key generation, which has a chain code, or of the ceremonies in which the chain code is given. */
export type AnyOpening = Reopening & { readonly chainCode?: Bytes }

/** The part of an opening that R1 commits to; the proof comes after, since it is bound to the view of R1. */
export type Committed = Pick<AnyOpening, 'chainCode' | 'otKey' | 'blind'> & { readonly coefficients: readonly Bytes[] }

const present = (bytes: Bytes | undefined): Bytes[] => (bytes === undefined ? [] : [bytes])

/** com_i = `H("com"; cfgHash, i, F_i, cc_i, A_i, blind_i)`; cc_i in key generation only. */
export const commitmentOf = (cfgHash: Bytes, index: number, { coefficients, chainCode, otKey, blind }: Committed): Bytes =>
  H('com', [cfgHash, u32be(index), concat(u32be(coefficients.length), ...coefficients), ...present(chainCode), otKey, blind])

/** Adds the proof of knowledge of all coefficients, bound to view and dealer. */
export function openDealing<C extends Committed>(view1: Bytes, index: number, committed: C, proof: OpenProof): C & Reopening {
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
  opening: AnyOpening,
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
export const openingFields = (opening: AnyOpening): Bytes[] => [
  concat(...opening.coefficients),
  ...present(opening.chainCode),
  opening.otKey,
  opening.blind,
  opening.proofCommitment,
  opening.proofResponse,
]
