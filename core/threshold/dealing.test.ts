import { describe, expect, it } from 'vitest'
import { flip, labelled, seededRandom } from '../../test/support/index.ts'
import { kernel } from '../kernel/index.ts'
import { checkOpening, commitmentOf, openDealing } from './dealing.ts'
import type { Opening } from './rounds.ts'
import { prove, verify } from './schnorr.ts'

const { points } = kernel
const random = seededRandom('dealing')
const [cfgHash, view1] = [labelled('cfg'), labelled('view')]

function deal(threshold: number, index = 3): Opening {
  const { coefficients, otKey, proof } = kernel.deal({ seed: random(32), threshold })
  return openDealing(view1, index, { coefficients, chainCode: random(32), otKey, blind: random(32) }, proof)
}

/** Checks `opening` as the one of dealer 3 that was committed to, for a threshold of 2. */
const check =
  (opening: Opening, change: { index?: number; commitment?: Uint8Array; view1?: Uint8Array; cfgHash?: Uint8Array } = {}) =>
  () =>
    checkOpening(
      { cfgHash, view1, threshold: 2, commitment: commitmentOf(cfgHash, change.index ?? 3, opening), ...change },
      change.index ?? 3,
      opening,
    )
const fails = (code: string) => expect.objectContaining({ code })
const notOnCurve = Uint8Array.of(2, ...new Uint8Array(31), 5)

describe('checkOpening', () => {
  it('accepts what was committed to', () => {
    expect(check(deal(2))).not.toThrow()
  })
  it.each(['coefficients', 'chainCode', 'otKey', 'blind'] as const)('notices another %s than committed', field => {
    const [opening, other] = [deal(2), deal(2)]
    expect(check({ ...opening, [field]: other[field] }, { commitment: commitmentOf(cfgHash, 3, opening) })).toThrow(fails('bad-opening'))
  })
  it('notices a commitment of another dealer or session', () => {
    const opening = deal(2)
    expect(check(opening, { commitment: commitmentOf(cfgHash, 4, opening) })).toThrow(fails('bad-opening'))
    expect(check(opening, { commitment: commitmentOf(labelled('another'), 3, opening) })).toThrow(fails('bad-opening'))
  })
  it('notices a polynomial of higher or lower degree, honestly committed and proved', () => {
    for (const t of [0, 1, 3, 16]) expect(check(deal(t))).toThrow(fails('wrong-degree'))
  })
  it('notices what is no point', () => {
    const opening = deal(2)
    const [first, second] = opening.coefficients as [Uint8Array, Uint8Array]
    for (const bad of [notOnCurve, new Uint8Array(33), Uint8Array.of(5, ...first.subarray(1))]) {
      expect(check({ ...opening, coefficients: [first, bad] })).toThrow(fails('invalid-point'))
      expect(check({ ...opening, coefficients: [bad, second] })).toThrow(fails('invalid-point'))
      expect(check({ ...opening, otKey: bad })).toThrow(fails('invalid-point'))
      expect(check({ ...opening, proofCommitment: bad })).toThrow(fails('invalid-point'))
    }
  })
  it('notices a proof that is wrong, not canonical, of another dealer, view or polynomial', () => {
    const opening = deal(2)
    expect(check({ ...opening, proofResponse: flip(opening.proofResponse, 31) })).toThrow(fails('bad-proof'))
    expect(check({ ...opening, proofResponse: new Uint8Array(32).fill(255) })).toThrow(fails('invalid-scalar'))
    expect(check({ ...opening, proofCommitment: points.base })).toThrow(fails('bad-proof'))
    expect(check(opening, { index: 4 })).toThrow(fails('bad-proof'))
    expect(check(opening, { view1: labelled('another view') })).toThrow(fails('bad-proof'))
    // a rogue key: someone else's constant term subtracted, whose logarithm the dealer does not know
    const [first, second] = opening.coefficients as [Uint8Array, Uint8Array]
    const rogue = points.add(first, points.negate(deal(2).coefficients[0] as Uint8Array)) as Uint8Array
    expect(check({ ...opening, coefficients: [rogue, second] })).toThrow(fails('bad-proof'))
    expect(check({ ...opening, coefficients: [second, first] })).toThrow(fails('bad-proof'))
  })
})

describe('schnorr', () => {
  const { coefficients: statements, proof: open } = kernel.deal({ seed: random(32), threshold: 2 })
  const context = [labelled('context')]
  const proof = prove('pok', context, statements, open)
  it('proves and verifies, once', () => {
    expect(verify('pok', context, statements, proof)).toBe(true)
    expect(() => prove('pok', context, statements, open)).toThrow(fails('secret-used'))
  })
  it('is bound to its use, context and statements', () => {
    expect(verify('share-pok', context, statements, proof)).toBe(false)
    expect(verify('pok', [labelled('another')], statements, proof)).toBe(false)
    expect(verify('pok', [...context, new Uint8Array(0)], statements, proof)).toBe(false)
    expect(verify('pok', context, [...statements].reverse(), proof)).toBe(false)
    expect(verify('pok', context, statements.slice(0, 1), proof)).toBe(false)
  })
})
