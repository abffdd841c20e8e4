/**
 * A batched Schnorr proof of knowledge of several discrete logarithms: one point and one scalar however many there are.
 * `e = Hs(tag; context…, F, T)`, `z = rho + Σ a_c e^{c+1}`. The context holds the session's view and the prover's index.
 * @module
 */
import { type Bytes, concat, u32be } from '../bytes.ts'
import { Hs, kernel, type OpenProof } from '../kernel/index.ts'

/** `pok`: coefficients of a dealing. `share-pok`: a key share. */
export type ProofTag = 'pok' | 'share-pok'

export interface Proof {
  /** T, 33 bytes. */
  readonly commitment: Bytes
  /** z, 32 bytes. */
  readonly response: Bytes
}

const challengeOf = (tag: ProofTag, context: readonly Bytes[], statements: readonly Bytes[], commitment: Bytes): bigint =>
  Hs(tag, [...context, concat(u32be(statements.length), ...statements), commitment])

/** Finishes a proof whose commitment the kernel has drawn; it knows the discrete logarithms of `statements`. */
export const prove = (tag: ProofTag, context: readonly Bytes[], statements: readonly Bytes[], open: OpenProof): Proof => ({
  commitment: open.commitment,
  response: open.respond(challengeOf(tag, context, statements, open.commitment)),
})

/** `zG = T + Σ e^{c+1} F_c`. @throws {PoolError} `invalid-point`, `invalid-scalar` for what does not decode. */
export function verify(tag: ProofTag, context: readonly Bytes[], statements: readonly Bytes[], proof: Proof): boolean {
  const { scalars, points } = kernel
  const z = scalars.decode(proof.response, 'proof response')
  const challenge = challengeOf(tag, context, statements, proof.commitment)
  let power = challenge
  const terms = statements.map(point => {
    const term = { point, scalar: power }
    power = scalars.multiply(power, challenge)
    return term
  })
  // T + Σ e^{c+1} F_c - zG is the identity
  return points.combine([{ point: proof.commitment, scalar: 1n }, ...terms, { point: points.base, scalar: scalars.negate(z) }]) === undefined
}
