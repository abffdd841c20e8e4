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
import { CLOSE } from '../core/envelope/wire.ts'
import { asPoolError, PoolError } from '../core/errors.ts'
import { poolHash } from '../core/proposal/pool.ts'
import { rosterOf } from '../core/proposal/roster.ts'
import { type Addresses, addressesOf } from './address.ts'
import { assemble, type Parts, type RelayEvent } from './assemble.ts'
import { isLoopback, type RelayConfig, type Settings, settingsOf } from './config.ts'
import { acceptConnection } from './connection.ts'
import { createHttp } from './http.ts'
import { type Log, short, startLoop } from './ports.ts'
import { rpcHandler } from './rpc.ts'
import type { BatchStatus, RelaySnapshot } from './snapshot.ts'
import { createSockets } from './sockets.ts'
import type { RelayStore } from './store.ts'
import { openLibsqlStore } from './store-libsql.ts'

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
    members: rosterOf(pool).length,
  })
  try {
    const handlers = new Set<(event: RelayEvent) => void>()
    const parts = await assemble(settings, room, store, event => tell(handlers, event, settings.log))
    await listen(server, settings)
    const { port } = server.address() as AddressInfo
    return open(settings, store, server, port, parts, handlers)
  } catch (error) {
    await store.close()
    throw error
  }
}

/** What a handler throws is its own affair. */
function tell(handlers: ReadonlySet<(event: RelayEvent) => void>, event: RelayEvent, log: Log): void {
  for (const handler of handlers) {
    try {
      handler(event)
    } catch (error) {
      log('error', 'relay.handler', { event: event.kind, message: asPoolError(error).message })
    }
  }
}

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
        roster: rosterOf(pool),
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
    // What has been asked so far is answered; members repeat the rest.
    await members.answered()
    members.hub.closeAll(CLOSE.draining, 'the relay stops')
    const stopped = new Promise<void>(resolve => server.close(() => resolve()))
    await sockets.close(DRAIN_MS)
    server.closeIdleConnections()
    const cut = setTimeout(() => server.closeAllConnections(), DRAIN_MS)
    await Promise.all([stopped, watch.stop(), sweep.stop(), presence.stop()])
    clearTimeout(cut)
    await members.answered()
    await store.close()
    log('info', 'relay.stopped', {})
  }

  if (!isLoopback(settings.host) && settings.publicUrl === undefined && pool.relay === undefined)
    log('warn', 'relay.no-public-name', { hint: 'members check what the relay is called: set its public URL, or the relay of the pool file' })
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
