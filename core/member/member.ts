/**
 * One member's life, the same in a tab and in Node: connect, get a key, follow L1, take turns, check, vote, lock, sign.
 * Everything that reaches it goes through one queue; what it decides is a function of its own view, never of the relay's word.
 * @module
 */

import type { Deflate } from '../batch/op-stack/zlib.ts'
import { fromHex, hex, wipe } from '../bytes.ts'
import { identityFromSeed, initSodium, verifyIdentity } from '../envelope/identity.ts'
import type { MemberReport } from '../envelope/wire.ts'
import { asPoolError, PoolError } from '../errors.ts'
import type { ProposalView } from '../proposal/check.ts'
import { DEALER_SEATS, type Pool, poolHash } from '../proposal/pool.ts'
import { rosterOf } from '../proposal/roster.ts'
import { type KeyShare, preprocess, refresh, reshare, sealingKey, sign } from '../threshold/index.ts'
import { createAgreement } from './agreement.ts'
import type { ApprovalPort } from './approval.ts'
import { type CeremonyHost, ceremonyLimits, createCeremonyHost } from './ceremonies.ts'
import type { MemberCommand } from './commands.ts'
import { createDispatcher } from './dispatcher.ts'
import { createDoubts } from './doubts.ts'
import type { MemberEvent } from './events.ts'
import { createFeeSource } from './fee-source.ts'
import { type Following, startFollowing } from './following.ts'
import { type HeightState, loadHeight } from './height.ts'
import { createIntake } from './intake.ts'
import { openKeyLife } from './key-life.ts'
import { createKeySetup, generation } from './key-setup.ts'
import { createL1Watch } from './l1-watch.ts'
import { connectRelay } from './link.ts'
import { type RoomMessage, roomMessage } from './messages.ts'
import { quorumAhead } from './outlook.ts'
import type { Clock, Dial, GuardStore, L1Reader, Log, Vault } from './ports.ts'
import { makeProposal } from './proposer.ts'
import { createQueue } from './queue.ts'
import type { RefreshPolicy } from './refresh.ts'
import { reportOf } from './report.ts'
import { createRetirement, type ParentMember } from './retirement.ts'
import { openRoom } from './room.ts'
import { route } from './routing.ts'
import { createSigning } from './signing.ts'
import { createTakeover } from './takeover.ts'
import { createTopic } from './topic.ts'
import { createTuplePool, DEFAULT_DEPTH } from './tuples.ts'
import type { Turn } from './turns.ts'
import { type ExportRequest, type Importing, importing, takePartInExport } from './whole-key.ts'

export interface MemberInput {
  readonly pool: Pool
  readonly vault: Vault
  readonly guard: GuardStore
  readonly l1: L1Reader
  readonly dial: Dial
  /** `ws://…` or `wss://…` origin that the relay has to answer for, so that nobody between can pass its challenge on. */
  readonly relayOrigin?: string | undefined
  readonly clock: Clock
  /** Hedged cryptographic randomness. */
  readonly random: (length: number) => Uint8Array
  readonly log: Log
  readonly deflate: Deflate
  /** Protocols in place of those of core/threshold, for simulations of many heights; absent in production. */
  readonly protocols?: { readonly sign?: typeof sign; readonly preprocess?: typeof preprocess; readonly refresh?: typeof refresh } | undefined
  /** Who has to want a good proposal of another before this member votes for it; absent: nobody. */
  readonly approval?: ApprovalPort | undefined
  /** When this member asks for new shares by itself; never by default. */
  readonly refresh?: RefreshPolicy | undefined
  /** The key that the members have agreed to deal among themselves in place of making one; of no effect once there is a key. */
  readonly importing?: Importing | undefined
  /** The same operator's member of the pool whose account this one takes over, if it is one. */
  readonly parent?: ParentMember | undefined
  /** Tuples to keep ready for the quorum of the next proposer (docs/protocol.md, Ready tuples); 2 by default, 0 for none. */
  readonly tuples?: number | undefined
  onReport(report: MemberReport): void
  onEvent(event: MemberEvent): void
}

export interface Member {
  readonly seat: number
  start(): Promise<void>
  /** Finishes the task at hand, says goodbye, erases what is in memory. */
  stop(): Promise<void>
  report(): MemberReport
  /** Whether the relay answers, and who is online by its word. */
  relay(): { readonly connected: boolean; readonly online: readonly number[] }
  /**
   * What an operator asks for. Answers are public facts that survive JSON.
   * @throws {PoolError} `key-destroyed`, `no-key`, `refresh-refused`, `share-superseded`, and what a refresh throws
   */
  command(command: MemberCommand): Promise<Record<string, unknown>>
  /**
   * This member's part in putting the whole key together for one member (whole-key.ts), which is given back there and nowhere else.
   * @throws {PoolError} as `takePartInExport`
   */
  exportKey(request: ExportRequest): Promise<Uint8Array | undefined>
  /** What this member does for the next pool. */
  asParent(): ParentMember
}

/** ms after a vote in which a batch is signed, when all goes well. */
const MOMENT = 250
/** ms after a change until the relay is told: people do not see it sooner. */
const REPORT_MS = 50

/** The seat whose identity the vault holds. @throws {PoolError} `not-a-member`. */
function seatOf(pool: Pool, publicKey: Uint8Array): number {
  const mine = hex(publicKey)
  const member = pool.members.find(candidate => candidate.identity === mine)
  if (member === undefined) throw new PoolError('not-a-member', { identity: mine })
  return member.seat
}

export async function createMember(input: MemberInput): Promise<Member> {
  await initSodium()
  const { pool, vault, guard, clock, log } = input
  const identity = { ...identityFromSeed(vault.identitySeed), verify: verifyIdentity }
  const seat = seatOf(pool, identity.publicKey)
  const sealing = sealingKey(vault.identitySeed)
  const queue = createQueue(error => log('error', 'member.task-failed', { ...asPoolError(error).toJSON() }))
  const intake = createIntake(pool, log)
  const heights = new Map<number, HeightState>()
  let online: ReadonlySet<number> = new Set()
  let phase: MemberReport['phase'] = 'starting'
  let agreedLast: MemberReport['agreed']
  let funded = false
  let synced = false
  let stopped = false
  let cancelRound = (): void => {}
  let active: Following | undefined

  const link = connectRelay({ dial: input.dial, clock, random: input.random, identity, pool, seat, log, origin: input.relayOrigin })
  const dispatcher = createDispatcher(link)
  const room = openRoom({ link, dispatcher, pool, seat, identity, clock, random: input.random, log })

  const say = (to: number | 'all', message: RoomMessage): void => room.send(to, roomMessage.encode(message))
  const emit = (event: MemberEvent): void => input.onEvent(event)
  const later = (task: () => Promise<void> | void): void => queue.run(task)

  const retirement = createRetirement({ pool, seat, voteKey: vault.voteKey, guard, log })
  const isSilent = (height: number): boolean => height >= (retirement.silentFrom ?? Number.POSITIVE_INFINITY)
  const news = createTopic<[]>('news', log)

  const life = await openKeyLife({
    pool,
    seat,
    vault,
    sealing,
    guard,
    clock,
    log,
    random: input.random,
    identity,
    ceremonies: () => ceremonies,
    refresh: input.protocols?.refresh ?? refresh,
    policy: input.refresh,
    share: () => keys.share,
    online: () => online,
    nextHeight: () => active?.follower.nextHeight ?? 0,
    say,
    burned: peer => tuples.burned(peer),
    async activated(share) {
      keys.replace(share)
      if (active !== undefined) active = { ...active, share }
      tuples.keyChanged()
      for (const state of heights.values()) signing.keyChanged(state)
      emit({ kind: 'refreshed', epochNo: share.epochNo })
      later(tick)
    },
    async forget() {
      const { share } = keys
      keys.replace(undefined)
      active = undefined
      phase = 'destroyed'
      tuples.close()
      ceremonies.close()
      if (share === undefined) return
      await ceremonies.unused(share)
      share.wipe()
    },
    changed(to) {
      sendStatus(to)
      publishReport()
    },
    later,
  })

  const ceremonies: CeremonyHost = createCeremonyHost({
    pool,
    seat,
    identity,
    link,
    dispatcher,
    clock,
    random: input.random,
    log,
    journal: life.journal,
    limits: ceremonyLimits(rosterOf(pool).length),
    onStatus: () => publishReport(),
  })

  const doubts = createDoubts({ pool, seat, clock, online: () => online, unfit: life.unfit, apart: life.apart })
  const fees = createFeeSource({ l1: input.l1, clock, log })
  const tuples = createTuplePool({
    pool,
    seat,
    depth: input.tuples ?? DEFAULT_DEPTH,
    clock,
    random: input.random,
    log,
    ceremonies,
    preprocess: input.protocols?.preprocess ?? preprocess,
    doubts,
    share: () => active?.share,
    online: () => online,
    signing: () => [...heights.values()].some(state => state.signing !== undefined),
    wanted() {
      if (stopped || active === undefined || !synced || !funded || !link.connected) return undefined
      const { follower, turns } = active
      const height = follower.nextHeight
      if (isSilent(height)) return undefined
      return quorumAhead({ pool, seat, turns, doubts, height, state: heights.get(height), peers: room.peers(), now: clock.now() })
    },
    say,
    later,
    changed: () => publishReport(),
  })

  const takeover =
    pool.parent === undefined
      ? undefined
      : createTakeover({
          pool: { ...pool, parent: pool.parent },
          address: seat,
          parent: input.parent,
          guard,
          ceremonies,
          reshare,
          clock,
          log,
          verify: verifyIdentity,
          say,
          online: () => online,
          share: () => keys.share,
          newest() {
            const { epochNo, pending } = keys.state()
            return Math.max(epochNo, ...pending.map(generation => generation.epochNo))
          },
          nextHeight: () => (synced ? active?.follower.nextHeight : undefined),
          accept: raw => intake.take(raw, synced ? active?.chain : undefined),
          changed: () =>
            later(async () => {
              keys.look()
              await tick()
            }),
          later,
        })

  const first = takeover?.first ?? (input.importing === undefined ? generation(pool, ceremonies) : importing(pool, ceremonies, input.importing))
  const keys = createKeySetup({
    pool,
    seat,
    vault,
    sealing,
    clock,
    log,
    first: {
      audience: first.audience,
      invite: (ceremony, statuses) => (life.destroyed ? undefined : first.invite(ceremony, statuses)),
      run: invitation => (life.destroyed ? undefined : first.run(invitation)),
    },
    online: () => online,
    random: input.random,
    verify: verifyIdentity,
    say,
    later,
    changed: () => sendStatus('all'),
    async ready(share) {
      await begin(share)
      sendStatus('all')
      await takeover?.look()
    },
  })

  async function heightState(height: number): Promise<HeightState> {
    let state = heights.get(height)
    if (state === undefined) {
      state = await loadHeight(guard, height)
      heights.set(height, state)
      const raw = await guard.signed(height)
      if (raw !== undefined) signing.restore(state, raw)
    }
    return state
  }

  /** Heights below the first one of this pool are the parent's. */
  const isOurs = (height: number): boolean => takeover === undefined || height >= (takeover.height ?? Number.POSITIVE_INFINITY)
  const turnAt = (height: number): Turn | undefined => (isOurs(height) ? active?.turns.at(height, clock.now()) : undefined)

  function view(state: HeightState): ProposalView | undefined {
    const turn = turnAt(state.height)
    if (active === undefined || turn === undefined) return undefined
    const { follower, chain, share } = active
    return {
      pool,
      account: share.address,
      nextHeight: follower.nextHeight,
      now: clock.now(),
      turn,
      votedRound: state.record.votedRound,
      head: chain.head,
      nonceOf: sender => chain.nonceOf(sender),
      origin: number => follower.header(number),
      parse: intake.parse,
    }
  }

  const agreement = createAgreement({
    pool,
    seat,
    voteSecret: vault.voteKey,
    guard,
    clock,
    log,
    say,
    emit,
    approval: input.approval,
    view,
    plan: (state, proposal) => signing.plan(state, proposal),
    authorise: (state, locked, proposal) => signing.atLock(state, locked, proposal),
    async advanced(state) {
      await signing.resume(state)
      await signing.begin(state)
    },
  })

  const signing = createSigning({
    pool,
    seat,
    guard,
    clock,
    fees,
    log,
    agreement,
    ceremonies,
    tuples,
    doubts,
    random: input.random,
    sign: input.protocols?.sign ?? sign,
    share: () => (active as Following).share,
    say,
    emit(event) {
      // Those who signed know since when; who only heard of it does not.
      if (event.kind === 'signed' && event.signers.includes(seat))
        agreedLast = { height: event.height, round: event.round, proposer: event.proposer, signers: event.signers, latencyMs: event.latencyMs }
      emit(event)
    },
    proposerOf: (height, round) => turnAt(height)?.proposer(round).seat,
    later,
    finished: state => submit(state),
    again: () => later(tick),
  })

  function submit({ height, signed }: HeightState): void {
    if (signed?.content === undefined) return
    const { round, content, raw } = signed
    link.submit({ height, round, content, raw }).catch((error: unknown) => {
      const { code, message } = asPoolError(error)
      log('warn', 'submit.failed', { height, code, reason: message })
    })
  }

  async function begin(share: KeyShare): Promise<void> {
    tuples.keyChanged()
    await life.started()
    active = await startFollowing({
      pool,
      share,
      l1: input.l1,
      guard,
      intake,
      log,
      emit,
      taken(height) {
        heights.get(height)?.signing?.stop()
        heights.delete(height)
      },
      synced: () => synced,
    })
    phase = 'syncing'
    emit({ kind: 'key', account: share.address, keyId: hex(share.keyId) })
    link.announceAccount(fromHex(share.address), share.keyId)
    watch.look()
  }

  const watch = createL1Watch({
    clock,
    log,
    l1: input.l1,
    following: () => active,
    funded: () => funded,
    busy() {
      const state = heights.get(active?.follower.nextHeight ?? 0)
      const since = state?.seenAt.get(state.record.votedRound)
      return state?.signed === undefined && since !== undefined && clock.now() - since < MOMENT
    },
    later,
    async looked(found) {
      funded = found.funded
      if (active === undefined || (synced && !found.changed)) return
      synced = true
      intake.settle(active.chain)
      for (const height of [...heights.keys()]) if (height < active.follower.nextHeight) heights.delete(height)
      await resubmit()
      await takeover?.look()
    },
    failed(error) {
      if (error.code === 'l1-diverged') phase = 'stopped'
    },
    async settled() {
      await tick()
      news.emit()
    },
  })

  async function resubmit(): Promise<void> {
    if (active === undefined) return
    const state = await heightState(active.follower.nextHeight)
    if (state.signed !== undefined) submit(state)
  }

  /** The next thing to do at the height at hand, and when to look again. */
  async function tick(): Promise<void> {
    if (stopped || active === undefined || !synced) return publishReport()
    const { nextHeight } = active.follower
    if (isSilent(nextHeight)) {
      cancelRound()
      phase = 'retired'
      return publishReport()
    }
    const state = await heightState(nextHeight)
    await agreement.reconsider(state)
    await signing.resume(state)
    const turn = turnAt(state.height)
    await life.tick(nextHeight, turn?.order[0])
    if (state.signed !== undefined || clock.now() < (turn?.due ?? 0)) fees.prefetch()
    cancelRound()
    if (turn === undefined || !funded) {
      phase = !isOurs(nextHeight) ? 'awaiting-hand-over' : funded ? 'awaiting-finality' : 'awaiting-funds'
      return publishReport()
    }
    cancelRound = clock.after(Math.max(50, nextMoment(turn) - clock.now()), () => queue.run(tick))
    if (state.signed === undefined) {
      const busy = state.signing !== undefined
      phase = busy ? 'signing' : state.voted.has(turn.round) ? 'preparing' : 'ready'
      if (!busy && turn.proposer(turn.round).seat === seat) await propose(state, turn)
      else await signing.begin(state)
    } else phase = 'posting'
    publishReport()
    tuples.look()
  }

  const nextMoment = (turn: Turn): number => (clock.now() < turn.due ? turn.due : turn.opensAt(turn.round + 1))

  async function propose(state: HeightState, turn: Turn): Promise<void> {
    const { round } = turn
    if (active === undefined || state.record.votedRound >= round || state.proposedRound >= round) return signing.begin(state)
    if (round === 0 && clock.now() < turn.due) return
    const made = makeProposal({
      pool,
      voteSecret: vault.voteKey,
      deflate: input.deflate,
      account: active.share.address,
      state,
      round,
      chain: active.chain,
      follower: active.follower,
      mempool: intake.mempool,
      now: clock.now(),
    })
    if (made === undefined) return
    phase = 'proposing'
    state.attempts = 0
    state.proposedRound = round
    // The own vote is on disk before anyone hears of the proposal: after a crash there is no second one for the same round.
    if (!(await agreement.propose(state, made.proposal))) return
    emit({ kind: 'proposed', height: state.height, round, blocks: made.blocks, transactions: made.transactions })
    log('info', 'proposal.made', { height: state.height, round, blocks: made.blocks, transactions: made.transactions })
  }

  function sendStatus(to: number | 'all'): void {
    const own = keys.state()
    say(to, {
      kind: 'status',
      nextHeight: active?.follower.nextHeight ?? 0,
      ...own,
      generating: own.generating ?? life.refreshing,
      restored: keys.share?.restored ?? false,
    })
  }

  const routing = {
    pool,
    seat,
    keys,
    agreement,
    signing,
    tuples,
    takeover,
    life,
    async peerChanged(peer: number) {
      const state = heights.get(active?.follower.nextHeight ?? 0)
      if (state !== undefined) signing.keyChanged(state, peer)
      await tick()
    },
    isSilent,
    log,
    say,
    nextHeight: () => (synced ? active?.follower.nextHeight : undefined),
    heightState,
    turnAt,
    behind: watch.look,
    tick,
  }

  function report(): MemberReport {
    const height = active?.follower.nextHeight ?? 0
    return reportOf({
      seat,
      phase,
      following: active,
      state: heights.get(height),
      turn: turnAt(height),
      ceremony: ceremonies.status(),
      agreed: agreedLast,
      tuples: tuples.counts(),
      problem: life.problem,
    })
  }

  let reported = ''
  let cancelReport: (() => void) | undefined
  function publishReport(): void {
    const now = report()
    const json = JSON.stringify(now)
    if (json === reported) return
    reported = json
    input.onReport(now)
    // The relay gets the newest only, now and then: it has messages to pass on.
    cancelReport ??= clock.after(REPORT_MS, () => {
      cancelReport = undefined
      link.report(report())
    })
  }

  const command: Member['command'] = wanted =>
    new Promise((resolve, reject) =>
      later(async () => {
        // The queue goes on while the answer is waited for.
        await life.command(wanted).then(({ answer }) => void answer.then(resolve, reject), reject)
      }),
    )

  return {
    seat,
    report,
    relay: () => ({ connected: link.connected, online: [...online] }),
    command,
    exportKey: request => takePartInExport({ pool, seat, ceremonies, log, share: () => (stopped ? undefined : active?.share) }, request),
    asParent: () => ({
      pool,
      share: () => (stopped ? undefined : active?.share),
      nextHeight: () => (synced ? active?.follower.nextHeight : undefined),
      isFinal(height) {
        const inclusion = active?.follower.inclusion(height)
        return active !== undefined && inclusion !== undefined && inclusion.block.number <= active.follower.finalized
      },
      // In the queue, so that no vote is under way.
      promise: (successor, height) =>
        new Promise((resolve, reject) =>
          later(async () => {
            await retirement.promise(successor, height).then(resolve, reject)
            await tick()
          }),
        ),
      waiting: () => intake.waiting(),
      onNews: news.subscribe,
      async erase() {
        if (!life.destroyed) await command({ kind: 'destroy' })
      },
    }),
    async start() {
      const l1ChainId = await input.l1.chainId()
      if (l1ChainId !== pool.l1.chainId) throw new PoolError('wrong-l1', { expected: pool.l1.chainId, got: l1ChainId })
      room.onMessage((from, bytes) => queue.run(() => route(routing, from, bytes)))
      room.onPeer(peer =>
        queue.run(() => {
          tuples.reopened(peer)
          const state = heights.get(active?.follower.nextHeight ?? 0)
          if (state !== undefined) signing.reopened(state, peer)
          sendStatus(peer)
          keys.appeared(peer, room.peers())
          if (peer < DEALER_SEATS) life.appeared(peer)
          takeover?.appeared(peer)
        }),
      )
      link.onPresence(seats => {
        online = new Set(seats)
        input.onReport(report())
        ceremonies.presence(online)
        queue.run(() => {
          keys.look()
          life.look()
          tuples.look()
        })
      })
      link.onTransaction(raw =>
        queue.run(() => {
          intake.take(raw, synced ? active?.chain : undefined)
          news.emit()
        }),
      )
      input.approval?.onDecision(() => later(tick))
      link.onTurn(() => queue.run(tick))
      link.onState(state =>
        queue.run(async () => {
          input.onReport(report())
          if (state !== 'connected') return
          reported = ''
          publishReport()
          if (active !== undefined) link.announceAccount(fromHex(active.share.address), active.share.keyId)
          await resubmit()
        }),
      )
      await retirement.load()
      await takeover?.load()
      if (takeover !== undefined) input.parent?.onNews(() => later(() => takeover.look()))
      link.start()
      const { share } = keys
      if (share !== undefined) await begin(share)
      else if (life.destroyed) phase = 'destroyed'
      publishReport()
    },
    async stop() {
      stopped = true
      watch.close()
      cancelReport?.()
      cancelRound()
      tuples.close()
      ceremonies.close()
      await queue.idle()
      queue.close()
      room.close()
      link.close()
      keys.share?.wipe()
      wipe(vault.identitySeed, vault.voteKey, sealing)
      log('info', 'member.stopped', { seat, pool: hex(poolHash(pool)) })
    },
  }
}
