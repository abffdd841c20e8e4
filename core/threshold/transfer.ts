/**
 * A whole key on its way in or out: import deals an existing key among the members, export puts it together again for one of them. Both leave a key that was
 * once whole in one place: an imported account should be emptied into one that never was, and an exported one counts as held by its recipient alone.
 * @module
 */
import { assertBytes, type Bytes, concat, equal, u32be, wipe } from '../bytes.ts'
import { accuse, attribute } from '../ceremony/blame.ts'
import { type CeremonyContext, checkContext } from '../ceremony/context.ts'
import { viewDigest } from '../ceremony/echo.ts'
import { type Router, routerOf } from '../ceremony/router.ts'
import { PoolError } from '../errors.ts'
import { H, kernel, type SecretShare } from '../kernel/index.ts'
import { verifyCertificates } from './certificate.ts'
import { checkDealers, checkShare, importHash, partyOf, transferHash, weightedShares } from './committee.ts'
import { sessionConfig } from './config.ts'
import { deal } from './deal.ts'
import { TRANSFER_WIRE } from './deal-wire.ts'
import { lagrange } from './polynomial.ts'
import { EXPORT_ROUNDS, X1, X2, X3 } from './rounds.ts'
import { withSeed } from './seed.ts'
import { checkThreshold, type KeyShare, secretsOf } from './share.ts'

export interface ImportInput {
  readonly threshold: number
  /** Index of the party that has the key; it is a member too. */
  readonly importer: number
  /** The key, 32 bytes, of the importer only. Erased in any case. */
  readonly secret?: Bytes
  /** 33 bytes, compressed: agreed on by all before anything is dealt. */
  readonly publicKey: Bytes
  /** 32 bytes, BIP-32; zeros or fresh random bytes where the key has none. */
  readonly chainCode: Bytes
}

/**
 * Deals an existing key among all parties of the context, as generation 0 of a new `keyId`. The share is journalled as pending before this member's
 * certificate leaves, and is returned active. The importer knows the key before and after: refresh at once and destroy the original, and still treat the
 * account as one that was once whole.
 * @throws {PoolError} `bad-parties`, `invalid-argument`, `invalid-point`, `invalid-scalar` before anything is sent; then as `keygen`, and `bad-contribution`.
 */
export async function importKey(ctx: CeremonyContext<KeyShare>, input: ImportInput): Promise<KeyShare> {
  const { threshold, importer, secret, publicKey, chainCode } = input
  let held: SecretShare | undefined
  try {
    const members = checkContext(ctx)
    checkThreshold(threshold, members.length)
    assertBytes(publicKey, 'publicKey', 33)
    kernel.points.validate(publicKey, 'publicKey')
    assertBytes(chainCode, 'chainCode', 32)
    partyOf(members, importer)
    if ((importer === ctx.self) !== (secret !== undefined))
      throw new PoolError('invalid-argument', { title: 'secret', expected: 'the key, from the importer and nobody else' })
    if (secret !== undefined) {
      assertBytes(secret, 'secret', 32)
      held = kernel.hold('share', secret)
      wipe(secret)
      if (!equal(held.publicShare, publicKey)) throw new PoolError('invalid-argument', { title: 'secret', expected: 'the secret of the public key' })
    }
    const key = { publicKey: publicKey.slice(), chainCode: chainCode.slice() }
    const share = await deal(ctx, {
      wire: TRANSFER_WIRE,
      cfgHash: importHash(ctx, members, importer, key, threshold),
      members,
      dealers: new Map([[importer, key.publicKey]]),
      constant: held && { share: held, weight: 1n },
      threshold,
      epochNo: 0,
      kept: key,
    })
    return share as KeyShare
  } finally {
    if (secret instanceof Uint8Array) wipe(secret)
    held?.wipe()
  }
}

export interface ExportInput {
  /** The member that gets the key. */
  readonly recipient: number
  /** Exactly t members who send their part; the recipient may be one of them. */
  readonly signers: readonly number[]
}

/**
 * Puts the key together for one member: each of t members sends it lambda_i·s_i, which it checks against lambda_i·S_i and the sum against the public key.
 * Nothing is sent before all have agreed on recipient and signers. The recipient signs a receipt that the others see. No share changes, and no pair's secrets
 * are used.
 *
 * For a signer, any failure in X3 means that its part has left: take the key as exported.
 * @returns the key, 32 bytes, for the recipient, who wipes it; undefined for the others.
 * @throws {PoolError} `bad-parties`, `bad-quorum`, `certificates-missing`, `bad-certificate` before anything is sent; `view-mismatch`, `malformed-round`,
 * `equivocation`, `deadline`; `invalid-scalar`, `bad-share` for a wrong part; `bad-certificate` for a wrong receipt.
 */
export async function exportKey(ctx: CeremonyContext<KeyShare>, share: KeyShare, input: ExportInput): Promise<Bytes | undefined> {
  const { recipient, signers } = input
  const reached = checkContext(ctx)
  if (signers.length !== share.threshold || new Set(signers).size !== signers.length)
    throw new PoolError('bad-quorum', { reason: `needs exactly ${share.threshold} distinct members`, quorum: signers })
  const seats = [...new Set([recipient, ...signers])].sort((a, b) => a - b)
  if (!seats.includes(ctx.self)) throw new PoolError('bad-quorum', { reason: 'this member is neither signer nor recipient', quorum: signers })
  const asDealers = (list: readonly number[]) => list.map(index => ({ party: index, index }))
  checkDealers(reached, share, asDealers(seats))
  checkShare(ctx, share, share, ctx.self)
  verifyCertificates(share, ctx.identity.verify)
  const people = { parties: reached, members: share.parties, dealers: asDealers(signers) }
  const { epochNo, threshold } = share
  const cfgHash = transferHash(ctx, 'export', share, people, { epochNo, threshold, recipient })
  const session = sessionConfig(cfgHash, ctx.sessionId)

  const router = routerOf(ctx, seats, EXPORT_ROUNDS)
  try {
    const own = { nonce: ctx.random(32) }
    router.broadcast(X1, session, own)
    const { broadcast } = await router.collect(X1, session)
    const nonces = new Map([[ctx.self, own], ...broadcast])
    const view = viewDigest('export-view', [session], new Map([...nonces].map(([index, sent]) => [index, [sent.nonce]])))
    const step: Step = { ctx, router, share, input, view }
    return ctx.self === recipient ? await receiveKey(step) : await sendPart(step)
  } finally {
    router.close()
  }
}

interface Step {
  readonly ctx: CeremonyContext<KeyShare>
  readonly router: Router
  readonly share: KeyShare
  readonly input: ExportInput
  readonly view: Bytes
}

const ownPart = ({ ctx, share, input }: Step): Bytes => secretsOf(share).share.weighted(lagrange(input.signers, ctx.self))

/** What the recipient signs: `H("export"; view, keyId, epoch, pk, recipient, signers)`. */
const receiptDigest = ({ share, input, view }: Step): Bytes =>
  H('export', [
    view,
    share.keyId,
    share.epoch,
    share.publicKey,
    u32be(input.recipient),
    concat(...[...input.signers].sort((a, b) => a - b).map(u32be)),
  ])

async function sendPart(step: Step): Promise<undefined> {
  const { ctx, router, share, input, view } = step
  const { recipient } = input
  if (input.signers.includes(ctx.self)) {
    const part = ownPart(step)
    router.send(X2, recipient, view, { share: part })
    wipe(part)
  }
  const { broadcast } = await router.collect(X3, view, [recipient])
  const { signature } = broadcast.get(recipient) as { signature: Bytes }
  const { identity } = partyOf(share.parties, recipient)
  if (!ctx.identity.verify(identity, receiptDigest(step), signature)) throw accuse('bad-certificate', recipient, { round: X3.name }, 'receipt')
}

async function receiveKey(step: Step): Promise<Bytes> {
  const { ctx, router, share, input, view } = step
  const expected = weightedShares(
    share,
    input.signers.map(index => ({ party: index, index })),
  )
  // A dealing that only receives checks and adds up inside the kernel.
  const sum = withSeed(ctx.random, seed => kernel.deal({ seed, threshold: 0 }))
  let key: SecretShare | undefined
  try {
    if (input.signers.includes(ctx.self)) {
      const part = ownPart(step)
      sum.accept(part, expected.get(ctx.self) as Bytes)
      wipe(part)
    }
    const { direct } = await router.collect(X2, view, input.signers)
    try {
      for (const [peer, sent] of direct) attribute(peer, X2.name, () => sum.accept(sent.share, expected.get(peer) as Bytes))
    } finally {
      for (const sent of direct.values()) wipe(sent.share)
    }
    key = sum.finish(ctx.self)
    if (key === undefined || !equal(key.publicShare, share.publicKey)) throw new PoolError('internal', { reason: 'parts do not add up to the key' })
    router.broadcast(X3, view, { signature: ctx.identity.sign(receiptDigest(step)) })
    return key.weighted(1n)
  } finally {
    sum.wipe()
    key?.wipe()
  }
}
