import { secp256k1 } from '@noble/curves/secp256k1.js'
import { describe, expect, it } from 'vitest'
import { labelled, seededRandom } from '../../test/support/index.ts'
import { bigintToBytes, bytesToBigint, concat } from '../bytes.ts'
import { kernel } from '../kernel/index.ts'
import { twin } from '../kernel/reference/twin.ts'
import { CURVE_ORDER } from '../transcript.ts'
import { assemble, jointNonce, serializeSignature, verifySignature } from './signature.ts'

const { scalars, points } = kernel
const random = seededRandom('signature')

/** The halves of ECDSA with a known key and nonce, masked by a random phi as the protocol does. */
function parts(digest: Uint8Array, key: bigint, nonce: bigint) {
  const phi = twin.scalars.random(random)
  const { R, r, oddY } = jointNonce([twin.points.multiplyBase(nonce)])
  const W = scalars.multiply(phi, scalars.add(bytesToBigint(digest) % CURVE_ORDER, scalars.multiply(r, key)))
  return { R, r, oddY, U: scalars.multiply(nonce, phi), W }
}

describe('assemble', () => {
  const key = twin.scalars.random(random)
  const publicKey = twin.points.multiplyBase(key)
  const account = { publicKey }

  it('lowers s and flips the parity with it, in all four cases', () => {
    const cases = new Set<string>()
    for (let i = 0; cases.size < 4 && i < 200; i++) {
      const digest = labelled('digest', i)
      const { r, U, W, oddY } = parts(digest, key, twin.scalars.random(random))
      const plain = scalars.multiply(W, scalars.invert(U))
      const signature = assemble(r, U, W, oddY)
      const high = plain > CURVE_ORDER / 2n
      cases.add(`${high} ${oddY}`)
      expect(signature).toEqual({ r, s: high ? CURVE_ORDER - plain : plain, yParity: Number(oddY !== high) })
      expect(signature !== undefined && verifySignature(signature, digest, account)).toBe(true)
      // the negated nonce gives the other s and the other parity: both must end in the same signature
      const mirrored = assemble(r, scalars.negate(U), W, !oddY)
      expect(mirrored).toEqual(signature)
    }
    expect(cases.size).toBe(4)
  })

  it('gives nothing for U = 0 or W = 0', () => {
    expect(assemble(1n, 0n, 1n, false)).toBeUndefined()
    expect(assemble(1n, 1n, 0n, false)).toBeUndefined()
  })

  it('verification refuses a wrong digest, s, parity, high s and account', () => {
    const digest = labelled('digest')
    const { r, U, W, oddY } = parts(digest, key, twin.scalars.random(random))
    const signature = assemble(r, U, W, oddY)
    if (signature === undefined) return expect.unreachable()
    const other = twin.points.multiplyBase(2n)
    expect(verifySignature(signature, digest, account)).toBe(true)
    expect(verifySignature(signature, labelled('another'), account)).toBe(false)
    expect(verifySignature({ ...signature, s: signature.s - 1n }, digest, account)).toBe(false)
    expect(verifySignature({ ...signature, yParity: signature.yParity === 0 ? 1 : 0 }, digest, account)).toBe(false)
    expect(verifySignature({ ...signature, s: CURVE_ORDER - signature.s }, digest, account)).toBe(false)
    expect(verifySignature(signature, digest, { publicKey: other })).toBe(false)
  })
})

describe('jointNonce', () => {
  const p = 2n ** 256n - 2n ** 32n - 977n
  it('refuses the identity', () => {
    const point = twin.points.multiplyBase(5n)
    expect(() => jointNonce([point, points.negate(point)])).toThrow(expect.objectContaining({ code: 'bad-nonce' }))
  })
  it('refuses an x at or above the order, which Ethereum cannot encode', () => {
    const high = Array.from({ length: 1000 }, (_, i) => concat(Uint8Array.of(2), bigintToBytes(CURVE_ORDER + BigInt(i), 32))).find(bytes => {
      try {
        return secp256k1.Point.fromBytes(bytes).x < p
      } catch {
        return false
      }
    })
    expect(high).toBeDefined()
    expect(() => jointNonce([high as Uint8Array])).toThrow(expect.objectContaining({ code: 'bad-nonce' }))
  })
})

describe('serializeSignature', () => {
  it('is r, s and the parity in 65 bytes', () => {
    expect(serializeSignature({ r: 1n, s: 2n, yParity: 1 })).toEqual(concat(bigintToBytes(1n, 32), bigintToBytes(2n, 32), Uint8Array.of(1)))
  })
})
