import { readFileSync } from 'node:fs'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { describe, expect, test } from 'vitest'
import { concat, fromHex, utf8 } from '../../../core/bytes.ts'
import { referenceKernel } from '../../../core/kernel/index.ts'
import { createWasmKernel } from '../../../core/kernel/wasm/engine.ts'
import { H } from '../../../core/transcript.ts'
import { stepAnswers } from './steps.ts'

const expected: Record<string, string> = JSON.parse(readFileSync(new URL('./steps-v1.json', import.meta.url), 'utf8'))

describe('known answers of every step, version 1', () => {
  test.each([
    ['wasm', createWasmKernel()],
    ['reference', referenceKernel],
  ])('%s', (_, kernel) => {
    expect(stepAnswers(kernel)).toEqual(expected)
  })
  test('the signature in them is right for @noble/curves', () => {
    const [r, s] = (expected.signature as string).split(' ').map(part => fromHex(part.padStart(64, '0')))
    const message = H('frame', [utf8('steps-v1/message')])
    const valid = secp256k1.verify(concat(r as Uint8Array, s as Uint8Array), message, fromHex(expected['public key'] as string), { prehash: false })
    expect(valid).toBe(true)
    expect(expected.verified).toBe('true')
  })
})
