import { describe, expect, test } from 'vitest'
import { seededRandom } from '../../../test/support/seeded-random.ts'
import { type Bytes, concat } from '../../bytes.ts'
import { isPoolError } from '../../errors.ts'
import { pprfBuild, pprfEvaluate } from './pprf.ts'

const random = seededRandom('pprf.test')
const otsid = random(32)
const choices = random(16)
const pairs = Array.from({ length: 128 }, () => [random(16), random(16)] as const)
const choice = (i: number): 0 | 1 => (((choices[i >> 3] as number) >> (i & 7)) & 1) as 0 | 1
const keys = pairs.map((pair, i) => pair[choice(i)])
const built = pprfBuild({ otsid, keys: pairs })

const outcome = (message: Bytes, change: Partial<Parameters<typeof pprfEvaluate>[0]> = {}): string => {
  try {
    pprfEvaluate({ otsid, choices, keys, message, ...change })
    return 'accepted'
  } catch (error) {
    return isPoolError(error) ? error.code : String(error)
  }
}
const flip = (...at: number[]): Bytes => {
  const out = built.message.slice()
  for (const i of at) out[i] = (out[i] as number) ^ 1
  return out
}

describe('seed trees over base transfers', () => {
  test('both sides hold the same leaves but for one per tree', () => {
    const { delta, leaves } = pprfEvaluate({ otsid, choices, keys, message: built.message })
    expect([built.message.length, built.leaves.length, leaves.length, delta.length]).toEqual([5120, 8192, 8192, 16])
    let missing = 0
    for (let i = 0; i < 512; i++) {
      const own = leaves.subarray(16 * i, 16 * i + 16)
      const position = ((delta[i >> 5] as number) >> (4 * ((i >> 4) & 1))) & 15
      if ((i & 15) === position) {
        expect(own).toEqual(new Uint8Array(16))
        missing++
      } else expect(own).toEqual(built.leaves.subarray(16 * i, 16 * i + 16))
    }
    expect(missing).toBe(32)
  })

  test('position bits are the opposite choices, the first level being the highest bit', () => {
    const { delta } = pprfEvaluate({ otsid, choices, keys, message: built.message })
    for (let row = 0; row < 128; row++) {
      const bit = ((delta[row >> 3] as number) >> (row & 7)) & 1
      expect(bit).toBe(1 - choice(4 * (row >> 2) + 3 - (row & 3)))
    }
  })

  test('a wrong length is refused first', () => {
    for (const message of [new Uint8Array(0), built.message.subarray(1), concat(built.message, Uint8Array.of(0))])
      expect(outcome(message)).toBe('malformed-round')
    expect(outcome(built.message, { keys: keys.slice(1) })).toBe('invalid-argument')
    expect(outcome(built.message, { choices: choices.subarray(1) })).toBe('invalid-argument')
    expect(outcome(built.message, { otsid: otsid.subarray(1) })).toBe('invalid-argument')
  })

  test('a changed correction is caught by whoever uses it: one bit of a choice, at even odds', () => {
    for (const tree of [0, 13, 31])
      for (let level = 1; level < 4; level++)
        for (const side of [0, 1] as const) {
          const at = 160 * tree + 32 * (level - 1) + 16 * side
          expect(outcome(flip(at))).toBe(choice(4 * tree + level) === side ? 'pprf' : 'accepted')
        }
  })

  test('corrections changed on both sides of a level are always caught', () => {
    for (const tree of [0, 13, 31])
      for (let level = 0; level < 3; level++) expect(outcome(flip(160 * tree + 32 * level + 15, 160 * tree + 32 * level + 31))).toBe('pprf')
  })

  test('a changed proof sum or hash is always caught', () => {
    for (const tree of [0, 13, 31]) for (const at of [96, 127, 128, 159]) expect(outcome(flip(160 * tree + at))).toBe('pprf')
  })

  test('trees of another batch, or with keys of another transfer, are caught', () => {
    expect(outcome(built.message, { otsid: random(32) })).toBe('pprf')
    expect(outcome(built.message, { keys: [random(16), ...keys.slice(1)] })).toBe('pprf')
    const swapped = concat(built.message.subarray(160, 320), built.message.subarray(0, 160), built.message.subarray(320))
    expect(outcome(swapped)).toBe('pprf')
  })
})
