/**
 * HTTP of the relay: JSON-RPC, health, metrics, the status as JSON and as a stream of events, and the page.
 * @module
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { RateLimiterMemory } from 'rate-limiter-flexible'
import { asPoolError } from '../core/errors.ts'
import { poolToJson } from '../core/proposal/pool.ts'
import type { Addresses } from './address.ts'
import type { Settings } from './config.ts'
import type { Metrics } from './metrics.ts'
import { pageFile, pageHeaders } from './page.ts'
import { RPC_ERRORS, type RpcHandler } from './rpc.ts'
import type { RelaySnapshot } from './snapshot.ts'

export interface HttpOptions {
  readonly settings: Settings
  readonly addresses: Addresses
  readonly rpc: RpcHandler
  readonly metrics: Metrics
  snapshot(): Promise<RelaySnapshot>
  /** Each part that has to work before the relay is of use. */
  checks(): Promise<Readonly<Record<string, boolean>>>
}

export interface HttpSide {
  handle(request: IncomingMessage, response: ServerResponse): void
  /** Something that the snapshot shows has changed. */
  changed(): void
  /** Ends the streams of events. */
  close(): void
}

type Handler = (request: IncomingMessage, response: ServerResponse, url: URL) => Promise<void> | void

/** ms: events are not sent more often. */
const EVENT_PAUSE = 200
/** ms between comments that keep an idle stream open. */
const EVENT_HEARTBEAT = 15_000

export function createHttp(options: HttpOptions): HttpSide {
  const { settings, addresses, rpc, metrics } = options
  const { limits, log, clock } = settings
  const limiter = new RateLimiterMemory({ points: limits.rpcPerSecond, duration: 1 })
  const listeners = new Set<ServerResponse>()
  let cancelPush: (() => void) | undefined
  let cancelHeartbeat: () => void = () => {}
  let closed = false

  const routes: Readonly<Record<string, Partial<Record<string, Handler>>>> = {
    '/rpc': { POST: handleRpc, OPTIONS: preflight },
    '/healthz': { GET: (_, response) => json(response, 200, { ok: true }) },
    '/readyz': { GET: handleReady },
    '/metrics': {
      GET: async (_, response) => send(response, 200, metrics.registry.contentType, await metrics.registry.metrics()),
    },
    '/api/pool': { GET: (_, response) => json(response, 200, poolToJson(settings.pool)) },
    '/api/page': { GET: (_, response) => json(response, 200, { l1: settings.pageL1 }) },
    '/api/status': { GET: async (_, response) => json(response, 200, await options.snapshot()) },
    '/api/events': { GET: handleEvents },
  }

  async function handleRpc(request: IncomingMessage, response: ServerResponse): Promise<void> {
    allowOrigin(request, response)
    const refuse = (status: number, code: number, message: string): void =>
      json(response, status, { jsonrpc: '2.0', id: null, error: { code, message } })
    if (!/^application\/json\b/i.test(request.headers['content-type'] ?? ''))
      return refuse(415, RPC_ERRORS.invalidRequest, 'the content type must be application/json')
    const allowed = await limiter.consume(clientAddress(request, settings)).then(
      () => true,
      () => false,
    )
    if (!allowed) {
      metrics.limited.inc({ what: 'rpc' })
      return refuse(429, RPC_ERRORS.limit, 'too many requests')
    }
    const body = await readBody(request, limits.httpBody)
    if (body === undefined) {
      response.setHeader('connection', 'close')
      return refuse(413, RPC_ERRORS.invalidRequest, `the body is longer than ${limits.httpBody} bytes`)
    }
    const answer = await rpc(body)
    if (answer === undefined) send(response, 204, undefined, '')
    else send(response, 200, 'application/json', answer)
  }

  function allowOrigin(request: IncomingMessage, response: ServerResponse): void {
    const { origin } = request.headers
    response.setHeader('vary', 'origin')
    if (origin !== undefined && settings.origins.includes(origin)) response.setHeader('access-control-allow-origin', origin)
  }

  function preflight(request: IncomingMessage, response: ServerResponse): void {
    allowOrigin(request, response)
    response.setHeader('access-control-allow-methods', 'POST')
    response.setHeader('access-control-allow-headers', 'content-type')
    send(response, 204, undefined, '')
  }

  async function handleReady(_: IncomingMessage, response: ServerResponse): Promise<void> {
    const checks = closed ? { open: false } : await options.checks()
    const ready = Object.values(checks).every(Boolean)
    json(response, ready ? 200 : 503, { ready, checks })
  }

  async function handleEvents(_: IncomingMessage, response: ServerResponse): Promise<void> {
    if (closed || listeners.size >= limits.eventListeners) return json(response, 503, { error: 'too many listeners' })
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store', 'x-accel-buffering': 'no' })
    listeners.add(response)
    response.on('close', () => listeners.delete(response))
    if (listeners.size === 1) heartbeat()
    response.write(event(await options.snapshot()))
  }

  /** Streams that nothing happens on are kept open, and found dead. */
  function heartbeat(): void {
    cancelHeartbeat()
    cancelHeartbeat = clock.after(EVENT_HEARTBEAT, () => {
      for (const response of listeners) response.write(':\n\n')
      if (listeners.size > 0) heartbeat()
    })
  }

  async function push(): Promise<void> {
    cancelPush = undefined
    if (listeners.size === 0) return
    try {
      const text = event(await options.snapshot())
      // A listener that does not read gets the next snapshot instead.
      for (const response of listeners) if (!response.writableNeedDrain) response.write(text)
    } catch (error) {
      log('error', 'http.events', { message: asPoolError(error).message })
    }
  }

  async function servePage(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const file = settings.pageDir === undefined ? undefined : await pageFile(settings.pageDir, url.pathname)
    if (file === undefined) return json(response, 404, { error: 'not found' })
    response.setHeader('cache-control', file.immutable ? 'public, max-age=31536000, immutable' : 'no-cache')
    send(response, 200, file.type, request.method === 'HEAD' ? Buffer.alloc(0) : file.body)
  }

  async function dispatch(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const own = addresses.own(request.headers.host)
    for (const [name, value] of Object.entries(pageHeaders(own ?? addresses.primary, settings.pageL1))) response.setHeader(name, value)
    const url = urlOf(request)
    if (url === undefined) return json(response, 400, { error: 'bad request' })
    const { method = 'GET' } = request
    const route = routes[url.pathname]
    const handler = route === undefined ? (method === 'GET' || method === 'HEAD' ? servePage : undefined) : route[method === 'HEAD' ? 'GET' : method]
    if (handler !== undefined) return handler(request, response, url)
    response.setHeader('allow', route === undefined ? 'GET, HEAD' : Object.keys(route).join(', '))
    json(response, 405, { error: 'method not allowed' })
  }

  return {
    handle(request, response) {
      dispatch(request, response).catch(error => {
        log('error', 'http.failed', { message: asPoolError(error).message })
        if (response.headersSent) response.destroy()
        else json(response, 500, { error: 'internal' })
      })
    },
    changed() {
      if (!closed && listeners.size > 0) cancelPush ??= clock.after(EVENT_PAUSE, () => void push())
    },
    close() {
      closed = true
      cancelPush?.()
      cancelHeartbeat()
      for (const response of listeners) response.end()
      listeners.clear()
    },
  }
}

const event = (snapshot: RelaySnapshot): string => `event: snapshot\ndata: ${JSON.stringify(snapshot)}\n\n`

function urlOf(request: IncomingMessage): URL | undefined {
  const target = request.url ?? '/'
  return target.startsWith('/') && URL.canParse(target, 'http://relay.invalid') ? new URL(target, 'http://relay.invalid') : undefined
}

/** The client's address: the socket's, or what the proxy in front says. */
export function clientAddress(request: IncomingMessage, settings: Pick<Settings, 'behindProxy'>): string {
  const forwarded = request.headers['x-forwarded-for']
  // The last entry is the one that the proxy has added itself.
  const last = settings.behindProxy && typeof forwarded === 'string' ? forwarded.split(',').at(-1)?.trim() : undefined
  return last || request.socket.remoteAddress || 'unknown'
}

/** The body as text; undefined when it is longer than `max` bytes: then the rest is not read. */
function readBody(request: IncomingMessage, max: number): Promise<string | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > max) return Promise.resolve(undefined)
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = []
    let length = 0
    request.on('data', (part: Buffer) => {
      length += part.length
      if (length <= max) return void parts.push(part)
      request.pause()
      resolve(undefined)
    })
    request.on('end', () => resolve(Buffer.concat(parts).toString('utf8')))
    request.on('error', reject)
  })
}

const json = (response: ServerResponse, status: number, value: unknown): void => {
  response.setHeader('cache-control', 'no-store')
  send(response, status, 'application/json', JSON.stringify(value))
}

function send(response: ServerResponse, status: number, type: string | undefined, body: string | Buffer): void {
  const headers: Record<string, string | number> = { 'content-length': Buffer.byteLength(body) }
  if (type !== undefined) headers['content-type'] = type
  // A 204 has no length.
  response.writeHead(status, status === 204 ? {} : headers)
  response.end(body)
}
