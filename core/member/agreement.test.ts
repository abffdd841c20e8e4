import { describe, expect, it } from 'vitest'
import { type BenchMember, type HeightBench, heightBench } from '../../test/support/height-bench.ts'
import { testVoteKey } from '../../test/support/pool.ts'
import { labelled } from '../../test/support/random.ts'
import { hex } from '../bytes.ts'
import type { Proposal } from '../proposal/messages.ts'
import { signProposal } from '../proposal/vote.ts'
import { createAgreement } from './agreement.ts'
import { type ApprovalPolicy, createApproval } from './approval.ts'
import { type HeightState, KEPT_ROUNDS, voteKey } from './height.ts'

/** 4 members, t = q = 3; the member in the last seat but one of the order judges. */
async function setup(change: Record<string, unknown> = {}, policy?: ApprovalPolicy) {
  const bench = await heightBench(4, 3, change)
  const { order } = bench.turn()
  const [first, second, third] = order.map(seat => bench.member(seat)) as [BenchMember, BenchMember, BenchMember]
  const judge = third
  const advanced: number[] = []
  const views: { current: HeightBench['view'] | (() => undefined) } = { current: bench.view }
  const approval = policy === undefined ? undefined : createApproval({ policy, clock: bench.time })
  const agreement = createAgreement({
    pool: bench.pool,
    seat: judge.seat,
    voteSecret: testVoteKey(judge.seat),
    guard: judge.guard,
    clock: bench.time,
    approval,
    log: () => {},
    say: judge.say,
    emit: judge.emit,
    view: state => views.current(state),
    plan: () => undefined,
    authorise: () => undefined,
    advanced: async state => void advanced.push(state.record.lockedRound),
  })
  const proposal = first.make(0)?.proposal as Proposal
  return { bench, first, second, judge, state: judge.state, agreement, advanced, views, proposal, approval }
}
const kinds = (member: BenchMember): string[] => member.said.map(({ message }) => message.kind)
const reasons = (member: BenchMember): string[] => member.said.flatMap(({ message }) => (message.kind === 'refusal' ? [message.reason] : []))

/** Other content for the same height and round: made a second later, it has one block more. */
async function otherContent({ bench, first }: { bench: HeightBench; first: BenchMember }): Promise<Proposal> {
  await bench.time.advance(1_000)
  return first.make(0)?.proposal as Proposal
}

describe('agreement', () => {
  it('votes for a good proposal, with the vote on disk before it is said', async () => {
    const { agreement, judge, state, proposal, first } = await setup()
    await agreement.consider(state, first.seat, proposal)
    expect(judge.trace).toEqual(['wrote vote 0 lock -1 signed 0', 'said prepare'])
    expect(judge.disk.record(0)).toMatchObject({ votedRound: 0, votedContent: proposal.content })
    await agreement.consider(state, first.seat, proposal)
    expect(judge.trace).toHaveLength(2)
  })

  it('says that it is locked where t signers are fewer than q, once that is on disk', async () => {
    const { agreement, bench, judge, state, proposal, first } = await setup({ agreementQuorum: 4 })
    for (const seat of bench.turn().order) if (seat !== judge.seat) await agreement.prepare(state, seat, bench.prepare(seat, proposal))
    await agreement.consider(state, first.seat, proposal)
    expect(judge.trace).toEqual(['wrote vote 0 lock 0 signed 0', 'said prepare', 'said commit'])
  })

  it('locks on q votes, with vote, lock and proposal on disk at once; whoever votes afterwards changes nothing', async () => {
    const { agreement, bench, judge, state, proposal, first, second, advanced } = await setup()
    await agreement.prepare(state, first.seat, bench.prepare(first.seat, proposal))
    await agreement.prepare(state, second.seat, bench.prepare(second.seat, proposal))
    expect(advanced).toEqual([])
    await agreement.consider(state, first.seat, proposal)
    expect(judge.trace).toEqual(['wrote vote 0 lock 0 signed 0', 'said prepare'])
    expect(judge.events).toEqual([{ kind: 'agreed', height: 0, round: 0, votes: 3 }])
    expect(advanced).toEqual([0])
    const reloaded = await judge.reload()
    expect(reloaded.agreed?.proposal).toEqual(proposal)
    expect(reloaded.agreed?.certificate.prepares.map(({ seat }) => seat)).toEqual([first.seat, second.seat, judge.seat].sort())
  })

  it('counts no vote of another seat, with a wrong signature, or twice', async () => {
    const { agreement, bench, judge, state, proposal, first, second } = await setup()
    await agreement.consider(state, first.seat, proposal)
    const good = bench.prepare(first.seat, proposal)
    await agreement.prepare(state, second.seat, good)
    await agreement.prepare(state, second.seat, { ...good, prepare: { ...good.prepare, seat: second.seat } })
    for (let i = 0; i < 3; i++) await agreement.prepare(state, first.seat, good)
    expect(state.prepares.get(voteKey(0, proposal.content))?.size).toBe(2)
    expect(judge.disk.record(0)?.lockedRound).toBe(-1)
  })

  it('says why it refuses, to everyone', async () => {
    const { agreement, judge, state, proposal, first } = await setup()
    await agreement.consider(state, first.seat, { ...proposal, content: labelled('other') })
    expect(reasons(judge)).toEqual(['bad-signature'])
    expect(judge.said[0]?.to).toBe('all')
    expect(judge.events).toEqual([{ kind: 'refused', height: 0, round: 0, reason: 'bad-signature' }])
    expect(state.refusals).toEqual([{ height: 0, round: 0, reason: 'bad-signature' }])
    expect(judge.disk.record(0)).toBeUndefined()
  })

  it('does not vote for a second content in a round', async () => {
    const context = await setup()
    const { agreement, judge, state, proposal, first } = context
    await agreement.consider(state, first.seat, proposal)
    await agreement.consider(state, first.seat, await otherContent(context))
    expect(reasons(judge)).toEqual(['second-content-in-round'])
    expect(judge.disk.record(0)?.votedContent).toEqual(proposal.content)
  })

  it('holds what it cannot judge yet, one for each sender, and votes when it can', async () => {
    const { agreement, bench, judge, state, proposal, first, second } = await setup()
    const hidden = bench.origins.splice(1)
    await agreement.consider(state, first.seat, proposal)
    for (let round = 5; round < 30; round += 4)
      await agreement.consider(state, second.seat, { ...proposal, height: 1, round, content: labelled('later', round) })
    expect([judge.trace, state.held.size]).toEqual([[], 2])
    bench.origins.push(...hidden)
    await agreement.reconsider(state)
    expect(kinds(judge)).toEqual(['prepare'])
    expect(state.held.size).toBe(1)
  })

  it('refuses what it held when the round is over, for what it held it for', async () => {
    const { agreement, bench, judge, state, proposal, first } = await setup()
    bench.origins.splice(1)
    await agreement.consider(state, first.seat, proposal)
    await bench.time.advance(bench.turn().opensAt(1) - bench.time.now())
    await agreement.reconsider(state)
    expect(reasons(judge)).toEqual(['bad-origin'])
    expect(state.held.size).toBe(0)
  })

  it('holds everything while it does not know whose turn it is', async () => {
    const { agreement, bench, judge, state, proposal, first, views } = await setup()
    views.current = () => undefined
    await agreement.consider(state, first.seat, proposal)
    await agreement.reconsider(state)
    expect(judge.trace).toEqual([])
    views.current = bench.view
    await agreement.reconsider(state)
    expect(kinds(judge)).toEqual(['prepare'])
  })

  it('lets a ceremony finish before it looks at a later round', async () => {
    const { agreement, bench, judge, state, first, second } = await setup()
    await bench.time.advance(10_000)
    state.signing = { round: 0, ceremony: '0x', quorum: [first.seat, judge.seat], held: false, opened: () => true, stop() {} }
    await agreement.consider(state, second.seat, second.make(1)?.proposal as Proposal)
    expect(judge.trace).toEqual([])
    delete state.signing
    await agreement.reconsider(state)
    expect(judge.disk.record(0)).toMatchObject({ votedRound: 1 })
  })

  describe('once locked', () => {
    async function locked() {
      const context = await setup()
      const { agreement, bench, state, proposal, first, second, judge } = context
      await agreement.consider(state, first.seat, proposal)
      for (const { seat } of [first, second]) await agreement.prepare(state, seat, bench.prepare(seat, proposal))
      await bench.time.advance(10_000)
      const told = judge.said.splice(0)
      return { ...context, told }
    }

    it('tells who proposes next when the height is not signed soon', async () => {
      const { told, second, state } = await locked()
      expect(told.map(({ to, message }) => ({ to, kind: message.kind }))).toContainEqual({ to: second.seat, kind: 'locked' })
      const signed = await setup()
      await signed.agreement.consider(signed.state, signed.first.seat, signed.proposal)
      for (const { seat } of [signed.first, signed.second])
        await signed.agreement.prepare(signed.state, seat, signed.bench.prepare(seat, signed.proposal))
      signed.state.signed = { round: 0, content: signed.proposal.content, signers: [], raw: new Uint8Array(1), hash: '0x' }
      await signed.bench.time.advance(10_000)
      expect(kinds(signed.judge)).not.toContain('locked')
      expect(state.record.lockedRound).toBe(0)
    })

    it('refuses other content, and shows the lock that a proposer has to respect', async () => {
      const { agreement, judge, state, second, proposal } = await locked()
      await agreement.consider(state, second.seat, second.make(1)?.proposal as Proposal)
      expect(kinds(judge)).toEqual(['refusal', 'locked'])
      expect(reasons(judge)).toEqual(['locked-elsewhere'])
      expect(judge.said[1]?.message).toMatchObject({ certificate: { round: 0, content: proposal.content }, proposal })
    })

    it('votes again for the same content in a later round, though L1 has dropped its origin since', async () => {
      const { agreement, bench, judge, state, second, proposal } = await locked()
      const { certificate } = state.agreed as NonNullable<HeightState['agreed']>
      const { signature: _, ...unsigned } = { ...proposal, round: 1, justification: { validRound: 0, certificate } }
      const again = { ...unsigned, signature: signProposal(unsigned, bench.pool, testVoteKey(second.seat)) }
      bench.origins.splice(1)
      await agreement.consider(state, second.seat, again)
      expect(kinds(judge)).toEqual(['prepare'])
      expect(judge.disk.record(0)).toMatchObject({ votedRound: 1, lockedRound: 0 })
    })

    it('moves to other content only with a certificate of a later round', async () => {
      const { agreement, bench, state, second, judge } = await locked()
      const other = second.make(1)?.proposal as Proposal
      const seats = bench.pool.members.map(({ seat }) => seat).filter(seat => seat !== judge.seat)
      expect(await agreement.lockOn(state, bench.certificate({ ...other, round: 0 }, seats), other)).toBe(false)
      expect(await agreement.lockOn(state, bench.certificate(other, seats), other)).toBe(true)
      expect(judge.disk.record(0)).toMatchObject({ lockedRound: 1, lockedContent: other.content })
    })
  })

  it('adopts a lock that another member shows, when certificate and payload are right', async () => {
    const { agreement, bench, state, proposal, judge, first } = await setup()
    const seats = bench.pool.members.map(({ seat }) => seat)
    const certificate = bench.certificate(proposal, seats.slice(0, 3))
    const wrong = [
      { certificate: bench.certificate(proposal, seats.slice(0, 2)), proposal },
      { certificate: { ...certificate, content: labelled('other') }, proposal },
      { certificate, proposal: { ...proposal, payload: labelled('payload') } },
      { certificate: bench.certificate({ ...proposal, height: 1 }, seats.slice(0, 3)), proposal: { ...proposal, height: 1 } },
    ]
    for (const lock of wrong) await agreement.locked(state, { kind: 'locked', ...lock })
    expect(state.agreed).toBeUndefined()
    await agreement.locked(state, { kind: 'locked', certificate, proposal })
    expect(state.agreed).toEqual({ certificate, proposal })
    expect(judge.trace).toEqual([])
    expect(judge.make(1)?.proposal).toMatchObject({ round: 1, content: proposal.content, justification: { validRound: 0, certificate } })
    expect(first.make(1)?.proposal.justification).toBeUndefined()
  })

  it('keeps the newest rounds of each seat, whatever a cheater votes', async () => {
    const { agreement, bench, state, proposal, first, second } = await setup()
    for (let round = 0; round < 3 * KEPT_ROUNDS; round++) {
      await agreement.prepare(state, first.seat, bench.prepare(first.seat, { ...proposal, round }))
      await agreement.commit(state, first.seat, { kind: 'commit', height: 0, round, content: proposal.content })
    }
    await agreement.prepare(state, first.seat, bench.prepare(first.seat, { ...proposal, round: 1 }))
    await agreement.prepare(state, second.seat, bench.prepare(second.seat, { ...proposal, round: 1 }))
    const roundsOf = (book: Map<string, { has(seat: number): boolean }>, seat: number): number[] =>
      [...book].filter(([, seats]) => seats.has(seat)).map(([key]) => Number.parseInt(key, 10))
    const newest = Array.from({ length: KEPT_ROUNDS }, (_, i) => 2 * KEPT_ROUNDS + i)
    expect(roundsOf(state.prepares, first.seat)).toEqual(newest)
    expect(roundsOf(state.commits, first.seat)).toEqual(newest)
    expect(roundsOf(state.prepares, second.seat)).toEqual([1])
  })
})

describe('a member that asks', () => {
  const ask: ApprovalPolicy = { rules: [], rejectAfter: 60_000 }

  it('says nothing until a person has approved, and votes then', async () => {
    const { agreement, judge, state, proposal, first, approval } = await setup({}, ask)
    await agreement.consider(state, first.seat, proposal)
    await agreement.reconsider(state)
    expect(judge.trace).toEqual([])
    expect(agreement.isApproved(state, proposal)).toBe(false)
    expect(approval?.decide(hex(proposal.content), true)).toBe(true)
    await agreement.reconsider(state)
    expect(judge.trace).toEqual(['wrote vote 0 lock -1 signed 0', 'said prepare'])
    expect(agreement.isApproved(state, proposal)).toBe(true)
  })

  it('refuses by name what a person has rejected, or nobody has approved in time', async () => {
    for (const [answer, reason] of [
      ['reject', 'rejected-by-operator'],
      ['wait', 'not-approved-in-time'],
    ]) {
      const { agreement, bench, judge, state, proposal, first, approval } = await setup({}, ask)
      await agreement.consider(state, first.seat, proposal)
      if (answer === 'reject') approval?.decide(hex(proposal.content), false)
      else await bench.time.advance(60_000)
      await agreement.reconsider(state)
      expect(reasons(judge)).toEqual([reason])
      expect(judge.disk.record(0)).toBeUndefined()
      expect(approval?.decide(hex(proposal.content), true)).toBe(false)
    }
  })

  it('asks nobody about its own proposal, nor about what a rule names', async () => {
    const rule = { name: 'all of this pool' }
    const { agreement, judge, state, proposal, first, approval } = await setup({}, { ...ask, rules: [rule] })
    await agreement.consider(state, first.seat, proposal)
    expect(kinds(judge)).toEqual(['prepare'])
    expect(approval?.list()).toMatchObject([{ state: 'approved', by: rule.name }])
    const own = await setup({}, ask)
    expect(await own.agreement.propose(own.state, own.proposal)).toBe(true)
    expect(own.approval?.list()).toEqual([])
  })
})
