/**
 * A dealer whose cheat is behind its commitment: it commits to what it opens and fits everything else to that, so that the checks after the commitment
 * have to find it.
 * @module
 */
import type { Bytes } from '../../core/bytes.ts'
import type { CeremonyContext } from '../../core/ceremony/context.ts'
import { viewDigest } from '../../core/ceremony/echo.ts'
import { routerOf } from '../../core/ceremony/router.ts'
import { kernel, type SecretShare } from '../../core/kernel/index.ts'
import { sessionConfig } from '../../core/threshold/config.ts'
import type { DealWire } from '../../core/threshold/deal-wire.ts'
import { type AnyOpening, type Committed, commitmentOf, openDealing } from '../../core/threshold/dealing.ts'
import type { KeyShare } from '../../core/threshold/index.ts'

/** How a dealer differs from an honest one. */
export interface DealerCheat {
  /** Number of coefficients; as agreed unless told. */
  readonly degree?: number
  /** What it deals; as agreed unless told. */
  readonly constant?: { readonly share: SecretShare; readonly weight: bigint } | undefined
  /** Other commitments than those of its polynomial. */
  readonly commit?: (own: Committed) => Committed
  /** Another opening, with the proof. */
  readonly open?: (own: AnyOpening) => AnyOpening
}

/** Runs the first two rounds of a dealing. The others stop there, or are left alone. */
export async function cheatingDealer(
  ctx: CeremonyContext<KeyShare>,
  agreed: { wire: DealWire; cfgHash: Bytes; degree: number; constant?: DealerCheat['constant']; chainCode: boolean },
  cheat: DealerCheat,
): Promise<undefined> {
  const { wire, cfgHash } = agreed
  const { self, random, sessionId } = ctx
  const { commit = own => own, open = own => own } = cheat
  const constant = 'constant' in cheat ? cheat.constant : agreed.constant
  const dealing = kernel.deal({ seed: random(32), threshold: cheat.degree ?? agreed.degree, ...(constant === undefined ? {} : { constant }) })
  const { coefficients, otKey } = dealing
  const hidden = commit({ coefficients, ...(agreed.chainCode ? { chainCode: random(32) } : {}), otKey, blind: random(32) })
  const router = routerOf(
    ctx,
    ctx.parties.map(party => party.index),
    wire.rounds,
  )
  try {
    const session = sessionConfig(cfgHash, sessionId)
    const own = { nonce: random(32), commitment: commitmentOf(cfgHash, self, hidden) }
    router.broadcast(wire.commit, session, own)
    const { broadcast } = await router.collect(wire.commit, session)
    const committed = new Map([[self, own], ...broadcast])
    const view1 = viewDigest('view1', [cfgHash, sessionId], new Map([...committed].map(([index, sent]) => [index, [sent.nonce, sent.commitment]])))
    router.broadcast(wire.open, view1, open(openDealing(view1, self, hidden, dealing.proof)))
    await router.collect(wire.open, view1)
    return undefined
  } finally {
    dealing.wipe()
    router.close()
  }
}
