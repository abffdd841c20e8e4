/**
 * From an agreed batch to a signed L1 transaction: the proposer fixes quorum and fees, each member of the quorum checks and locks for
 * itself, then all run the ceremony. What was authorised is on stable storage before the first online message leaves.
 * @module
 */
import { compare, equal, hex } from '../bytes.ts'
import { asPoolError, isPoolError, type PoolError } from '../errors.ts'
import { checkFees, DEFAULT_FEE_POLICY } from '../l1/fees.ts'
import {
  calldataGas,
  decodeSignedTransaction,
  decodeUnsignedTransaction,
  encodeSignedTransaction,
  encodeUnsignedTransaction,
  sighash,
} from '../l1/transaction.ts'
import { checkSignRequest, contentOfPayload } from '../proposal/check.ts'
import { authorizeSigning } from '../proposal/lock.ts'
import { type Proposal, verifyCertificate } from '../proposal/messages.ts'
import type { Pool } from '../proposal/pool.ts'
import { slotAt } from '../slot.ts'
import type { KeyShare, Signature, sign } from '../threshold/index.ts'
import type { Agreement } from './agreement.ts'
import type { CeremonyHost } from './ceremonies.ts'
import type { CeremonyRun } from './ceremony-plan.ts'
import { DOUBTFUL, type Doubts } from './doubts.ts'
import type { MemberEvent } from './events.ts'
import type { FeeSource } from './fee-source.ts'
import { type HeightState, hasMovedOn, knownVotes, type RunningSigning, type SignedBatch, voteKey } from './height.ts'
import type { RoomMessage, RoomMessageOf } from './messages.ts'
import type { Clock, GuardStore, Log } from './ports.ts'
import type { Offer, TuplePool } from './tuples.ts'

export interface SigningPorts {
  readonly pool: Pool
  readonly seat: number
  readonly guard: GuardStore
  readonly clock: Clock
  readonly fees: FeeSource
  readonly log: Log
  readonly agreement: Agreement
  readonly ceremonies: CeremonyHost
  readonly tuples: TuplePool
  readonly doubts: Doubts
  readonly random: (length: number) => Uint8Array
  /** The signing protocol. */
  readonly sign: typeof sign
  share(): KeyShare
  say(to: number | 'all', message: RoomMessage): void
  emit(event: MemberEvent): void
  /** Seat of the proposer of (height, round), or undefined while that cannot be computed. */
  proposerOf(height: number, round: number): number | undefined
  /** Queues a task behind what the member is doing. */
  later(task: () => Promise<void> | void): void
  /** A finished transaction: stored already; hand it to the publisher. */
  finished(state: HeightState): void
  /** The member looks at its height again. */
  again(): void
}

/** ms after its own vote for which a proposer waits for more votes when it would have to ask somebody doubtful. */
const CHOICE = 1_500

/** ms after there are q votes for which a proposer waits for those with whom it has a ready tuple: less than making one would take from afar. */
const TUPLE_CHOICE = 250

/** Ceremonies a proposer starts for one height and round before it leaves it to the next. */
const MAX_ATTEMPTS = 4

/** Tuples that others have lost, after which a proposer signs a height without one. */
const MAX_LOST = 3

export interface Signing {
  /** After a restart: the finished transaction that the guard has for this height. */
  restore(state: HeightState, raw: Uint8Array): void
  /** As proposer: begins when agreement and locks allow it. */
  begin(state: HeightState): Promise<void>
  /** A request to sign, from the proposer of the round. */
  request(state: HeightState, from: number, message: RoomMessageOf<'sign'>): Promise<void>
  /** Looks again at requests that had to wait. */
  resume(state: HeightState): Promise<void>
  /** A member of the quorum has no tuple of this ceremony: when it is the one that runs, it has to begin again with another. */
  gone(state: HeightState, from: number, ceremony: Uint8Array): void
  /** The room session with this peer was opened anew: whatever its process held is perhaps lost. */
  reopened(state: HeightState, peer: number): void
  /** A finished transaction from another member. */
  result(state: HeightState, message: RoomMessageOf<'signed'>): Promise<void>
}

export function createSigning(ports: SigningPorts): Signing {
  const { pool, seat, guard, clock, log, doubts, tuples } = ports
  /** Since when a proposer could have begun, but for a tuple. */
  let choiceOf: { readonly height: number; readonly round: number; readonly since: number } | undefined
  let feesOf: { height: number; round: number; transaction: Uint8Array } | undefined

  /** With t < q, locks of t signers alone would not stop a second content: q locks are needed first. With t = q the signers are the q. */
  const locksSuffice = (state: HeightState, round: number, content: Uint8Array): boolean =>
    pool.threshold >= pool.agreementQuorum || (state.commits.get(voteKey(round, content))?.size ?? 0) >= pool.agreementQuorum

  async function unsignedTransaction(state: HeightState, round: number, proposal: Proposal): Promise<Uint8Array | undefined> {
    if (feesOf?.height === state.height && feesOf.round === round) return feesOf.transaction
    // Undefined while L1 does not answer; the next look at the height asks again.
    const fees = await ports.fees.now()
    if (fees === undefined) return undefined
    const transaction = encodeUnsignedTransaction({
      type: 2,
      chainId: pool.l1.chainId,
      nonce: state.height + pool.l1.nonceOffset,
      ...fees,
      gasLimit: calldataGas(proposal.payload),
      to: pool.l1.inbox,
      value: 0n,
      data: proposal.payload,
    })
    feesOf = { height: state.height, round, transaction }
    return transaction
  }

  /** Seats that voted for it, have not moved on, and may be asked. */
  const mayBeAsked = (state: HeightState, round: number, seats: readonly number[]): readonly number[] =>
    seats.filter(voter => !ports.share().burned.has(voter) && !hasMovedOn(state, voter, round))

  /** ms to wait for the vote of somebody better than the most doubtful of a quorum; 0 when there is none, or it has been waited for. */
  function worthWaiting(state: HeightState, round: number, voters: readonly number[], quorum: readonly number[]): number {
    const worst = doubts.worst(quorum, state.failed)
    const better = pool.members.some(member => !voters.includes(member.seat) && doubts.of(member.seat, state.failed) < worst)
    return worst >= DOUBTFUL && better ? Math.max(0, (state.seenAt.get(round) ?? 0) + CHOICE - clock.now()) : 0
  }

  /** A tuple to sign with, no tuple, or ms to wait for the votes of those who hold one. */
  function chooseTuple(state: HeightState, round: number, voters: readonly number[], quorum: readonly number[]): Offer | number | undefined {
    if (state.lostTuples >= MAX_LOST) return undefined
    const worst = doubts.worst(quorum, state.failed)
    const offers = tuples.offers().filter(offer => mayBeAsked(state, round, offer.quorum).length === offer.quorum.length)
    const now = offers.find(offer => offer.quorum.every(member => voters.includes(member)) && doubts.worst(offer.quorum, state.failed) <= worst)
    if (now !== undefined) return now
    const soon = offers.find(offer => doubts.worst(offer.quorum, state.failed) <= 1)
    if (soon === undefined) return undefined
    if (choiceOf?.height !== state.height || choiceOf.round !== round) choiceOf = { height: state.height, round, since: clock.now() }
    const wait = choiceOf.since + TUPLE_CHOICE - clock.now()
    if (wait > 0) return wait
    for (const member of soon.quorum) if (!voters.includes(member)) doubts.late(member)
    return undefined
  }

  async function begin(state: HeightState): Promise<void> {
    const agreed = state.agreed
    if (agreed === undefined || state.signed !== undefined || state.signing !== undefined || state.attempts >= MAX_ATTEMPTS) return
    const { certificate, proposal } = agreed
    if (ports.proposerOf(state.height, certificate.round) !== seat) return
    // A certificate of an earlier round is proposed again before it is signed: the lock has to be of the round that signs.
    if (state.record.votedRound > certificate.round || state.record.lockedRound !== certificate.round) return
    if (!locksSuffice(state, certificate.round, certificate.content)) return
    const { round, content } = certificate
    const voters = mayBeAsked(state, round, [...(state.prepares.get(voteKey(round, content))?.keys() ?? [])])
    const best = doubts.choose(voters, state.failed)
    if (best.length < pool.threshold) return
    const wait = worthWaiting(state, round, voters, best)
    if (wait > 0) return void clock.after(wait, () => ports.again())
    const tuple = chooseTuple(state, round, voters, best)
    if (typeof tuple === 'number') return void clock.after(tuple, () => ports.again())
    const transaction = await unsignedTransaction(state, round, proposal)
    if (transaction === undefined) return
    state.attempts++
    const quorum = tuple?.quorum ?? best
    const message: RoomMessageOf<'sign'> = {
      kind: 'sign',
      height: state.height,
      round,
      content,
      ceremony: tuple?.ceremony ?? ports.random(32),
      quorum: [...quorum],
      transaction,
      certificate,
      held: tuple !== undefined,
    }
    for (const member of quorum) if (member !== seat) ports.say(member, message)
    if (quorum.includes(seat)) await request(state, seat, message)
  }

  function acceptable(state: HeightState, from: number, message: RoomMessageOf<'sign'>): string | undefined {
    const { quorum, certificate, round, content } = message
    if (ports.proposerOf(state.height, round) !== from) return 'not-the-proposer'
    if (certificate.height !== state.height || certificate.round !== round || !equal(certificate.content, content))
      return 'certificate-of-another-slot'
    const known = new Set(pool.members.map(member => member.seat))
    const ascending = quorum.every((member, at) => known.has(member) && (at === 0 || member > (quorum[at - 1] as number)))
    if (!ascending || quorum.length !== pool.threshold || !quorum.includes(seat)) return 'bad-quorum'
    if (quorum.some(member => hasMovedOn(state, member, round))) return 'voted-later'
    try {
      verifyCertificate(pool, certificate, knownVotes(state, certificate))
      return undefined
    } catch (error) {
      if (isPoolError(error)) return error.code
      throw error
    }
  }

  async function request(state: HeightState, from: number, message: RoomMessageOf<'sign'>): Promise<void> {
    const { round, content, quorum, certificate } = message
    const hold = (): void => void state.heldSigns.set(from, message)
    state.heldSigns.delete(from)
    const wrong = acceptable(state, from, message)
    if (wrong !== undefined) return void log('warn', 'sign.refused', { height: state.height, round, reason: wrong })
    if (state.signing !== undefined && (state.signing.round > round || state.signing.ceremony === hex(message.ceremony))) return
    // Said before anything else: whoever asks begins again at once.
    if (message.held && !tuples.has(message.ceremony, quorum)) return lacking(state, message)
    const proposal =
      state.voted.get(round) ?? (state.agreed !== undefined && equal(state.agreed.proposal.content, content) ? state.agreed.proposal : undefined)
    if (proposal === undefined || !equal(proposal.content, content)) return hold()
    if (!(await ports.agreement.lockOn(state, certificate, proposal)))
      return void log('warn', 'sign.refused', { height: state.height, round, reason: 'locked-elsewhere' })
    if (!locksSuffice(state, round, content)) return hold()
    const own = await ports.fees.now()
    if (own === undefined) return hold()
    const refusal = checkSignRequest(message.transaction, {
      pool,
      account: ports.share().address,
      height: state.height,
      content,
      payload: proposal.payload,
      checkFees: fees => checkFees(fees, own, DEFAULT_FEE_POLICY),
    })
    if (refusal !== undefined) return void log('warn', 'sign.refused', { height: state.height, round, reason: refusal })
    const transaction = decodeUnsignedTransaction(message.transaction)
    const outcome = authorizeSigning(state.record, {
      round,
      content,
      sighash: sighash(message.transaction),
      maxFeePerGas: transaction.maxFeePerGas,
      maxPriorityFeePerGas: transaction.maxPriorityFeePerGas,
    })
    if ('refuse' in outcome) return void log('warn', 'sign.refused', { height: state.height, round, reason: outcome.refuse })
    await guard.write(outcome.record)
    state.record = outcome.record
    // Another attempt of the same proposer, or a later round that q members have voted for: nothing less ends a ceremony.
    state.signing?.stop()
    runCeremony(state, message, quorum)
  }

  /** This member has no tuple of the ceremony that it is asked to go on with. */
  function lacking(state: HeightState, { ceremony, quorum, round }: RoomMessageOf<'sign'>): void {
    log('info', 'sign.no-tuple', { height: state.height, round, ceremony: hex(ceremony.subarray(0, 8)) })
    for (const member of quorum) if (member !== seat) ports.say(member, { kind: 'gone', ceremony })
  }

  /** The ceremony of a request, or undefined when it is to go on with a tuple that is not here. */
  function openCeremony(state: HeightState, message: RoomMessageOf<'sign'>): CeremonyRun<Signature> | undefined {
    const { round, content, quorum, ceremony } = message
    const share = ports.share()
    const slot = slotAt(state.height, round, pool.times.epochLength)
    const request = { transaction: message.transaction, slot, content, path: [] }
    if (message.held) return tuples.use({ ceremony, quorum }, slot, (ctx, tuple) => ports.sign(ctx, share, { request, quorum, tuple }))
    const plan = { kind: 'sign', id: ceremony, seats: quorum, payload: content, key: share, height: state.height, round } as const
    return ports.ceremonies.run(plan, ctx => ports.sign(ctx, share, { request, quorum }))
  }

  /** Runs beside the queue; its result comes back through the queue. */
  function runCeremony(state: HeightState, message: RoomMessageOf<'sign'>, quorum: readonly number[]): void {
    const { round, content } = message
    const run = openCeremony(state, message)
    if (run === undefined) {
      lacking(state, message)
      return
    }
    const signing: RunningSigning = { round, ceremony: hex(message.ceremony), quorum, held: message.held, stop: run.stop }
    state.signing = signing
    run.result.then(
      signature =>
        ports.later(async () => {
          if (state.signing === signing) delete state.signing
          doubts.succeeded(quorum)
          const raw = encodeSignedTransaction(decodeUnsignedTransaction(message.transaction), signature)
          await keep(state, raw, round, quorum)
          ports.say('all', { kind: 'signed', height: state.height, round, content, signers: [...quorum], raw })
        }),
      error =>
        ports.later(() => {
          if (state.signing === signing) delete state.signing
          if (signing.lost === true) tupleLost(state, round)
          else failed(state, round, asPoolError(error))
          ports.again()
        }),
    )
  }

  /** Nobody is to blame, and it was no attempt. */
  function tupleLost(state: HeightState, round: number): void {
    state.lostTuples++
    state.attempts = Math.max(0, state.attempts - 1)
    log('info', 'sign.tuple-lost', { height: state.height, round })
  }

  function failed(state: HeightState, round: number, problem: PoolError): void {
    for (const { party } of problem.culprits) {
      state.failed.add(party)
      doubts.failed(party)
    }
    log('warn', 'sign.failed', { height: state.height, round, code: problem.code, culprits: problem.culprits.map(culprit => culprit.party) })
  }

  /** Ends a ceremony that goes on with a tuple which somebody in it has lost. */
  function lose({ signing }: HeightState, loser: number): void {
    if (signing?.held !== true || !signing.quorum.includes(loser)) return
    signing.lost = true
    signing.stop()
  }

  const batchOf = (state: HeightState, raw: Uint8Array, round: number, signers: readonly number[]): SignedBatch => {
    const { hash, transaction } = decodeSignedTransaction(raw)
    return { raw, hash, round, signers, content: contentOfPayload(transaction.data, state.height, { pool, account: ports.share().address }) }
  }

  /** Stores a finished transaction, then hands it to the publisher. */
  async function keep(state: HeightState, raw: Uint8Array, round: number, signers: readonly number[]): Promise<void> {
    if (state.signed !== undefined) return
    await guard.saveSigned(state.height, raw)
    const batch = batchOf(state, raw, round, signers)
    state.signed = batch
    const proposer = ports.proposerOf(state.height, round) ?? 0
    const latencyMs = clock.now() - (state.seenAt.get(round) ?? clock.now())
    ports.emit({ kind: 'signed', height: state.height, round, proposer, signers, hash: batch.hash, latencyMs })
    ports.finished(state)
  }

  async function result(state: HeightState, message: RoomMessageOf<'signed'>): Promise<void> {
    if (state.signed !== undefined) return
    const known = state.voted.get(message.round) ?? state.agreed?.proposal
    try {
      const { transaction, from } = decodeSignedTransaction(message.raw)
      const right =
        from === ports.share().address &&
        transaction.chainId === pool.l1.chainId &&
        transaction.nonce === state.height + pool.l1.nonceOffset &&
        transaction.to === pool.l1.inbox &&
        (known === undefined || !equal(known.content, message.content) || compare(known.payload, transaction.data) === 0)
      if (!right) return void log('warn', 'signed.wrong', { height: state.height, from })
    } catch (error) {
      if (!isPoolError(error)) throw error
      return void log('warn', 'signed.malformed', { height: state.height, code: error.code })
    }
    state.signing?.stop()
    await keep(state, message.raw, message.round, message.signers)
  }

  const restore = (state: HeightState, raw: Uint8Array): void => {
    state.signed = batchOf(state, raw, Math.max(0, state.record.lockedRound), [])
  }

  async function resume(state: HeightState): Promise<void> {
    if (state.signed !== undefined) return
    for (const [from, message] of [...state.heldSigns]) await request(state, from, message)
  }

  return {
    restore,
    begin,
    request,
    resume,
    result,
    gone(state, from, ceremony) {
      if (state.signing?.ceremony === hex(ceremony)) lose(state, from)
    },
    reopened: lose,
  }
}
