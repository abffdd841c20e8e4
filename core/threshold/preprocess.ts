/**
 * The two offline rounds of a signature. They know neither message nor key nor path; the joint nonce stays committed.
 * @module
 */

import { type Bytes, u32be } from '../bytes.ts'
import { attribute } from '../ceremony/blame.ts'
import type { CeremonyContext } from '../ceremony/context.ts'
import { viewDigest } from '../ceremony/echo.ts'
import { type Router, routerOf } from '../ceremony/router.ts'
import { H, kernel } from '../kernel/index.ts'
import { burnOnFailure } from './burn.ts'
import { checkQuorum, pairContext, signingConfig } from './quorum.ts'
import { P1, P2, signingRounds } from './rounds.ts'
import { withSeed } from './seed.ts'
import { type KeyShare, pairWith } from './share.ts'
import { Tuple } from './tuple.ts'

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

  const held = withSeed(random, seed => kernel.openTuple(seed))
  try {
    // ── P1: commit to the nonce share; extend the oblivious transfers towards each peer ──
    const [nonce, blind] = [random(32), random(32)]
    const own = { nonce, commitment: nonceCommitment(pcfg, self, nonce, held.noncePoint, blind) }
    router.broadcast(P1, pcfg, own)
    for (const peer of router.peers) {
      const pair = pairWith(share, peer)
      const extension = withSeed(random, seed => held.extend({ peer, pair, pairContext: pairContext(pcfg, peer, self), seed }))
      router.send(P1, peer, pcfg, { extension })
    }
    const first = await router.collect(P1, pcfg)
    const commitments = new Map([[self, own], ...first.broadcast])
    const view = viewDigest('view', [pcfg], new Map([...commitments].map(([index, sent]) => [index, [sent.nonce, sent.commitment]])))

    // ── P2: multiply, as Alice with random inputs ──
    for (const [peer, { extension }] of first.direct) {
      const multiplication = await burnOnFailure(ctx, share, peer, () => {
        const pair = pairWith(share, peer)
        const context = pairContext(pcfg, self, peer)
        return attribute(peer, P1.name, () => withSeed(random, seed => held.multiply({ peer, pair, pairContext: context, view, extension, seed })))
      })
      router.send(P2, peer, view, { multiplication })
    }
    const second = await router.collect(P2, view)

    // ── as Bob: check what each Alice sent ──
    for (const [peer, { multiplication }] of second.direct)
      await burnOnFailure(ctx, share, peer, () => {
        pairWith(share, peer)
        attribute(peer, P2.name, () => held.accept({ peer, view, multiplication }))
      })
    return new Tuple(share, quorum, { session: pcfg, view, held, blind, commitments: first.broadcast })
  } catch (error) {
    held.wipe()
    throw error
  }
}
