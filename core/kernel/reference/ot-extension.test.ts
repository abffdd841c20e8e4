import { describe, expect, test } from 'vitest'
import { cheatingBob, type Omission } from '../../../test/malicious/multiplication-cheats.ts'
import { leafPair } from '../../../test/support/leaf-pair.ts'
import { seededRandom } from '../../../test/support/seeded-random.ts'
import { type Bytes, concat } from '../../bytes.ts'
import { isPoolError } from '../../errors.ts'
import { acceptExtension, extend } from './ot-extension.ts'

const random = seededRandom('ot-extension.test')
const pairContext = random(32)
const { delta, bobLeaves, aliceLeaves } = leafPair(random)
const bit = (bytes: Bytes, i: number): number => ((bytes[i >> 3] as number) >> (i & 7)) & 1

const outcome = (message: Bytes, change: { pairContext?: Bytes; delta?: Bytes; leaves?: Bytes } = {}): string => {
  try {
    acceptExtension({ pairContext, delta, leaves: aliceLeaves, message, ...change })
    return 'accepted'
  } catch (error) {
    return isPoolError(error) ? error.code : String(error)
  }
}
const flip = (message: Bytes, at: number, mask = 1): Bytes => {
  const out = message.slice()
  out[at] = (out[at] as number) ^ mask
  return out
}

describe('extension', () => {
  const bob = extend({ pairContext, leaves: bobLeaves, random })

  test('column_A = column_B + choice * Delta', () => {
    const alice = acceptExtension({ pairContext, delta, leaves: aliceLeaves, message: bob.message })
    expect([bob.message.length, bob.choices.length, bob.columns.length, alice.columns.length]).toEqual([3600, 94, 752 * 16, 752 * 16])
    expect(alice.salt).toEqual(bob.salt)
    for (let j = 0; j < 752; j++) {
      const expected = bob.columns.slice(16 * j, 16 * j + 16).map((byte, i) => byte ^ (bit(bob.choices, j) * (delta[i] as number)))
      expect(alice.columns.subarray(16 * j, 16 * j + 16)).toEqual(expected)
    }
  })

  test('two extensions from the same leaves share nothing', () => {
    const again = extend({ pairContext, leaves: bobLeaves, random })
    expect(again.salt).not.toEqual(bob.salt)
    const columns = new Set([bob, again].flatMap(side => Array.from({ length: 752 }, (_, j) => side.columns.subarray(16 * j, 16 * j + 16).join())))
    expect(columns.size).toBe(2 * 752)
  })

  test('a wrong length is refused before anything is read', () => {
    for (const message of [new Uint8Array(0), bob.message.subarray(1), concat(bob.message, Uint8Array.of(0))])
      expect(outcome(message)).toBe('malformed-round')
  })

  test.each([
    ['nonce', 0, 32],
    ['u', 32, 3552],
    ['x-hat', 3552, 3568],
    ['check hash', 3568, 3600],
  ])('a changed bit of %s is caught', (_field, from, to) => {
    for (const at of [from, (from + to) >> 1, to - 1]) for (const mask of [1, 128]) expect(outcome(flip(bob.message, at, mask))).toBe('ote-check')
  })

  test('another context, secret or tree is caught', () => {
    expect(outcome(bob.message)).toBe('accepted')
    expect(outcome(bob.message, { pairContext: random(32) })).toBe('ote-check')
    expect(outcome(bob.message, { delta: flip(delta, 5) })).toBe('ote-check')
    const position = (delta[0] as number) & 15
    expect(outcome(bob.message, { leaves: flip(aliceLeaves, 16 * ((position + 1) & 15)) })).toBe('ote-check')
  })

  // a Bob who leaves one input out of a hash computes what Alice does not: so each input is bound
  test.each([
    { tag: 'ext-salt', part: 0 },
    { tag: 'ext-salt', part: 1 },
    { tag: 'ext-key', part: 0 },
    { tag: 'ext-chi', part: 0 },
    { tag: 'ext-chi', part: 1 },
    { tag: 'ext-t', part: 0 },
    { tag: 'ext-t', part: 1 },
    { tag: 'ext-t', part: 128 },
  ] satisfies Omission[])('the check binds part $part of $tag', omission => {
    expect(outcome(cheatingBob({ pairContext, leaves: bobLeaves, random }).message)).toBe('accepted')
    expect(outcome(cheatingBob({ pairContext, leaves: bobLeaves, random, omission }).message)).toBe('ote-check')
  })

  test('a flip that is fitted to the check passes only where it cannot matter', () => {
    // tree 4 lacks position 0: its u row is not used; tree 5 lacks position 1: it is
    const chosen = delta.slice()
    chosen[2] = 0x10
    const pair = leafPair(random, chosen)
    const attempt = (tree: number) => {
      const { message } = cheatingBob({ pairContext, leaves: pair.bobLeaves, random, flips: [{ tree, bit: 300 }] })
      return outcome(message, { delta: chosen, leaves: pair.aliceLeaves })
    }
    expect(attempt(4)).toBe('accepted')
    expect(attempt(5)).toBe('ote-check')
  })
})
