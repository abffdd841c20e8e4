/**
 * Signing an L1 transaction: the two online rounds, after preprocessing. Each member decodes, checks and hashes the transaction itself;
 * nothing here signs a bare digest.
 * @module
 */

import { assertBytes, assertInteger, type Bytes, bytesToBigint, concat, equal, u32be, u64be } from '../bytes.ts'
import { accuse, attribute, suspect, withContext } from '../ceremony/blame.ts'
import type { CeremonyContext } from '../ceremony/context.ts'
import { type Received, type Router, routerOf } from '../ceremony/router.ts'
import { asPoolError, PoolError } from '../errors.ts'
import { H, kernel, type ZeroSeed } from '../kernel/index.ts'
import { sighash } from '../l1/transaction.ts'
import type { Slot } from '../slot.ts'
import { CURVE_ORDER } from '../transcript.ts'
import { burnAndThrow, burnOnFailure, refuseBurned } from './burn.ts'
import { type DerivedAccount, derive } from './derive.ts'
import { lagrange } from './polynomial.ts'
import { nonceCommitment, preprocessRounds } from './preprocess.ts'
import { checkQuorum } from './quorum.ts'
import { O1_OF_MORE, O1_OF_TWO, O2, type Online, type PartialSignature, signingRounds } from './rounds.ts'
import { withSeed } from './seed.ts'
import { type KeyShare, secretsOf } from './share.ts'
import { assemble, jointNonce, type Signature, verifySignature } from './signature.ts'
import { consumeTuple, type Tuple, type TupleSecrets } from './tuple.ts'

/** What a quorum signs. All of it goes into the online rounds' binding value. */
export interface SignRequest {
  /** Serialized unsigned EIP-1559 transaction, `0x02 || rlp`. */
  readonly transaction: Bytes
  readonly slot: Slot
  /** C, 32 bytes: what the members agreed on for the slot. */
  readonly content: Bytes
  /** Non-hardened BIP-32 path of the account; empty for the pool's account. */
  readonly path: readonly number[]
}

/** `H("request"; poolHash, keyEpoch, height, round, C, sighash, quorum)`: an online message is good for one place only. */
export const requestId = (poolHash: Bytes, epoch: Bytes, slot: Slot, content: Bytes, digest: Bytes, quorum: readonly number[]): Bytes =>
  H('request', [poolHash, epoch, u64be(slot.height), u32be(slot.round), content, digest, countedList(quorum.map(u32be))])

/**
 * Signs with the quorum; runs preprocessing first when no tuple is given. Every member of the quorum gets the signature.
 * The tuple is spent before the first online message leaves, whatever happens then.
 *
 * An error with `signatureMayExist: true` in its context came after this member's last message: another party may hold the signature, so
 * only the same transaction, or a replacement with its nonce, may be signed next.
 * @throws {PoolError} `malformed-transaction`, `bad-quorum`, `bad-parties`, `peer-burned`, `certificates-missing`, `tuple-used`, `wrong-epoch` before
 * anything is sent; what `preprocess` throws; `bind-mismatch`, `bad-nonce-opening`, `invalid-point`, `invalid-scalar`, `gamma-k`, `gamma-x` (both burn),
 * `pk-sum`, `bad-nonce`, `r-view`, `final-verify` (burns in a quorum of two), `deadline`.
 */
export async function sign(
  ctx: CeremonyContext<KeyShare>,
  share: KeyShare,
  input: { request: SignRequest; quorum: readonly number[]; tuple?: Tuple | undefined },
): Promise<Signature> {
  const { request } = input
  assertBytes(request.content, 'content', 32)
  assertInteger(request.slot.height, 'height', 0, Number.MAX_SAFE_INTEGER)
  assertInteger(request.slot.round, 'round', 0, 0xffff_ffff)
  const digest = sighash(request.transaction)
  const account = derive(share, request.path)
  const quorum = checkQuorum(ctx, share, input.quorum)
  const router = routerOf(ctx, quorum, signingRounds(quorum.length))
  try {
    const tuple = input.tuple ?? (await preprocessRounds(ctx, router, share, quorum))
    // from here on the tuple is spent, whatever happens
    const secrets = consumeTuple(tuple, share, quorum)
    const id = requestId(ctx.poolHash, share.epoch, request.slot, request.content, digest, quorum)
    const path = countedList(request.path.map(u32be))
    const message = bytesToBigint(digest) % CURVE_ORDER
    const bind = H('bind', [secrets.view, share.keyId, share.epoch, account.publicKey, kernel.scalars.encode(message), path, id])
    try {
      return await onlineRounds({ ctx, router, share, quorum, account, digest, message, bind, tuple: secrets })
    } finally {
      secrets.held.wipe()
    }
  } finally {
    router.close()
  }
}

interface OnlineInput {
  readonly ctx: CeremonyContext<KeyShare>
  readonly router: Router
  readonly share: KeyShare
  readonly quorum: readonly number[]
  readonly account: DerivedAccount
  readonly digest: Bytes
  /** The digest as a scalar. */
  readonly message: bigint
  readonly bind: Bytes
  readonly tuple: TupleSecrets
}

async function onlineRounds(input: OnlineInput): Promise<Signature> {
  const { ctx, router, share, quorum, account, message, bind, tuple } = input
  const two = quorum.length === 2
  const self = share.index

  // ── O1: open the nonce share; correct the random inputs to nonce share and key share ──
  const { held } = tuple
  const opened = (seed?: Bytes) =>
    held.open({
      share: secretsOf(share).share,
      weight: lagrange(quorum, self),
      tweak: account.tweak,
      bind,
      zeroSeeds: two ? [] : zeroSeedsOf(share, router.peers),
      seed,
    })
  const { keyPoint, corrections } = two ? opened() : withSeed(ctx.random, opened)
  for (const [peer, { psi, ...correction }] of corrections) {
    const body = { nonceShare: held.noncePoint, blind: tuple.blind, ...correction }
    if (psi === undefined) router.send(O1_OF_TWO, peer, bind, body)
    else router.send(O1_OF_MORE, peer, bind, { ...body, keyShare: keyPoint, psi })
  }
  const first: Received<never, Online> = await (two ? router.collect(O1_OF_TWO, bind) : router.collect(O1_OF_MORE, bind))

  // ── checks on O1, per peer and in this order: opening, encodings, gamma-k, gamma-x ──
  const noncePoints = new Map([[self, held.noncePoint]])
  const keyPoints = new Map([[self, keyPoint]])
  for (const [peer, sent] of first.direct) {
    const peerKey = two ? publicKeyShare(share, quorum, account, peer) : (sent.keyShare as Bytes)
    await burnOnFailure(ctx, share, peer, () => {
      refuseBurned(share, quorum)
      attribute(peer, O1_OF_TWO.name, () => {
        const { nonce, commitment } = tuple.commitments.get(peer) as { nonce: Bytes; commitment: Bytes }
        if (!equal(nonceCommitment(tuple.session, peer, nonce, sent.nonceShare, sent.blind), commitment)) throw new PoolError('bad-nonce-opening')
        held.check(peer, { ...sent, noncePoint: sent.nonceShare, keyPoint: peerKey })
      })
    })
    noncePoints.set(peer, sent.nonceShare)
    keyPoints.set(peer, peerKey)
  }
  if (!two) {
    const sum = kernel.points.add(...keyPoints.values())
    if (sum === undefined || !equal(sum, account.publicKey)) throw suspect('pk-sum', router.peers, { quorum })
  }
  const { r, R, oddY } = jointNonce([...noncePoints.values()])

  // ── O2: partial signatures; from the first of them on, somebody may hold the signature ──
  const listOf = (of: ReadonlyMap<number, Bytes>): Bytes => countedList(quorum.map(seat => concat(u32be(seat), of.get(seat) as Bytes)))
  const hR = H('R-view', [bind, R, listOf(noncePoints), ...(two ? [] : [listOf(keyPoints)])])
  refuseBurned(share, quorum)
  const own = held.finish({ message, r })
  router.broadcast(O2, hR, own)
  try {
    const second = await router.collect(O2, hR)
    return await combine(input, second.broadcast, { r, own, oddY })
  } catch (error) {
    throw withContext(asPoolError(error), { signatureMayExist: true })
  }
}

/** Adds the partial signatures and verifies the result before it is returned. */
async function combine(
  { ctx, share, quorum, account, digest }: OnlineInput,
  received: ReadonlyMap<number, PartialSignature>,
  { r, own, oddY }: { r: bigint; own: PartialSignature; oddY: boolean },
): Promise<Signature> {
  const { scalars } = kernel
  let [u, w] = [scalars.decode(own.u), scalars.decode(own.w)]
  for (const [peer, sent] of received) {
    const theirs = attribute(peer, O2.name, () => ({ u: scalars.decode(sent.u), w: scalars.decode(sent.w) }))
    u = scalars.add(u, theirs.u)
    w = scalars.add(w, theirs.w)
  }
  const signature = assemble(r, u, w, oddY)
  if (signature !== undefined && verifySignature(signature, digest, account)) return signature
  const peers = [...received.keys()]
  const [only] = peers
  if (quorum.length === 2 && only !== undefined) return burnAndThrow(ctx, share, only, accuse('final-verify', only, { round: O2.name }))
  throw suspect('final-verify', peers, { round: O2.name, quorum })
}

/** A list inside a hash: its count, then its items of one width. */
const countedList = (items: readonly Bytes[]): Bytes => concat(u32be(items.length), ...items)

/** Pseudo-random shares of zero: of each pair, the lower seat subtracts what the other adds, so over the quorum they cancel. */
function zeroSeedsOf(share: KeyShare, peers: readonly number[]): { seed: ZeroSeed; subtract: boolean }[] {
  const { zeroSeeds } = secretsOf(share)
  return peers.map(peer => {
    const seed = zeroSeeds.get(peer)
    if (seed === undefined) throw new PoolError('internal', { reason: 'no zero seed', peer })
    return { seed, subtract: share.index < peer }
  })
}

/** lambda_{Q,j}(S_j + tau·G): the key share that a member of a quorum of two must use. Public, so a wrong one is attributed. */
function publicKeyShare(share: KeyShare, quorum: readonly number[], account: DerivedAccount, index: number): Bytes {
  const weight = lagrange(quorum, index)
  const point = kernel.points.combine([
    { point: share.publicShares.get(index) as Bytes, scalar: weight },
    { point: kernel.points.base, scalar: kernel.scalars.multiply(weight, account.tweak) },
  ])
  if (point === undefined) throw new PoolError('internal', { reason: 'a public key share is the identity' })
  return point
}
