/**
 * From an agreed batch to a signed L1 transaction: the proposer fixes quorum and fees, each member of the quorum checks and locks for
 * itself, then all run the ceremony. What was authorised is on stable storage before the first online message leaves.
 * @module
 */
import { compare, equal, hex } from '../bytes.ts'
import { asPoolError, isPoolError, type PoolError } from '../errors.ts'
import { checkFees, DEFAULT_FEE_POLICY, type Fees } from '../l1/fees.ts'
import { decodeSignedTransaction, decodeUnsignedTransaction, encodeSignedTransaction } from '../l1/transaction.ts'
import { checkSignRequest, contentOfPayload } from '../proposal/check.ts'
import type { HeightRecord, Outcome } from '../proposal/lock.ts'
import { type Certificate, type Proposal, verifyCertificate } from '../proposal/messages.ts'
import type { Pool } from '../proposal/pool.ts'
import { slotAt } from '../slot.ts'
import type { KeyShare, Signature, sign } from '../threshold/index.ts'
import type { Agreement, Authorised } from './agreement.ts'
import type { CeremonyHost } from './ceremonies.ts'
import type { CeremonyRun } from './ceremony-plan.ts'
import { DOUBTFUL, type Doubts } from './doubts.ts'
import type { MemberEvent } from './events.ts'
import type { FeeSource } from './fee-source.ts'
import { type HeightState, hasMovedOn, knownVotes, type RunningSigning, type SignedBatch, voteKey } from './height.ts'
import type { RoomMessage, RoomMessageOf } from './messages.ts'
import type { Clock, GuardStore, Log } from './ports.ts'
import { announcedOrder, authorised, type SignOrder, type SignPlan, unsignedTransaction } from './sign-order.ts'
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

/** What a proposer has chosen: to go on with what it has announced, or a quorum, perhaps with a tuple. */
type Choice = { readonly announced: SignOrder } | { readonly quorum: readonly number[]; readonly tuple: Offer | undefined }

export interface Signing {
  /** After a restart: the finished transaction that the guard has for this height. */
  restore(state: HeightState, raw: Uint8Array): void
  /** As proposer: begins when agreement and locks allow it. */
  begin(state: HeightState): Promise<void>
  /** As proposer: with whom it would sign its proposal, and what, if that can be said already. */
  plan(state: HeightState, proposal: Proposal): SignPlan | undefined
  /** What another proposer has said of that. */
  announced(state: HeightState, from: number, proposal: Proposal, plan: SignPlan): void
  /** What this member signs as soon as a lock is on disk; it is authorised in the same write. */
  atLock(state: HeightState, locked: HeightRecord, proposal: Proposal): Authorised | undefined
  /** A request to sign, from the proposer of the round. */
  request(state: HeightState, from: number, order: SignOrder): Promise<void>
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
  /** Since when a proposer could have begun, but for a vote of those with whom it has a tuple. */
  let choiceOf: { readonly height: number; readonly round: number; readonly since: number } | undefined
  /** A proposer asks for one transaction in a round, however often it has to ask. */
  let made: { readonly height: number; readonly round: number; readonly fees: Fees } | undefined

  /** With t < q, locks of t signers alone would not stop a second content: q locks are needed first. With t = q the signers are the q. */
  const locksSuffice = (state: HeightState, round: number, content: Uint8Array): boolean =>
    pool.threshold >= pool.agreementQuorum || (state.commits.get(voteKey(round, content))?.size ?? 0) >= pool.agreementQuorum

  /** Undefined while they are not known. */
  function feesOf({ height, round }: Pick<Proposal, 'height' | 'round'>): Fees | undefined {
    if (made?.height === height && made.round === round) return made.fees
    const fees = ports.fees.known()
    if (fees !== undefined) made = { height, round, fees }
    return fees
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

  /** ms that are left to wait for a vote, counted from the first call for the round. */
  function leftToWait(state: HeightState, round: number): number {
    if (choiceOf?.height !== state.height || choiceOf.round !== round) choiceOf = { height: state.height, round, since: clock.now() }
    return choiceOf.since + TUPLE_CHOICE - clock.now()
  }

  const trusted = (state: HeightState, quorum: readonly number[]): boolean => doubts.worst(quorum, state.failed) <= 1

  /** Tuples whose quorum may be asked. */
  const offersFor = (state: HeightState, round: number): readonly Offer[] =>
    state.lostTuples >= MAX_LOST ? [] : tuples.offers().filter(({ quorum }) => mayBeAsked(state, round, quorum).length === quorum.length)

  /** With whom to sign, and with which tuple; or ms to wait for votes; or undefined when there are too few. */
  function choose(state: HeightState, { round, content }: Pick<Proposal, 'round' | 'content'>): Choice | number | undefined {
    const voters = mayBeAsked(state, round, [...(state.prepares.get(voteKey(round, content))?.keys() ?? [])])
    const voted = (quorum: readonly number[]): boolean => quorum.every(member => voters.includes(member))
    const best = doubts.choose(voters, state.failed)
    if (best.length < pool.threshold) return undefined
    const { announced } = state
    if (announced?.round === round && voted(announced.quorum) && isHere(announced)) return { announced }
    const wait = worthWaiting(state, round, voters, best)
    if (wait > 0) return wait
    const offers = offersFor(state, round)
    const now = offers.find(({ quorum }) => voted(quorum) && doubts.worst(quorum, state.failed) <= doubts.worst(best, state.failed))
    const soon =
      announced?.round === round && isHere(announced) ? announced : now === undefined && offers.find(({ quorum }) => trusted(state, quorum))
    if (soon) {
      const left = leftToWait(state, round)
      if (left > 0) return left
      for (const member of soon.quorum) if (!voters.includes(member)) doubts.late(member)
    }
    return { quorum: now?.quorum ?? best, tuple: now }
  }

  /** Its tuple, when it names one, has not been lost since. */
  const isHere = ({ held, ceremony, quorum }: SignOrder): boolean => !held || tuples.has(ceremony, quorum)

  /** What to ask for, and whether others have to be told. */
  function orderOf(choice: Choice, proposal: Proposal, certificate: Certificate, fees: Fees): { order: SignOrder; told: boolean } {
    if ('announced' in choice) return { order: { ...choice.announced, certificate }, told: true }
    const { height } = proposal
    const { round, content } = certificate
    const ceremony = choice.tuple?.ceremony ?? ports.random(32)
    const transaction = unsignedTransaction(pool, proposal, fees)
    return {
      order: { height, round, content, ceremony, quorum: choice.quorum, held: choice.tuple !== undefined, transaction, certificate },
      told: false,
    }
  }

  function tell(order: SignOrder, certificate: Certificate): void {
    const { quorum, ...rest } = order
    for (const member of quorum) if (member !== seat) ports.say(member, { kind: 'sign', ...rest, quorum: [...quorum], certificate })
  }

  const mayAsk = (state: HeightState, round: number): boolean =>
    state.signed === undefined && state.signing === undefined && state.attempts < MAX_ATTEMPTS && ports.proposerOf(state.height, round) === seat

  function plan(state: HeightState, proposal: Proposal): SignPlan | undefined {
    delete state.announced
    const { round } = proposal
    const able = mayBeAsked(
      state,
      round,
      pool.members.map(member => member.seat),
    )
    const tuple = offersFor(state, round).find(({ quorum }) => trusted(state, quorum))
    const quorum = tuple?.quorum ?? doubts.choose(able, state.failed)
    const fees = feesOf(proposal)
    if (fees === undefined || quorum.length < pool.threshold || !trusted(state, quorum)) return undefined
    const ceremony = tuple?.ceremony ?? ports.random(32)
    const announcement: SignPlan = { ceremony, quorum: [...quorum], held: tuple !== undefined, ...fees }
    state.announced = announcedOrder(pool, proposal, announcement)
    return announcement
  }

  async function begin(state: HeightState): Promise<void> {
    const { agreed } = state
    if (agreed === undefined) return
    const { certificate, proposal } = agreed
    if (!mayAsk(state, certificate.round)) return
    // A certificate of an earlier round is proposed again before it is signed: the lock has to be of the round that signs.
    if (state.record.votedRound > certificate.round || state.record.lockedRound !== certificate.round) return
    if (!locksSuffice(state, certificate.round, certificate.content)) return
    const choice = choose(state, certificate)
    if (typeof choice === 'number') clock.after(choice, () => ports.again())
    if (typeof choice === 'number' || choice === undefined) return
    const slot = { height: state.height, round: certificate.round }
    if (feesOf(slot) === undefined) await ports.fees.now()
    const fees = feesOf(slot)
    // Without an answer of L1 the next look at the height asks again.
    if (fees === undefined) return
    state.attempts++
    const { order, told } = orderOf(choice, proposal, certificate, fees)
    if (!told) tell(order, certificate)
    if (order.quorum.includes(seat)) await request(state, seat, order)
  }

  /** What may be signed as soon as a lock is on disk: as its proposer, or by what was announced with the proposal. */
  function atLock(state: HeightState, locked: HeightRecord, proposal: Proposal): Authorised | undefined {
    const { certificate } = locked
    if (certificate === undefined || !locksSuffice(state, certificate.round, certificate.content)) return undefined
    const { round } = certificate
    if (!mayAsk(state, round)) {
      const from = ports.proposerOf(state.height, round)
      const order = from === undefined ? undefined : state.heldSigns.get(from)
      const mine = order?.round === round && equal(order.content, certificate.content)
      return from !== undefined && mine ? authorise(state, from, { ...order, certificate }, locked, proposal) : undefined
    }
    const choice = choose(state, certificate)
    const fees = feesOf({ height: state.height, round })
    if (typeof choice === 'number' || choice === undefined || fees === undefined) return undefined
    const { order, told } = orderOf(choice, proposal, certificate, fees)
    const authorised = authorise(state, seat, order, locked, proposal)
    return (
      authorised && {
        record: authorised.record,
        begin() {
          state.attempts++
          if (!told) tell(order, certificate)
          authorised.begin()
        },
      }
    )
  }

  /** Undefined when anything speaks against it: then it is judged again by itself, and said why. */
  function authorise(state: HeightState, from: number, order: SignOrder, locked: HeightRecord, proposal: Proposal): Authorised | undefined {
    const fees = ports.fees.known()
    if (state.signing !== undefined || acceptable(state, from, order) !== undefined || !isHere(order) || fees === undefined) return undefined
    const judged = judge(order, locked, proposal, fees)
    if ('refuse' in judged) return undefined
    return {
      record: judged.record,
      begin() {
        state.heldSigns.delete(from)
        runCeremony(state, order)
      },
    }
  }

  function acceptable(state: HeightState, from: number, order: SignOrder): string | undefined {
    const { quorum, certificate, round, content } = order
    if (ports.proposerOf(state.height, round) !== from) return 'not-the-proposer'
    if (certificate !== undefined && (certificate.height !== state.height || certificate.round !== round || !equal(certificate.content, content)))
      return 'certificate-of-another-slot'
    const known = new Set(pool.members.map(member => member.seat))
    const ascending = quorum.every((member, at) => known.has(member) && (at === 0 || member > (quorum[at - 1] as number)))
    if (!ascending || quorum.length !== pool.threshold || !quorum.includes(seat)) return 'bad-quorum'
    if (quorum.some(member => hasMovedOn(state, member, round))) return 'voted-later'
    try {
      if (certificate !== undefined) verifyCertificate(pool, certificate, knownVotes(state, certificate))
      return undefined
    } catch (error) {
      if (isPoolError(error)) return error.code
      throw error
    }
  }

  /** Checks the transaction against what was agreed on and the rules of signing. */
  function judge(order: SignOrder, record: HeightRecord, proposal: Proposal, own: Fees): Outcome<string> {
    const refusal = checkSignRequest(order.transaction, {
      pool,
      account: ports.share().address,
      height: record.height,
      content: order.content,
      payload: proposal.payload,
      checkFees: fees => checkFees(fees, own, DEFAULT_FEE_POLICY),
    })
    return refusal === undefined ? authorised(record, order) : { refuse: refusal }
  }

  const isLockedOn = ({ record }: HeightState, { round, content }: SignOrder): boolean =>
    record.lockedRound === round && record.lockedContent !== undefined && equal(record.lockedContent, content)

  async function request(state: HeightState, from: number, order: SignOrder): Promise<void> {
    const { round, content, certificate } = order
    const hold = (): void => void state.heldSigns.set(from, order)
    const refuse = (reason: string): void => log('warn', 'sign.refused', { height: state.height, round, reason })
    state.heldSigns.delete(from)
    const wrong = acceptable(state, from, order)
    if (wrong !== undefined) return refuse(wrong)
    if (state.signing !== undefined && (state.signing.round > round || state.signing.ceremony === hex(order.ceremony))) return
    // Said before anything else: whoever asks begins again at once.
    if (!isHere(order)) return lacking(state, order)
    const proposal =
      state.voted.get(round) ?? (state.agreed !== undefined && equal(state.agreed.proposal.content, content) ? state.agreed.proposal : undefined)
    if (proposal === undefined || !equal(proposal.content, content)) return hold()
    if (certificate === undefined && !isLockedOn(state, order)) return hold()
    if (certificate !== undefined && !(await ports.agreement.lockOn(state, certificate, proposal))) return refuse('locked-elsewhere')
    if (!locksSuffice(state, round, content)) return hold()
    const own = await ports.fees.now()
    if (own === undefined) return hold()
    const judged = judge(order, state.record, proposal, own)
    if ('refuse' in judged) return refuse(judged.refuse)
    if (judged.record !== state.record) await guard.write(judged.record)
    state.record = judged.record
    runCeremony(state, order)
  }

  /** What a proposer has announced; it counts once this member is locked. */
  function announced(state: HeightState, from: number, proposal: Proposal, announcement: SignPlan): void {
    const order = announcedOrder(pool, proposal, announcement)
    if (order === undefined || acceptable(state, from, order) !== undefined) return
    if (isHere(order)) state.heldSigns.set(from, order)
    else lacking(state, order)
  }

  function tellGone({ ceremony, quorum }: SignOrder): void {
    for (const member of quorum) if (member !== seat) ports.say(member, { kind: 'gone', ceremony })
  }

  /** This member has no tuple of the ceremony that it is asked to go on with. */
  function lacking(state: HeightState, order: SignOrder): void {
    log('info', 'sign.no-tuple', { height: state.height, round: order.round, ceremony: hex(order.ceremony.subarray(0, 8)) })
    tellGone(order)
  }

  /** The ceremony of a request, or undefined when it is to go on with a tuple that is not here. */
  function openCeremony(state: HeightState, { round, content, quorum, ceremony, transaction, held }: SignOrder): CeremonyRun<Signature> | undefined {
    const share = ports.share()
    const slot = slotAt(state.height, round, pool.times.epochLength)
    const request = { transaction, slot, content, path: [] }
    if (held) return tuples.use({ ceremony, quorum }, slot, (ctx, tuple) => ports.sign(ctx, share, { request, quorum, tuple }))
    const plan = { kind: 'sign', id: ceremony, seats: quorum, payload: content, key: share, height: state.height, round } as const
    return ports.ceremonies.run(plan, ctx => ports.sign(ctx, share, { request, quorum }))
  }

  /** Runs beside the queue; its result comes back through the queue. */
  function runCeremony(state: HeightState, order: SignOrder): void {
    const { round, content, quorum, held } = order
    // Another attempt of the same proposer, or a later round that q members have voted for: nothing less ends a ceremony.
    state.signing?.stop()
    const run = openCeremony(state, order)
    if (run === undefined) {
      lacking(state, order)
      return
    }
    const signing: RunningSigning = { round, ceremony: hex(order.ceremony), quorum, held, stop: run.stop }
    state.signing = signing
    run.result.then(
      signature =>
        ports.later(async () => {
          if (state.signing === signing) delete state.signing
          doubts.succeeded(quorum)
          const raw = encodeSignedTransaction(decodeUnsignedTransaction(order.transaction), signature)
          await keep(state, raw, round, quorum)
          ports.say('all', { kind: 'signed', height: state.height, round, content, signers: [...quorum], raw })
        }),
      error =>
        ports.later(() => {
          if (state.signing === signing) delete state.signing
          delete state.announced
          if (held) tellGone(order)
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
    for (const [from, order] of [...state.heldSigns])
      if (order.round < state.record.votedRound) state.heldSigns.delete(from)
      else await request(state, from, order)
  }

  return {
    restore,
    begin,
    plan,
    announced,
    atLock,
    request,
    resume,
    result,
    gone(state, from, ceremony) {
      if (state.signing?.ceremony === hex(ceremony)) lose(state, from)
    },
    reopened: lose,
  }
}
