/**
 * Compares the compiled kernel's verification of signatures with @noble/curves, and makes signatures whose sums meet exceptional cases.
 * @module
 */
import { strictEqual } from 'node:assert/strict'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { type Bytes, bigintToBytes, bytesToBigint, type Random } from '../../core/bytes.ts'
import { CURVE_ORDER as n } from '../../core/transcript.ts'
import type { KernelMemory } from './kernel-memory.ts'

const { Fn, BASE: G } = secp256k1.Point
const HALF = n >> 1n

export interface Claim {
  readonly digest: Bytes
  readonly r: bigint
  readonly s: bigint
  readonly yParity: number
  readonly publicKey: Bytes
}

/** What the kernel says of a claim. */
export function verdict(memory: KernelMemory, { digest, r, s, yParity, publicKey }: Claim): boolean {
  memory.clear()
  const scalar = (value: bigint) => memory.put(bigintToBytes(value, 32))
  const result = memory.call('verify_signature', memory.put(digest), scalar(r), scalar(s), yParity, memory.put(publicKey))
  strictEqual(result === 0 || result === 1, true)
  return result === 1
}

/** What @noble/curves says: the low-s signature verifies, and recovery with that parity gives the key. */
export function expected({ digest, r, s, yParity, publicKey }: Claim): boolean {
  try {
    const signature = new secp256k1.Signature(r, s, yParity)
    if (!secp256k1.verify(signature.toBytes('compact'), digest, publicKey, { prehash: false, lowS: true })) return false
    return signature.recoverPublicKey(digest).equals(secp256k1.Point.fromBytes(publicKey)) && publicKey.length === 33
  } catch {
    return false
  }
}

/**
 * A signature by the key `secret` in whose verification the generator is multiplied by u1 and the key by u2, both up to a common sign that makes s low.
 * Null when R is the identity.
 */
export function crafted(secret: bigint, u1: bigint, u2: bigint): Claim | null {
  const k = Fn.create(u1 + u2 * secret)
  if (k === 0n) return null
  const R = G.multiplyUnsafe(k).toAffine()
  const r = Fn.create(R.x)
  const s = Fn.div(r, Fn.create(u2))
  const isHigh = s > HALF
  return {
    digest: bigintToBytes(Fn.mul(Fn.create(u1), s), 32),
    r,
    s: isHigh ? n - s : s,
    yParity: Number(R.y & 1n) ^ Number(isHigh),
    publicKey: G.multiplyUnsafe(Fn.create(secret)).toBytes(true),
  }
}

/** A signature of a random digest by a random key; nonces are random too, not of RFC 6979. */
export function randomClaim(random: Random): Claim {
  const scalar = () => Fn.create(bytesToBigint(random(32)) | 1n)
  return crafted(scalar(), scalar(), scalar()) as Claim
}

/** One random signature and what comes of it when a bit of a part is turned. @returns how many claims were compared. */
export function checkVerification(memory: KernelMemory, random: Random): number {
  const claim = randomClaim(random)
  const flip = (bytes: Bytes): Bytes => {
    const [at = 0] = random(1)
    return bytes.map((byte, i) => (i === at % bytes.length ? byte ^ (1 << (at >> 5)) : byte))
  }
  const flipped = (value: bigint): bigint => bytesToBigint(flip(bigintToBytes(value, 32)))
  const claims = [
    claim,
    { ...claim, digest: flip(claim.digest) },
    { ...claim, r: flipped(claim.r) },
    { ...claim, s: flipped(claim.s) },
    { ...claim, yParity: claim.yParity ^ 1 },
    { ...claim, publicKey: flip(claim.publicKey) },
    { ...claim, s: n - claim.s },
    { ...claim, s: n - claim.s, yParity: claim.yParity ^ 1 },
  ]
  strictEqual(
    verdict(memory, claim),
    true,
    JSON.stringify(claim, (_, value) => (typeof value === 'bigint' ? value.toString(16) : value)),
  )
  for (const one of claims.slice(1)) strictEqual(verdict(memory, one), false, 'a changed claim is accepted')
  return claims.length
}
