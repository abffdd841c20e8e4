/**
 * WebSocket upgrades at /relay: who may open a socket at all, before anything is said on it.
 * @module
 */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { CLOSE, MAX_FRAME } from '../core/envelope/wire.ts'
import type { Addresses } from './address.ts'
import type { Settings } from './config.ts'
import { clientAddress } from './http.ts'
import type { Metrics } from './metrics.ts'

export interface SocketSide {
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  /** No new sockets; resolves when the last one is closed, or after `graceMs` when the rest was cut off. */
  close(graceMs: number): Promise<void>
}

export interface SocketOptions {
  readonly settings: Settings
  readonly addresses: Addresses
  readonly metrics: Metrics
  /** Takes the socket over. `settled` is to be called when it has authenticated or is closed. `origin` is what the relay is called there. */
  accept(socket: WebSocket, origin: string, settled: () => void): void
}

const REASONS = { 403: 'Forbidden', 404: 'Not Found', 429: 'Too Many Requests', 503: 'Service Unavailable' } as const

export function createSockets({ settings, addresses, metrics, accept }: SocketOptions): SocketSide {
  const { limits, log } = settings
  const server = new WebSocketServer({ noServer: true, maxPayload: MAX_FRAME, perMessageDeflate: false })
  const waiting = new Map<string, number>()
  let closed = false

  function refuse(socket: Duplex, status: keyof typeof REASONS, reason: string): void {
    log('info', 'socket.refused', { status, reason })
    metrics.limited.inc({ what: `upgrade-${status}` })
    socket.on('error', () => {})
    socket.end(`HTTP/1.1 ${status} ${REASONS[status]}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`)
  }

  return {
    upgrade(request, socket, head) {
      const { host, origin } = request.headers
      const address = clientAddress(request, settings)
      if (closed) return refuse(socket, 503, 'closing')
      if (request.url?.split('?')[0] !== '/relay') return refuse(socket, 404, 'path')
      // Programs send no Origin; a browser always does.
      if (origin !== undefined && !addresses.pageAllowed(origin, host)) return refuse(socket, 403, 'origin')
      const count = waiting.get(address) ?? 0
      if (count >= limits.unauthenticatedPerIp) return refuse(socket, 429, 'too many sockets that have not authenticated')
      waiting.set(address, count + 1)
      let settled = false
      const settle = (): void => {
        if (settled) return
        settled = true
        const left = (waiting.get(address) ?? 1) - 1
        if (left > 0) waiting.set(address, left)
        else waiting.delete(address)
      }
      socket.once('close', settle)
      server.handleUpgrade(request, socket, head, upgraded => accept(upgraded, addresses.own(host) ?? addresses.primary, settle))
    },
    async close(graceMs) {
      closed = true
      const open = [...server.clients]
      for (const socket of open) socket.close(CLOSE.draining, 'the relay stops')
      const cut = setTimeout(() => {
        for (const socket of open) socket.terminate()
      }, graceMs)
      await Promise.all(
        open.filter(socket => socket.readyState !== socket.CLOSED).map(socket => new Promise(resolve => socket.once('close', resolve))),
      )
      clearTimeout(cut)
      server.close()
    },
  }
}
