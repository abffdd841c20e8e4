import { secp256k1 } from '@noble/curves/secp256k1.js'
import { expect, test } from 'vitest'
import { seededRandom } from '../../../test/support/seeded-random.ts'
import { bigintToBytes, concat } from '../../bytes.ts'
import { CURVE_ORDER as n } from '../../transcript.ts'
import { referenceKernel } from '../index.ts'
import { createWasmKernel } from './engine.ts'

const SEED = process.env.SEQUORUM_TEST_SEED ?? '20261122'
const wasm = createWasmKernel()

test(`both engines give one signature, which both and @noble/curves verify, seed ${SEED}`, () => {
  const random = seededRandom(`${SEED} ecdsa`)
  const edges = [0n, 1n, n - 1n, n, n + 1n, (1n << 256n) - 1n].map(value => bigintToBytes(value, 32))
  const digests = [...edges, ...Array.from({ length: 100 }, () => random(32))]
  const secrets = [1n, 2n, n - 1n, n - 2n].map(value => bigintToBytes(value, 32))
  const parities = new Set<number>()
  for (const [i, digest] of digests.entries()) {
    const secret = secrets[i % 8] ?? random(32)
    const signature = wasm.signWith(secret, digest)
    expect(signature).toEqual(referenceKernel.signWith(secret, digest))
    const publicKey = secp256k1.getPublicKey(secret)
    expect(wasm.verify(signature, digest, publicKey)).toBe(true)
    expect(referenceKernel.verify(signature, digest, publicKey)).toBe(true)
    const compact = concat(bigintToBytes(signature.r, 32), bigintToBytes(signature.s, 32))
    expect(secp256k1.verify(compact, digest, publicKey, { prehash: false, lowS: true })).toBe(true)
    parities.add(signature.yParity)
  }
  expect(parities.size).toBe(2)
})

test('the nonce depends on key and digest', () => {
  const [one, two] = [bigintToBytes(1n, 32), bigintToBytes(2n, 32)]
  const rs = [wasm.signWith(one, two).r, wasm.signWith(two, two).r, wasm.signWith(two, one).r, wasm.signWith(one, one).r]
  expect(new Set(rs).size).toBe(4)
  expect(wasm.signWith(one, two).r).toBe(rs[0])
})

test.each([wasm, referenceKernel])('refuses what is no key: $name', kernel => {
  const digest = new Uint8Array(32).fill(7)
  for (const value of [0n, n, n + 1n, (1n << 256n) - 1n])
    expect(() => kernel.signWith(bigintToBytes(value, 32), digest)).toThrow(expect.objectContaining({ code: 'invalid-scalar' }))
  expect(() => kernel.signWith(new Uint8Array(31), digest)).toThrow(expect.objectContaining({ code: 'invalid-argument' }))
  expect(() => kernel.signWith(bigintToBytes(1n, 32), new Uint8Array(31))).toThrow(expect.objectContaining({ code: 'invalid-argument' }))
})
