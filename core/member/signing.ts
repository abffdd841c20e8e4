/**
 * From an agreed batch to a signed L1 transaction: the proposer fixes quorum and fees, each member of the quorum checks and locks for
 * itself, then all run the ceremony. What was authorised is on stable storage before the first online message leaves.
 * @module
 */
import { compare, equal, hex } from '../bytes.ts'
import type { CeremonyContext } from '../ceremony/context.ts'
import { asPoolError, isPoolError, type PoolError } from '../errors.ts'
import type { Fees } from '../l1/fees.ts'
import { decodeSignedTransaction, decodeUnsignedTransaction, encodeSignedTransaction } from '../l1/transaction.ts'
import { contentOfPayload } from '../proposal/check.ts'
import type { HeightRecord } from '../proposal/lock.ts'
import type { Certificate, Proposal } from '../proposal/messages.ts'
import type { Pool } from '../proposal/pool.ts'
import { slotAt } from '../slot.ts'
import type { KeyShare, Signature, sign } from '../threshold/index.ts'
import type { Agreement, Authorised } from './agreement.ts'
import type { CeremonyHost } from './ceremonies.ts'
import type { CeremonyPlan, CeremonyRun } from './ceremony-plan.ts'
import type { Doubts } from './doubts.ts'
import type { MemberEvent } from './events.ts'
import type { FeeSource } from './fee-source.ts'
import { type HeightState, type RunningSigning, type SignedBatch, voteKey } from './height.ts'
import type { RoomMessage, RoomMessageOf } from './messages.ts'
import type { Clock, GuardStore, Log } from './ports.ts'
import {
  announcedOrder,
  authorised,
  isLockedOn,
  type Judged,
  judge,
  type OwnView,
  objection,
  type SignOrder,
  type SignPlan,
  unsignedTransaction,
} from './sign-order.ts'
import { type Choice, createChooser } from './signing-choice.ts'
import type { TuplePool } from './tuples.ts'

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

/** Ceremonies a proposer starts for one height and round before it leaves it to the next. */
const MAX_ATTEMPTS = 4

/** ms for which an open channel waits for its batch to be agreed on. */
const CHANNEL_TTL = 15_000

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
  /** The share of this member, or of a peer, is of another generation now: what has its channel ends with those that it began with, anything else begins again. */
  keyChanged(state: HeightState, peer?: number): void
  /** A finished transaction from another member. */
  result(state: HeightState, message: RoomMessageOf<'signed'>): Promise<void>
}

export function createSigning(ports: SigningPorts): Signing {
  const { pool, seat, guard, clock, log, doubts, tuples } = ports
  const chooser = createChooser({ pool, clock, doubts, tuples })
  /** A proposer asks for one transaction in a round, however often it has to ask. */
  let made: { readonly height: number; readonly round: number; readonly fees: Fees } | undefined

  /** The verdict on this member's own order, by the very bytes that it is about. */
  let judged: { readonly transaction: Uint8Array; readonly payload: Uint8Array; readonly outcome: Judged } | undefined

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
    const ahead = chooser.ahead(state, proposal.round)
    const fees = feesOf(proposal)
    if (ahead === undefined || fees === undefined) return undefined
    const { quorum, tuple } = ahead
    const ceremony = tuple?.ceremony ?? ports.random(32)
    const announcement: SignPlan = { ceremony, quorum: [...quorum], held: tuple !== undefined, ...fees }
    // While proposal and votes are on their way: then there is less to do when they arrive.
    ports.later(() => {
      const order = announcedOrder(pool, proposal, announcement)
      if (order === undefined || state.signed !== undefined || state.signing !== undefined) return
      state.announced = order
      judged = { transaction: order.transaction, payload: proposal.payload, outcome: judge(order, viewOf(proposal, fees)) }
      openChannel(state, order)
    })
    return announcement
  }

  const viewOf = ({ payload }: Proposal, fees: Fees): OwnView => ({ pool, account: ports.share().address, payload, fees })

  function judgedOf(order: SignOrder, proposal: Proposal, fees: Fees): Judged {
    if (judged?.transaction === order.transaction && judged.payload === proposal.payload) return judged.outcome
    return judge(order, viewOf(proposal, fees))
  }

  const planOf = ({ ceremony, quorum, content, height, round }: SignOrder): CeremonyPlan => ({
    kind: 'sign',
    id: ceremony,
    seats: quorum,
    payload: content,
    key: ports.share(),
    height,
    round,
  })

  /** Without a tuple there is a channel to be opened, which takes as long as agreeing. */
  function openChannel(state: HeightState, order: SignOrder): void {
    state.opening?.channel.stop()
    delete state.opening
    if (order.held || state.signing !== undefined || !order.quorum.includes(seat)) return
    const hooks = { ready() {}, ended() {}, discard() {} }
    const channel = ports.ceremonies.hold(planOf(order), CHANNEL_TTL, async () => {}, hooks)
    state.opening = { ceremony: hex(order.ceremony), channel }
  }

  async function begin(state: HeightState): Promise<void> {
    const { agreed } = state
    if (agreed === undefined) return
    const { certificate, proposal } = agreed
    if (!mayAsk(state, certificate.round)) return
    // A certificate of an earlier round is proposed again before it is signed: the lock has to be of the round that signs.
    if (state.record.votedRound > certificate.round || state.record.lockedRound !== certificate.round) return
    if (!locksSuffice(state, certificate.round, certificate.content)) return
    const choice = chooser.choose(state, certificate)
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
    const choice = chooser.choose(state, certificate)
    const fees = feesOf({ height: state.height, round })
    if (typeof choice === 'number' || choice === undefined || fees === undefined) return undefined
    const { order, told } = orderOf(choice, proposal, certificate, fees)
    const signing = authorise(state, seat, order, locked, proposal)
    return (
      signing && {
        record: signing.record,
        begin() {
          state.attempts++
          if (!told) tell(order, certificate)
          signing.begin()
        },
      }
    )
  }

  /** Undefined when anything speaks against it: then it is judged again by itself, and said why. */
  function authorise(state: HeightState, from: number, order: SignOrder, locked: HeightRecord, proposal: Proposal): Authorised | undefined {
    const fees = ports.fees.known()
    if (
      state.signing !== undefined ||
      objection(pool, seat, state, order, ports.proposerOf(state.height, order.round) === from) !== undefined ||
      !chooser.isHere(order) ||
      !doubts.joins(order.quorum) ||
      fees === undefined
    )
      return undefined
    const outcome = authorised(locked, judgedOf(order, proposal, fees))
    if ('refuse' in outcome) return undefined
    return {
      record: outcome.record,
      begin() {
        state.heldSigns.delete(from)
        runCeremony(state, order)
      },
    }
  }

  async function request(state: HeightState, from: number, order: SignOrder): Promise<void> {
    const { round, content, certificate } = order
    const hold = (): void => void state.heldSigns.set(from, order)
    const refuse = (reason: string): void => log('warn', 'sign.refused', { height: state.height, round, reason })
    state.heldSigns.delete(from)
    const wrong = objection(pool, seat, state, order, ports.proposerOf(state.height, order.round) === from)
    if (wrong !== undefined) return refuse(wrong)
    if (!doubts.joins(order.quorum)) return refuse('peer-burned')
    if (state.signing !== undefined && (state.signing.round > round || state.signing.ceremony === hex(order.ceremony))) return
    // Said before anything else: whoever asks begins again at once.
    if (!chooser.isHere(order)) return lacking(state, order)
    const proposal =
      state.voted.get(round) ?? (state.agreed !== undefined && equal(state.agreed.proposal.content, content) ? state.agreed.proposal : undefined)
    if (proposal === undefined || !equal(proposal.content, content)) return hold()
    if (certificate === undefined && !isLockedOn(state.record, order)) return hold()
    if (certificate !== undefined && !ports.agreement.isApproved(state, proposal)) return hold()
    if (certificate !== undefined && !(await ports.agreement.lockOn(state, certificate, proposal))) return refuse('locked-elsewhere')
    if (!locksSuffice(state, round, content)) return hold()
    const own = await ports.fees.now()
    if (own === undefined) return hold()
    const outcome = authorised(state.record, judgedOf(order, proposal, own))
    if ('refuse' in outcome) return refuse(outcome.refuse)
    if (outcome.record !== state.record) await guard.write(outcome.record)
    state.record = outcome.record
    runCeremony(state, order)
  }

  /** What a proposer has announced; it counts once this member is locked. */
  function announced(state: HeightState, from: number, proposal: Proposal, announcement: SignPlan): void {
    const order = announcedOrder(pool, proposal, announcement)
    if (order === undefined || objection(pool, seat, state, order, ports.proposerOf(state.height, order.round) === from) !== undefined) return
    if (chooser.isHere(order)) {
      state.heldSigns.set(from, order)
      openChannel(state, order)
    } else lacking(state, order)
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
  function openCeremony(state: HeightState, order: SignOrder, begun: () => void): CeremonyRun<Signature> | undefined {
    const { height, round, content, quorum, ceremony, transaction } = order
    const share = ports.share()
    const request = { transaction, slot: slotAt(height, round, pool.times.epochLength), content, path: [] }
    if (order.held) return tuples.use({ ceremony, quorum }, { height, round }, (ctx, tuple) => ports.sign(ctx, share, { request, quorum, tuple }))
    const begin = (ctx: CeremonyContext<KeyShare>): Promise<Signature> => {
      begun()
      return ports.sign(ctx, share, { request, quorum })
    }
    const { opening } = state
    delete state.opening
    if (opening?.ceremony !== hex(ceremony) || opening.channel.over) {
      opening?.channel.stop()
      return ports.ceremonies.run(planOf(order), begin)
    }
    return opening.channel.goOn({ kind: 'sign', height, round }, begin)
  }

  /** Runs beside the queue; its result comes back through the queue. */
  function runCeremony(state: HeightState, order: SignOrder): void {
    const { round, content, quorum, held } = order
    // Another attempt of the same proposer, or a later round that q members have voted for: nothing less ends a ceremony.
    state.signing?.stop()
    let opened = held
    const run = openCeremony(state, order, () => {
      opened = true
    })
    if (run === undefined) {
      lacking(state, order)
      return
    }
    const signing: RunningSigning = { round, ceremony: hex(order.ceremony), quorum, held, opened: () => opened, stop: run.stop }
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
    state.opening?.channel.stop()
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
    keyChanged(state, peer) {
      if (peer === undefined) {
        state.opening?.channel.stop()
        delete state.opening
        delete state.announced
      }
      if (state.signing === undefined || state.signing.opened() || (peer !== undefined && !state.signing.quorum.includes(peer))) return
      state.signing.lost = true
      state.signing.stop()
    },
  }
}
