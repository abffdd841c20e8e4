/**
 * The dealing engine behind key generation, refresh, reshare and import: dealers share what they have among members, in public commitments that everybody
 * checks. Commit and reveal, Feldman shares, base transfers and seed trees for every pair of members, completion certificates at the end (DKLs23, ePrint
 * 2023/765, with an echo of every broadcast). Who is no dealer deals nothing, who is no member receives nothing; all of them commit and see all certificates.
 * @module
 */
import { type Bytes, equal, u32be, wipe } from '../bytes.ts'
import { attribute, suspect } from '../ceremony/blame.ts'
import type { CeremonyContext, Party } from '../ceremony/context.ts'
import { viewDigest } from '../ceremony/echo.ts'
import { type Router, routerOf } from '../ceremony/router.ts'
import { isPoolError, PoolError } from '../errors.ts'
import { type Dealing, H, kernel, type PairSetup, type PairState, type SecretShare, type ZeroSeed } from '../kernel/index.ts'
import { certificateDigest, verifyCertificates } from './certificate.ts'
import { NONE, sessionConfig } from './config.ts'
import type { DealWire, Senders } from './deal-wire.ts'
import { type AnyOpening, checkOpening, commitmentOf, openDealing, openingFields } from './dealing.ts'
import { evaluateCommitments } from './polynomial.ts'
import { prove, verify } from './schnorr.ts'
import { withSeed } from './seed.ts'
import { type KeyPublic, KeyShare, withCertificates } from './share.ts'

/** One dealing, as all parties have agreed on it in `cfgHash`. The parties of the context are the dealers and the members. */
export interface DealPlan {
  readonly wire: DealWire
  readonly cfgHash: Bytes
  /** The new committee in order of index; the index in the ceremony is the point of the share. */
  readonly members: readonly Party[]
  /** Who deals, by index in the ceremony, with the F_{i,0} that everybody knows beforehand; undefined where it is free. */
  readonly dealers: ReadonlyMap<number, Bytes | undefined>
  /** What this party deals: weight·s. Random without. */
  readonly constant?: { readonly share: SecretShare; readonly weight: bigint } | undefined
  readonly threshold: number
  readonly epochNo: number
  /** Of a key that exists already. */
  readonly kept?: KeptKey | undefined
}

export interface KeptKey {
  readonly publicKey: Bytes
  readonly chainCode: Bytes
  /** Absent when the key is new to the pool. */
  readonly keyId?: Bytes
  /** Epoch that is replaced. */
  readonly parentEpoch?: Bytes
}

/**
 * Runs a dealing to its end. A member's share is journalled as pending before its certificate leaves, and is returned active, with the certificates of
 * all; a party that only deals gets undefined once it has seen those.
 * @throws {PoolError} `view-mismatch`, `malformed-round`, `equivocation`, `deadline`; `bad-opening`, `wrong-degree`, `invalid-point`, `invalid-scalar`,
 * `bad-proof`, `bad-contribution`, `bad-share`, `base-ot`, `pprf`, `bad-public-share`, after which the whole attempt is discarded; `bad-certificate`,
 * `certificates-missing`.
 */
export async function deal(ctx: CeremonyContext<KeyShare>, plan: DealPlan): Promise<KeyShare | undefined> {
  const { wire, members, dealers } = plan
  const router = routerOf(
    ctx,
    ctx.parties.map(party => party.index),
    wire.rounds,
  )
  const secrets: Secrets = { temporary: [], lasting: [] }
  const seats = members.map(party => party.index)
  const senders: Senders = { dealers: [...dealers.keys()], members: seats, receives: seats.includes(ctx.self) }
  const run: Run = { ctx, router, plan, secrets, senders }
  try {
    const dealt = await commitAndOpen(run)
    const made = await exchange(run, dealt).catch(error => {
      for (const secret of secrets.lasting) secret.wipe()
      throw error
    })
    return await certify(run, made)
  } finally {
    for (const secret of secrets.temporary) secret.wipe()
    router.close()
  }
}

/** One run of the engine. */
interface Run {
  readonly ctx: CeremonyContext<KeyShare>
  readonly router: Router
  readonly plan: DealPlan
  readonly secrets: Secrets
  readonly senders: Senders
}

/** What the kernel holds for this attempt: wiped in any case, and wiped when the attempt is discarded. */
interface Secrets {
  readonly temporary: { wipe(): void }[]
  readonly lasting: { wipe(): void }[]
}

/** What all parties agree on after the openings, and this party's secrets behind it. */
interface Dealt {
  /** f_i and y_i. */
  readonly dealing: Dealing
  /** Of all parties, this one included. */
  readonly openings: ReadonlyMap<number, AnyOpening>
  readonly chainCode: Bytes
  /** V2. */
  readonly view: Bytes
  readonly publicKey: Bytes
}

/** ── First and second round: commit to the polynomial and the base-transfer key; open, with a proof of knowledge of all coefficients ── */
async function commitAndOpen({ ctx, router, plan, secrets }: Run): Promise<Dealt> {
  const { self, random } = ctx
  const { wire, cfgHash, dealers, kept } = plan
  const session = sessionConfig(cfgHash, ctx.sessionId)
  const degree = (party: number): number => (dealers.has(party) ? plan.threshold : 0)

  const constant = plan.constant === undefined ? {} : { constant: plan.constant }
  const dealing = withSeed(random, seed => kernel.deal({ seed, threshold: degree(self), ...constant }))
  secrets.temporary.push(dealing)
  const cheating = wrongContribution(dealers.get(self), dealing.coefficients)
  if (cheating) throw new PoolError('internal', { reason: 'this share is not the one that its public share tells' })
  const chainCodePart = kept === undefined ? { chainCode: random(32) } : {}
  const hidden = { coefficients: dealing.coefficients, ...chainCodePart, otKey: dealing.otKey, blind: random(32) }
  const own = { nonce: random(32), commitment: commitmentOf(cfgHash, self, hidden) }
  router.broadcast(wire.commit, session, own)
  const first = await router.collect(wire.commit, session)
  const committed = new Map([[self, own], ...first.broadcast])
  const view1 = viewDigest('view1', [cfgHash, ctx.sessionId], new Map([...committed].map(([index, sent]) => [index, [sent.nonce, sent.commitment]])))

  const opening = openDealing(view1, self, hidden, dealing.proof)
  router.broadcast(wire.open, view1, opening)
  const second = await router.collect(wire.open, view1)
  for (const [peer, sent] of second.broadcast) {
    const commitment = committed.get(peer)?.commitment as Bytes
    attribute(peer, wire.open.name, () => {
      checkOpening({ cfgHash, view1, threshold: degree(peer), commitment }, peer, sent)
      if (wrongContribution(dealers.get(peer), sent.coefficients)) throw new PoolError('bad-contribution')
    })
  }
  const openings = new Map([[self, opening] as const, ...second.broadcast].sort(([a], [b]) => a - b))
  const publicKey = kernel.points.add(...dealtBy(plan, openings).map(coefficients => coefficients[0] as Bytes))
  if (publicKey === undefined) throw new PoolError('bad-public-share', { reason: 'the public key is the identity' })
  if (kept !== undefined && !equal(publicKey, kept.publicKey)) throw new PoolError('internal', { reason: 'contributions do not add up to the key' })
  const chainCode = kept?.chainCode ?? H('chain', [view1, ...[...openings.values()].map(sent => sent.chainCode as Bytes)])
  const view = viewDigest('view2', [view1, chainCode], new Map([...openings].map(([index, sent]) => [index, openingFields(sent)])))
  return { dealing, openings, chainCode, view, publicKey }
}

const wrongContribution = (expected: Bytes | undefined, coefficients: readonly Bytes[]): boolean =>
  expected !== undefined && !equal(coefficients[0] as Bytes, expected)

/** F of every dealer, in order of index. */
const dealtBy = ({ dealers }: DealPlan, openings: ReadonlyMap<number, AnyOpening>): (readonly Bytes[])[] =>
  [...openings].filter(([index]) => dealers.has(index)).map(([, sent]) => sent.coefficients)

/** The new generation, and this member's share of it. */
interface Made {
  readonly key: KeyPublic
  readonly digest: Bytes
  readonly pending: KeyShare | undefined
}

async function exchange(run: Run, dealt: Dealt): Promise<Made> {
  const { ctx, plan, senders } = run
  const { openings, view, publicKey } = dealt
  const publicShares = sumPublicShares(dealtBy(plan, openings), senders.members, plan.threshold)
  const { kept } = plan
  const key: KeyPublic = {
    threshold: plan.threshold,
    parties: plan.members.map(({ index, identity }) => ({ index, identity: identity.slice() })),
    publicKey,
    chainCode: dealt.chainCode,
    publicShares,
    keyId: kept?.keyId ?? H('keyid', [view, publicKey]),
    epoch: H('epoch', [view]),
    epochNo: plan.epochNo,
    parentEpoch: kept?.parentEpoch ?? NONE,
    view,
  }
  const digest = certificateDigest(key)
  const secrets = await exchangeSecrets(run, dealt, publicShares)
  if (secrets === undefined) return { key, digest, pending: undefined }
  const certificates = new Map([[ctx.self, ctx.identity.sign(digest)]])
  return { key, digest, pending: new KeyShare({ ...key, index: ctx.self, certificates, burned: new Map() }, secrets) }
}

interface MadeSecrets {
  readonly share: SecretShare
  readonly zeroSeeds: Map<number, ZeroSeed>
  readonly pairs: Map<number, PairState>
}

/** The rounds between two parties each; undefined for a party that only deals. */
async function exchangeSecrets(run: Run, dealt: Dealt, publicShares: ReadonlyMap<number, Bytes>): Promise<MadeSecrets | undefined> {
  const { ctx, router, plan, senders } = run
  const { self, random } = ctx
  const { wire, dealers } = plan
  const { dealing, openings, view } = dealt
  const otsid = (sender: number, receiver: number): Bytes => H('otsid', [view, u32be(sender), u32be(receiver)])
  const openingOf = (index: number): AnyOpening => openings.get(index) as AnyOpening
  const lasting = <T extends { wipe(): void }>(secret: T): T => {
    run.secrets.lasting.push(secret)
    return secret
  }

  // ── shares, zero seeds, base transfers as their receiver ──
  const setups = new Map<number, PairSetup>()
  for (const peer of router.peers.filter(index => senders.members.includes(index))) {
    await ctx.breathe?.()
    const setup = senders.receives
      ? withSeed(random, seed => kernel.openPair({ seed, senderKey: openingOf(peer).otKey, otsid: otsid(peer, self) }))
      : undefined
    if (setup !== undefined) {
      run.secrets.temporary.push(setup)
      setups.set(peer, setup)
    }
    const share = dealers.has(self) ? dealing.shareFor(peer) : undefined
    const pair = setup && { zeroSeed: setup.zeroSeed, baseOt: setup.baseOt }
    wire.sendDealt(router, peer, view, { ...(share && { share }), ...(pair && { pair }) })
    if (share !== undefined) wipe(share)
  }
  const received = await wire.collectDealt(router, view, senders)
  for (const [peer, share] of received.shares) {
    attribute(peer, wire.share, () => {
      const expected = evaluateCommitments(openingOf(peer).coefficients, self)
      if (expected === undefined) throw new PoolError('bad-share')
      dealing.accept(share, expected)
    })
    wipe(share)
  }
  const zeroSeeds = new Map<number, ZeroSeed>()
  for (const [peer, sent] of received.pairs) {
    zeroSeeds.set(peer, lasting(setupWith(setups, peer).agreeZeroSeed({ view, self, peer, theirs: sent.zeroSeed })))
    wipe(sent.zeroSeed)
  }

  // ── seed trees as base-transfer sender; the public share with a proof of the secret one ──
  const share = senders.receives ? finishShare(dealing, self) : undefined
  if (share !== undefined) {
    lasting(share)
    for (const [peer, { baseOt }] of received.pairs) {
      await ctx.breathe?.()
      const trees = attribute(peer, wire.pair, () => setupWith(setups, peer).send({ dealing, otsid: otsid(self, peer), baseOt }))
      wire.sendTrees(router, peer, view, trees)
    }
    const proof = prove(
      'share-pok',
      [view, u32be(self)],
      [share.publicShare],
      withSeed(random, seed => share.prove(seed)),
    )
    wire.sendPublicShare(router, view, { publicShare: share.publicShare, proofCommitment: proof.commitment, proofResponse: proof.response })
  }
  const proofs = await wire.collectProofs(router, view, senders)
  for (const [peer, sent] of proofs.publicShares)
    attribute(peer, wire.publicShare, () => {
      if (!equal(sent.publicShare, publicShares.get(peer) as Bytes)) throw new PoolError('bad-public-share')
      const peerProof = { commitment: sent.proofCommitment, response: sent.proofResponse }
      kernel.points.validate(peerProof.commitment)
      if (!verify('share-pok', [view, u32be(peer)], [sent.publicShare], peerProof)) throw new PoolError('bad-proof')
    })
  const pairs = new Map<number, PairState>()
  for (const [peer, trees] of proofs.trees)
    pairs.set(
      peer,
      attribute(peer, wire.trees, () => lasting(setupWith(setups, peer).finish(trees))),
    )
  return share && { share, zeroSeeds, pairs }
}

const setupWith = (setups: ReadonlyMap<number, PairSetup>, peer: number): PairSetup => setups.get(peer) as PairSetup

function finishShare(dealing: Dealing, self: number): SecretShare {
  const share = dealing.finish(self)
  if (share === undefined) throw new PoolError('bad-public-share', { reason: 'this share is zero' })
  return share
}

/** S_j = Σ_i Σ_c j^c F_{i,c} for every member. @throws {PoolError} `bad-public-share` for an identity. */
function sumPublicShares(dealt: readonly (readonly Bytes[])[], seats: readonly number[], threshold: number): Map<number, Bytes> {
  const identity = (): PoolError => new PoolError('bad-public-share', { reason: 'a public share or coefficient is the identity' })
  const sums = Array.from({ length: threshold }, (_, c) => {
    const sum = kernel.points.add(...dealt.map(coefficients => coefficients[c] as Bytes))
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

/** ── Last round: the share is durable, then certified; active with the certificates of all ── */
async function certify({ ctx, router, plan, senders }: Run, { key, digest, pending }: Made): Promise<KeyShare | undefined> {
  const { certify: round } = plan.wire
  const own = pending?.certificates.get(ctx.self)
  if (pending !== undefined && own !== undefined) {
    await ctx.journal.pending(pending)
    router.broadcast(round, digest, { signature: own })
  }
  try {
    const last = await router.collect(round, digest, senders.members)
    const certificates = new Map([...(pending?.certificates ?? []), ...[...last.broadcast].map(([peer, sent]) => [peer, sent.signature] as const)])
    verifyCertificates({ ...key, certificates }, ctx.identity.verify)
    return pending && withCertificates(pending, certificates)
  } catch (error) {
    if (!isPoolError(error, 'deadline') && !isPoolError(error, 'channel-closed')) throw error
    const missing = error.context.missing as readonly number[]
    throw suspect('certificates-missing', missing, { missing }, 'no certificate')
  }
}
