/**
 * The ceremonies of the table: how each is run with one malicious member, and what must hold of its honest members afterwards.
 * @module
 */
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { type Bytes, bytesToBigint, equal, hex } from '../../core/bytes.ts'
import { frameCodec } from '../../core/ceremony/frame.ts'
import type { AnyRound } from '../../core/ceremony/router.ts'
import { sighash } from '../../core/l1/transaction.ts'
import { certificateDigest } from '../../core/threshold/certificate.ts'
import type { OPERATIONS } from '../../core/threshold/config.ts'
import {
  activate,
  type KeyShare,
  keyCertificateOf,
  keygen,
  type Signature,
  serializeSignature,
  sign,
  verifyCertificates,
} from '../../core/threshold/index.ts'
import { lagrange } from '../../core/threshold/polynomial.ts'
import { KEYGEN_ROUNDS, signingRounds } from '../../core/threshold/rounds.ts'
import { labelled, memoryNetwork, type NetworkOptions, type Outcome, signRequest, testIdentity, testShares } from '../support/index.ts'
import { revealShare } from '../support/reveal.ts'
import { maliciousMember, type Plan, type Result, resultOf, type Scene } from './harness.ts'
import { KEYGEN, SIGN_OF_THREE, SIGN_OF_TWO, type Table } from './verdicts.ts'

/** Which honest run a frame is taken from. */
export type Run = 'this' | 'session' | 'epoch'

/** How one run ended for the honest members. */
export interface Played {
  readonly scene: Scene
  readonly results: ReadonlyMap<number, Result>
  /** Checks that depend on the ceremony; gives what is broken. */
  verify(): Promise<string[]>
  /** An honest run afterwards, with what this one left. */
  again(): Promise<string[]>
  /** Erases what the kernel holds for it. */
  end(): void
}

export interface Ceremony {
  readonly name: string
  readonly operation: keyof typeof OPERATIONS
  readonly rounds: readonly AnyRound[]
  readonly seats: readonly number[]
  readonly cheater: number
  /** The one that is lied to when only one is. */
  readonly victim: number
  readonly table: Table
  play(plan: Plan, seed: string, run?: Run): Promise<Played>
}

// ── shares ───────────────────────────────────────────────────────────────────────────────────────────────────────────

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

function isSignature(signature: Signature, digest: Bytes, share: KeyShare): boolean {
  const bytes = serializeSignature(signature)
  if (!secp256k1.verify(bytes.subarray(0, 64), digest, share.publicKey, { prehash: false, lowS: true })) return false
  const recovered = secp256k1.Signature.fromBytes(bytes.subarray(0, 64)).addRecoveryBit(signature.yParity).recoverPublicKey(digest).toBytes(true)
  return equal(recovered, share.publicKey)
}

function wipeAll(shares: Iterable<KeyShare>): void {
  for (const share of new Set(shares)) share.wipe()
}

// ── key generation ───────────────────────────────────────────────────────────────────────────────────────────────────

const optionsOf = (seed: string, run: Run): NetworkOptions =>
  run === 'this' ? { seed } : { seed: `${seed} ${run}`, sessionId: run === 'session' ? labelled(`${seed} other`) : labelled(`session ${seed}`) }

function keygenOf(n: number, threshold: number): Ceremony {
  const seats = Array.from({ length: n }, (_, i) => i + 1)
  const cheater = 1
  const honest = seats.filter(seat => seat !== cheater)
  return {
    name: `key generation ${threshold}-of-${n}`,
    operation: 'keygen',
    rounds: KEYGEN_ROUNDS,
    seats,
    cheater,
    victim: 2,
    table: KEYGEN,
    async play(plan, seed, run = 'this') {
      const scene = maliciousMember(seats, cheater, plan, optionsOf(seed, run))
      const input = { threshold, epochNo: run === 'epoch' ? 1 : 0 }
      const outcomes = await scene.network.run((_, seat) => keygen(scene.context(seat), input))
      const pending = new Map(scene.network.journal.flatMap(entry => (entry.kind === 'pending' ? [[entry.index, entry.share] as const] : [])))
      const shares = new Map([...outcomes].flatMap(([seat, { value }]) => (value === undefined ? [] : [[seat, value] as const])))
      return {
        scene,
        results: new Map(honest.map(seat => [seat, resultOf(scene, seat, outcomes.get(seat) as Outcome<KeyShare>)])),
        verify: async () => wrongKey({ honest, shares, pending }),
        again: async () => afterKeygen({ honest, shares, threshold, seats, seed }),
        end: () => wipeAll([...shares.values(), ...pending.values()]),
      }
    },
  }
}

/** Either no honest member is active, or all of them can be, with one key. */
function wrongKey(left: { honest: readonly number[]; shares: Map<number, KeyShare>; pending: ReadonlyMap<number, KeyShare> }): string[] {
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

/** Who has a key signs with it; who has none generates one. */
async function afterKeygen(left: {
  honest: readonly number[]
  shares: ReadonlyMap<number, KeyShare>
  threshold: number
  seats: readonly number[]
  seed: string
}): Promise<string[]> {
  const { honest, shares, threshold, seats, seed } = left
  const able = [...honest, ...seats].filter((seat, i, all) => shares.has(seat) && all.indexOf(seat) === i)
  if (able.length >= threshold) return trySigning(shares, able.slice(0, threshold).sort(), `${seed} after`)
  const outcomes = await memoryNetwork(seats, { seed: `${seed} again` }).run(ctx => keygen(ctx, { threshold }))
  wipeAll([...outcomes.values()].flatMap(({ value }) => value ?? []))
  return [...outcomes].flatMap(([seat, { error }]) => (error === undefined ? [] : [`${seat}: ${error.code} in an honest run`]))
}

// ── signing ──────────────────────────────────────────────────────────────────────────────────────────────────────────

function signOf(threshold: 2 | 3): Ceremony {
  const quorum = [1, 2, 3].slice(0, threshold)
  const cheater = 1
  const honest = quorum.filter(seat => seat !== cheater)
  return {
    name: `signature of ${threshold}`,
    operation: 'sign',
    rounds: signingRounds(threshold),
    seats: quorum,
    cheater,
    victim: 2,
    table: threshold === 2 ? SIGN_OF_TWO : SIGN_OF_THREE,
    async play(plan, seed, run = 'this') {
      const scene = maliciousMember(quorum, cheater, plan, optionsOf(seed, run))
      const shares = testShares(3, threshold, run === 'epoch' ? `${seed} epoch` : seed)
      const request = signRequest()
      const outcomes = await scene.network.run((_, seat) => sign(scene.context(seat), shares.get(seat) as KeyShare, { request, quorum }))
      const results = new Map(honest.map(seat => [seat, resultOf(scene, seat, outcomes.get(seat) as Outcome<Signature>)]))
      return {
        scene,
        results,
        async verify() {
          const signed = honest.flatMap(seat => outcomes.get(seat)?.value ?? [])
          const digest = sighash(request.transaction)
          const out = signed.flatMap(signature => (isSignature(signature, digest, shares.get(2) as KeyShare) ? [] : ['a wrong signature']))
          if (new Set(signed.map(signature => hex(serializeSignature(signature)))).size > 1) out.push('two different signatures')
          for (const [seat, { error, signatureMayExist }] of results) {
            const gaveAway = error !== undefined && scene.network.sent.some(({ from, round }) => from === seat && round === 'O2')
            if (signatureMayExist !== gaveAway) out.push(`${seat} says ${signatureMayExist ? 'that' : 'not that'} a signature may exist`)
          }
          for (const seat of honest)
            for (const [peer, reason] of (shares.get(seat) as KeyShare).burned)
              if (peer !== cheater || results.get(seat)?.code !== reason) out.push(`${seat} burned ${peer} by ${reason}`)
          return out
        },
        async again() {
          const burning = honest.some(seat => (shares.get(seat) as KeyShare).burned.size > 0)
          const together = await trySigning(shares, quorum, `${seed} again`)
          const out = burning ? together.filter(problem => !/peer-burned|deadline/.test(problem)) : together
          if (burning && together.length === 0) out.push('signs with a burned peer')
          // the others do without the cheater
          return threshold === 2 ? [...out, ...(await trySigning(shares, [2, 3], `${seed} others`))] : out
        },
        end: () => wipeAll(shares.values()),
      }
    },
  }
}

export const CEREMONIES: readonly Ceremony[] = [keygenOf(2, 2), keygenOf(3, 2), signOf(2), signOf(3)]

/** Address of a frame within a run. */
export const addressOf = (round: number, kind: number, from: number, to: number): string => `${round} ${kind} ${from} ${to}`

/** All frames of an honest run by address. Runs of one seed have the same honest values up to what a cheater changes. */
export async function recorded(ceremony: Ceremony, seed: string, run: Run): Promise<ReadonlyMap<string, Bytes>> {
  const played = await ceremony.play({}, seed, run)
  try {
    for (const [seat, { code }] of played.results)
      if (code !== 'none') throw new Error(`${ceremony.name}: an honest run ends with ${code} at ${seat}`)
    return new Map(
      played.scene.network.sent.map(({ from, to, bytes }) => {
        const { round, kind } = frameCodec.decode(bytes)
        return [addressOf(round, kind, from, to), bytes] as const
      }),
    )
  } finally {
    played.end()
  }
}
