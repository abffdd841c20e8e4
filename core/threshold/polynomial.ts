/**
 * Shamir shares and their public commitments.
 * @module
 */
import type { Bytes } from '../bytes.ts'
import { kernel } from '../kernel/index.ts'
import { CURVE_ORDER } from '../transcript.ts'

/** f(x)·G from the commitments to the coefficients of f; undefined for the identity. */
export function evaluateCommitments(commitments: readonly Bytes[], x: number): Bytes | undefined {
  let power = 1n
  const terms = commitments.map(point => {
    const term = { point, scalar: power }
    power = kernel.scalars.multiply(power, BigInt(x))
    return term
  })
  return kernel.points.combine(terms)
}

/** lambda_{Q,i} = Π j/(j-i) over the other members j of the quorum: weights the shares of Q into the value at 0. */
export function lagrange(quorum: readonly number[], index: number): bigint {
  let numerator = 1n
  let denominator = 1n
  for (const j of quorum) {
    if (j === index) continue
    numerator = kernel.scalars.multiply(numerator, BigInt(j))
    denominator = kernel.scalars.multiply(denominator, (BigInt(j - index) + CURVE_ORDER) % CURVE_ORDER)
  }
  return kernel.scalars.multiply(numerator, kernel.scalars.invert(denominator))
}
