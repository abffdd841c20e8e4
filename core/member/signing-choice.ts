/**
 * With whom a proposer signs, and with which tuple: of those who voted, the ones that it can reach and trusts, and among these the ones with whom
 * the work is done already.
 * @module
 */
import type { Proposal } from '../proposal/messages.ts'
import type { Pool } from '../proposal/pool.ts'
import { DOUBTFUL, type Doubts } from './doubts.ts'
import { type HeightState, hasMovedOn, voteKey } from './height.ts'
import type { Clock } from './ports.ts'
import type { SignOrder } from './sign-order.ts'
import type { Offer, TuplePool } from './tuples.ts'

/** ms after its own vote for which a proposer waits for more votes when it would have to ask somebody doubtful. */
const DOUBTFUL_WAIT = 1_500

/** ms after it could begin for which a proposer waits for the votes of those whom it has named, or with whom it has a tuple. */
const NAMED_WAIT = 250

/** Tuples that others have lost, after which a proposer signs a height without one. */
const MAX_LOST = 3

/** A quorum, and the tuple to sign with. */
export interface Signers {
  readonly quorum: readonly number[]
  readonly tuple: Offer | undefined
}

/** To go on with what was announced together with the proposal, or with others. */
export type Choice = { readonly announced: SignOrder } | Signers

export interface Chooser {
  /** With whom to sign what these have voted for; or ms to wait for votes; or undefined when they are too few. */
  choose(state: HeightState, slot: Pick<Proposal, 'round' | 'content'>): Choice | number | undefined
  /** Before anybody has voted: with whom it would be, if all of them are beyond doubt. */
  ahead(state: HeightState, round: number): Signers | undefined
  /** False when an order goes on with a tuple that is not here. */
  isHere(order: SignOrder): boolean
}

export function createChooser(input: { pool: Pool; clock: Clock; doubts: Doubts; tuples: TuplePool }): Chooser {
  const { pool, clock, doubts, tuples } = input
  /** Since when a proposer could have begun. */
  let ready: { readonly height: number; readonly round: number; readonly at: number } | undefined

  const mayBeAsked = (state: HeightState, round: number, seats: readonly number[]): readonly number[] =>
    seats.filter(voter => !hasMovedOn(state, voter, round))

  const trusted = (state: HeightState, quorum: readonly number[]): boolean => doubts.worst(quorum, state.failed) <= 1

  const offersFor = (state: HeightState, round: number): readonly Offer[] =>
    state.lostTuples >= MAX_LOST
      ? []
      : tuples.offers().filter(({ quorum }) => mayBeAsked(state, round, quorum).length === quorum.length && doubts.able(quorum))

  const isHere = ({ held, ceremony, quorum }: SignOrder): boolean => !held || tuples.has(ceremony, quorum)

  /** ms to wait for the vote of somebody better than the most doubtful of a quorum; 0 when there is none, or it has been waited for. */
  function waitForBetter(state: HeightState, round: number, voters: readonly number[], quorum: readonly number[]): number {
    const worst = doubts.worst(quorum, state.failed)
    const better = pool.members.some(member => !voters.includes(member.seat) && doubts.of(member.seat, state.failed) < worst)
    return worst >= DOUBTFUL && better ? Math.max(0, (state.seenAt.get(round) ?? 0) + DOUBTFUL_WAIT - clock.now()) : 0
  }

  /** ms to wait for those who are named; 0 when they have been waited for. */
  function waitForNamed({ height }: HeightState, round: number): number {
    if (ready?.height !== height || ready.round !== round) ready = { height, round, at: clock.now() }
    return Math.max(0, ready.at + NAMED_WAIT - clock.now())
  }

  return {
    isHere,
    choose(state, { round, content }) {
      const voters = mayBeAsked(state, round, [...(state.prepares.get(voteKey(round, content))?.keys() ?? [])])
      const voted = (quorum: readonly number[]): boolean => quorum.every(member => voters.includes(member))
      const best = doubts.choose(voters, state.failed)
      if (best.length < pool.threshold) return undefined
      const announced =
        state.announced?.round === round && isHere(state.announced) && doubts.able(state.announced.quorum) ? state.announced : undefined
      if (announced !== undefined && voted(announced.quorum)) return { announced }
      const wait = waitForBetter(state, round, voters, best)
      if (wait > 0) return wait
      const offers = offersFor(state, round)
      const tuple = offers.find(({ quorum }) => voted(quorum) && doubts.worst(quorum, state.failed) <= doubts.worst(best, state.failed))
      const named = announced ?? (tuple === undefined ? offers.find(({ quorum }) => trusted(state, quorum)) : undefined)
      if (named !== undefined) {
        const left = waitForNamed(state, round)
        if (left > 0) return left
        for (const member of named.quorum) if (!voters.includes(member)) doubts.late(member)
      }
      return { quorum: tuple?.quorum ?? best, tuple }
    },
    ahead(state, round) {
      const tuple = offersFor(state, round).find(({ quorum }) => trusted(state, quorum))
      const able = pool.members.map(member => member.seat)
      const quorum = tuple?.quorum ?? doubts.choose(mayBeAsked(state, round, able), state.failed)
      return quorum.length === pool.threshold && trusted(state, quorum) ? { quorum, tuple } : undefined
    },
  }
}
