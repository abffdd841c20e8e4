/**
 * From an agreed batch to a signed L1 transaction: the proposer fixes quorum and fees, each member of the quorum checks and locks for
 * itself, then all run the ceremony. What was authorised is on stable storage before the first online message leaves.
 * @module
 */
import { compare, equal, hex } from '../bytes.ts'
import { asPoolError, isPoolError } from '../errors.ts'
import { checkFees, DEFAULT_FEE_POLICY, type Fees, suggestFees } from '../l1/fees.ts'
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
import type { KeyShare, sign } from '../threshold/index.ts'
import type { Agreement } from './agreement.ts'
import type { CeremonyHost } from './ceremonies.ts'
import type { MemberEvent } from './events.ts'
import { type HeightState, hasMovedOn, type SignedBatch, voteKey } from './height.ts'
import type { RoomMessage, RoomMessageOf } from './messages.ts'
import type { Clock, GuardStore, L1Reader, Log } from './ports.ts'

export interface SigningPorts {
  readonly pool: Pool
  readonly seat: number
  readonly guard: GuardStore
  readonly clock: Clock
  readonly l1: L1Reader
  readonly log: Log
  readonly agreement: Agreement
  readonly ceremonies: CeremonyHost
  readonly random: (length: number) => Uint8Array
  /** The signing protocol. */
  readonly sign: typeof sign
  share(): KeyShare
  say(to: number | 'all', message: RoomMessage): void
  emit(event: MemberEvent): void
  /** Seat of the proposer of (height, round), or undefined while that cannot be computed. */
  proposerOf(height: number, round: number): number | undefined
  /** Seats that can be reached now; a hint. */
  online(): ReadonlySet<number>
  /** Queues a task behind what the member is doing. */
  later(task: () => Promise<void> | void): void
  /** A finished transaction: stored already; hand it to the publisher. */
  finished(state: HeightState): void
  /** The member looks at its height again. */
  again(): void
}

/** ms for which a seat that failed a ceremony is asked after those who did not, at later heights too. */
const GRUDGE = 600_000

/** ms after its own vote for which a proposer waits for more votes when it would have to ask somebody doubtful. */
const CHOICE = 1_500

/** Ceremonies a proposer starts for one height and round before it leaves it to the next. */
const MAX_ATTEMPTS = 4

export interface Signing {
  /** After a restart: the finished transaction that the guard has for this height. */
  restore(state: HeightState, raw: Uint8Array): void
  /** As proposer: begins when agreement and locks allow it. */
  begin(state: HeightState): Promise<void>
  /** A request to sign, from the proposer of the round. */
  request(state: HeightState, from: number, message: RoomMessageOf<'sign'>): Promise<void>
  /** Looks again at requests that had to wait. */
  resume(state: HeightState): Promise<void>
  /** A finished transaction from another member. */
  result(state: HeightState, message: RoomMessageOf<'signed'>): Promise<void>
}

export function createSigning(ports: SigningPorts): Signing {
  const { pool, seat, guard, clock, log } = ports
  /** When a seat last failed a ceremony that this member was in, ms. */
  const failedAt = new Map<number, number>()
  let feesOf: { height: number; round: number; transaction: Uint8Array } | undefined

  /** With t < q, locks of t signers alone would not stop a second content: q locks are needed first. With t = q the signers are the q. */
  const locksSuffice = (state: HeightState, round: number, content: Uint8Array): boolean =>
    pool.threshold >= pool.agreementQuorum || (state.commits.get(voteKey(round, content))?.size ?? 0) >= pool.agreementQuorum

  /** Undefined while L1 does not answer; the next look at the height asks again. */
  async function ownFees(): Promise<Fees | undefined> {
    try {
      return suggestFees(await ports.l1.fees(), DEFAULT_FEE_POLICY)
    } catch (error) {
      if (!isPoolError(error)) throw error
      return void log('warn', 'sign.no-fees', { code: error.code })
    }
  }

  async function unsignedTransaction(state: HeightState, round: number, proposal: Proposal): Promise<Uint8Array | undefined> {
    if (feesOf?.height === state.height && feesOf.round === round) return feesOf.transaction
    const fees = await ownFees()
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

  /** 0 for this member, 1 for who can be reached and has not failed, then who failed lately, who cannot be reached, who failed at this height. */
  function doubt(state: HeightState, other: number): number {
    if (other === seat) return 0
    if (state.failed.has(other)) return 4
    if (!ports.online().has(other)) return 3
    return clock.now() - (failedAt.get(other) ?? Number.NEGATIVE_INFINITY) < GRUDGE ? 2 : 1
  }

  /** t of those who voted for it and have not moved on, the least doubtful first, then by seat. */
  function chooseQuorum(state: HeightState, round: number, voters: readonly number[]): readonly number[] {
    return [...voters]
      .filter(voter => !ports.share().burned.has(voter) && !hasMovedOn(state, voter, round))
      .sort((a, b) => doubt(state, a) - doubt(state, b) || a - b)
      .slice(0, pool.threshold)
      .sort((a, b) => a - b)
  }

  /** ms to wait for the vote of somebody better than the most doubtful of a quorum; 0 when there is none, or it has been waited for. */
  function worthWaiting(state: HeightState, round: number, voters: readonly number[], quorum: readonly number[]): number {
    const worst = Math.max(...quorum.map(member => doubt(state, member)))
    const better = pool.members.some(member => !voters.includes(member.seat) && doubt(state, member.seat) < worst)
    return worst > 1 && better ? Math.max(0, (state.seenAt.get(round) ?? 0) + CHOICE - clock.now()) : 0
  }

  async function begin(state: HeightState): Promise<void> {
    const agreed = state.agreed
    if (agreed === undefined || state.signed !== undefined || state.signing !== undefined || state.attempts >= MAX_ATTEMPTS) return
    const { certificate, proposal } = agreed
    if (ports.proposerOf(state.height, certificate.round) !== seat) return
    // A certificate of an earlier round is proposed again before it is signed: the lock has to be of the round that signs.
    if (state.record.votedRound > certificate.round || state.record.lockedRound !== certificate.round) return
    if (!locksSuffice(state, certificate.round, certificate.content)) return
    const voters = [...(state.prepares.get(voteKey(certificate.round, certificate.content))?.keys() ?? [])]
    const quorum = chooseQuorum(state, certificate.round, voters)
    if (quorum.length < pool.threshold) return
    const wait = worthWaiting(state, certificate.round, voters, quorum)
    if (wait > 0) return void clock.after(wait, () => ports.again())
    const transaction = await unsignedTransaction(state, certificate.round, proposal)
    if (transaction === undefined) return
    state.attempts++
    const message: RoomMessageOf<'sign'> = {
      kind: 'sign',
      height: state.height,
      round: certificate.round,
      content: certificate.content,
      ceremony: ports.random(32),
      quorum: [...quorum],
      transaction,
      certificate,
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
      verifyCertificate(pool, certificate)
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
    const proposal =
      state.voted.get(round) ?? (state.agreed !== undefined && equal(state.agreed.proposal.content, content) ? state.agreed.proposal : undefined)
    if (proposal === undefined || !equal(proposal.content, content)) return hold()
    if (!(await ports.agreement.lockOn(state, certificate, proposal)))
      return void log('warn', 'sign.refused', { height: state.height, round, reason: 'locked-elsewhere' })
    if (!locksSuffice(state, round, content)) return hold()
    const own = await ownFees()
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

  /** Runs beside the queue; its result comes back through the queue. */
  function runCeremony(state: HeightState, message: RoomMessageOf<'sign'>, quorum: readonly number[]): void {
    const { round, content } = message
    const run = ports.ceremonies.run(
      { kind: 'sign', id: message.ceremony, seats: quorum, payload: content, key: ports.share(), height: state.height, round },
      ctx =>
        ports.sign(ctx, ports.share(), {
          request: { transaction: message.transaction, slot: slotAt(state.height, round, pool.times.epochLength), content, path: [] },
          quorum,
        }),
    )
    const signing = { round, ceremony: hex(message.ceremony), quorum, stop: run.stop }
    state.signing = signing
    run.result.then(
      signature =>
        ports.later(async () => {
          if (state.signing === signing) delete state.signing
          for (const member of quorum) failedAt.delete(member)
          const raw = encodeSignedTransaction(decodeUnsignedTransaction(message.transaction), signature)
          await keep(state, raw, round, quorum)
          ports.say('all', { kind: 'signed', height: state.height, round, content, signers: [...quorum], raw })
        }),
      error =>
        ports.later(async () => {
          if (state.signing === signing) delete state.signing
          const problem = asPoolError(error)
          for (const { party } of problem.culprits) {
            state.failed.add(party)
            failedAt.set(party, clock.now())
          }
          log('warn', 'sign.failed', { height: state.height, round, code: problem.code, culprits: problem.culprits.map(culprit => culprit.party) })
          ports.again()
        }),
    )
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

  return { restore, begin, request, resume, result }
}
