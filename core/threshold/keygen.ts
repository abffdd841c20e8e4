/**
 * Distributed key generation: everybody deals a random polynomial, the sum is the key. Commit and reveal, Feldman shares, base transfers and
 * seed trees for every pair, and completion certificates of all members at the end (DKLs23, ePrint 2023/765, with an echo of every broadcast).
 * @module
 */
import { assertInteger, type Bytes, equal, u32be, wipe } from '../bytes.ts'
import { attribute, suspect } from '../ceremony/blame.ts'
import { type CeremonyContext, checkContext } from '../ceremony/context.ts'
import { viewDigest } from '../ceremony/echo.ts'
import { type Router, routerOf } from '../ceremony/router.ts'
import { isPoolError, PoolError } from '../errors.ts'
import { type Dealing, H, kernel, type PairSetup, type PairState, type ZeroSeed } from '../kernel/index.ts'
import { certificateDigest, verifyCertificates } from './certificate.ts'
import { configHash, NONE, OPERATIONS, sessionConfig } from './config.ts'
import { checkOpening, commitmentOf, openDealing, openingFields } from './dealing.ts'
import { evaluateCommitments } from './polynomial.ts'
import { KEYGEN_ROUNDS, type Opening, R1, R2, R3, R4, R5 } from './rounds.ts'
import { prove, verify } from './schnorr.ts'
import { withSeed } from './seed.ts'
import { checkThreshold, type KeyPublic, KeyShare, withCertificates } from './share.ts'

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
  const secrets: Secrets = { temporary: [], lasting: [] }
  try {
    const dealt = await commitAndOpen(ctx, router, { threshold, cfgHash, secrets })
    const { pending, digest } = await exchange(ctx, router, { ...dealt, parties, threshold, epochNo, secrets }).catch(error => {
      for (const secret of secrets.lasting) secret.wipe()
      throw error
    })
    return await certify(ctx, router, pending, digest)
  } finally {
    for (const secret of secrets.temporary) secret.wipe()
    router.close()
  }
}

/** What all parties agree on after R2, and this party's secrets behind it. */
interface Dealt {
  /** f_i and y_i. */
  readonly dealing: Dealing
  /** Of all parties, this one included. */
  readonly openings: ReadonlyMap<number, Opening>
  readonly chainCode: Bytes
  /** V2. */
  readonly view: Bytes
  readonly publicKey: Bytes
}

/** What the kernel holds for this attempt: wiped in any case, and wiped when the attempt is discarded. */
interface Secrets {
  readonly temporary: { wipe(): void }[]
  readonly lasting: { wipe(): void }[]
}

interface Setup {
  readonly threshold: number
  readonly cfgHash: Bytes
  readonly secrets: Secrets
}

async function commitAndOpen(ctx: CeremonyContext<KeyShare>, router: Router, { threshold, cfgHash, secrets }: Setup): Promise<Dealt> {
  const { self, random } = ctx
  const session = sessionConfig(cfgHash, ctx.sessionId)

  // ── R1: commit to the polynomial, the chain code and the base-transfer key ──
  const dealing = withSeed(random, seed => kernel.deal({ seed, threshold }))
  secrets.temporary.push(dealing)
  const hidden = { coefficients: dealing.coefficients, chainCode: random(32), otKey: dealing.otKey, blind: random(32) }
  const own = { nonce: random(32), commitment: commitmentOf(cfgHash, self, hidden) }
  router.broadcast(R1, session, own)
  const first = await router.collect(R1, session)
  const committed = new Map([[self, own], ...first.broadcast])
  const view1 = viewDigest('view1', [cfgHash, ctx.sessionId], new Map([...committed].map(([index, sent]) => [index, [sent.nonce, sent.commitment]])))

  // ── R2: open, with a proof of knowledge of all coefficients ──
  const opening = openDealing(view1, self, hidden, dealing.proof)
  router.broadcast(R2, view1, opening)
  const second = await router.collect(R2, view1)
  for (const [peer, sent] of second.broadcast) {
    const commitment = committed.get(peer)?.commitment as Bytes
    attribute(peer, R2.name, () => checkOpening({ cfgHash, view1, threshold, commitment }, peer, sent))
  }
  const openings = new Map([[self, opening] as const, ...second.broadcast].sort(([a], [b]) => a - b))
  const publicKey = kernel.points.add(...[...openings.values()].map(sent => sent.coefficients[0] as Bytes))
  if (publicKey === undefined) throw new PoolError('bad-public-share', { reason: 'the public key is the identity' })
  const chainCode = H('chain', [view1, ...[...openings.values()].map(sent => sent.chainCode)])
  const view = viewDigest('view2', [view1, chainCode], new Map([...openings].map(([index, sent]) => [index, openingFields(sent)])))
  return { dealing, openings, chainCode, view, publicKey }
}

type ExchangeInput = Dealt & { parties: KeyPublic['parties']; threshold: number; epochNo: number; secrets: Secrets }

async function exchange(ctx: CeremonyContext<KeyShare>, router: Router, input: ExchangeInput): Promise<{ pending: KeyShare; digest: Bytes }> {
  const { self, random } = ctx
  const { dealing, openings, view, publicKey, threshold, secrets } = input
  const otsid = (sender: number, receiver: number): Bytes => H('otsid', [view, u32be(sender), u32be(receiver)])
  const openingOf = (index: number): Opening => openings.get(index) as Opening
  const lasting = <T extends { wipe(): void }>(secret: T): T => {
    secrets.lasting.push(secret)
    return secret
  }

  // ── R3: shares, zero seeds, base transfers as their receiver ──
  const setups = new Map<number, PairSetup>()
  for (const peer of router.peers) {
    await ctx.breathe?.()
    const setup = withSeed(random, seed => kernel.openPair({ seed, senderKey: openingOf(peer).otKey, otsid: otsid(peer, self) }))
    secrets.temporary.push(setup)
    setups.set(peer, setup)
    const share = dealing.shareFor(peer)
    router.send(R3, peer, view, { share, zeroSeed: setup.zeroSeed, baseOt: setup.baseOt })
    wipe(share)
  }
  const third = await router.collect(R3, view)
  const zeroSeeds = new Map<number, ZeroSeed>()
  for (const [peer, sent] of third.direct) {
    attribute(peer, R3.name, () => {
      const expected = evaluateCommitments(openingOf(peer).coefficients, self)
      if (expected === undefined) throw new PoolError('bad-share')
      dealing.accept(sent.share, expected)
    })
    zeroSeeds.set(peer, lasting(setupWith(setups, peer).agreeZeroSeed({ view, self, peer, theirs: sent.zeroSeed })))
    wipe(sent.share, sent.zeroSeed)
  }
  const publicShares = sumPublicShares(
    openings,
    input.parties.map(party => party.index),
    threshold,
  )
  const secret = dealing.finish(self)
  if (secret === undefined) throw new PoolError('bad-public-share', { reason: 'this share is zero' })
  lasting(secret)

  // ── R4: seed trees as base-transfer sender; the public share with a proof of the secret one ──
  for (const [peer, { baseOt }] of third.direct) {
    await ctx.breathe?.()
    const trees = attribute(peer, R3.name, () => setupWith(setups, peer).send({ dealing, otsid: otsid(self, peer), baseOt }))
    router.send(R4, peer, view, { trees })
  }
  const proof = prove(
    'share-pok',
    [view, u32be(self)],
    [secret.publicShare],
    withSeed(random, seed => secret.prove(seed)),
  )
  router.broadcast(R4, view, { publicShare: secret.publicShare, proofCommitment: proof.commitment, proofResponse: proof.response })
  const fourth = await router.collect(R4, view)
  for (const [peer, sent] of fourth.broadcast)
    attribute(peer, R4.name, () => {
      if (!equal(sent.publicShare, publicShares.get(peer) as Bytes)) throw new PoolError('bad-public-share')
      const peerProof = { commitment: sent.proofCommitment, response: sent.proofResponse }
      kernel.points.validate(peerProof.commitment)
      if (!verify('share-pok', [view, u32be(peer)], [sent.publicShare], peerProof)) throw new PoolError('bad-proof')
    })
  const pairs = new Map<number, PairState>()
  for (const [peer, { trees }] of fourth.direct)
    pairs.set(
      peer,
      attribute(peer, R4.name, () => lasting(setupWith(setups, peer).finish(trees))),
    )

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
  const digest = certificateDigest(key)
  const certificates = new Map([[self, ctx.identity.sign(digest)]])
  return { pending: new KeyShare({ ...key, index: self, certificates, burned: new Map() }, { share: secret, zeroSeeds, pairs }), digest }
}

const setupWith = (setups: ReadonlyMap<number, PairSetup>, peer: number): PairSetup => setups.get(peer) as PairSetup

/** S_j = Σ_i Σ_c j^c F_{i,c} for every member. @throws {PoolError} `bad-public-share` for an identity. */
function sumPublicShares(openings: ReadonlyMap<number, Opening>, seats: readonly number[], threshold: number): Map<number, Bytes> {
  const identity = (): PoolError => new PoolError('bad-public-share', { reason: 'a public share or coefficient is the identity' })
  const sums = Array.from({ length: threshold }, (_, c) => {
    const sum = kernel.points.add(...[...openings.values()].map(sent => sent.coefficients[c] as Bytes))
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
