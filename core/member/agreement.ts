/**
 * Agreement on a height: check a proposal, vote, gather votes, lock. Every vote and lock is on stable storage before it is spoken.
 * Rules: docs/agreement.md, The rules.
 * @module
 */
import { equal, hex } from '../bytes.ts'
import { PoolError } from '../errors.ts'
import { blocksOfPayload, carriesContent, checkProposal, type ProposalView, type RefusalReason } from '../proposal/check.ts'
import { type HeightRecord, lock, mayLock, vote } from '../proposal/lock.ts'
import { type Certificate, type Prepare, type Proposal, proposalCodec, verifyCertificate } from '../proposal/messages.ts'
import type { Pool } from '../proposal/pool.ts'
import { signPrepare, verifyPrepare } from '../proposal/vote.ts'
import { parseTransaction } from '../transaction/parse.ts'
import type { ApprovalPort, Verdict } from './approval.ts'
import type { MemberEvent } from './events.ts'
import { type HeightState, KEPT_ROUNDS, knownVotes, makeRoom, voteKey } from './height.ts'
import type { RoomMessage, RoomMessageOf } from './messages.ts'
import type { Clock, GuardStore, Log } from './ports.ts'
import type { SignPlan } from './sign-order.ts'

export interface AgreementPorts {
  readonly pool: Pool
  readonly seat: number
  readonly voteSecret: Uint8Array
  readonly guard: GuardStore
  readonly clock: Clock
  readonly log: Log
  /** Who else has to want a proposal of another; absent: nobody. */
  readonly approval?: ApprovalPort | undefined
  say(to: number | 'all', message: RoomMessage): void
  emit(event: MemberEvent): void
  /** This member's view for judging proposals of a height; undefined while the turn cannot be computed. */
  view(state: HeightState): ProposalView | undefined
  /** What goes out together with an own proposal. */
  plan(state: HeightState, proposal: Proposal): SignPlan | undefined
  /** What may be signed at once when this lock is on disk: the record with that in it, and how to begin. */
  authorise(state: HeightState, locked: HeightRecord, proposal: Proposal): Authorised | undefined
  /** Something about the height changed that may let signing begin. */
  advanced(state: HeightState): Promise<void>
}

/** Refusals that later news from L1 or the clock may lift: the proposal is held and judged again. */
const MAY_CHANGE: ReadonlySet<RefusalReason> = new Set<RefusalReason>(['too-early', 'wrong-height', 'bad-origin', 'does-not-follow'])

/**
 * Where t signers are q members, those whom a proposer names in round 0 can do without the others: those get the proposal so many ms later, and not at all
 * when it is signed by then.
 */
const AFTER_NAMED = 50

/** ms until what nobody waits for, while a height is signed as it should be, is sent after all: votes, and locks to the next proposer. */
const UNNEEDED = 500

/**
 * What q members have judged when certified content was new, by the L1 of then. A reorganisation since must not leave the height without any
 * content that may be signed: the batch lands, and everyone who derives the chain passes it over.
 */
const CERTIFIED: ReadonlySet<RefusalReason> = new Set<RefusalReason>(['bad-origin', 'does-not-follow', 'bad-timestamp', 'nonce-order'])

export interface Authorised {
  readonly record: HeightRecord
  /** Called when the record is on disk. */
  begin(): void
}

export interface Agreement {
  /** Judges a proposal and votes for it when nothing speaks against it. `patience`: hold what may be judged otherwise later. */
  consider(state: HeightState, from: number, proposal: Proposal, patience?: boolean): Promise<void>
  /** The same for a proposal of this member, which is sent out once its own vote for it is on disk. False when it is not. */
  propose(state: HeightState, proposal: Proposal): Promise<boolean>
  prepare(state: HeightState, from: number, message: RoomMessageOf<'prepare'>): Promise<void>
  locked(state: HeightState, message: RoomMessageOf<'locked'>): Promise<void>
  commit(state: HeightState, from: number, message: RoomMessageOf<'commit'>): Promise<void>
  /** Writes the lock for a certificate whose proposal is known. False when an older or equal lock stands already on other content. */
  lockOn(state: HeightState, certificate: Certificate, proposal: Proposal): Promise<boolean>
  /** False as long as this member's operator or policy has not approved the content of a proposal. */
  isApproved(state: HeightState, proposal: Proposal): boolean
  /** Judges held proposals again. */
  reconsider(state: HeightState): Promise<void>
}

const certificateOf = (
  { height, round, content }: Pick<Proposal, 'height' | 'round' | 'content'>,
  votes: ReadonlyMap<number, Uint8Array>,
): Certificate => ({
  height,
  round,
  content,
  prepares: [...votes].sort(([a], [b]) => a - b).map(([seat, signature]) => ({ seat, signature })),
})

export function createAgreement(ports: AgreementPorts): Agreement {
  const { pool, seat, guard, clock, log } = ports

  function refuse(state: HeightState, proposal: Proposal, reason: RefusalReason): void {
    const isKnown = state.refusals.some(known => known.round === proposal.round && known.reason === reason)
    if (!isKnown) state.refusals.push({ height: state.height, round: proposal.round, reason })
    if (state.refusals.length > 16) state.refusals.shift()
    log('warn', 'proposal.refused', { height: proposal.height, round: proposal.round, reason })
    ports.emit({ kind: 'refused', height: proposal.height, round: proposal.round, reason })
    ports.say('all', { kind: 'refusal', height: proposal.height, round: proposal.round, content: proposal.content, reason })
    if (reason === 'locked-elsewhere' && state.agreed !== undefined)
      ports.say('all', { kind: 'locked', certificate: state.agreed.certificate, proposal: state.agreed.proposal })
  }

  async function lockOn(state: HeightState, certificate: Certificate, proposal: Proposal): Promise<boolean> {
    if (state.record.lockedRound >= certificate.round)
      return state.record.lockedContent !== undefined && equal(state.record.lockedContent, certificate.content)
    // After a vote in a later round no lock, and so no signature, of this one: the certificate is still what the next proposal has to respect.
    if (!mayLock(state.record, certificate)) {
      if ((state.agreed?.certificate.round ?? -1) < certificate.round) state.agreed = { certificate, proposal }
      return false
    }
    const locked = lock(state.record, certificate)
    const authorised = ports.authorise(state, locked, proposal)
    await guard.writeLock(authorised?.record ?? locked, proposalCodec.encode(proposal))
    state.record = authorised?.record ?? locked
    tellLock(state, certificate, proposal)
    authorised?.begin()
    return true
  }

  /** The lock is on disk. */
  function tellLock(state: HeightState, certificate: Certificate, proposal: Proposal): void {
    const { height, round, content, prepares } = certificate
    state.agreed = { certificate, proposal }
    ports.emit({ kind: 'agreed', height, round, votes: prepares.length })
    // Nobody waits for it where t signers are q members.
    if (pool.threshold < pool.agreementQuorum) ports.say('all', { kind: 'commit', height, round, content })
    addCommit(state, seat, round, content)
    clock.after(UNNEEDED, () => void (state.signed === undefined && passOn(state, certificate, proposal)))
  }

  /** Who proposes next may have heard of nothing, and would be refused with anything else. */
  function passOn(state: HeightState, certificate: Certificate, proposal: Proposal): void {
    const next = ports.view(state)?.turn.proposer(certificate.round + 1).seat
    if (next !== undefined && next !== seat && state.record.lockedRound === certificate.round)
      ports.say(next, { kind: 'locked', certificate, proposal })
  }

  function addCommit(state: HeightState, from: number, round: number, content: Uint8Array): void {
    const key = voteKey(round, content)
    if (!makeRoom(state.commits, from, round)) return
    const seats = state.commits.get(key) ?? new Set()
    seats.add(from)
    state.commits.set(key, seats)
  }

  /** With q votes for something this member voted for as well: lock, and let the proposer begin. */
  async function tryLock(state: HeightState, round: number, content: Uint8Array): Promise<void> {
    const votes = state.prepares.get(voteKey(round, content))
    const proposal = state.voted.get(round)
    if (votes === undefined || votes.size < pool.agreementQuorum || proposal === undefined || !equal(proposal.content, content)) return
    if (await lockOn(state, certificateOf({ height: state.height, round, content }, votes), proposal)) await ports.advanced(state)
  }

  function keepPrepare(state: HeightState, from: number, round: number, content: Uint8Array, signature: Uint8Array): boolean {
    const key = voteKey(round, content)
    if (!makeRoom(state.prepares, from, round)) return false
    const votes = state.prepares.get(key) ?? new Map<number, Uint8Array>()
    if (!votes.has(from)) votes.set(from, signature)
    state.prepares.set(key, votes)
    return true
  }

  /**
   * With q = 2 the proposer's vote and one's own are enough for everybody: in round 0 only the proposer hears of it at once, and the others when the height
   * is not signed soon.
   */
  function sayPrepare(state: HeightState, prepare: Prepare, proposer: number): void {
    const message = { kind: 'prepare', prepare } as const
    if (pool.agreementQuorum > 2 || prepare.round > 0 || proposer === seat) {
      ports.say('all', message)
      return
    }
    ports.say(proposer, message)
    clock.after(UNNEEDED, () => {
      for (const { seat: other } of pool.members) if (state.signed === undefined && other !== seat && other !== proposer) ports.say(other, message)
    })
  }

  function approvalOf(state: HeightState, proposal: Proposal, view: ProposalView): Verdict {
    const { approval } = ports
    const { height, round, content, payload } = proposal
    const own = [...state.voted.values()].some(voted => equal(voted.content, content))
    const earlier = [state.record.votedContent, state.record.lockedContent].some(known => known !== undefined && equal(known, content))
    // What it has proposed or voted for is decided.
    if (approval === undefined || own || earlier) return { approved: true, by: 'own vote' }
    const blocks = blocksOfPayload(payload, height, view) ?? []
    const parse = view.parse ?? parseTransaction
    return approval.judge({
      height,
      round,
      proposer: view.turn.proposer(round).seat,
      content,
      size: payload.length,
      blocks: blocks.length,
      origin: { number: proposal.origin.number, hash: hex(proposal.origin.hash) },
      chainId: pool.l2.chainId,
      inbox: pool.l1.inbox,
      transactions: () => blocks.flatMap(block => block.transactions.map(parse)),
    })
  }

  type Announce = (state: HeightState, prepare: Prepare, proposer: number) => void

  async function consider(state: HeightState, from: number, proposal: Proposal, patience = true, announce: Announce = sayPrepare): Promise<void> {
    const earlier = state.voted.get(proposal.round)
    if (earlier !== undefined && equal(earlier.content, proposal.content)) return
    // A running ceremony is let finish: a take-over now would stop a signature that may be a moment away. Its patience bounds the wait.
    if (state.signing !== undefined && state.signing.round < proposal.round) return void state.held.set(from, { proposal, reason: 'stale-round' })
    const view = ports.view(state)
    const reason = view === undefined ? 'too-early' : checkProposal(proposal, view)
    // The vote below refuses a justification that does not verify.
    const certified = proposal.justification !== undefined && reason !== undefined && CERTIFIED.has(reason)
    if (reason !== undefined && !certified) {
      if (patience && MAY_CHANGE.has(reason)) state.held.set(from, { proposal, reason })
      else refuse(state, proposal, reason)
      return
    }
    if (from !== seat && view !== undefined) {
      const verdict = approvalOf(state, proposal, view)
      // A person takes longer than a round: it is held for as long as there is time to say yes.
      if (verdict === 'ask') return void state.held.set(from, { proposal, reason: 'not-approved-in-time' })
      if ('refuse' in verdict) return refuse(state, proposal, verdict.refuse)
    }
    const outcome = vote(state.record, proposal, {
      pool,
      verify: (_, certificate) => verifyCertificate(pool, certificate, knownVotes(state, certificate)),
    })
    if ('refuse' in outcome) return refuse(state, proposal, outcome.refuse)
    await castVote(state, proposal, outcome.record, prepare => announce(state, prepare, view?.turn.proposer(proposal.round).seat ?? from))
  }

  /** Votes and, when that makes q votes, locks and authorises: one write for all of it, then it is said. */
  async function castVote(state: HeightState, proposal: Proposal, voted: HeightRecord, announce: (prepare: Prepare) => void): Promise<void> {
    const { height, round, content } = proposal
    const signature = signPrepare({ height, round, content }, pool, ports.voteSecret)
    const votes = new Map([...(state.prepares.get(voteKey(round, content)) ?? []), [seat, signature]])
    const certificate = votes.size < pool.agreementQuorum ? undefined : certificateOf({ height, round, content }, votes)
    const newer = certificate !== undefined && certificate.round > voted.lockedRound && mayLock(voted, certificate)
    const locked = newer ? lock(voted, certificate) : undefined
    const authorised = locked && ports.authorise(state, locked, proposal)
    if (locked === undefined) await guard.write(voted)
    else await guard.writeLock(authorised?.record ?? locked, proposalCodec.encode(proposal))
    state.record = authorised?.record ?? locked ?? voted
    state.voted.set(round, proposal)
    state.seenAt.set(round, clock.now())
    for (const old of [...state.voted.keys()].slice(0, -KEPT_ROUNDS)) {
      state.voted.delete(old)
      state.seenAt.delete(old)
    }
    keepPrepare(state, seat, round, content, signature)
    announce({ height, round, content, seat, signature })
    if (locked === undefined || certificate === undefined) return tryLock(state, round, content)
    tellLock(state, certificate, proposal)
    authorised?.begin()
    await ports.advanced(state)
  }

  return {
    consider,
    async propose(state, proposal) {
      let voted = false
      await consider(state, seat, proposal, false, (_, vote) => {
        voted = true
        const sign = ports.plan(state, proposal)
        const message = { kind: 'proposal', proposal, vote, sign } as const
        const others = pool.members.map(member => member.seat).filter(other => other !== seat)
        const named = others.filter(other => sign?.quorum.includes(other) === true)
        const rest = others.filter(other => !named.includes(other))
        const tell = (seats: readonly number[]): void => seats.forEach(other => void ports.say(other, message))
        tell(named)
        if (pool.threshold < pool.agreementQuorum || proposal.round > 0 || named.length === 0) tell(rest)
        else clock.after(AFTER_NAMED, () => void (state.signed === undefined && tell(rest)))
      })
      return voted
    },
    lockOn,
    async prepare(state, from, { prepare }) {
      if (prepare.seat !== from) return
      if (!verifyPrepare(prepare, pool)) {
        log('warn', 'prepare.bad-signature', { from, height: prepare.height, round: prepare.round })
        return
      }
      // Who votes in a later round has left the ceremony of an earlier one: nothing can come of it.
      const { signing } = state
      if (signing !== undefined && signing.round < prepare.round && signing.quorum.includes(from)) signing.stop()
      const { round, content, signature } = prepare
      if (keepPrepare(state, from, round, content, signature)) await tryLock(state, round, content)
    },
    async locked(state, { certificate, proposal }) {
      const known = state.agreed?.certificate.round ?? -1
      if (certificate.round <= known || !equal(certificate.content, proposal.content) || proposal.height !== state.height) return
      const view = ports.view(state)
      // The certificate is about the content: that the payload is what it commits to has to be computed.
      if (certificate.height !== state.height || view === undefined || !carriesContent(proposal, view)) {
        log('warn', 'locked.wrong-payload', { height: state.height, round: certificate.round })
        return
      }
      try {
        verifyCertificate(pool, certificate, knownVotes(state, certificate))
      } catch (error) {
        log('warn', 'certificate.invalid', { height: state.height, reason: error instanceof PoolError ? error.code : 'unknown' })
        return
      }
      state.agreed = { certificate, proposal }
      await ports.advanced(state)
    },
    async commit(state, from, { round, content }) {
      addCommit(state, from, round, content)
      await ports.advanced(state)
    },
    isApproved(state, proposal) {
      const view = ports.view(state)
      if (ports.approval === undefined) return true
      const verdict = view === undefined ? 'ask' : approvalOf(state, proposal, view)
      return verdict !== 'ask' && 'approved' in verdict
    },
    async reconsider(state) {
      const view = ports.view(state)
      for (const [from, { proposal, reason }] of [...state.held]) {
        state.held.delete(from)
        // Once this member has voted on, what kept it from voting here will not change any more.
        if (proposal.round < state.record.votedRound) refuse(state, proposal, reason)
        else await consider(state, from, proposal, view === undefined || view.now < view.turn.opensAt(proposal.round + 1))
      }
    },
  }
}
