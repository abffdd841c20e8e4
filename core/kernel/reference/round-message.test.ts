import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { leafPair } from '../../../test/support/leaf-pair.ts'
import { seededRandom } from '../../../test/support/seeded-random.ts'
import type { Bytes } from '../../bytes.ts'
import { isPoolError } from '../../errors.ts'
import { requireLength } from '../round-message.ts'
import { LENGTHS } from '../shape.ts'
import { pprfEvaluate } from './pprf.ts'
import { baseOtSend, baseOtSenderKey } from './transfer.ts'
import { voleAlice, voleBobFinish, voleBobStart } from './vole.ts'

const random = seededRandom('round-message.test')
const [otsid, pairContext, view] = [random(32), random(32), random(32)]
const { secret, message: senderKey } = baseOtSenderKey(random)
const { delta, bobLeaves, aliceLeaves } = leafPair(random)
const keys = Array.from({ length: 128 }, () => random(16))

/** Every function that takes a peer's message, with what bytes of the right length but no meaning must end in. */
const receivers: readonly (readonly [name: string, length: number, codes: readonly string[], receive: (message: Bytes) => unknown])[] = [
  ['baseOtSend', LENGTHS.baseOt, ['base-ot'], message => baseOtSend({ secret, senderKey, otsid, message })],
  ['pprfEvaluate', LENGTHS.trees, ['pprf'], message => pprfEvaluate({ otsid, choices: delta, keys, message })],
  ['voleAlice', LENGTHS.extension, ['ote-check'], extension => voleAlice({ pairContext, view, delta, leaves: aliceLeaves, extension, random })],
  [
    'voleBobFinish',
    LENGTHS.multiplication,
    ['vole-check', 'invalid-scalar'],
    message => voleBobFinish({ state: voleBobStart({ pairContext, leaves: bobLeaves, random }).state, view, message }),
  ],
]

const codeOf = (run: () => unknown): string => {
  try {
    run()
    return 'accepted'
  } catch (error) {
    return isPoolError(error) && error.kind === 'abort' ? error.code : `untyped: ${String(error)}`
  }
}

describe('round messages', () => {
  test.each(receivers)('%s ends random bytes of the right length in a typed error', (name, length, codes, receive) => {
    fc.assert(
      fc.property(fc.nat(), fc.constantFrom(0, 1, 255, undefined), (seed, fill) => {
        const message = fill === undefined ? seededRandom(`${name} ${seed}`)(length) : new Uint8Array(length).fill(fill)
        expect(codes).toContain(codeOf(() => receive(message)))
      }),
      { numRuns: 15 },
    )
  })

  test.each(receivers)('%s refuses every other length', (_name, length, _codes, receive) => {
    fc.assert(
      fc.property(fc.oneof(fc.nat({ max: 2 * length }), fc.integer({ min: length - 40, max: length + 40 })), other => {
        fc.pre(other !== length)
        expect(codeOf(() => receive(new Uint8Array(other)))).toBe('malformed-round')
      }),
      { numRuns: 25 },
    )
  })

  test('what is not bytes is refused too', () => {
    for (const value of [undefined, null, 'text', [1, 2], 5])
      expect(codeOf(() => requireLength(value as unknown as Bytes, 2, 'test'))).toBe('malformed-round')
  })
})
