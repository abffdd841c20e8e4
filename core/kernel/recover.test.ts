import { secp256k1 } from '@noble/curves/secp256k1.js'
import { publicKeyToAddress } from 'viem/accounts'
import { describe, expect, test } from 'vitest'
import { seededRandom } from '../../test/support/seeded-random.ts'
import { type Bytes, bigintToBytes, bytesToBigint, hex } from '../bytes.ts'
import { CURVE_ORDER as n } from '../transcript.ts'
import { kernel, recoverAddress, referenceKernel } from './index.ts'
import { createWasmKernel } from './wasm/engine.ts'

const random = seededRandom('recover.test')
const wasm = createWasmKernel()

function signed(digest: Bytes) {
  const secret = bigintToBytes((bytesToBigint(random(32)) % (n - 1n)) + 1n, 32)
  const bytes = secp256k1.sign(digest, secret, { prehash: false, lowS: false, format: 'recovered' })
  const signature = { r: bytesToBigint(bytes.subarray(1, 33)), s: bytesToBigint(bytes.subarray(33)), yParity: bytes[0] as number }
  return { signature, key: secp256k1.getPublicKey(secret, false) }
}

describe.each([
  ['wasm', wasm],
  ['reference', referenceKernel],
] as const)('recovery, %s', (_, engine) => {
  test('finds the key that signed, for digests of any size', () => {
    const digests = [...Array.from({ length: 40 }, () => random(32)), new Uint8Array(32), new Uint8Array(32).fill(255), bigintToBytes(n, 32)]
    for (const digest of digests) {
      const { signature, key } = signed(digest)
      expect(engine.recover(signature, digest)).toEqual(key.subarray(1))
      expect(engine.recover({ ...signature, s: n - signature.s, yParity: 1 - signature.yParity }, digest)).toEqual(key.subarray(1))
      expect(engine.recover({ ...signature, yParity: 1 - signature.yParity }, digest)).not.toEqual(key.subarray(1))
    }
  })
  test('finds nothing where there is nothing', () => {
    const digest = random(32)
    const { signature } = signed(digest)
    const wrong = [{ r: 0n }, { s: 0n }, { r: n }, { s: n }, { r: n + 1n }, { r: 5n }, { yParity: 2 }]
    for (const change of wrong) expect(engine.recover({ ...signature, ...change }, digest)).toBeUndefined()
    // s·R = z·G: the key would be the identity
    const R = secp256k1.Point.BASE.multiply(7n).toBytes(true)
    const r = bytesToBigint(R.subarray(1))
    const s = 9n
    expect(engine.recover({ r, s, yParity: (R[0] as number) - 2 }, bigintToBytes((s * 7n) % n, 32))).toBeUndefined()
  })
})

test('the account is what viem says', () => {
  const digest = random(32)
  const { signature, key } = signed(digest)
  expect(recoverAddress(digest, signature.r, signature.s, signature.yParity)).toBe(publicKeyToAddress(hex(key)).toLowerCase())
  expect(recoverAddress(digest, 0n, 1n, 0)).toBeUndefined()
  expect(kernel.name).toBe(process.env.SEQUORUM_KERNEL ?? 'wasm')
})
