/**
 * The dealer's side of key generation.
 * @module
 */
import { assertBytes, assertInteger, type Bytes, bigintToBytes, equal, wipe } from '../../bytes.ts'
import { PoolError } from '../../errors.ts'
import type { Dealing, Kernel, OpenProof, SecretShare } from '../kernel.ts'
import { openProof, own, ReferenceShare } from './held.ts'
import { drawFrom } from './stream.ts'
import { twin } from './twin.ts'

const { scalars, points } = twin

/** f(x) for the coefficients of f, constant term first (Horner). */
export const evaluate = (coefficients: readonly bigint[], x: number): bigint =>
  coefficients.reduceRight((sum, coefficient) => scalars.add(scalars.multiply(sum, BigInt(x)), coefficient), 0n)

export class ReferenceDealing implements Dealing {
  readonly coefficients: readonly Bytes[]
  readonly otKey: Bytes
  readonly proof: OpenProof
  readonly #otSecret: Bytes
  #polynomial: readonly bigint[] | undefined
  #received = 0n

  constructor(seed: Bytes, threshold: number, constant: bigint | undefined) {
    const random = drawFrom(seed, (threshold + 2) * 32 + 1024)
    const polynomial = Array.from({ length: threshold }, () => scalars.random(random))
    if (constant !== undefined) polynomial[0] = constant
    const y = scalars.random(random)
    this.#polynomial = polynomial
    this.#otSecret = scalars.encode(y)
    this.coefficients = polynomial.map(points.multiplyBase)
    this.otKey = points.multiplyBase(y)
    this.proof = openProof(scalars.random(random), () => this.#live())
  }

  #live(): readonly bigint[] {
    if (this.#polynomial === undefined) throw new PoolError('secret-used', { label: 'polynomial' })
    return this.#polynomial
  }
  /** y, for this folder. */
  otSecret(): Bytes {
    this.#live()
    return this.#otSecret
  }
  shareFor(index: number): Bytes {
    return scalars.encode(evaluate(this.#live(), index))
  }
  accept(share: Bytes, expected: Bytes): void {
    this.#live()
    const value = scalars.decode(share)
    if (value === 0n || !equal(points.multiplyBase(value), expected)) throw new PoolError('bad-share')
    this.#received = scalars.add(this.#received, value)
  }
  finish(index: number): SecretShare | undefined {
    const secret = scalars.add(evaluate(this.#live(), index), this.#received)
    return secret === 0n ? undefined : new ReferenceShare(bigintToBytes(secret, 32))
  }
  wipe(): void {
    wipe(this.#otSecret)
    this.#polynomial = undefined
    this.#received = 0n
  }
  toString(): string {
    return '[redacted dealing]'
  }
  toJSON(): string {
    return this.toString()
  }
}

/** Draws a dealing. */
export const deal: Kernel['deal'] = ({ seed, threshold, constant }) => {
  assertBytes(seed, 'seed', 32)
  if (constant === undefined) return new ReferenceDealing(seed, threshold, undefined)
  assertInteger(threshold, 'threshold', 1, 256)
  return new ReferenceDealing(seed, threshold, own(ReferenceShare, constant.share, 'share').times(constant.weight))
}
