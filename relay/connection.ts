/**
 * One member's socket: challenge, authentication, heartbeat, limits. It hands decoded frames of an authenticated member on, in order,
 * and sends frames; what they mean is for others.
 * @module
 */
import { RateLimiterMemory } from 'rate-limiter-flexible'
import type { RawData, WebSocket } from 'ws'
import { type Bytes, equal, fromHex } from '../core/bytes.ts'
import { authDigest, verifyIdentity } from '../core/envelope/identity.ts'
import { CLOSE, MAX_UNAUTHENTICATED_FRAME, type MemberFrame, memberFrame, type RelayFrame, relayFrame } from '../core/envelope/wire.ts'
import type { RosterEntry } from '../core/proposal/roster.ts'
import type { Limits } from './config.ts'
import type { Metrics } from './metrics.ts'
import type { Clock, Log, Random } from './ports.ts'

export type AuthFrame = Extract<MemberFrame, { kind: 'auth' }>
export type LiveFrame = Exclude<MemberFrame, { kind: 'auth' }>

export interface ConnectionContext {
  readonly roster: readonly RosterEntry[]
  /** Pool hash. */
  readonly room: Bytes
  readonly clock: Clock
  readonly random: Random
  readonly limits: Limits
  readonly log: Log
  readonly metrics: Metrics
  /** Called once, when the member has proven who it is. */
  authenticated(connection: Connection, since: { readonly messages: number; readonly transactions: number }): void
  frame(connection: Connection, frame: LiveFrame): void
  /** Called once, whatever ended it. */
  closed(connection: Connection): void
}

export interface Connection {
  /** Undefined until authenticated. */
  readonly seat: number | undefined
  readonly open: boolean
  /** Bytes that wait to be written. */
  readonly buffered: number
  /** False when the frame was not sent because the connection is over. `flushed` is called when it has left this process. */
  send(frame: RelayFrame, flushed?: () => void): boolean
  close(code: number, reason: string): void
}

let connections = 0

/** Takes a fresh socket over and challenges it. `origin` is what the relay is called at the address that was dialled. */
export function acceptConnection(socket: WebSocket, origin: string, context: ConnectionContext): Connection {
  const { roster, room, clock, limits, log, metrics } = context
  const id = ++connections
  const nonce = context.random(32)
  const limiter = new RateLimiterMemory({ points: limits.framesPerSecond, duration: 1, keyPrefix: `socket-${id}` })
  let seat: number | undefined
  let open = true
  let missed = 0
  let cancelTimer = clock.after(limits.authTimeout, () => connection.close(CLOSE.authTimeout, 'not authenticated in time'))

  const connection: Connection = {
    get seat() {
      return seat
    },
    get open() {
      return open
    },
    get buffered() {
      return socket.bufferedAmount
    },
    send(frame, flushed) {
      if (!open) return false
      const bytes = relayFrame.encode(frame)
      if (socket.bufferedAmount + bytes.length > limits.bufferedClose) {
        connection.close(CLOSE.rateLimited, 'reads too slowly')
        return false
      }
      metrics.frames.inc({ direction: 'out', kind: frame.kind })
      socket.send(bytes, { binary: true, compress: false }, () => flushed?.())
      return true
    },
    close(code, reason) {
      if (!open) return
      log(code === CLOSE.draining || code === CLOSE.displaced ? 'info' : 'warn', 'connection.closing', { connection: id, seat, code, reason })
      metrics.closes.inc({ code: String(code) })
      end()
      if (socket.isPaused) socket.resume()
      socket.close(code, reason)
      // A peer that does not answer the close frame is not waited for.
      clock.after(2_000, () => socket.terminate())
    },
  }

  function end(): void {
    if (!open) return
    open = false
    cancelTimer()
    context.closed(connection)
  }

  function beat(): void {
    cancelTimer = clock.after(limits.pingInterval, () => {
      if (missed >= 2) {
        log('info', 'connection.dead', { connection: id, seat })
        end()
        socket.terminate()
        return
      }
      missed++
      socket.ping()
      beat()
    })
  }

  function receive(bytes: Bytes): void {
    if (!open) return
    if (seat === undefined && bytes.length > MAX_UNAUTHENTICATED_FRAME) {
      connection.close(CLOSE.tooLarge, 'too large before authentication')
      return
    }
    const frame = decode(bytes)
    if (frame === undefined) {
      connection.close(CLOSE.malformed, 'malformed frame')
      return
    }
    metrics.frames.inc({ direction: 'in', kind: frame.kind })
    if (seat !== undefined && frame.kind !== 'auth') context.frame(connection, frame)
    else if (seat === undefined && frame.kind === 'auth') authenticate(frame)
    else connection.close(CLOSE.malformed, seat === undefined ? 'not authenticated' : 'authenticated already')
  }

  function authenticate(frame: AuthFrame): void {
    const judged = judge(frame)
    if ('code' in judged) {
      connection.close(judged.code, judged.reason)
      return
    }
    seat = judged.seat
    cancelTimer()
    beat()
    log('info', 'connection.authenticated', { connection: id, seat })
    context.authenticated(connection, { messages: frame.since, transactions: frame.transactionsSince })
  }

  /** The seat that this frame proves, or why it proves none. */
  function judge({ room: named, time, clientNonce, identity, device, signature }: AuthFrame): { seat: number } | { code: number; reason: string } {
    if (!equal(named, room)) return { code: CLOSE.notInRoster, reason: 'another pool' }
    const member = roster.find(candidate => equal(fromHex(candidate.identity), identity))
    if (member === undefined) return { code: CLOSE.notInRoster, reason: 'not in the roster' }
    if (Math.abs(clock.now() - time) > limits.authSkew) return { code: CLOSE.unauthenticated, reason: 'clock differs too much' }
    const digest = authDigest({ origin, serverNonce: nonce, clientNonce, time, room, identity, device })
    if (!verifyIdentity(identity, digest, signature)) return { code: CLOSE.unauthenticated, reason: 'signature does not verify' }
    return { seat: member.seat }
  }

  /** Too many frames: stops reading until the second is over; what is in flight by then may be four times the limit, no more. */
  function limited(consumed: number, msBeforeNext: number): boolean {
    if (consumed > 4 * limits.framesPerSecond) {
      metrics.limited.inc({ what: 'socket' })
      connection.close(CLOSE.rateLimited, 'too many frames')
      return true
    }
    if (!socket.isPaused) {
      metrics.limited.inc({ what: 'socket-paused' })
      socket.pause()
      clock.after(msBeforeNext, () => socket.resume())
    }
    return false
  }

  socket.on('message', (data: RawData, binary: boolean) => {
    if (!binary || !(data instanceof Uint8Array)) {
      connection.close(CLOSE.malformed, 'not a binary frame')
      return
    }
    // A plain view: slices of a Buffer would share memory with it.
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.length)
    limiter.consume('frames').then(
      () => receive(bytes),
      (excess: { readonly consumedPoints: number; readonly msBeforeNext: number }) => {
        if (!limited(excess.consumedPoints, excess.msBeforeNext)) receive(bytes)
      },
    )
  })
  socket.on('pong', () => {
    missed = 0
  })
  socket.on('close', (code: number) => {
    if (open) log('info', 'connection.closed', { connection: id, seat, code })
    end()
  })
  socket.on('error', (error: Error) => {
    log('debug', 'connection.error', { connection: id, seat, reason: error.message })
  })
  connection.send({ kind: 'challenge', nonce, origin })
  return connection
}

function decode(bytes: Bytes): MemberFrame | undefined {
  try {
    return memberFrame.decode(bytes)
  } catch {
    return undefined
  }
}
