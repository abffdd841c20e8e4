/**
 * The relay put together: store, mailboxes, intake, publisher, view of L1 and clock of the rotation behind one HTTP port, and its life
 * from start to drain. It holds no share and can open no envelope.
 * @module
 */
import { readFileSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { initSodium } from '../core/envelope/identity.ts'
import { CLOSE, type MemberReport } from '../core/envelope/wire.ts'
import { asPoolError, PoolError } from '../core/errors.ts'
import type { Hex } from '../core/ethereum.ts'
import { poolHash } from '../core/proposal/pool.ts'
import { type Addresses, addressesOf } from './address.ts'
import { startRotation, type TurnNotice } from './clock.ts'
import { type RelayConfig, type Settings, settingsOf } from './config.ts'
import { acceptConnection } from './connection.ts'
import { createHttp } from './http.ts'
import { type Intake, openIntake } from './intake.ts'
import { l1Client } from './l1-client.ts'
import { type L1Watch, watchL1 } from './l1-watch.ts'
import { createMembers, type L1Notice, type L1State } from './members.ts'
import { createMetrics } from './metrics.ts'
import { short, startLoop } from './ports.ts'
import { createPublisher } from './publisher.ts'
import { rpcHandler } from './rpc.ts'
import { type BatchFacts, type BatchStatus, batchStatuses, isFailed, poolFacts, type RelaySnapshot } from './snapshot.ts'
import { createSockets } from './sockets.ts'
import type { ChainTotals, IncludedBatch, RelayStore } from './store.ts'
import { openLibsqlStore } from './store-libsql.ts'

/** What happens, for whoever runs the relay in the same process. Hints: `snapshot()` is the truth. */
export type RelayEvent =
  | { readonly kind: 'online' | 'offline'; readonly seat: number }
  | { readonly kind: 'account'; readonly address: Hex }
  | { readonly kind: 'turn'; readonly turn: TurnNotice }
  | { readonly kind: 'transaction'; readonly waiting: number }
  | { readonly kind: 'report'; readonly report: MemberReport }
  | { readonly kind: 'l1'; readonly notice: L1Notice }
  | { readonly kind: 'confirmed'; readonly batch: BatchStatus }

export interface Relay {
  /** `http://host:port` or `https://…`: the page and HTTP. Members dial the same with ws at /relay. */
  readonly url: string
  /** `ws://host:port/relay` or `wss://…`. */
  readonly socketUrl: string
  readonly port: number
  snapshot(): Promise<RelaySnapshot>
  /** Heights >= `from`, in order. */
  batches(from: number, count: number): Promise<BatchStatus[]>
  /** The returned function takes the handler away. What a handler throws is logged. */
  onEvent(handler: (event: RelayEvent) => void): () => void
  /** Drains: members are told to come back later, what is under way is stored, then the port and the store are closed. */
  close(): Promise<void>
}

/** Heights of which reports are remembered, and batches that a snapshot shows. */
const REMEMBER = 256
const SHOWN = 30
/** ms after which a member may come back after a drain. */
const DRAIN_MS = 1_000

/**
 * Starts a relay.
 * @throws {PoolError} `relay-config`, `relay-insecure-bind`, `relay-bind`, `relay-store-locked`, `relay-store-version`, `relay-store-pool`, `relay-store`
 */
export async function createRelay(config: RelayConfig): Promise<Relay> {
  const settings = settingsOf(config)
  await initSodium()
  const server = makeServer(settings)
  const { pool, limits } = settings
  const room = poolHash(pool)
  const store = openLibsqlStore(settings.dataDir, {
    room,
    now: settings.clock.now,
    roomMessages: limits.roomMessages,
    roomBytes: limits.roomBytes,
    members: pool.members.length,
  })
  try {
    const handlers = new Set<(event: RelayEvent) => void>()
    const emit = (event: RelayEvent): void => {
      for (const handler of handlers) {
        try {
          handler(event)
        } catch (error) {
          settings.log('error', 'relay.handler', { event: event.kind, message: asPoolError(error).message })
        }
      }
    }
    const parts = await assemble(settings, room, store, emit)
    await listen(server, settings)
    const { port } = server.address() as AddressInfo
    return open(settings, store, server, port, parts, handlers)
  } catch (error) {
    await store.close()
    throw error
  }
}

type Parts = Awaited<ReturnType<typeof assemble>>

/** Everything that does not need the port. Nothing runs yet. */
async function assemble(settings: Settings, room: Uint8Array, store: RelayStore, emit: (event: RelayEvent) => void) {
  const { pool, clock, log } = settings
  const metrics = createMetrics()
  const startedAt = clock.now()
  const client = l1Client(settings.l1Rpc)
  const reports = new Map<number, MemberReport>()
  const agreed = new Map<number, NonNullable<MemberReport['agreed']>>()
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

/** The port is open: from here on everything is synchronous, so that no request finds a half-made relay. */
function open(settings: Settings, store: RelayStore, server: Server, port: number, parts: Parts, handlers: Set<(event: RelayEvent) => void>): Relay {
  const { pool, clock, limits, log, random } = settings
  const { metrics, intake, members, rotation } = parts
  const addresses: Addresses = addressesOf(settings, port)
  const room = poolHash(pool)

  const http = createHttp({
    settings,
    addresses,
    metrics,
    snapshot: parts.snapshot,
    rpc: rpcHandler({ chainId: pool.l2.chainId, intake, maxBatch: limits.rpcBatch, metrics, log, status: parts.snapshot, batches: parts.batches }),
    async checks() {
      const stored = await store.ping().then(
        () => true,
        () => false,
      )
      const page = settings.pageDir === undefined || (await exists(join(settings.pageDir, 'index.html')))
      return { store: stored, l1: parts.reading().l1?.reachable ?? false, page }
    },
  })
  parts.onChange(() => http.changed())

  const sockets = createSockets({
    settings,
    addresses,
    metrics,
    accept(socket, origin, settled) {
      acceptConnection(socket, origin, {
        pool,
        room,
        clock,
        random,
        limits,
        log,
        metrics,
        authenticated(connection, since) {
          settled()
          members.join(connection, since)
        },
        frame: (connection, frame) => members.receive(connection, frame),
        closed(connection) {
          settled()
          members.leave(connection)
        },
      })
    },
  })

  metrics.gauges(() => {
    const { l1, totals } = parts.reading()
    const usage = store.mailbox.usage()
    return {
      online: members.hub.online().length,
      mailboxMessages: usage.messages,
      mailboxBytes: usage.bytes,
      transactionsWaiting: intake.waiting.transactions,
      l1Head: l1?.head ?? 0,
      confirmedHeights: totals.batches,
      l1GasUsed: totals.gasUsed,
    }
  })

  server.on('request', (request, response) => http.handle(request, response))
  server.on('upgrade', (request, socket, head) => sockets.upgrade(request, socket, head))
  const watch = parts.startWatch()
  const sweep = startLoop(
    clock,
    () => limits.sweepInterval,
    async () => {
      try {
        const expired = await store.mailbox.expire()
        if (expired > 0) metrics.expired.inc(expired)
      } catch (error) {
        log('error', 'sweep.failed', { message: asPoolError(error).message })
      }
    },
  )
  // Browsers see no pings: members count as alive a relay that says something now and then.
  const presence = startLoop(
    clock,
    () => limits.pingInterval,
    async () => members.hub.broadcast({ kind: 'presence', online: members.hub.online() }),
  )

  let closing: Promise<void> | undefined
  async function close(): Promise<void> {
    log('info', 'relay.draining', {})
    members.hub.broadcast({ kind: 'drain', afterMs: DRAIN_MS })
    http.close()
    rotation.stop()
    await members.settled()
    members.hub.closeAll(CLOSE.draining, 'the relay stops')
    const stopped = new Promise<void>(resolve => server.close(() => resolve()))
    await sockets.close(DRAIN_MS)
    server.closeIdleConnections()
    const cut = setTimeout(() => server.closeAllConnections(), DRAIN_MS)
    await Promise.all([stopped, watch.stop(), sweep.stop(), presence.stop()])
    clearTimeout(cut)
    await members.settled()
    await store.close()
    log('info', 'relay.stopped', {})
  }

  const scheme = settings.tls === undefined ? '' : 's'
  const place = `${settings.host.includes(':') ? `[${settings.host}]` : settings.host}:${port}`
  log('info', 'relay.listening', { url: `http${scheme}://${place}`, room: short(room), members: pool.members.length })
  return {
    url: `http${scheme}://${place}`,
    socketUrl: `ws${scheme}://${place}/relay`,
    port,
    snapshot: parts.snapshot,
    batches: parts.batches,
    onEvent(handler) {
      handlers.add(handler)
      return () => void handlers.delete(handler)
    },
    close: () => (closing ??= close()),
  }
}

function makeServer({ tls }: Settings): Server {
  const limits = { headersTimeout: 10_000, requestTimeout: 30_000, maxHeaderSize: 16 * 1024 }
  if (tls === undefined) return createServer(limits)
  try {
    return createTlsServer({ ...limits, cert: readFileSync(tls.cert), key: readFileSync(tls.key) })
  } catch (error) {
    throw new PoolError('relay-config', { setting: 'tls', problem: 'the certificate or key cannot be read' }, { cause: error })
  }
}

function listen(server: Server, { host, port }: Settings): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', error => reject(new PoolError('relay-bind', { host, port }, { cause: error })))
    server.listen(port, host, () => {
      server.removeAllListeners('error')
      resolve()
    })
  })
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )
