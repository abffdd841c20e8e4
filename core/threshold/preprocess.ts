/**
 * The two offline rounds of a signature. They know neither message nor key nor path; the joint nonce stays committed.
 * @module
 */

import { type Bytes, u32be } from '../bytes.ts'
import { attribute } from '../ceremony/blame.ts'
import type { CeremonyContext } from '../ceremony/context.ts'
import { viewDigest } from '../ceremony/echo.ts'
import { type Router, routerOf } from '../ceremony/router.ts'
import { kernel } from '../kernel/index.ts'
import { H } from '../transcript.ts'
import { burnOnFailure } from './burn.ts'
import { checkQuorum, pairContext, signingConfig } from './quorum.ts'
import { P1, P2, signingRounds } from './rounds.ts'
import { type KeyShare, pairWith } from './share.ts'
import { type PairProducts, Tuple } from './tuple.ts'
import { voleAlice, voleBobFinish, voleBobStart } from './vole.ts'

/** com_i of a nonce share. */
export const nonceCommitment = (pcfg: Bytes, index: number, nonce: Bytes, point: Bytes, blind: Bytes): Bytes =>
  H('R-com', [pcfg, u32be(index), nonce, point, blind])

/**
 * Runs P1 and P2 with the quorum and leaves a tuple for one signature. The context may be used again for the `sign` that consumes it.
 * @throws {PoolError} `bad-quorum`, `bad-parties`, `peer-burned`, `certificates-missing` before anything is sent; `view-mismatch`,
 * `malformed-round`, `equivocation`, `deadline`; `ote-check` and `vole-check`, which burn the pair.
 */
export async function preprocess(ctx: CeremonyContext<KeyShare>, share: KeyShare, input: { quorum: readonly number[] }): Promise<Tuple> {
  const quorum = checkQuorum(ctx, share, input.quorum)
  const router = routerOf(ctx, quorum, signingRounds(quorum.length))
  try {
    return await preprocessRounds(ctx, router, share, quorum)
  } catch (error) {
    router.close()
    throw error
  }
}

/** P1 and P2 on an open router. */
export async function preprocessRounds(ctx: CeremonyContext<KeyShare>, router: Router, share: KeyShare, quorum: readonly number[]): Promise<Tuple> {
  const { self, random } = ctx
  const pcfg = signingConfig(ctx, share, quorum)

  // ── P1: commit to the nonce share; extend the oblivious transfers towards each peer ──
  const nonceShare = kernel.scalars.random(random)
  const noncePoint = kernel.points.multiplyBase(nonceShare)
  const [nonce, blind] = [random(32), random(32)]
  const own = { nonce, commitment: nonceCommitment(pcfg, self, nonce, noncePoint, blind) }
  router.broadcast(P1, pcfg, own)
  const bobs = new Map(
    router.peers.map(peer => {
      const leaves = pairWith(share, peer).bobLeaves.expose()
      const { message, state } = voleBobStart({ pairContext: pairContext(pcfg, peer, self), leaves, random })
      router.send(P1, peer, pcfg, { extension: message })
      return [peer, state]
    }),
  )
  const first = await router.collect(P1, pcfg)
  const commitments = new Map([[self, own], ...first.broadcast])
  const view = viewDigest('view', [pcfg], new Map([...commitments].map(([index, sent]) => [index, [sent.nonce, sent.commitment]])))

  // ── P2: multiply, as Alice with random inputs ──
  const alices = new Map<number, Pick<PairProducts, 'alpha' | 't'>>()
  for (const [peer, { extension }] of first.direct) {
    const { message, alpha, t } = await burnOnFailure(ctx, share, peer, () => {
      const { delta, aliceLeaves } = pairWith(share, peer)
      const context = pairContext(pcfg, self, peer)
      return attribute(peer, P1.name, () =>
        voleAlice({ pairContext: context, view, delta: delta.expose(), leaves: aliceLeaves.expose(), extension, random }),
      )
    })
    alices.set(peer, { alpha, t })
    router.send(P2, peer, view, { multiplication: message })
  }
  const second = await router.collect(P2, view)

  // ── as Bob: check what each Alice sent ──
  const products = new Map<number, PairProducts>()
  for (const [peer, { multiplication }] of second.direct) {
    const { beta, d } = await burnOnFailure(ctx, share, peer, () => {
      pairWith(share, peer)
      const state = bobs.get(peer) as NonNullable<ReturnType<typeof bobs.get>>
      return attribute(peer, P2.name, () => voleBobFinish({ state, view, message: multiplication }))
    })
    products.set(peer, { ...(alices.get(peer) as Pick<PairProducts, 'alpha' | 't'>), beta, d })
  }
  return new Tuple(share, quorum, { session: pcfg, view, nonceShare, noncePoint, blind, commitments: first.broadcast, products })
}
