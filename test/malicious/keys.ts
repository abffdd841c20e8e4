/**
 * What must hold of keys and signatures after any run, by @noble/curves.
 * @module
 */
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { type Bytes, bytesToBigint, equal } from '../../core/bytes.ts'
import { sighash } from '../../core/l1/transaction.ts'
import { certificateDigest } from '../../core/threshold/certificate.ts'
import {
  activate,
  type KeyShare,
  keyCertificateOf,
  type Signature,
  serializeSignature,
  sign,
  verifyCertificates,
} from '../../core/threshold/index.ts'
import { lagrange } from '../../core/threshold/polynomial.ts'
import { memoryNetwork, signRequest, testIdentity } from '../support/index.ts'
import { revealShare } from '../support/reveal.ts'

const { Point } = secp256k1

/** Σ λ_i S_i of `seats`. */
function interpolated(points: ReadonlyMap<number, Bytes>, seats: readonly number[]): Bytes {
  return seats
    .map(seat => Point.fromBytes(points.get(seat) as Bytes).multiply(lagrange(seats, seat)))
    .reduce((sum, term) => sum.add(term), Point.ZERO)
    .toBytes(true)
}

/** What is wrong with the shares of one generation, by @noble/curves: every s_i is that of S_i, and all S lie on one polynomial of degree t-1 through the key. */
export function wrongShares(shares: readonly KeyShare[]): string[] {
  const [first] = shares
  if (first === undefined) return []
  const out: string[] = []
  for (const share of shares) {
    if (!equal(certificateDigest(share), certificateDigest(first))) out.push(`${share.index} holds another key than ${first.index}`)
    const point = Point.BASE.multiply(bytesToBigint(revealShare(share))).toBytes(true)
    if (!equal(point, share.publicShares.get(share.index) as Bytes)) out.push(`${share.index} holds a share that is not its public one`)
  }
  const seats = first.parties.map(party => party.index)
  for (let i = 0; i + first.threshold <= seats.length; i++) {
    const quorum = seats.slice(i, i + first.threshold)
    if (!equal(interpolated(first.publicShares, quorum), first.publicKey)) out.push(`public shares of ${quorum} do not give the key`)
  }
  return out
}

/** Signs with the quorum and checks by @noble/curves; what is wrong, or the code of each failure. */
export async function trySigning(shares: ReadonlyMap<number, KeyShare>, quorum: readonly number[], seed: string): Promise<string[]> {
  const request = signRequest(7)
  const outcomes = await memoryNetwork(quorum, { seed }).run((ctx, seat) => sign(ctx, shares.get(seat) as KeyShare, { request, quorum }))
  return [...outcomes].flatMap(([seat, { value, error }]) => {
    if (error !== undefined) return [`${seat}: ${error.code}`]
    return isSignature(value, sighash(request.transaction), shares.get(seat) as KeyShare) ? [] : [`${seat}: a wrong signature`]
  })
}

/** True for a signature that verifies, has a low s and recovers the key. */
export function isSignature(signature: Signature, digest: Bytes, share: KeyShare): boolean {
  const bytes = serializeSignature(signature)
  if (!secp256k1.verify(bytes.subarray(0, 64), digest, share.publicKey, { prehash: false, lowS: true })) return false
  const recovered = secp256k1.Signature.fromBytes(bytes.subarray(0, 64)).addRecoveryBit(signature.yParity).recoverPublicKey(digest).toBytes(true)
  return equal(recovered, share.publicKey)
}

/** Erases shares, each once. */
export function wipeAll(shares: Iterable<KeyShare>): void {
  for (const share of new Set(shares)) share.wipe()
}

/** What a ceremony that deals leaves. Who is handed the certificates of the others becomes active here. */
export interface Left {
  /** Honest members of the new committee. */
  readonly honest: readonly number[]
  /** Active shares by seat. */
  readonly shares: Map<number, KeyShare>
  /** Shares that went to the journal. */
  readonly pending: ReadonlyMap<number, KeyShare>
}

/** Either no honest member is active, or all of them can be, with one key. */
export function wrongKey(left: Left): string[] {
  const { honest, shares, pending } = left
  const active = honest.flatMap(seat => shares.get(seat) ?? [])
  const [full] = active
  const waiting = honest.filter(seat => !shares.has(seat)).flatMap(seat => pending.get(seat) ?? [])
  const out = [...active.filter(share => !share.active).map(share => `${share.index} was given a share that is not active`)]
  out.push(...waiting.filter(share => share.active).map(share => `${share.index} failed and is active`))
  if (full === undefined) return [...out, ...wrongShares(waiting)]
  verifyCertificates(full, testIdentity(1).verify)
  for (const seat of honest.filter(index => !shares.has(index))) {
    const share = pending.get(seat)
    if (share === undefined) out.push(`${seat} has nothing, though ${full.index} is active`)
    else shares.set(seat, activate(share, keyCertificateOf(full), testIdentity(seat).verify))
  }
  return [...out, ...wrongShares(honest.flatMap(seat => shares.get(seat) ?? []))]
}
