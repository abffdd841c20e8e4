/**
 * The members' side: what a connected member may ask, and what it is told. Every request is answered after its effect is stored.
 * @module
 */
import { fromHex, hex } from '../core/bytes.ts'
import type { MemberReport, RelayFrame } from '../core/envelope/wire.ts'
import { asPoolError } from '../core/errors.ts'
import type { Hex } from '../core/ethereum.ts'
import { DEALER_SEATS } from '../core/proposal/pool.ts'
import type { TurnNotice } from './clock.ts'
import type { Settings } from './config.ts'
import type { Connection, LiveFrame } from './connection.ts'
import { startDelivery } from './delivery.ts'
import { createHub, type Hub } from './hub.ts'
import type { Metrics } from './metrics.ts'
import type { Publisher } from './publisher.ts'
import { REFUSALS, type RefusalCode } from './refusals.ts'
import { createRouter } from './router.ts'
import { parseReport } from './snapshot.ts'
import type { RelayStore } from './store.ts'

type FrameOf<K extends LiveFrame['kind']> = Extract<LiveFrame, { kind: K }>

export type L1State = 'stored' | 'sent' | 'included' | 'confirmed' | 'failed'
const L1_STATES: Readonly<Record<L1State, number>> = { stored: 0, sent: 1, included: 2, confirmed: 3, failed: 4 }

export interface L1Notice {
  readonly height: number
  readonly hash: Hex
  readonly state: L1State
  readonly blockNumber: number
}

export interface MembersOptions {
  readonly settings: Settings
  /** Pool hash. */
  readonly room: Uint8Array
  readonly store: RelayStore
  readonly metrics: Metrics
  readonly publisher: Publisher
  /** The turn to tell a member that has just connected. */
  turn(): TurnNotice | undefined
  /** What happened last on L1, for a member that has just connected. */
  latestL1(): Promise<readonly L1Notice[]>
  presence(seat: number, online: boolean): void
  reported(report: MemberReport): void
  /** A transaction was stored for the publisher. */
  submitted(): void
  /** q members say the same. */
  accountKnown(address: Hex): void
}

export interface Members {
  readonly hub: Hub
  /** ms since 1970: when each seat was last connected. */
  readonly seen: ReadonlyMap<number, number>
  join(connection: Connection, since: { readonly messages: number; readonly transactions: number }): void
  leave(connection: Connection): void
  receive(connection: Connection, frame: LiveFrame): void
  announceTurn(turn: TurnNotice): void
  announceL1(notice: L1Notice): void
  /** Resolves when all that was asked before this call has been answered. */
  answered(): Promise<void>
}

export function createMembers(options: MembersOptions): Members {
  const { settings, room, store, metrics, publisher } = options
  const { pool, clock, limits, log } = settings
  const hub = createHub()
  const seen = new Map<number, number>()
  const running = new Set<Promise<void>>()
  const router = createRouter({ pool, room, mailbox: store.mailbox, limits, now: clock.now, wake: seat => hub.get(seat)?.delivery.wake() })

  /** Runs what a member asked for; a failure of the store is answered as one that time may heal. */
  function run(connection: Connection, request: number | undefined, work: () => Promise<void>): void {
    const job = work().catch(error => {
      log('error', 'request.failed', { seat: connection.seat, message: asPoolError(error).message })
      if (request !== undefined) refuse(connection, request, 'unavailable')
    })
    running.add(job)
    void job.finally(() => running.delete(job))
  }

  /** One of the pool before this one that is no member of this one. */
  const leaves = (seat: number): boolean => pool.parent !== undefined && seat >= DEALER_SEATS

  const refuse = (connection: Connection, request: number, code: RefusalCode): void => {
    log('warn', 'request.refused', { seat: connection.seat, code })
    connection.send({ kind: 'refused', request, code, reason: REFUSALS[code] })
  }

  function answer(connection: Connection, request: number, outcome: 'stored' | 'duplicate' | { readonly refused: RefusalCode }): void {
    if (typeof outcome === 'object') refuse(connection, request, outcome.refused)
    else connection.send({ kind: 'published', request, status: outcome === 'stored' ? 0 : 1 })
  }

  const outcomeLabel = (outcome: string | { readonly refused: string }): string => (typeof outcome === 'object' ? outcome.refused : outcome)

  async function claimAccount(seat: number, address: Hex, keyId: Hex): Promise<void> {
    const seats = await store.pool.claimAccount(seat, address, keyId)
    const believed = await store.pool.account()
    if (believed !== undefined && believed !== address) log('error', 'account.differs', { seat, claimed: address, believed })
    if (believed !== undefined || seats.length < pool.agreementQuorum) return
    await store.pool.believeAccount(address)
    log('info', 'account.known', { address, seats })
    options.accountKnown(address)
  }

  async function publish(connection: Connection, seat: number, { request, envelope }: FrameOf<'publish'>): Promise<void> {
    const outcome = await router.publish(seat, envelope)
    metrics.publishes.inc({ outcome: outcomeLabel(outcome) })
    answer(connection, request, outcome)
  }

  async function acknowledge(connection: Connection, seat: number, { sequence }: FrameOf<'ack'>): Promise<void> {
    const live = hub.get(seat)
    if (live?.connection !== connection) return
    // What was not delivered cannot be acknowledged.
    const upTo = Math.min(sequence, live.delivery.position)
    await store.mailbox.acknowledge(seat, upTo)
    live.delivery.acknowledged(upTo)
  }

  async function submit(connection: Connection, frame: FrameOf<'submit'>): Promise<void> {
    const outcome = await publisher.submit(frame)
    metrics.submissions.inc({ outcome: outcomeLabel(outcome) })
    answer(connection, frame.request, outcome)
    if (outcome === 'stored') options.submitted()
  }

  async function account(connection: Connection, seat: number, { request, address, keyId }: FrameOf<'account'>): Promise<void> {
    await claimAccount(seat, hex(address), hex(keyId))
    answer(connection, request, 'stored')
  }

  function report(seat: number, { json }: FrameOf<'report'>): void {
    const parsed = parseReport(json, seat)
    if (parsed === undefined) log('debug', 'report.malformed', { seat })
    else options.reported(parsed)
  }

  function receive(connection: Connection, frame: LiveFrame): void {
    const { seat } = connection
    if (seat === undefined) return
    if (frame.kind === 'report') {
      if (!leaves(seat)) report(seat, frame)
    } else if (frame.kind === 'ack') run(connection, undefined, () => acknowledge(connection, seat, frame))
    else if (frame.kind === 'publish') run(connection, frame.request, () => publish(connection, seat, frame))
    else if (leaves(seat)) refuse(connection, frame.request, 'not-a-member')
    else if (frame.kind === 'submit') run(connection, frame.request, () => submit(connection, frame))
    else run(connection, frame.request, () => account(connection, seat, frame))
  }

  function join(connection: Connection, since: { readonly messages: number; readonly transactions: number }): void {
    const { seat } = connection
    if (seat === undefined) return
    run(connection, undefined, async () => {
      const lastSequence = await store.mailbox.lastSequence(seat)
      if (!connection.open) return
      const delivery = startDelivery({ seat, connection, store, limits, log, since, target: lastSequence })
      hub.join({ seat, connection, delivery })
      seen.set(seat, clock.now())
      connection.send({ kind: 'welcome', seat, lastSequence, online: hub.online() })
      hub.broadcast(presenceFrame())
      options.presence(seat, true)
      const turn = options.turn()
      if (turn !== undefined) connection.send(turnFrame(turn))
      delivery.wake()
      for (const notice of await options.latestL1()) connection.send(l1Frame(notice))
    })
  }

  const presenceFrame = (): RelayFrame => ({ kind: 'presence', online: hub.online() })

  return {
    hub,
    seen,
    join,
    leave(connection) {
      const { seat } = connection
      if (seat === undefined || !hub.leave(connection)) return
      seen.set(seat, clock.now())
      hub.broadcast(presenceFrame())
      options.presence(seat, false)
    },
    receive,
    announceTurn(turn) {
      metrics.turns.inc()
      hub.broadcast(turnFrame(turn))
    },
    announceL1: notice => hub.broadcast(l1Frame(notice)),
    async answered() {
      await Promise.all(running)
    },
  }
}

const turnFrame = (turn: TurnNotice): RelayFrame => ({
  kind: 'turn',
  ...turn,
  opensAt: Math.max(0, Math.round(turn.opensAt)),
  order: [...turn.order],
})

const l1Frame = ({ height, hash, state, blockNumber }: L1Notice): RelayFrame => ({
  kind: 'l1',
  height,
  hash: fromHex(hash),
  state: L1_STATES[state],
  blockNumber,
})
