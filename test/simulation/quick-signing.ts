/**
 * A stand-in for threshold signing that costs no CPU: the same rounds over the same encrypted channel, with the same bindings and the same
 * way to fail, but the parties show each other their shares and each signs by itself. It makes simulations of many heights cheap; the
 * real protocol runs in the scenarios that say so. For tests only, as it gives the key away.
 */
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { bigintToBytes, bytesToBigint } from '../../core/bytes.ts'
import type { CeremonyContext } from '../../core/ceremony/context.ts'
import { type Round, type Router, routerOf } from '../../core/ceremony/router.ts'
import { fixed, struct } from '../../core/codec.ts'
import { PoolError } from '../../core/errors.ts'
import { sighash } from '../../core/l1/transaction.ts'
import { lagrange } from '../../core/threshold/polynomial.ts'
import { checkQuorum } from '../../core/threshold/quorum.ts'
import type { KeyShare } from '../../core/threshold/share.ts'
import { requestId, type SignRequest } from '../../core/threshold/sign.ts'
import type { Signature } from '../../core/threshold/signature.ts'
import type { Tuple } from '../../core/threshold/tuple.ts'
import { CURVE_ORDER, H } from '../../core/transcript.ts'
import { revealShare } from '../support/reveal.ts'

const nonce = struct({ nonce: fixed(32) })
const revealed = struct({ share: fixed(32) })
const P1: Round<{ nonce: Uint8Array }, never> = { id: 16, name: 'P1', broadcast: nonce }
const P2: Round<{ nonce: Uint8Array }, never> = { id: 17, name: 'P2', broadcast: nonce }
const O1: Round<{ nonce: Uint8Array }, never> = { id: 18, name: 'O1', broadcast: nonce, mismatch: 'bind-mismatch' }
const O2: Round<{ share: Uint8Array }, never> = { id: 19, name: 'O2', broadcast: revealed, mismatch: 'r-view' }
const ROUNDS = [P1, P2, O1, O2]

/** What the quick preprocessing leaves; good for one use, like the real one. */
class QuickTuple {
  readonly id: Uint8Array
  readonly quorum: readonly number[]
  readonly keyId: Uint8Array
  readonly epoch: Uint8Array
  ready = true

  constructor(share: KeyShare, quorum: readonly number[], view: Uint8Array) {
    this.id = view
    this.quorum = quorum
    this.keyId = share.keyId
    this.epoch = share.epoch
  }
  wipe(): void {
    this.ready = false
  }
}

/** P1 and P2: everyone shows a number and repeats it. */
async function exchange(ctx: CeremonyContext<KeyShare>, router: Router, share: KeyShare, quorum: readonly number[]): Promise<QuickTuple> {
  const own = ctx.random(32)
  router.broadcast(P1, ctx.sessionId, { nonce: own })
  const first = await router.collect(P1, ctx.sessionId)
  const nonces = new Map([...first.broadcast, [share.index, { nonce: own }]])
  const view = H('view', [...quorum.map(seat => nonces.get(seat)?.nonce as Uint8Array)])
  router.broadcast(P2, view, { nonce: own })
  await router.collect(P2, view)
  return new QuickTuple(share, quorum, view)
}

/** Has the signature of `preprocess` in core/threshold. */
export async function quickPreprocess(ctx: CeremonyContext<KeyShare>, share: KeyShare, input: { quorum: readonly number[] }): Promise<Tuple> {
  const quorum = checkQuorum(ctx, share, input.quorum)
  const router = routerOf(ctx, quorum, ROUNDS)
  try {
    return (await exchange(ctx, router, share, quorum)) as unknown as Tuple
  } catch (error) {
    router.close()
    throw error
  }
}

/** Has the signature of `sign` in core/threshold. */
export async function quickSign(
  ctx: CeremonyContext<KeyShare>,
  share: KeyShare,
  input: { request: SignRequest; quorum: readonly number[]; tuple?: Tuple | undefined },
): Promise<Signature> {
  const { request } = input
  const digest = sighash(request.transaction)
  const quorum = checkQuorum(ctx, share, input.quorum)
  const router = routerOf(ctx, quorum, ROUNDS)
  try {
    const tuple = (input.tuple as unknown as QuickTuple | undefined) ?? (await exchange(ctx, router, share, quorum))
    if (!tuple.ready) throw new PoolError('tuple-used')
    tuple.ready = false
    const view = tuple.id
    const own = ctx.random(32)
    const bind = H('bind', [view, requestId(ctx.poolHash, share.epoch, request.slot, request.content, digest, quorum)])
    router.broadcast(O1, bind, { nonce: own })
    await router.collect(O1, bind)
    const scalar = revealShare(share)
    router.broadcast(O2, bind, { share: scalar })
    const { broadcast } = await router.collect(O2, bind)
    const shares = new Map([...broadcast, [share.index, { share: scalar }]])
    let key = 0n
    for (const [seat, { share: part }] of shares) key = (key + lagrange(quorum, seat) * bytesToBigint(part)) % CURVE_ORDER
    const recovered = secp256k1.sign(digest, bigintToBytes(key, 32), { prehash: false, lowS: true, format: 'recovered', extraEntropy: bind })
    return {
      r: bytesToBigint(recovered.subarray(1, 33)),
      s: bytesToBigint(recovered.subarray(33, 65)),
      yParity: recovered[0] === 1 ? 1 : 0,
    }
  } finally {
    router.close()
  }
}
