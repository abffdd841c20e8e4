import { describe, expect, test } from 'vitest'
import { seededRandom } from '../../../test/support/seeded-random.ts'
import { type Bytes, concat } from '../../bytes.ts'
import { twin } from './twin.ts'

const at = (packed: Bytes, index: number, size: number): Bytes => packed.subarray(index * size, (index + 1) * size)
const xorAll = (parts: Bytes[]): Bytes => parts.reduce((sum, part) => sum.map((byte, i) => byte ^ (part[i] as number)), new Uint8Array(32))

describe.each([['reference', twin]] as const)('trees of the %s kernel', (_, { trees }) => {
  const random = seededRandom('trees')
  const [nodeKey, leafKey, keys] = [random(32), random(32), random(128 * 32)]
  const built = trees.build({ nodeKey, leafKey, keys })
  const proofSums = concat(...Array.from({ length: 32 }, (_, t) => xorAll(Array.from({ length: 16 }, (_, y) => at(built.proofs, 16 * t + y, 32)))))
  const evaluate = (choices: Bytes) => {
    const own = concat(...Array.from({ length: 128 }, (_, i) => at(keys, 2 * i + (((choices[i >> 3] as number) >> (i & 7)) & 1), 16)))
    return trees.evaluate({ nodeKey, leafKey, choices, keys: own, corrections: built.corrections, proofSums })
  }

  test('sizes', () => {
    expect([built.corrections.length, built.leaves.length, built.proofs.length]).toEqual([3072, 8192, 16_384])
  })

  // both nibbles of a byte run through all 16 patterns, so every tree is punctured at every place
  test.each(Array.from({ length: 16 }, (_, i) => i))('choices %i: all leaves but the one of the opposite sides', pattern => {
    const choices = new Uint8Array(16).fill(pattern | (((pattern + 5) & 15) << 4))
    const { delta, leaves, proofs } = evaluate(choices)
    for (let tree = 0; tree < 32; tree++) {
      const side = (level: number) => ((choices[tree >> 1] as number) >> (4 * (tree & 1) + level)) & 1
      const punctured = 8 * (1 - side(0)) + 4 * (1 - side(1)) + 2 * (1 - side(2)) + (1 - side(3))
      expect(((delta[tree >> 1] as number) >> (4 * (tree & 1))) & 15).toBe(punctured)
      for (let leaf = 0; leaf < 16; leaf++)
        expect(at(leaves, 16 * tree + leaf, 16)).toEqual(leaf === punctured ? new Uint8Array(16) : at(built.leaves, 16 * tree + leaf, 16))
    }
    expect(proofs).toEqual(built.proofs)
  })

  test('no two leaves of a batch are equal', () => {
    expect(new Set(Array.from({ length: 512 }, (_, i) => at(built.leaves, i, 16).join()).values()).size).toBe(512)
  })

  test('equal base keys in two trees give different leaves', () => {
    const same = trees.build({ nodeKey, leafKey, keys: concat(...Array.from({ length: 32 }, () => keys.subarray(0, 128))) })
    expect(at(same.leaves, 0, 16)).not.toEqual(at(same.leaves, 16, 16))
    expect(at(same.proofs, 0, 32)).not.toEqual(at(same.proofs, 16, 32))
  })
})
