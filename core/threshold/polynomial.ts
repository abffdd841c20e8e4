/**
 * Shamir shares and their public commitments.
 * @module
 */
import type { Bytes } from '../bytes.ts'
import { kernel } from '../kernel/index.ts'
import { CURVE_ORDER } from '../transcript.ts'

const { scalars, points } = kernel

/** f(x) for the coefficients of f, constant term first (Horner). */
export const evaluate = (coefficients: readonly bigint[], x: number): bigint =>
  coefficients.reduceRight((sum, coefficient) => scalars.add(scalars.multiply(sum, BigInt(x)), coefficient), 0n)

/** f(x)·G from the commitments to the coefficients of f; undefined for the identity. */
export function evaluateCommitments(commitments: readonly Bytes[], x: number): Bytes | undefined {
  let power = 1n
  const terms = commitments.map(point => {
    const term = { point, scalar: power }
    power = scalars.multiply(power, BigInt(x))
    return term
  })
  return points.combinePublic(terms)
}

/** lambda_{Q,i} = Π j/(j-i) over the other members j of the quorum: weights the shares of Q into the value at 0. */
export function lagrange(quorum: readonly number[], index: number): bigint {
  let numerator = 1n
  let denominator = 1n
  for (const j of quorum) {
    if (j === index) continue
    numerator = scalars.multiply(numerator, BigInt(j))
    denominator = scalars.multiply(denominator, (BigInt(j - index) + CURVE_ORDER) % CURVE_ORDER)
  }
  return scalars.multiply(numerator, scalars.invert(denominator))
}
