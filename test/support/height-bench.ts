/**
 * One height of a pool as each member sees it, without relay and ceremonies: for tests of agreeing and signing.
 * @module
 */
import { pakoDeflate } from '../../core/batch/op-stack/zlib.ts'
import type { MemberEvent } from '../../core/member/events.ts'
import { type HeightState, loadHeight } from '../../core/member/height.ts'
import type { L1Follower, L1Header } from '../../core/member/l1-follower.ts'
import { createL2Chain, type L2Chain } from '../../core/member/l2-chain.ts'
import type { RoomMessage, RoomMessageOf } from '../../core/member/messages.ts'
import type { GuardStore } from '../../core/member/ports.ts'
import { type Made, makeProposal } from '../../core/member/proposer.ts'
import { type Turn, turnsOf } from '../../core/member/turns.ts'
import type { ProposalView } from '../../core/proposal/check.ts'
import type { Certificate, Proposal } from '../../core/proposal/messages.ts'
import type { Pool } from '../../core/proposal/pool.ts'
import { signPrepare } from '../../core/proposal/vote.ts'
import type { KeyShare } from '../../core/threshold/index.ts'
import { defaultRules } from '../../core/transaction/admission.ts'
import { TransactionPool } from '../../core/transaction/pool.ts'
import { type MemoryDisk, memoryDisk } from './memory-disk.ts'
import { testPool, testVoteKey } from './pool.ts'
import { labelled } from './random.ts'
import { testShares } from './shares.ts'
import { type VirtualTime, virtualTime } from './virtual-time.ts'

/** What one member has at height 0. */
export interface BenchMember {
  readonly seat: number
  readonly share: KeyShare
  readonly disk: MemoryDisk
  readonly guard: GuardStore
  readonly state: HeightState
  readonly mempool: TransactionPool
  /** In order: what it said, what it wrote, what it told its host. */
  readonly trace: string[]
  readonly said: { readonly to: number | 'all'; readonly message: RoomMessage }[]
  readonly events: MemberEvent[]
  say(to: number | 'all', message: RoomMessage): void
  emit(event: MemberEvent): void
  /** What it would propose in a round. */
  make(round: number): Made | undefined
  /** Loads the height from its disk again, as a new process does. */
  reload(): Promise<HeightState>
}

export interface HeightBench {
  readonly pool: Pool
  readonly time: VirtualTime
  readonly chain: L2Chain
  readonly origins: L1Header[]
  readonly follower: L1Follower
  turn(): Turn
  view(state: HeightState): ProposalView
  member(seat: number): BenchMember
  prepare(seat: number, proposal: Pick<Proposal, 'height' | 'round' | 'content'>): RoomMessageOf<'prepare'>
  certificate(proposal: Pick<Proposal, 'height' | 'round' | 'content'>, seats: readonly number[]): Certificate
}

/** Time stands 5 s after the pool's genesis; L1 has six blocks. */
export async function heightBench(n: number, t: number, change: Record<string, unknown> = {}): Promise<HeightBench> {
  const pool = testPool(n, t, change)
  const { genesis } = pool.l1
  const time = virtualTime((pool.l2.genesisTime + 5) * 1000)
  const origins: L1Header[] = Array.from({ length: 6 }, (_, number) =>
    number === 0 ? genesis : { number, hash: `0x${Buffer.from(labelled('block', number)).toString('hex')}`, timestamp: genesis.timestamp + number },
  )
  const follower = {
    finalized: 0,
    nextHeight: 0,
    header: (number: number) => origins[number],
    origins: (from: number) => origins.filter(({ number }) => number >= from),
    inclusion: () => undefined,
  } as unknown as L1Follower
  const chain = createL2Chain(pool, number => origins[number])
  const shares = testShares(n, t)
  const account = (shares.get(1) as KeyShare).address
  const turns = turnsOf(pool, follower)
  const turn = (): Turn => turns.at(0, time.now()) as Turn
  const signature = (seat: number, { height, round, content }: Pick<Proposal, 'height' | 'round' | 'content'>) =>
    signPrepare({ height, round, content }, pool, testVoteKey(seat))

  const members = new Map<number, BenchMember>()
  for (const { seat } of pool.members) {
    const trace: string[] = []
    const disk = memoryDisk(
      { identitySeed: labelled('unused'), voteKey: testVoteKey(seat) },
      {
        written: record => void trace.push(`wrote vote ${record.votedRound} lock ${record.lockedRound} signed ${record.signed.length}`),
        signed: () => void trace.push('wrote signature'),
      },
    )
    const { guard } = disk.open()
    const mempool = new TransactionPool(defaultRules(pool.l2.chainId))
    const said: { to: number | 'all'; message: RoomMessage }[] = []
    const events: MemberEvent[] = []
    const state = await loadHeight(guard, 0)
    members.set(seat, {
      seat,
      share: shares.get(seat) as KeyShare,
      disk,
      guard,
      state,
      mempool,
      trace,
      said,
      events,
      say(to, message) {
        trace.push(`said ${message.kind}`)
        said.push({ to, message })
      },
      emit: event => void events.push(event),
      make: round =>
        makeProposal({
          pool,
          voteSecret: testVoteKey(seat),
          deflate: pakoDeflate,
          account,
          state,
          round,
          chain,
          follower,
          mempool,
          now: time.now(),
        }),
      reload: () => loadHeight(guard, 0),
    })
  }

  return {
    pool,
    time,
    chain,
    origins,
    follower,
    turn,
    view: state => ({
      pool,
      account,
      nextHeight: 0,
      now: time.now(),
      turn: turn(),
      votedRound: state.record.votedRound,
      head: chain.head,
      nonceOf: sender => chain.nonceOf(sender),
      origin: number => origins[number],
    }),
    member: seat => members.get(seat) as BenchMember,
    prepare: (seat, { height, round, content }) => ({
      kind: 'prepare',
      prepare: { height, round, content, seat, signature: signature(seat, { height, round, content }) },
    }),
    certificate: (proposal, seats) => ({
      height: proposal.height,
      round: proposal.round,
      content: proposal.content,
      prepares: seats.map(seat => ({ seat, signature: signature(seat, proposal) })),
    }),
  }
}
