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
import { type Pool, poolHash } from '../proposal/pool.ts'
import { burnPeer, encodeShare, type KeyShare, preprocess, sealingKey, sign } from '../threshold/index.ts'
import { createAgreement } from './agreement.ts'
import { ceremonyLimits, createCeremonyHost } from './ceremonies.ts'
import { createDispatcher } from './dispatcher.ts'
import { createDoubts } from './doubts.ts'
import type { MemberEvent } from './events.ts'
import { createFeeSource } from './fee-source.ts'
import { type Following, startFollowing } from './following.ts'
import { type HeightState, loadHeight } from './height.ts'
import { createIntake } from './intake.ts'
import { createKeySetup } from './key-setup.ts'
import { createL1Watch } from './l1-watch.ts'
import { connectRelay } from './link.ts'
import { type RoomMessage, roomMessage } from './messages.ts'
import { quorumAhead } from './outlook.ts'
import type { Clock, Dial, GuardStore, L1Reader, Log, Vault } from './ports.ts'
import { makeProposal } from './proposer.ts'
import { createQueue } from './queue.ts'
import { reportOf } from './report.ts'
import { openRoom } from './room.ts'
import { route } from './routing.ts'
import { createSigning } from './signing.ts'
import { createTuplePool, DEFAULT_DEPTH } from './tuples.ts'
import type { Turn } from './turns.ts'

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
  readonly protocols?: { readonly sign?: typeof sign; readonly preprocess?: typeof preprocess } | undefined
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

  const ceremonies = createCeremonyHost({
    pool,
    seat,
    identity,
    link,
    dispatcher,
    clock,
    random: input.random,
    log,
    journal: {
      async pending(share) {
        await vault.dropPending()
        await vault.savePending(encodeShare(share, sealing))
      },
      async burned(peer, reason) {
        log('error', 'peer.burned', { peer, reason })
        tuples.burned(peer)
        const share = active?.share
        if (share === undefined) return
        burnPeer(share, peer, reason)
        await vault.saveActive(encodeShare(share, sealing))
      },
    },
    limits: ceremonyLimits(pool.members.length),
    onStatus: () => publishReport(),
  })

  const doubts = createDoubts({ pool, seat, clock, online: () => online })
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
      const { follower, turns, share } = active
      const height = follower.nextHeight
      const { burned } = share
      return quorumAhead({ pool, seat, turns, doubts, height, state: heights.get(height), burned, peers: room.peers(), now: clock.now() })
    },
    say,
    later,
    changed: () => publishReport(),
  })

  const keys = createKeySetup({
    pool,
    seat,
    vault,
    sealing,
    clock,
    log,
    ceremonies,
    online: () => online,
    random: input.random,
    verify: verifyIdentity,
    say,
    later,
    changed: () => sendStatus('all'),
    async ready(share) {
      await begin(share)
      sendStatus('all')
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

  const turnAt = (height: number): Turn | undefined => active?.turns.at(height, clock.now())

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
    },
    failed(error) {
      if (error.code === 'l1-diverged') phase = 'stopped'
    },
    settled: tick,
  })

  async function resubmit(): Promise<void> {
    if (active === undefined) return
    const state = await heightState(active.follower.nextHeight)
    if (state.signed !== undefined) submit(state)
  }

  /** The next thing to do at the height at hand, and when to look again. */
  async function tick(): Promise<void> {
    if (stopped || active === undefined || !synced) return publishReport()
    const state = await heightState(active.follower.nextHeight)
    await agreement.reconsider(state)
    await signing.resume(state)
    const turn = turnAt(state.height)
    if (state.signed !== undefined || clock.now() < (turn?.due ?? 0)) fees.prefetch()
    cancelRound()
    if (turn === undefined || !funded) {
      phase = funded ? 'awaiting-finality' : 'awaiting-funds'
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
    say(to, { kind: 'status', nextHeight: active?.follower.nextHeight ?? 0, ...keys.state() })
  }

  const routing = {
    pool,
    seat,
    keys,
    agreement,
    signing,
    tuples,
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

  return {
    seat,
    report,
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
        }),
      )
      link.onPresence(seats => {
        online = new Set(seats)
        ceremonies.presence(online)
        queue.run(() => {
          keys.look()
          tuples.look()
        })
      })
      link.onTransaction(raw => queue.run(() => intake.take(raw, synced ? active?.chain : undefined)))
      link.onTurn(() => queue.run(tick))
      link.onState(state =>
        queue.run(async () => {
          if (state !== 'connected') return
          reported = ''
          publishReport()
          if (active !== undefined) link.announceAccount(fromHex(active.share.address), active.share.keyId)
          await resubmit()
        }),
      )
      link.start()
      const { share } = keys
      if (share !== undefined) await begin(share)
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
