/**
 * A batched Schnorr proof of knowledge of several discrete logarithms: one point and one scalar however many there are.
 * `e = Hs(tag; context…, F, T)`, `z = rho + Σ a_c e^{c+1}`. The context holds the session's view and the prover's index.
 * @module
 */
import { type Bytes, concat, equal, type Random, u32be } from '../bytes.ts'
import { kernel } from '../kernel/index.ts'
import { Hs } from '../transcript.ts'

const { scalars, points } = kernel

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

/** Proves knowledge of `secrets`, the discrete logarithms of `statements`. */
export function prove(tag: ProofTag, context: readonly Bytes[], secrets: readonly bigint[], statements: readonly Bytes[], random: Random): Proof {
  const rho = scalars.random(random)
  const commitment = points.multiplyBase(rho)
  const challenge = challengeOf(tag, context, statements, commitment)
  let power = challenge
  let z = rho
  for (const secret of secrets) {
    z = scalars.add(z, scalars.multiply(secret, power))
    power = scalars.multiply(power, challenge)
  }
  return { commitment, response: scalars.encode(z) }
}

/** `zG = T + Σ e^{c+1} F_c`. @throws {PoolError} `invalid-point`, `invalid-scalar` for what does not decode. */
export function verify(tag: ProofTag, context: readonly Bytes[], statements: readonly Bytes[], proof: Proof): boolean {
  const z = scalars.decode(proof.response, 'proof response')
  const challenge = challengeOf(tag, context, statements, proof.commitment)
  let power = challenge
  const terms = statements.map(point => {
    const term = { point, scalar: power }
    power = scalars.multiply(power, challenge)
    return term
  })
  const left = points.multiplyPublic(points.base, z)
  const right = points.combinePublic([{ point: proof.commitment, scalar: 1n }, ...terms])
  return left !== undefined && right !== undefined && equal(left, right)
}
