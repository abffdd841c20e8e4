/**
 * Distributed key generation: everybody deals a random polynomial, the sum is the key. Commit and reveal, Feldman shares, base transfers and
 * seed trees for every pair, and completion certificates of all members at the end (DKLs23, ePrint 2023/765, with an echo of every broadcast).
 * @module
 */
import { assertInteger, type Bytes, equal, Secret, u32be, wipe } from '../bytes.ts'
import { attribute, suspect } from '../ceremony/blame.ts'
import { type CeremonyContext, checkContext } from '../ceremony/context.ts'
import { viewDigest } from '../ceremony/echo.ts'
import { type Router, routerOf } from '../ceremony/router.ts'
import { isPoolError, PoolError } from '../errors.ts'
import { kernel } from '../kernel/index.ts'
import { H } from '../transcript.ts'
import { baseOtReceive, baseOtSend, baseOtSenderKey } from './base-ot.ts'
import { certificateDigest, verifyCertificates } from './certificate.ts'
import { configHash, NONE, OPERATIONS, sessionConfig } from './config.ts'
import { checkOpening, commitmentOf, openDealing, openingFields } from './dealing.ts'
import { evaluate, evaluateCommitments } from './polynomial.ts'
import { pprfBuild, pprfEvaluate } from './pprf.ts'
import { KEYGEN_ROUNDS, type Opening, R1, R2, R3, R4, R5 } from './rounds.ts'
import { prove, verify } from './schnorr.ts'
import { checkThreshold, type KeyPublic, KeyShare, type PairSecrets, withCertificates } from './share.ts'
import { zeroSeed } from './zero-share.ts'

const { scalars, points } = kernel

/**
 * Generates a key among all parties of the context. The share is journalled as pending before this member's certificate leaves, and is
 * returned active, with the certificates of all.
 *
 * After `certificates-missing` the key may exist for others: keep the pending share until `activate` gets the full set. Do not fund the account
 * before one test signature of every quorum that will be used.
 * @throws {PoolError} `bad-parties`, `invalid-argument` before anything is sent; `view-mismatch`, `malformed-round`, `equivocation`, `deadline`;
 * `bad-opening`, `wrong-degree`, `invalid-point`, `invalid-scalar`, `bad-proof`, `bad-share`, `base-ot`, `pprf`, `bad-public-share`, after which the whole
 * attempt is discarded; `bad-certificate`, `certificates-missing`.
 */
export async function keygen(ctx: CeremonyContext<KeyShare>, input: { threshold: number; epochNo?: number }): Promise<KeyShare> {
  const { threshold, epochNo = 0 } = input
  const parties = checkContext(ctx)
  checkThreshold(threshold, parties.length)
  assertInteger(epochNo, 'epochNo', 0, 0xffff_ffff)
  const seats = parties.map(party => party.index)
  const config = {
    operation: OPERATIONS.keygen,
    poolHash: ctx.poolHash,
    keyId: NONE,
    epoch: NONE,
    epochNo,
    threshold,
    members: [...parties],
    quorum: [],
  }
  const cfgHash = configHash(config)
  const router = routerOf(ctx, seats, KEYGEN_ROUNDS)
  const buffers: Buffers = { temporary: [], lasting: [] }
  try {
    const dealing = await commitAndOpen(ctx, router, { threshold, cfgHash, buffers })
    const { pending, digest } = await exchange(ctx, router, { ...dealing, parties, threshold, epochNo, buffers }).catch(error => {
      wipe(...buffers.lasting)
      throw error
    })
    return await certify(ctx, router, pending, digest)
  } finally {
    wipe(...buffers.temporary)
    router.close()
  }
}

/** What all parties agree on after R2, and this party's secrets behind it. */
interface Dealing {
  /** f_i, constant term first. */
  readonly polynomial: readonly bigint[]
  /** Of all parties, this one included. */
  readonly openings: ReadonlyMap<number, Opening>
  /** y_i of the base transfers. */
  readonly otSecret: Bytes
  readonly chainCode: Bytes
  /** V2. */
  readonly view: Bytes
  readonly publicKey: Bytes
}

/** Secret buffers: wiped in any case, and wiped when the attempt is discarded. */
interface Buffers {
  readonly temporary: Bytes[]
  readonly lasting: Bytes[]
}

interface Setup {
  readonly threshold: number
  readonly cfgHash: Bytes
  readonly buffers: Buffers
}

async function commitAndOpen(ctx: CeremonyContext<KeyShare>, router: Router, { threshold, cfgHash, buffers }: Setup): Promise<Dealing> {
  const { self, random } = ctx
  const session = sessionConfig(cfgHash, ctx.sessionId)

  // ── R1: commit to the polynomial, the chain code and the base-transfer key ──
  const polynomial = Array.from({ length: threshold }, () => scalars.random(random))
  const { secret: otSecret, message: otKey } = baseOtSenderKey(random)
  buffers.temporary.push(otSecret)
  const hidden = { coefficients: polynomial.map(points.multiplyBase), chainCode: random(32), otKey, blind: random(32) }
  const own = { nonce: random(32), commitment: commitmentOf(cfgHash, self, hidden) }
  router.broadcast(R1, session, own)
  const first = await router.collect(R1, session)
  const committed = new Map([[self, own], ...first.broadcast])
  const view1 = viewDigest('view1', [cfgHash, ctx.sessionId], new Map([...committed].map(([index, sent]) => [index, [sent.nonce, sent.commitment]])))

  // ── R2: open, with a proof of knowledge of all coefficients ──
  const opening = openDealing(view1, self, hidden, polynomial, random)
  router.broadcast(R2, view1, opening)
  const second = await router.collect(R2, view1)
  for (const [peer, sent] of second.broadcast) {
    const commitment = committed.get(peer)?.commitment as Bytes
    attribute(peer, R2.name, () => checkOpening({ cfgHash, view1, threshold, commitment }, peer, sent))
  }
  const openings = new Map([[self, opening] as const, ...second.broadcast].sort(([a], [b]) => a - b))
  const publicKey = points.add(...[...openings.values()].map(sent => sent.coefficients[0] as Bytes))
  if (publicKey === undefined) throw new PoolError('bad-public-share', { reason: 'the public key is the identity' })
  const chainCode = H('chain', [view1, ...[...openings.values()].map(sent => sent.chainCode)])
  const view = viewDigest('view2', [view1, chainCode], new Map([...openings].map(([index, sent]) => [index, openingFields(sent)])))
  return { polynomial, openings, otSecret, chainCode, view, publicKey }
}

type ExchangeInput = Dealing & { parties: KeyPublic['parties']; threshold: number; epochNo: number; buffers: Buffers }

async function exchange(ctx: CeremonyContext<KeyShare>, router: Router, input: ExchangeInput): Promise<{ pending: KeyShare; digest: Bytes }> {
  const { self, random } = ctx
  const { openings, view, publicKey, threshold, buffers } = input
  const otsid = (sender: number, receiver: number): Bytes => H('otsid', [view, u32be(sender), u32be(receiver)])
  const openingOf = (index: number): Opening => openings.get(index) as Opening

  // ── R3: shares, zero seeds, base transfers as their receiver ──
  const receiving = new Map<number, ReturnType<typeof baseOtReceive> & { seed: Bytes }>()
  for (const peer of router.peers) {
    await ctx.breathe?.()
    const ot = baseOtReceive({ senderKey: openingOf(peer).otKey, otsid: otsid(peer, self), random })
    const [share, seed] = [scalars.encode(evaluate(input.polynomial, peer)), random(32)]
    router.send(R3, peer, view, { share, zeroSeed: seed, baseOt: ot.message })
    buffers.temporary.push(ot.choices, ...ot.keys, share, seed)
    receiving.set(peer, { ...ot, seed })
  }
  const third = await router.collect(R3, view)
  let secret = evaluate(input.polynomial, self)
  for (const [peer, sent] of third.direct) {
    buffers.temporary.push(sent.share, sent.zeroSeed)
    attribute(peer, R3.name, () => {
      const value = scalars.decode(sent.share)
      const expected = evaluateCommitments(openingOf(peer).coefficients, self)
      if (expected === undefined || value === 0n || !equal(points.multiplyBase(value), expected)) throw new PoolError('bad-share')
      secret = scalars.add(secret, value)
    })
  }
  const publicShares = sumPublicShares(
    openings,
    input.parties.map(party => party.index),
    threshold,
  )
  const ownPublicShare = publicShares.get(self) as Bytes

  // ── R4: seed trees as base-transfer sender; the public share with a proof of the secret one ──
  const bobLeaves = new Map<number, Bytes>()
  for (const [peer, { baseOt }] of third.direct) {
    await ctx.breathe?.()
    const id = otsid(self, peer)
    const { keys } = attribute(peer, R3.name, () =>
      baseOtSend({ secret: input.otSecret, senderKey: openingOf(self).otKey, otsid: id, message: baseOt }),
    )
    const { message, leaves } = pprfBuild({ otsid: id, keys })
    bobLeaves.set(peer, leaves)
    buffers.lasting.push(leaves)
    buffers.temporary.push(...keys.flat())
    router.send(R4, peer, view, { trees: message })
  }
  const proof = prove('share-pok', [view, u32be(self)], [secret], [ownPublicShare], random)
  router.broadcast(R4, view, { publicShare: ownPublicShare, proofCommitment: proof.commitment, proofResponse: proof.response })
  const fourth = await router.collect(R4, view)
  const pairs = new Map<number, PairSecrets>()
  for (const [peer, sent] of fourth.broadcast)
    attribute(peer, R4.name, () => {
      if (!equal(sent.publicShare, publicShares.get(peer) as Bytes)) throw new PoolError('bad-public-share')
      const peerProof = { commitment: sent.proofCommitment, response: sent.proofResponse }
      points.validate(peerProof.commitment)
      if (!verify('share-pok', [view, u32be(peer)], [sent.publicShare], peerProof)) throw new PoolError('bad-proof')
    })
  for (const [peer, { trees }] of fourth.direct) {
    const { choices, keys } = receiving.get(peer) as { choices: Bytes; keys: Bytes[] }
    const { delta, leaves } = attribute(peer, R4.name, () => pprfEvaluate({ otsid: otsid(peer, self), choices, keys, message: trees }))
    buffers.lasting.push(delta, leaves)
    pairs.set(peer, {
      delta: new Secret('delta', delta),
      aliceLeaves: new Secret('leaves', leaves),
      bobLeaves: new Secret('leaves', bobLeaves.get(peer) as Bytes),
    })
  }

  const key: KeyPublic = {
    threshold,
    parties: input.parties.map(({ index, identity }) => ({ index, identity: identity.slice() })),
    publicKey,
    chainCode: input.chainCode,
    publicShares,
    keyId: H('keyid', [view, publicKey]),
    epoch: H('epoch', [view]),
    epochNo: input.epochNo,
    parentEpoch: NONE,
    view,
  }
  const zeroSeeds = new Map(
    [...third.direct].map(([peer, sent]) => {
      const mine = receiving.get(peer)?.seed as Bytes
      return [peer, new Secret('zero seed', zeroSeed(view, self, peer, mine, sent.zeroSeed))]
    }),
  )
  const digest = certificateDigest(key)
  const certificates = new Map([[self, ctx.identity.sign(digest)]])
  const secrets = { share: new Secret('key share', scalars.encode(secret)), zeroSeeds, pairs }
  return { pending: new KeyShare({ ...key, index: self, certificates, burned: new Map() }, secrets), digest }
}

/** S_j = Σ_i Σ_c j^c F_{i,c} for every member. @throws {PoolError} `bad-public-share` for an identity. */
function sumPublicShares(openings: ReadonlyMap<number, Opening>, seats: readonly number[], threshold: number): Map<number, Bytes> {
  const identity = (): PoolError => new PoolError('bad-public-share', { reason: 'a public share or coefficient is the identity' })
  const sums = Array.from({ length: threshold }, (_, c) => {
    const sum = points.add(...[...openings.values()].map(sent => sent.coefficients[c] as Bytes))
    if (sum === undefined) throw identity()
    return sum
  })
  return new Map(
    seats.map(seat => {
      const point = evaluateCommitments(sums, seat)
      if (point === undefined) throw identity()
      return [seat, point]
    }),
  )
}

/** ── R5: the share is durable, then certified; active with the certificates of all ── */
async function certify(ctx: CeremonyContext<KeyShare>, router: Router, pending: KeyShare, digest: Bytes): Promise<KeyShare> {
  await ctx.journal.pending(pending)
  const own = pending.certificates.get(ctx.self) as Bytes
  router.broadcast(R5, digest, { signature: own })
  try {
    const fifth = await router.collect(R5, digest)
    const certificates = new Map([...pending.certificates, ...[...fifth.broadcast].map(([peer, sent]) => [peer, sent.signature] as const)])
    verifyCertificates({ ...pending, certificates }, ctx.identity.verify)
    return withCertificates(pending, certificates)
  } catch (error) {
    if (!isPoolError(error, 'deadline') && !isPoolError(error, 'channel-closed')) throw error
    const missing = error.context.missing as readonly number[]
    throw suspect('certificates-missing', missing, { missing }, 'no certificate')
  }
}
