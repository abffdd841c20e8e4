import { secp256k1 } from '@noble/curves/secp256k1.js'
import { describe, expect, it } from 'vitest'
import { type BenchMember, heightBench } from '../../test/support/height-bench.ts'
import { testVoteKey } from '../../test/support/pool.ts'
import { labelled, seededRandom } from '../../test/support/random.ts'
import { revealShare } from '../../test/support/reveal.ts'
import { bigintToBytes, bytesToBigint, equal } from '../bytes.ts'
import { PoolError } from '../errors.ts'
import { decodeSignedTransaction, decodeUnsignedTransaction, encodeSignedTransaction, type Signature, sighash } from '../l1/transaction.ts'
import type { Proposal } from '../proposal/messages.ts'
import { lagrange } from '../threshold/polynomial.ts'
import { CURVE_ORDER } from '../transcript.ts'
import { createAgreement } from './agreement.ts'
import type { CeremonyHost } from './ceremonies.ts'
import type { CeremonyPlan, CeremonyRun } from './ceremony-plan.ts'
import { createDoubts } from './doubts.ts'
import { createFeeSource } from './fee-source.ts'
import type { RoomMessageOf } from './messages.ts'
import { createSigning } from './signing.ts'
import type { Offer, TuplePool } from './tuples.ts'

interface Ceremony {
  readonly plan: CeremonyPlan
  /** It goes on from a tuple. */
  readonly held: boolean
  stopped: boolean
  finish(signature: Signature): void
  fail(error: PoolError): void
}

/** `t` of `n` with its default q; the scheduled proposer and one other member sign. */
async function setup(n = 4, t = 3) {
  const bench = await heightBench(n, t)
  const { order } = bench.turn()
  const l1 = { silent: false, baseFee: 10n ** 9n }

  function signer(member: BenchMember) {
    const ceremonies: Ceremony[] = []
    const logged: string[] = []
    const finished: number[] = []
    const looks: number[] = []
    const online = new Set(bench.pool.members.map(({ seat }) => seat))
    const tasks: (() => Promise<void> | void)[] = []
    /** Tuples that this member has ready. */
    const offers: Offer[] = []
    function open(plan: CeremonyPlan, held: boolean): CeremonyRun<Signature> {
      let settle: { resolve(signature: Signature): void; reject(error: PoolError): void } | undefined
      const result = new Promise<Signature>((resolve, reject) => {
        settle = { resolve, reject }
      })
      const ceremony: Ceremony = {
        plan,
        held,
        stopped: false,
        finish: signature => settle?.resolve(signature),
        fail: error => settle?.reject(error),
      }
      ceremonies.push(ceremony)
      const stop = (): void => {
        ceremony.stopped = true
        ceremony.fail(new PoolError('deadline', {}, { culprits: [{ party: plan.seats.at(-1) as number, certainty: 'suspected' }] }))
      }
      return { result, stop }
    }
    const host = {
      run: (plan: CeremonyPlan) => open(plan, false),
      hold: (plan: CeremonyPlan) => ({ over: false, stop() {}, goOn: () => open(plan, false) }),
    } as unknown as CeremonyHost
    const find = (ceremony: Uint8Array): number => offers.findIndex(offer => equal(offer.ceremony, ceremony))
    const tuples = {
      offers: () => offers,
      has: (ceremony: Uint8Array) => find(ceremony) >= 0,
      use({ ceremony, quorum }: Offer, { height, round }: { height: number; round: number }) {
        const [found] = find(ceremony) < 0 ? [] : offers.splice(find(ceremony), 1)
        return found && open({ kind: 'sign', id: ceremony, seats: quorum, payload: new Uint8Array(32), height, round }, true)
      },
    } as unknown as TuplePool
    const fees = async () => {
      if (l1.silent) throw new PoolError('l1-unreachable')
      return { baseFee: l1.baseFee, priorityFees: [10n ** 9n] }
    }
    const log = (_: unknown, event: string, facts?: Readonly<Record<string, unknown>>) =>
      void logged.push(`${event} ${facts?.reason ?? facts?.code ?? ''}`.trim())
    const agreement = createAgreement({
      pool: bench.pool,
      seat: member.seat,
      voteSecret: testVoteKey(member.seat),
      guard: member.guard,
      clock: bench.time,
      log: () => {},
      say: member.say,
      emit: member.emit,
      view: bench.view,
      plan: () => undefined,
      authorise: () => undefined,
      advanced: async () => {},
    })
    const signing = createSigning({
      pool: bench.pool,
      seat: member.seat,
      guard: member.guard,
      clock: bench.time,
      fees: createFeeSource({ l1: { fees }, clock: bench.time, log }),
      log,
      agreement,
      ceremonies: host,
      tuples,
      doubts: createDoubts({ pool: bench.pool, seat: member.seat, clock: bench.time, online: () => online }),
      random: seededRandom(`signing ${member.seat}`),
      sign: () => Promise.reject(new Error('not called')),
      share: () => member.share,
      say: member.say,
      emit: member.emit,
      proposerOf: (_, round) => order[round % order.length],
      later: task => void tasks.push(task),
      finished: () => void finished.push(1),
      again: () => void looks.push(1),
    })
    const settle = async (): Promise<void> => {
      await bench.time.advance(0)
      for (const task of tasks.splice(0)) await task()
    }
    const requests = () => member.said.flatMap(({ to, message }) => (message.kind === 'sign' ? [{ to, message }] : []))
    return { ...member, agreement, signing, ceremonies, logged, finished, looks, online, offers, settle, requests }
  }

  const [proposer, other] = order.map(seat => signer(bench.member(seat)))
  if (proposer === undefined || other === undefined) throw new Error('too few members')
  const proposal = bench.member(proposer.seat).make(0)?.proposal as Proposal
  /** Both vote, hear the votes of `voters` and, when they are told, lock. */
  async function agree(voters: readonly number[] = order.slice(0, bench.pool.agreementQuorum)): Promise<void> {
    for (const member of [proposer, other]) {
      await member?.agreement.consider(member.state, proposer?.seat as number, proposal)
      for (const seat of voters) if (seat !== member?.seat) await member?.agreement.prepare(member.state, seat, bench.prepare(seat, proposal))
    }
  }
  return { bench, order, proposer, other, proposal, agree, l1 }
}

/** The signature of the whole key, which only a test can make. */
function signatureOf(members: readonly BenchMember[], transaction: Uint8Array): Signature {
  const seats = members.map(({ seat }) => seat)
  let key = 0n
  for (const { seat, share } of members) key = (key + lagrange(seats, seat) * bytesToBigint(revealShare(share))) % CURVE_ORDER
  const bytes = secp256k1.sign(sighash(transaction), bigintToBytes(key, 32), { prehash: false, lowS: true, format: 'recovered' })
  return { r: bytesToBigint(bytes.subarray(1, 33)), s: bytesToBigint(bytes.subarray(33)), yParity: bytes[0] === 1 ? 1 : 0 }
}

describe('signing', () => {
  it('begins when the proposer is locked: it names quorum and transaction, and everyone else who is asked checks for itself', async () => {
    const { bench, order, proposer, other, proposal, agree } = await setup()
    await proposer.signing.begin(proposer.state)
    expect(proposer.ceremonies).toHaveLength(0)
    await agree()
    await other.signing.begin(other.state)
    expect(other.requests()).toEqual([])
    await proposer.signing.begin(proposer.state)
    const quorum = order.slice(0, 3).sort((a, b) => a - b)
    expect(proposer.requests().map(({ to }) => to)).toEqual(quorum.filter(seat => seat !== proposer.seat))
    const { message } = proposer.requests()[0] as { message: RoomMessageOf<'sign'> }
    expect(message).toMatchObject({ height: 0, round: 0, content: proposal.content, quorum })
    expect(decodeUnsignedTransaction(message.transaction)).toMatchObject({ nonce: 0, to: bench.pool.l1.inbox, value: 0n, data: proposal.payload })
    await other.signing.request(other.state, proposer.seat, message)
    for (const { ceremonies, disk } of [proposer, other]) {
      expect(ceremonies.map(({ plan }) => plan)).toMatchObject([{ kind: 'sign', seats: quorum, payload: proposal.content, height: 0, round: 0 }])
      expect(disk.record(0)?.signed).toHaveLength(1)
    }
    await proposer.signing.begin(proposer.state)
    await other.signing.request(other.state, proposer.seat, message)
    expect([proposer.ceremonies.length, other.ceremonies.length]).toEqual([1, 1])
  })

  it('stores the finished transaction before it hands it on, and tells everyone', async () => {
    const { bench, proposer, other, proposal, agree } = await setup()
    await agree()
    await proposer.signing.begin(proposer.state)
    const { message } = proposer.requests()[0] as { message: RoomMessageOf<'sign'> }
    const signature = signatureOf(message.quorum.map(bench.member), message.transaction)
    proposer.trace.length = 0
    proposer.ceremonies[0]?.finish(signature)
    await proposer.settle()
    expect(proposer.trace).toEqual(['wrote signature', 'said signed'])
    expect(proposer.finished).toHaveLength(1)
    expect(proposer.state.signed).toMatchObject({ round: 0, content: proposal.content, signers: message.quorum })
    const signed = proposer.said.at(-1)?.message as RoomMessageOf<'signed'>
    await other.signing.result(other.state, signed)
    expect(other.state.signed?.hash).toBe(decodeSignedTransaction(signed.raw).hash)
    expect(other.events.at(-1)).toMatchObject({ kind: 'signed', signers: message.quorum, proposer: proposer.seat })
    await other.signing.result(other.state, signed)
    expect(other.finished).toHaveLength(1)
    const again = await other.reload()
    const raw = await other.guard.signed(0)
    other.signing.restore(again, raw as Uint8Array)
    expect(again.signed?.hash).toBe(other.state.signed?.hash)
  })

  it('takes no result that is not the account’s transaction of this height', async () => {
    const { bench, proposer, other, agree } = await setup()
    await agree()
    await proposer.signing.begin(proposer.state)
    const { message } = proposer.requests()[0] as { message: RoomMessageOf<'sign'> }
    const unsigned = decodeUnsignedTransaction(message.transaction)
    const members = message.quorum.map(bench.member)
    const rawOf = (change: Partial<typeof unsigned>): Uint8Array => {
      const transaction = { ...unsigned, ...change }
      const bytes = encodeSignedTransaction(transaction, { r: 1n, s: 1n, yParity: 0 })
      return bytes
    }
    const good = encodeSignedTransaction(unsigned, signatureOf(members, message.transaction))
    for (const raw of [rawOf({}), rawOf({ nonce: 1 }), good.subarray(1), labelled('noise')])
      await other.signing.result(other.state, { kind: 'signed', height: 0, round: 0, content: message.content, signers: [], raw })
    expect(other.state.signed).toBeUndefined()
    expect(other.logged.filter(line => line.startsWith('signed.'))).toHaveLength(4)
    await other.signing.result(other.state, { kind: 'signed', height: 0, round: 0, content: message.content, signers: [], raw: good })
    expect(other.state.signed).toBeDefined()
  })

  it('with t < q waits until q members have said that they are locked', async () => {
    const { order, proposer, other, proposal, agree } = await setup(5, 3)
    await agree()
    await proposer.signing.begin(proposer.state)
    expect(proposer.requests()).toEqual([])
    const commit = { kind: 'commit', height: 0, round: 0, content: proposal.content } as const
    for (const seat of order.slice(1, 3)) await proposer.agreement.commit(proposer.state, seat, commit)
    await proposer.signing.begin(proposer.state)
    expect(proposer.requests()).toEqual([])
    await proposer.agreement.commit(proposer.state, order[3] as number, commit)
    await proposer.signing.begin(proposer.state)
    const { message } = proposer.requests()[0] as { message: RoomMessageOf<'sign'> }

    // The other one has heard of two locks only, and waits with the request.
    await other.agreement.commit(other.state, order[0] as number, commit)
    await other.signing.request(other.state, proposer.seat, message)
    expect([other.ceremonies.length, other.state.heldSigns.size]).toEqual([0, 1])
    for (const seat of order.slice(2, 4)) await other.agreement.commit(other.state, seat, commit)
    await other.signing.resume(other.state)
    expect([other.ceremonies.length, other.state.heldSigns.size]).toEqual([1, 0])
  })

  it('waits for the proposal that a request is about', async () => {
    const { bench, order, proposer, other, proposal, agree } = await setup()
    await agree()
    await proposer.signing.begin(proposer.state)
    const { message } = proposer.requests()[0] as { message: RoomMessageOf<'sign'> }
    const late = (await heightBench(4, 3)).member(other.seat).state
    await other.signing.request(late, proposer.seat, message)
    expect(late.heldSigns.size).toBe(1)
    late.agreed = { certificate: bench.certificate(proposal, order.slice(0, 3)), proposal }
    await other.signing.resume(late)
    expect(other.ceremonies).toHaveLength(1)
  })

  it('waits for L1 when it cannot judge fees', async () => {
    const { proposer, other, agree, l1 } = await setup()
    await agree()
    l1.silent = true
    await proposer.signing.begin(proposer.state)
    expect([proposer.requests(), proposer.state.attempts]).toEqual([[], 0])
    l1.silent = false
    await proposer.signing.begin(proposer.state)
    const { message } = proposer.requests()[0] as { message: RoomMessageOf<'sign'> }
    l1.silent = true
    await other.signing.request(other.state, proposer.seat, message)
    expect(other.ceremonies).toHaveLength(0)
    l1.silent = false
    await other.signing.resume(other.state)
    expect(other.ceremonies).toHaveLength(1)
  })

  it('asks those who can be reached; after a failure others than those who failed, and not for ever', async () => {
    const { order, proposer, agree } = await setup(5, 3)
    await agree(order)
    const commit = { kind: 'commit', height: 0, round: 0, content: proposer.state.record.lockedContent as Uint8Array } as const
    for (const seat of order.slice(1)) await proposer.agreement.commit(proposer.state, seat, commit)
    const [b, c, d, e] = order.slice(1) as [number, number, number, number]
    proposer.online.delete(b)
    const quorums: number[][] = []
    for (const culprits of [[c], [d], [], [], []]) {
      await proposer.signing.begin(proposer.state)
      const ceremony = proposer.ceremonies.at(quorums.length)
      if (ceremony === undefined) break
      quorums.push([...ceremony.plan.seats])
      ceremony.fail(new PoolError('deadline', {}, { culprits: culprits.map(party => ({ party, certainty: 'suspected' as const })) }))
      await proposer.settle()
    }
    expect(quorums).toHaveLength(4)
    expect(quorums[0]).not.toContain(b)
    expect(quorums[1]).not.toContain(c)
    expect(quorums[2]).toEqual([proposer.seat, b, e].sort((x, y) => x - y))
    for (const quorum of quorums) expect(quorum).toContain(proposer.seat)
    expect(proposer.looks).toHaveLength(4)
  })

  it('waits a moment for the vote of somebody better than one who has failed or is away', async () => {
    const { bench, order, proposer, proposal, agree } = await setup()
    const [doubtful, , last] = order.slice(1) as [number, number, number]
    proposer.online.delete(doubtful)
    await agree(order.slice(0, 3))
    await proposer.signing.begin(proposer.state)
    expect(proposer.requests()).toEqual([])
    // The timer that this left makes the member look again.
    await bench.time.advance(1_499)
    expect(proposer.looks).toHaveLength(0)
    await proposer.agreement.prepare(proposer.state, last, bench.prepare(last, proposal))
    await proposer.signing.begin(proposer.state)
    expect(proposer.ceremonies[0]?.plan.seats).not.toContain(doubtful)

    const patient = await setup()
    patient.proposer.online.delete(doubtful)
    await patient.agree(order.slice(0, 3))
    await patient.proposer.signing.begin(patient.proposer.state)
    await patient.bench.time.advance(1_500)
    expect(patient.proposer.looks).toHaveLength(1)
    await patient.proposer.signing.begin(patient.proposer.state)
    expect(patient.proposer.ceremonies[0]?.plan.seats).toContain(doubtful)
  })

  it('remembers who failed at later heights', async () => {
    const { bench, order, proposer, agree } = await setup()
    await agree(order)
    const [doubtful] = order.slice(1) as [number]
    const seats = [proposer.seat, doubtful, order[2] as number].sort((x, y) => x - y)
    proposer.online.delete(order[3] as number)
    await proposer.signing.begin(proposer.state)
    expect(proposer.ceremonies[0]?.plan.seats).toEqual(seats)
    proposer.ceremonies[0]?.fail(new PoolError('deadline', {}, { culprits: [{ party: doubtful, certainty: 'suspected' }] }))
    await proposer.settle()
    // As at another height: nothing has failed there yet.
    proposer.state.failed.clear()
    proposer.online.add(order[3] as number)
    await proposer.signing.begin(proposer.state)
    expect(proposer.ceremonies[1]?.plan.seats).not.toContain(doubtful)
    expect(bench.pool.threshold).toBe(3)
  })

  it('a request from another than the proposer, or without q votes, does not end the ceremony that runs', async () => {
    const { bench, order, proposer, other, proposal, agree } = await setup()
    await agree()
    await proposer.signing.begin(proposer.state)
    const { message } = proposer.requests()[0] as { message: RoomMessageOf<'sign'> }
    await other.signing.request(other.state, proposer.seat, message)
    const later = { ...proposal, round: 4 }
    const forged = [
      { ...message, round: 4, ceremony: labelled('a'), certificate: { ...message.certificate, round: 4 } },
      { ...message, round: 4, ceremony: labelled('b'), certificate: bench.certificate(later, order.slice(0, 2)) },
      { ...message, ceremony: labelled('c'), quorum: message.quorum.slice(1) },
      { ...message, ceremony: labelled('d'), quorum: [...message.quorum].reverse() },
    ]
    for (const request of forged) await other.signing.request(other.state, proposer.seat, request)
    await other.signing.request(other.state, order[2] as number, { ...message, ceremony: labelled('e') })
    expect(other.ceremonies).toMatchObject([{ stopped: false }])
    expect(other.logged.filter(line => line.startsWith('sign.refused'))).toHaveLength(forged.length + 1)
    // A second attempt of the proposer does.
    await other.signing.request(other.state, proposer.seat, { ...message, ceremony: labelled('second attempt') })
    expect(other.ceremonies).toMatchObject([{ stopped: true }, { stopped: false }])
  })
})
