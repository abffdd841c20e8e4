/**
 * The parts of a relay that do not need its port, wired to each other: intake, publisher, members, rotation, view of L1, and the
 * snapshot over all of them.
 * @module
 */
import type { MemberReport } from '../core/envelope/wire.ts'
import type { Hex } from '../core/ethereum.ts'
import { startRotation, type TurnNotice } from './clock.ts'
import type { Settings } from './config.ts'
import { type Intake, openIntake } from './intake.ts'
import { l1Client } from './l1-client.ts'
import { type L1Watch, watchL1 } from './l1-watch.ts'
import { createMembers, type L1Notice, type L1State } from './members.ts'
import { createMetrics } from './metrics.ts'
import { createPublisher } from './publisher.ts'
import { type BatchFacts, type BatchStatus, batchStatuses, isFailed, poolFacts, type RelaySnapshot } from './snapshot.ts'
import type { ChainTotals, IncludedBatch, RelayStore } from './store.ts'

/** What happens, for whoever runs the relay in the same process. Hints: `snapshot()` is the truth. */
export type RelayEvent =
  | { readonly kind: 'online' | 'offline'; readonly seat: number }
  | { readonly kind: 'account'; readonly address: Hex }
  | { readonly kind: 'turn'; readonly turn: TurnNotice }
  | { readonly kind: 'transaction'; readonly waiting: number }
  | { readonly kind: 'report'; readonly report: MemberReport }
  | { readonly kind: 'l1'; readonly notice: L1Notice }
  | { readonly kind: 'confirmed'; readonly batch: BatchStatus }

/** Heights of which reports are remembered, and batches that a snapshot shows. */
const REMEMBER = 256
const SHOWN = 30

export type Parts = Awaited<ReturnType<typeof assemble>>

/** Opens everything over a store. Nothing runs yet; `startWatch` begins to look at L1. */
export async function assemble(settings: Settings, room: Uint8Array, store: RelayStore, emit: (event: RelayEvent) => void) {
  const { pool, clock, log } = settings
  const metrics = createMetrics()
  const startedAt = clock.now()
  const client = l1Client(settings.l1Rpc)
  const reports = new Map<number, MemberReport>()
  const agreed = new Map<number, NonNullable<MemberReport['agreed']>>()
  if (pool.parent !== undefined) await store.pool.believeAccount(pool.parent.account)
  let account = await store.pool.account()
  let totals: ChainTotals = await store.chain.totals()
  let watch: L1Watch | undefined
  let changed: () => void = () => {}

  const tell = (event: RelayEvent): void => {
    emit(event)
    changed()
  }
  const tellL1 = (notice: L1Notice): void => {
    members.announceL1(notice)
    tell({ kind: 'l1', notice })
  }

  const intake: Intake = await openIntake({
    store,
    chainId: pool.l2.chainId,
    log,
    admitted() {
      members.hub.wakeAll()
      tell({ kind: 'transaction', waiting: intake.waiting.transactions })
    },
  })

  const publisher = createPublisher({
    pool,
    store: store.publisher,
    chain: store.chain,
    client,
    clock,
    log,
    metrics,
    account: () => account,
    notice: notice => tellL1({ ...notice, blockNumber: 0 }),
  })

  const rotation = startRotation({
    ...(settings.announce !== undefined && { announce: settings.announce }),
    ...(settings.skewMs !== undefined && { skewMs: settings.skewMs }),
    ...(settings.tamper !== undefined && { tamper: settings.tamper }),
    pool,
    chain: store.chain,
    clock,
    log,
    ready: () => account !== undefined,
    finalized: () => watch?.status.finalized ?? 0,
    announced(turn) {
      members.announceTurn(turn)
      tell({ kind: 'turn', turn })
    },
  })

  const facts: BatchFacts = {
    chain: store.chain,
    publisher: store.publisher,
    pool,
    agreed,
    proposer: (height, round) => rotation.proposer(height, round),
  }

  const members = createMembers({
    settings,
    room,
    store,
    metrics,
    publisher,
    turn: () => (settings.announce === false ? undefined : rotation.current),
    async latestL1() {
      const { confirmed } = await store.chain.nextHeights()
      return (await batchStatuses(facts, Math.max(0, confirmed - 1), 4)).map(l1NoticeOf)
    },
    presence: (seat, online) => tell({ kind: online ? 'online' : 'offline', seat }),
    reported(report) {
      reports.set(report.seat, report)
      if (report.agreed !== undefined) agreed.set(report.agreed.height, report.agreed)
      for (const height of agreed.keys()) if (agreed.size > REMEMBER) agreed.delete(height)
      tell({ kind: 'report', report })
    },
    submitted: () => watch?.kick(),
    accountKnown(address) {
      account = address
      tell({ kind: 'account', address })
      watch?.kick()
    },
  })

  const noticeOf = (batch: IncludedBatch, state: L1State): L1Notice => ({
    height: batch.height,
    hash: batch.hash,
    state: isFailed(batch) ? 'failed' : state,
    blockNumber: batch.block.number,
  })

  return {
    metrics,
    intake,
    members,
    rotation,
    store,
    /** The page shows something new from here on. */
    onChange(handler: () => void) {
      changed = handler
    },
    startWatch(): L1Watch {
      watch = watchL1({
        pool,
        client,
        chain: store.chain,
        clock,
        log,
        pollMs: settings.l1PollMs,
        account: () => account,
        known: { nonceOf: sender => intake.nonce(sender, false), parsed: hash => intake.get(hash) },
        failed() {
          metrics.l1Errors.inc()
          changed()
        },
        events: {
          included: batch => tellL1(noticeOf(batch, 'included')),
          async confirmed(batch, transactions) {
            await intake.ordered(transactions)
            await publisher.landed(batch)
            totals = await store.chain.totals()
            tellL1(noticeOf(batch, 'confirmed'))
            const [status] = await batchStatuses(facts, batch.height, 1)
            if (status !== undefined) tell({ kind: 'confirmed', batch: status })
          },
          async reorged() {
            metrics.reorgs.inc()
            await intake.reload()
            totals = await store.chain.totals()
            members.hub.wakeAll()
            changed()
          },
          async looked() {
            await publisher.push()
            await rotation.update()
          },
        },
      })
      return watch
    },
    reading: () => ({ l1: watch?.status, totals }),
    batches: (from: number, count: number) => batchStatuses(facts, from, count),
    async snapshot(): Promise<RelaySnapshot> {
      const { confirmed } = await store.chain.nextHeights()
      const batches = await batchStatuses(facts, Math.max(0, confirmed - SHOWN + 4), SHOWN)
      const online = new Set(members.hub.online())
      const turn = rotation.current
      return {
        time: clock.now(),
        startedAt,
        pool: poolFacts(pool),
        account,
        members: pool.members.map(({ seat, name, vote, weight }) => ({
          seat,
          name,
          vote,
          weight: weight.toString(),
          online: online.has(seat),
          seenAt: online.has(seat) ? clock.now() : members.seen.get(seat),
          report: reports.get(seat),
        })),
        turn: turn === undefined ? undefined : { ...turn, proposer: turn.order[turn.round % turn.order.length] as number },
        l1: watch?.status ?? { reachable: false, head: 0, finalized: 0, lookedAt: undefined },
        batches: batches.reverse(),
        totals: { ...totals, fees: totals.fees.toString() },
        intake: intake.waiting,
        mailbox: store.mailbox.usage(),
      }
    },
  }
}

const l1NoticeOf = ({ height, txHash, state, blockNumber }: BatchStatus): L1Notice => ({ height, hash: txHash, state, blockNumber: blockNumber ?? 0 })
