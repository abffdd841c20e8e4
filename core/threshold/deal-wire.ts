/**
 * How the steps of a dealing travel. Key generation, in which everybody deals and everybody receives, joins what goes to one peer into one message; where
 * dealers and members differ, each step has a round of its own, so that every message has one form.
 * @module
 */
import type { Bytes } from '../bytes.ts'
import type { AnyRound, Round, Router } from '../ceremony/router.ts'
import type { AnyOpening } from './dealing.ts'
import { D1, D2, D3, D4, D5, D6, D7, DEAL_ROUNDS, KEYGEN_ROUNDS, type PublicShareMessage, R1, R2, R3, R4, R5 } from './rounds.ts'

/** What a member tells another to begin their common state. */
export interface PairOpening {
  readonly zeroSeed: Bytes
  readonly baseOt: Bytes
}

/** Who is to be heard, by index in the ceremony. */
export interface Senders {
  readonly dealers: readonly number[]
  readonly members: readonly number[]
  /** Whether this party is a member: who is not gets no shares and no state of pairs. */
  readonly receives: boolean
}

export interface DealWire {
  readonly rounds: readonly AnyRound[]
  readonly commit: Round<{ nonce: Bytes; commitment: Bytes }, never>
  readonly open: Round<AnyOpening, never>
  /** Names for blame. */
  readonly share: string
  readonly pair: string
  readonly trees: string
  readonly publicShare: string
  readonly certify: Round<{ signature: Bytes }, never>
  sendDealt(router: Router, to: number, view: Bytes, dealt: { readonly share?: Bytes; readonly pair?: PairOpening }): void
  collectDealt(router: Router, view: Bytes, from: Senders): Promise<{ shares: ReadonlyMap<number, Bytes>; pairs: ReadonlyMap<number, PairOpening> }>
  sendTrees(router: Router, to: number, view: Bytes, trees: Bytes): void
  sendPublicShare(router: Router, view: Bytes, message: PublicShareMessage): void
  collectProofs(
    router: Router,
    view: Bytes,
    from: Senders,
  ): Promise<{ publicShares: ReadonlyMap<number, PublicShareMessage>; trees: ReadonlyMap<number, Bytes> }>
}

const mapped = <A, B>(map: ReadonlyMap<number, A>, pick: (value: A) => B): Map<number, B> =>
  new Map([...map].map(([index, value]) => [index, pick(value)]))

/** R1 to R5. */
export const KEYGEN_WIRE: DealWire = {
  rounds: KEYGEN_ROUNDS,
  commit: R1,
  open: R2,
  share: R3.name,
  pair: R3.name,
  trees: R4.name,
  publicShare: R4.name,
  certify: R5,
  sendDealt: (router, to, view, { share, pair }) => router.send(R3, to, view, { share: share as Bytes, ...(pair as PairOpening) }),
  async collectDealt(router, view) {
    const { direct } = await router.collect(R3, view)
    return { shares: mapped(direct, sent => sent.share), pairs: direct }
  },
  sendTrees: (router, to, view, trees) => router.send(R4, to, view, { trees }),
  sendPublicShare: (router, view, message) => router.broadcast(R4, view, message),
  async collectProofs(router, view) {
    const { broadcast, direct } = await router.collect(R4, view)
    return { publicShares: broadcast, trees: mapped(direct, sent => sent.trees) }
  },
}

/** D1 to D7: refresh, reshare, import. */
export const TRANSFER_WIRE: DealWire = {
  rounds: DEAL_ROUNDS,
  commit: D1,
  open: D2,
  share: D3.name,
  pair: D4.name,
  trees: D5.name,
  publicShare: D6.name,
  certify: D7,
  sendDealt(router, to, view, { share, pair }) {
    if (share !== undefined) router.send(D3, to, view, { share })
    if (pair !== undefined) router.send(D4, to, view, { ...pair })
  },
  async collectDealt(router, view, { dealers, members, receives }) {
    if (!receives) return { shares: new Map(), pairs: new Map() }
    const shares = await router.collect(D3, view, dealers)
    const pairs = await router.collect(D4, view, members)
    return { shares: mapped(shares.direct, sent => sent.share), pairs: pairs.direct }
  },
  sendTrees: (router, to, view, trees) => router.send(D5, to, view, { trees }),
  sendPublicShare: (router, view, message) => router.broadcast(D6, view, message),
  async collectProofs(router, view, { members, receives }) {
    const trees = receives ? await router.collect(D5, view, members) : undefined
    const { broadcast } = await router.collect(D6, view, members)
    return { publicShares: broadcast, trees: trees === undefined ? new Map() : mapped(trees.direct, sent => sent.trees) }
  },
}
