import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../../test/support/seeded-random.ts'
import { type Bytes, bigintToBytes, bytesToBigint } from '../../bytes.ts'
import { CURVE_ORDER as n } from '../../transcript.ts'
import { type Kernel, referenceKernel } from '../index.ts'
import { createWasmKernel } from './engine.ts'

const SEED = process.env.SEQUORUM_TEST_SEED ?? '20261123'
const wasm = createWasmKernel()
const random = seededRandom(`${SEED} dealing`)
const weights = [1n, 2n, n - 1n, bytesToBigint(random(32)) % n]
const share = random(32)

/** Everything that a dealing shows. */
function shown(kernel: Kernel, seed: Bytes, threshold: number, weight?: bigint): unknown {
  const held = kernel.hold('share', share)
  const dealing = kernel.deal({ seed, threshold, ...(weight === undefined ? {} : { constant: { share: held, weight } }) })
  const { coefficients, otKey, proof } = dealing
  const shares = threshold === 0 ? [] : [1, 2, 5, 65_534].map(index => dealing.shareFor(index))
  const other = kernel.hold('share', bigintToBytes(7n, 32))
  dealing.accept(bigintToBytes(7n, 32), other.publicShare)
  const out = { coefficients, otKey, commitment: proof.commitment, response: proof.respond(99n), shares, sum: dealing.finish(3)?.publicShare }
  dealing.wipe()
  return out
}

describe(`a dealing, seed ${SEED}`, () => {
  it.each([1, 2, 5])('of %i coefficients is the same in both engines, with each constant term', threshold => {
    for (const weight of [undefined, ...weights]) {
      const seed = random(32)
      expect(shown(wasm, seed, threshold, weight)).toEqual(shown(referenceKernel, seed, threshold, weight))
    }
  })

  it.each([wasm, referenceKernel])('has weight·s as its value at 0, and is as without it otherwise: $name', kernel => {
    const seed = random(32)
    const held = kernel.hold('share', share)
    const plain = kernel.deal({ seed, threshold: 3 })
    for (const weight of weights) {
      const dealing = kernel.deal({ seed, threshold: 3, constant: { share: held, weight } })
      expect(dealing.coefficients[0]).toEqual(kernel.points.multiply(held.publicShare, weight))
      expect(dealing.coefficients.slice(1)).toEqual(plain.coefficients.slice(1))
      expect(dealing.otKey).toEqual(plain.otKey)
      const expected = kernel.points.combine(dealing.coefficients.map((point, c) => ({ point, scalar: 4n ** BigInt(c) })))
      expect(kernel.hold('share', dealing.shareFor(4)).publicShare).toEqual(expected)
    }
  })

  it('that only receives has the sum of what it accepted', () => {
    for (const kernel of [wasm, referenceKernel]) {
      const dealing = kernel.deal({ seed: random(32), threshold: 0 })
      expect(dealing.coefficients).toEqual([])
      const one = kernel.hold('share', bigintToBytes(1n, 32))
      dealing.accept(bigintToBytes(1n, 32), one.publicShare)
      expect(dealing.finish(2)?.publicShare).toEqual(one.publicShare)
    }
    const seed = random(32)
    expect(shown(wasm, seed, 0)).toEqual(shown(referenceKernel, seed, 0))
  })

  it.each([wasm, referenceKernel])('refuses a weight that is none, and a share of another kind or engine: $name', kernel => {
    const held = kernel.hold('share', share)
    const seed = random(32)
    for (const weight of [0n, n, n + 1n]) {
      expect(() => kernel.deal({ seed, threshold: 2, constant: { share: held, weight } })).toThrow(
        expect.objectContaining({ code: 'invalid-scalar' }),
      )
      expect(() => held.weighted(weight)).toThrow(expect.objectContaining({ code: 'invalid-scalar' }))
    }
    const foreign = (kernel === wasm ? referenceKernel : wasm).hold('share', share)
    const invalid = expect.objectContaining({ code: 'invalid-argument' })
    expect(() => kernel.deal({ seed, threshold: 2, constant: { share: foreign, weight: 1n } })).toThrow(invalid)
    expect(() => kernel.deal({ seed, threshold: 0, constant: { share: held, weight: 1n } })).toThrow(invalid)
    held.wipe()
    const used = expect.objectContaining({ code: 'secret-used' })
    expect(() => kernel.deal({ seed, threshold: 2, constant: { share: held, weight: 1n } })).toThrow(used)
    expect(() => held.weighted(1n)).toThrow(used)
  })

  it.each([wasm, referenceKernel])('hands out weight times a share: $name', kernel => {
    const held = kernel.hold('share', share)
    for (const weight of weights) expect(bytesToBigint(held.weighted(weight))).toBe((bytesToBigint(share) * weight) % n)
  })
})
