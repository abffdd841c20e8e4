/**
 * WebSockets to the relay (package ws): compression off, bounded frames, and an end to connections that have gone silent.
 * @module
 */
import { WebSocket } from 'ws'
import { MAX_FRAME } from '../core/envelope/wire.ts'
import { PoolError } from '../core/errors.ts'
import type { Dial } from '../core/member/ports.ts'

export interface DialOptions {
  /** ms until a connection must be open. */
  readonly handshakeTimeout?: number
  /** ms without a frame or ping after which a connection is dead; the relay pings every 25 s. */
  readonly silence?: number
}

const UNSUPPORTED_DATA = 1003
const ABNORMAL = 1006

/**
 * Connections to one relay.
 * @throws {PoolError} `invalid-argument` when the URL is not `ws:` or `wss:`.
 */
export function dialRelay(url: string, { handshakeTimeout = 10_000, silence = 70_000 }: DialOptions = {}): Dial {
  if (!URL.canParse(url) || !/^wss?:$/.test(new URL(url).protocol))
    throw new PoolError('invalid-argument', { title: 'relay URL', expected: 'ws://… or wss://…' })
  return events => {
    const socket = new WebSocket(url, { perMessageDeflate: false, maxPayload: MAX_FRAME, handshakeTimeout, followRedirects: false })
    let reason = ''
    let watchdog: NodeJS.Timeout | undefined
    const heard = (): void => {
      clearTimeout(watchdog)
      watchdog = setTimeout(() => {
        reason = 'silent'
        socket.terminate()
      }, silence)
    }
    socket.on('open', () => {
      heard()
      events.open()
    })
    socket.on('ping', heard)
    socket.on('message', (data, isBinary) => {
      heard()
      if (isBinary) events.message(new Uint8Array(data as Buffer))
      else socket.close(UNSUPPORTED_DATA)
    })
    // Always followed by 'close'.
    socket.on('error', error => {
      reason = (error as NodeJS.ErrnoException).code ?? error.message
    })
    socket.on('close', (code, text) => {
      clearTimeout(watchdog)
      events.close(code === 0 ? ABNORMAL : code, text.length > 0 ? text.toString() : reason)
    })
    // What is said in one turn of the event loop goes out together: the relay stores it in one commit.
    const unsent: Uint8Array[] = []
    function flush(): void {
      for (const frame of unsent.splice(0)) if (socket.readyState === WebSocket.OPEN) socket.send(frame)
    }
    return {
      send(frame) {
        if (unsent.length === 0) setImmediate(flush)
        unsent.push(frame)
      },
      close(code) {
        if (socket.readyState === WebSocket.CONNECTING) socket.terminate()
        else socket.close(code)
      },
    }
  }
}
