/**
 * What a dealer gains where its proof of knowledge is missing, or does not hash what it proves. The weak verifier is in this file; the real one is `checkOpening`.
 */
import { describe, expect, it } from 'vitest'
import { type Bytes, concat, equal, u32be } from '../../../core/bytes.ts'
import { isPoolError } from '../../../core/errors.ts'
import { Hs, kernel } from '../../../core/kernel/index.ts'
import { checkOpening, commitmentOf, openDealing } from '../../../core/threshold/dealing.ts'
import type { Opening } from '../../../core/threshold/rounds.ts'
import { labelled } from '../../support/index.ts'
import { seededRandom } from '../../support/seeded-random.ts'

const random = seededRandom('undefended proofs')
const [cfgHash, view1] = [labelled('cfg'), labelled('view')]
const CHEATER = 3
const { points, scalars } = kernel
const timesBase = (k: bigint): Bytes => points.multiply(points.base, k) as Bytes
const scalar = (): bigint => scalars.decode(concat(new Uint8Array(1), random(31)))

function honest(index: number): Opening {
  const { coefficients, otKey, proof } = kernel.deal({ seed: random(32), threshold: 2 })
  return openDealing(view1, index, { coefficients, chainCode: random(32), otKey, blind: random(32) }, proof)
}
/** What the others say of an opening of `index` that is the one it committed to. */
function verdict(opening: Opening, index: number): string {
  try {
    checkOpening({ cfgHash, view1, threshold: 2, commitment: commitmentOf(cfgHash, index, opening) }, index, opening)
    return 'accepted'
  } catch (error) {
    if (isPoolError(error)) return error.code
    throw error
  }
}
/** zG = T + e·F_0 + e²·F_1 for a challenge of the caller's. */
function holds(opening: Opening, e: bigint): boolean {
  const [F0, F1] = opening.coefficients as [Bytes, Bytes]
  const terms = [
    { point: opening.proofCommitment, scalar: 1n },
    { point: F0, scalar: e },
    { point: F1, scalar: scalars.multiply(e, e) },
    { point: points.base, scalar: scalars.negate(scalars.decode(opening.proofResponse)) },
  ]
  return points.combine(terms) === undefined
}
const others = [honest(1), honest(2)]
const wanted = scalar()
/** wanted·G - F_{1,0} - F_{2,0}: with it the key of the pool is `wanted`, of the cheater alone. */
const rogue = points.add(timesBase(wanted), ...others.map(({ coefficients }) => points.negate(coefficients[0] as Bytes))) as Bytes
const poolKey = (last: Opening): Bytes => points.add(...[...others, last].map(({ coefficients }) => coefficients[0] as Bytes)) as Bytes

describe('attack 16: a rogue key', () => {
  it('without the proof the opening passes every other check, and the key of the pool is that of the last dealer', () => {
    const cheat = { ...honest(CHEATER), coefficients: [rogue, timesBase(scalar())] }
    expect(equal(poolKey(cheat), timesBase(wanted))).toBe(true)
    // The proof is what it fails on, and only that.
    expect(verdict(cheat, CHEATER)).toBe('bad-proof')
  })
})

describe('attack 17: a proof whose challenge leaves something out', () => {
  /** Challenge of the commitment only: the statement is solved for afterwards. */
  const weakChallenge = (commitment: Bytes): bigint => Hs('pok', [view1, u32be(CHEATER), commitment])

  it('proves a rogue key, where the challenge does not hash the polynomial', () => {
    const own = honest(CHEATER)
    const proofCommitment = timesBase(scalar())
    const z = scalar()
    const e = weakChallenge(proofCommitment)
    // F_1 = (zG - T - e·F_0) / e²
    const inverse = scalars.invert(scalars.multiply(e, e))
    const terms = [
      { point: points.base, scalar: scalars.multiply(z, inverse) },
      { point: proofCommitment, scalar: scalars.negate(inverse) },
      { point: rogue, scalar: scalars.negate(scalars.multiply(e, inverse)) },
    ]
    const forged: Opening = { ...own, coefficients: [rogue, points.combine(terms) as Bytes], proofCommitment, proofResponse: scalars.encode(z) }
    expect(holds(forged, weakChallenge(forged.proofCommitment))).toBe(true)
    expect(equal(poolKey(forged), timesBase(wanted))).toBe(true)
    expect(verdict(forged, CHEATER)).toBe('bad-proof')
  })
})
