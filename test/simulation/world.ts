/**
 * A whole pool in one process and in virtual time: members as they run in production over a simulated relay, a fake L1 and memory disks,
 * with faults on demand. The same seed gives the same run.
 */
import { onTestFailed } from 'vitest'
import { pakoDeflate } from '../../core/batch/op-stack/zlib.ts'
import { isPoolError } from '../../core/errors.ts'
import type { MemberEvent } from '../../core/member/events.ts'
import { createMember, type Member, type MemberInput } from '../../core/member/member.ts'
import type { LogLevel } from '../../core/member/ports.ts'
import type { HeightRecord } from '../../core/proposal/lock.ts'
import type { Pool } from '../../core/proposal/pool.ts'
import { encodeShare, type Tuple } from '../../core/threshold/index.ts'
import { parseTransaction } from '../../core/transaction/parse.ts'
import { createFakeL1, type FakeL1 } from '../support/fake-l1.ts'
import { testIdentitySeed } from '../support/identity.ts'
import { type MemoryDisk, memoryDisk } from '../support/memory-disk.ts'
import { testVoteKey } from '../support/pool.ts'
import { seededFraction, seededRandom } from '../support/random.ts'
import { testSealingKey } from '../support/reveal.ts'
import { testSender } from '../support/sender.ts'
import { testShares } from '../support/shares.ts'
import { createSimulatedRelay, type RelayLine, type SimulatedRelay, type TurnAnnouncement } from '../support/simulated-relay.ts'
import { type VirtualTime, virtualTime } from '../support/virtual-time.ts'
import { type Invariants, watchInvariants } from './invariants.ts'
import { type LandedBatch, landedBatches, turnOrder } from './oracle.ts'
import { watchedProtocols } from './protocols.ts'
import { INBOX, L1_CHAIN, L2_CHAIN, type PoolShape, simulatedPool } from './simulated-pool.ts'

export interface WorldOptions extends PoolShape {
  readonly seed: string
  /** Members run the real signing protocol. */
  readonly realSigning?: boolean
  /** Tuples that members keep ready; their default when absent. */
  readonly tuples?: number
  /** Members begin without shares and generate a key. */
  readonly keygen?: boolean
  /** Members that a test will run as puppets. */
  readonly cheaters?: number
  /** ms between L1 blocks. */
  readonly l1Interval?: number
  readonly finalityLag?: number
  /** ms: bounds of what a frame takes. */
  readonly latency?: readonly [number, number]
  /** ms by which a member's clock is ahead of the truth. */
  readonly clockSkew?: (seat: number) => number
  /** What the relay's clock says. The default says the truth. */
  readonly announce?: 'truth' | 'silence' | 'lies'
}

/** One member's machine: a disk that lasts, and a process that may die. */
export interface Machine {
  readonly seat: number
  readonly disk: MemoryDisk
  readonly running: boolean
  readonly member: Member | undefined
  /** Everything the newest process said. */
  readonly events: readonly MemberEvent[]
  readonly log: readonly { readonly level: LogLevel; readonly event: string; readonly facts: Readonly<Record<string, unknown>> }[]
  /** Batches on L1 as this process sees them, reorganisations undone. */
  readonly chain: readonly { readonly height: number; readonly hash: string; readonly l2Blocks: number; readonly transactions: readonly string[] }[]
  start(): Promise<void>
  /** Dies between two instructions. */
  crash(): void
  /** Stops doing anything, while its connection stays open. */
  hang(): void
}

/** Where a process can be made to die: called at each of them. */
export interface Probe {
  event?(seat: number, event: MemberEvent): void
  /** Before a record is on disk. */
  writing?(seat: number, record: HeightRecord): void
  written?(seat: number, record: HeightRecord): void
  /** A ceremony has reached a round. */
  ceremony?(seat: number, round: string, height: number, kind: string): void
  /** A member is about to sign, with a tuple that was ready or without. */
  signing?(seat: number, height: number, tuple: Tuple | undefined): void
}

export interface World {
  readonly pool: Pool
  readonly time: VirtualTime
  /** ms since 1970: when the run began. */
  readonly began: number
  readonly l1: FakeL1
  readonly relay: SimulatedRelay
  readonly invariants: Invariants
  /** By seat, from 1. */
  machine(seat: number): Machine
  readonly machines: readonly Machine[]
  probe: Probe
  /** Overrides of what the next process of a seat gets. */
  readonly meddle: Map<number, (input: MemberInput) => MemberInput>
  /** L1 as members see it does not answer while true. */
  l1Failing: boolean
  /** ms by which each frame is later than usual, at most. */
  slowness: number
  /** Blocks by which the L1 node of a seat is behind; none by default. */
  readonly l1Lag: Map<number, number>
  account(): string
  batches(): LandedBatch[]
  /** Seats by round at a height. */
  order(height: number): readonly number[] | undefined
  /** Pseudo-random number in [0, 1) of the run's seed. */
  chance(): number
  /** Signs `count` L2 transactions of random senders, or of one, and hands them to the relay now. */
  transact(count: number, sender?: number): Promise<readonly string[]>
  /** Every L2 transaction handed in, in order. */
  readonly fed: readonly { readonly hash: string; readonly sender: string; readonly nonce: number }[]
  /** A signed L2 transaction that nobody hands in; `nonce` of the first sender. */
  transaction(nonce: number, chainId?: number): Promise<Uint8Array>
  /** Begins to make L1 blocks, and starts all members but some. */
  start(without?: readonly number[]): Promise<void>
  /** Runs for `ms`; throws when an invariant breaks. */
  pass(ms: number): Promise<void>
  /** Runs until `done`; throws when an invariant breaks, or after `limit` ms of virtual time. */
  until(what: string, done: () => boolean, limit?: number): Promise<void>
  /** Runs until `count` batches are on L1 and every member that runs has seen them. */
  untilBatches(count: number, limit?: number): Promise<void>
  /** Runs until everything fed is ordered on L1 and seen by every member that runs, then checks all of it. */
  untilSettled(limit?: number): Promise<void>
  /** ms of virtual time that the newest `untilSettled` took. */
  readonly settledAfter: number
  /** What a failing test should print. */
  describe(): string
}

const SENDERS = 5
const trace = process.env.SEQUORUM_TEST_TRACE !== undefined

export async function createWorld(options: WorldOptions): Promise<World> {
  const { seed, n, t, latency = [5, 40], announce = 'truth' } = options
  const chances = seededRandom(`${seed} chance`)
  const chance = (): number => seededFraction(chances)
  const latencies = seededRandom(`${seed} latency`)
  const time = virtualTime()
  const l1 = createFakeL1({
    clock: time,
    chainId: L1_CHAIN,
    inbox: INBOX,
    interval: options.l1Interval ?? 1_000,
    finalityLag: options.finalityLag ?? 4,
  })
  const pool = simulatedPool(options, l1.head)
  const shares = options.keygen === true ? undefined : testShares(n, t, seed)
  const invariants = watchInvariants(() => pool, options.cheaters ?? 0)
  const began = time.now()
  const lines: string[] = []
  const note = (text: string): void => {
    const line = `${String(time.now() - began).padStart(7)} ms  ${text}`
    lines.push(line)
    if (trace) console.log(line)
  }

  const relay = createSimulatedRelay({
    pool,
    clock: time,
    l1,
    latency: () => latency[0] + Math.floor(seededFraction(latencies) * (latency[1] - latency[0] + world.slowness)),
    announce: announcements(),
  })

  function announcements(): (() => TurnAnnouncement | undefined) | undefined {
    if (announce === 'silence') return undefined
    if (announce === 'lies')
      return () => ({
        rotationEpoch: Math.floor(chance() * 9),
        height: Math.floor(chance() * 50),
        round: Math.floor(chance() * 9),
        opensAt: time.now() + Math.floor((chance() - 0.5) * 1e9),
        order: pool.members.map(member => member.seat).sort(() => chance() - 0.5),
      })
    return () => {
      const height = batches().length
      const order = turnOrder(l1, pool, account(), height)
      if (order === undefined) return undefined
      return { rotationEpoch: Math.floor(height / pool.times.epochLength), height, round: 0, opensAt: time.now(), order: [...order] }
    }
  }

  function account(): string {
    const known =
      shares?.get(1)?.address ?? machines.flatMap(({ events }) => events.flatMap(event => (event.kind === 'key' ? [event.account] : [])))[0]
    return known ?? '0x'
  }

  let seenHead = ''
  let landed: LandedBatch[] = []
  function batches(): LandedBatch[] {
    if (seenHead !== l1.head.hash) landed = landedBatches(l1, pool, account())
    seenHead = l1.head.hash
    return landed
  }

  const machines = pool.members.map(({ seat }) => createMachine(seat))

  function createMachine(seat: number): Machine {
    const share = shares?.get(seat)
    const disk = memoryDisk(
      {
        identitySeed: testIdentitySeed(seat),
        voteKey: testVoteKey(seat),
        share: share === undefined ? undefined : encodeShare(share, testSealingKey(seat)),
      },
      {
        writing(record) {
          world.probe.writing?.(seat, record)
          return state.running
        },
        written(record) {
          invariants.written(seat, record)
          world.probe.written?.(seat, record)
        },
        signed: (height, raw) => invariants.signed(`seat ${seat}`, height, raw),
      },
    )
    const state = {
      running: false,
      member: undefined as Member | undefined,
      events: [] as MemberEvent[],
      log: [] as { level: LogLevel; event: string; facts: Readonly<Record<string, unknown>> }[],
      chain: [] as { height: number; hash: string; l2Blocks: number; transactions: readonly string[] }[],
    }
    let life = 0
    let kill = (): void => {}
    let freeze = (): void => {}

    async function start(): Promise<void> {
      if (state.running) return
      const mine = ++life
      const alive = (): boolean => mine === life && state.running
      const scope = time.scope(options.clockSkew?.(seat) ?? 0)
      const ports = disk.open()
      const line: RelayLine = relay.line()
      const random = seededRandom(`${seed} member ${seat} life ${life}`)
      state.running = true
      state.events = []
      state.log = []
      state.chain = []
      freeze = () => {
        scope.kill()
        ports.kill()
        line.freeze()
      }
      kill = () => {
        freeze()
        line.kill()
      }
      note(`member ${seat} starts`)
      const input: MemberInput = {
        pool,
        vault: ports.vault,
        guard: ports.guard,
        l1: l1.reader(
          () => world.l1Failing,
          () => world.l1Lag.get(seat) ?? 0,
        ),
        dial: line.dial,
        clock: scope,
        random,
        deflate: pakoDeflate,
        log(level, event, facts = {}) {
          if (!alive()) return
          state.log.push({ level, event, facts })
          if (level !== 'debug') note(`member ${seat} ${level} ${event} ${JSON.stringify(facts)}`)
        },
        onReport(report) {
          if (alive() && report.ceremony !== undefined) world.probe.ceremony?.(seat, report.ceremony.round, report.height, report.ceremony.kind)
        },
        onEvent(event) {
          if (!alive()) return
          state.events.push(event)
          note(`member ${seat} event ${JSON.stringify(event)}`)
          if (event.kind === 'batch') {
            const { height, hash, l2Blocks, transactions } = event
            state.chain.push({ height, hash, l2Blocks, transactions })
          }
          if (event.kind === 'proposed') invariants.proposed(seat, event.height, event.round)
          if (event.kind === 'reorg') state.chain = state.chain.filter(({ height }) => height < event.from)
          world.probe.event?.(seat, event)
        },
        protocols: watchedProtocols({ seat, real: options.realSigning === true, invariants, probe: () => world.probe }),
        tuples: options.tuples,
      }
      const member = await createMember(world.meddle.get(seat)?.(input) ?? input)
      if (!alive()) return
      state.member = member
      try {
        await member.start()
      } catch (error) {
        // Whoever runs a member starts it again when its L1 node did not answer.
        if (!isPoolError(error, 'l1-unreachable')) throw error
        if (!alive()) return
        end('cannot start', kill)
        time.after(2_000, () => {
          if (life === mine && !state.running) void start()
        })
      }
    }

    function end(how: string, what: () => void): void {
      if (!state.running) return
      note(`member ${seat} ${how}`)
      state.running = false
      state.member = undefined
      what()
    }

    return {
      seat,
      disk,
      get running() {
        return state.running
      },
      get member() {
        return state.member
      },
      get events() {
        return state.events
      },
      get log() {
        return state.log
      },
      get chain() {
        return state.chain
      },
      start,
      crash: () => end('crashes', kill),
      hang: () => end('hangs', freeze),
    }
  }

  const senders = Array.from({ length: SENDERS }, (_, i) => ({ sign: testSender(L2_CHAIN, i), nonce: 0 }))
  type Sender = (typeof senders)[number]
  const fed: { hash: string; sender: string; nonce: number }[] = []

  async function transact(count: number, only?: number): Promise<readonly string[]> {
    const hashes: string[] = []
    for (let i = 0; i < count; i++) {
      const sender = senders[only ?? Math.floor(chance() * senders.length)] as Sender
      const nonce = sender.nonce++
      const raw = await sender.sign(nonce, BigInt(i))
      const { hash, from } = parseTransaction(raw)
      relay.submitTransaction(raw)
      fed.push({ hash, sender: from, nonce })
      hashes.push(hash)
    }
    return hashes
  }

  const running = (): Machine[] => machines.filter(machine => machine.running)
  /** True when every running member sees what is on L1 up to the confirmed block. */
  function allSee(count: number): boolean {
    const confirmed = l1.head.number - (pool.l1.confirmations - 1)
    const due = batches().filter(({ l1Block }) => l1Block <= confirmed)
    return due.length >= count && running().length > 0 && running().every(({ chain }) => chain.length >= count)
  }

  function check(): void {
    const problems = [...invariants.violations]
    const truth = batches()
    truth.forEach(({ nonce }, at) => {
      if (nonce !== at + pool.l1.nonceOffset) problems.push(`L1 nonce ${nonce} in place ${at}`)
    })
    const ordered = truth.flatMap(({ transactions }) => transactions)
    if (new Set(ordered).size !== ordered.length) problems.push('an L2 transaction was ordered twice')
    const nonces = new Map<string, number>()
    const byHash = new Map<string, { sender: string; nonce: number }>(fed.map(({ hash, sender, nonce }) => [hash, { sender, nonce }]))
    for (const hash of ordered) {
      const known = byHash.get(hash)
      if (known === undefined) {
        problems.push(`nobody submitted ${hash}`)
        continue
      }
      if (known.nonce !== (nonces.get(known.sender) ?? 0)) problems.push(`${known.sender}: nonce ${known.nonce} out of order`)
      nonces.set(known.sender, known.nonce + 1)
    }
    for (const { seat, chain } of running()) {
      chain.forEach(({ height, hash, l2Blocks, transactions }, at) => {
        const real = truth[at]
        if (
          real === undefined ||
          real.height !== height ||
          real.hash !== hash ||
          real.l2Blocks !== l2Blocks ||
          String(real.transactions) !== String(transactions)
        )
          problems.push(`member ${seat} has another batch ${height} than L1`)
      })
    }
    if (problems.length > 0) throw new Error(problems.join('\n'))
  }

  let settledAfter = 0

  const world: World = {
    pool,
    time,
    began,
    l1,
    relay,
    invariants,
    machine: seat => machines[seat - 1] as Machine,
    machines,
    probe: {},
    meddle: new Map(),
    l1Failing: false,
    slowness: 0,
    l1Lag: new Map(),
    account,
    batches,
    order: height => turnOrder(l1, pool, account(), height),
    chance,
    transact,
    fed,
    transaction: (nonce, chainId = L2_CHAIN) => testSender(chainId)(nonce, 99n),
    async start(without = []) {
      l1.start()
      for (const machine of machines) if (!without.includes(machine.seat)) await machine.start()
    },
    async pass(ms) {
      await time.run(() => invariants.violations.length > 0, ms)
      if (invariants.violations.length > 0) throw new Error(invariants.violations.join('\n'))
    },
    async until(what, done, limit = 120_000) {
      const reached = await time.run(() => invariants.violations.length > 0 || done(), limit)
      await world.pass(0)
      if (!reached) throw new Error(`not within ${limit} ms of virtual time: ${what}`)
    },
    async untilBatches(count, limit = 30_000 * count + 60_000) {
      await world.until(`${count} batches`, () => allSee(count), limit)
      check()
    },
    get settledAfter() {
      return settledAfter
    },
    async untilSettled(limit = 300_000) {
      const from = time.now()
      const missing = (): number => {
        const ordered = new Set(batches().flatMap(({ transactions }) => transactions))
        return fed.filter(({ hash }) => !ordered.has(hash)).length
      }
      await world.until('all transactions ordered, all members agree', () => missing() === 0 && allSee(batches().length), limit)
      settledAfter = time.now() - from
      check()
    },
    describe: () =>
      [
        `seed ${JSON.stringify(seed)}; reproduce with SEQUORUM_TEST_SEED`,
        ...lines.slice(-Number(process.env.SEQUORUM_TEST_LINES ?? 60)),
        `L1 head ${l1.head.number}, batches ${batches().length}, running ${running().map(({ seat }) => seat)}, relay refused ${relay.refused.slice(-5)}`,
        ...machines.map(({ seat, member }) => `member ${seat}: ${JSON.stringify(member?.report())}`),
      ].join('\n'),
  }
  onTestFailed(() => console.error(world.describe()))
  return world
}

/** The seed of a run: the environment's, or the given one. */
export const seedOf = (fallback: string): string => process.env.SEQUORUM_TEST_SEED ?? fallback
