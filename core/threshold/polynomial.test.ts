import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../test/support/index.ts'
import { kernel } from '../kernel/index.ts'
import { evaluate } from '../kernel/reference/dealing.ts'
import { twin } from '../kernel/reference/twin.ts'
import { evaluateCommitments, lagrange } from './polynomial.ts'

const { scalars } = kernel
const coefficients = (t: number, seed: number) => Array.from({ length: t }, seededDraw(seed))
const seededDraw = (seed: number) => {
  const random = seededRandom(seed)
  return () => twin.scalars.random(random)
}

describe('polynomial', () => {
  it('t shares of any seats, weighted, give the constant term', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 65_534 }), { minLength: 2, maxLength: 8 }), fc.nat(), (quorum, seed) => {
        const f = coefficients(quorum.length, seed)
        const sum = quorum.reduce((total, seat) => scalars.add(total, scalars.multiply(lagrange(quorum, seat), evaluate(f, seat))), 0n)
        expect(sum).toBe(f[0])
      }),
    )
  })
  it('one share fewer does not', () => {
    const f = coefficients(3, 1)
    const quorum = [1, 2]
    const sum = quorum.reduce((total, seat) => scalars.add(total, scalars.multiply(lagrange(quorum, seat), evaluate(f, seat))), 0n)
    expect(sum).not.toBe(f[0])
  })
  it('commitments evaluate to the share times G', () => {
    const f = coefficients(3, 2)
    for (const seat of [1, 2, 65_534])
      expect(evaluateCommitments(f.map(twin.points.multiplyBase), seat)).toEqual(twin.points.multiplyBase(evaluate(f, seat)))
  })
  it('a value of zero has no point', () => {
    const f = [scalars.negate(3n), 1n]
    expect(evaluate(f, 3)).toBe(0n)
    expect(evaluateCommitments(f.map(twin.points.multiplyBase), 3)).toBeUndefined()
  })
})
