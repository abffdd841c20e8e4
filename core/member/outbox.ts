/**
 * What waits for the relay's word: requests are sent in order, sent again on every new connection, and settled by `published` or
 * `refused`. All requests are idempotent at the relay, so sending one twice does no harm.
 * @module
 */
import type { Bytes } from '../bytes.ts'
import { type MemberFrame, memberFrame } from '../envelope/wire.ts'
import { PoolError } from '../errors.ts'
import type { Clock } from './ports.ts'

/** Requests that the relay may have unanswered at a time. */
const WINDOW = 64
/** Beyond these a request is refused here. */
const MAX_ENTRIES = 8192
const MAX_BYTES = 64 * 1024 * 1024
/** Refusals that time heals: the request is sent again, a bounded number of times. Later requests do not wait for it. */
const TRANSIENT: ReadonlySet<string> = new Set(['unavailable'])
const MAX_ATTEMPTS = 8
const RETRY_MS = 250

type Request = Extract<MemberFrame, { request: number }>
/** A request frame whose number the outbox gives. */
export type Numbered = (request: number) => Request

interface Entry {
  readonly request: number
  readonly frame: Bytes
  /** When it went out on this connection; undefined while it waits. */
  sentAt: number | undefined
  attempts: number
  /** Ends the pause after a transient refusal. */
  cancelPause: (() => void) | undefined
  resolve(): void
  reject(error: PoolError): void
}

export interface Outbox {
  /**
   * Resolves when the relay has stored it.
   * @throws {PoolError} `relay-refused`, `outbox-full`, `relay-closed`, `malformed-bytes` for a request that does not encode.
   */
  push(make: Numbered): Promise<void>
  /** A connection is ready: everything goes out again, oldest first. */
  attach(send: (frame: Bytes) => void): void
  detach(): void
  published(request: number): void
  refused(request: number, code: string, reason: string): void
  /** ms since 1970 of the oldest request that the relay has not answered on this connection. */
  oldest(): number | undefined
  readonly size: number
  close(): void
}

export function createOutbox(clock: Clock): Outbox {
  const entries = new Map<number, Entry>()
  let next = 1
  let bytes = 0
  let send: ((frame: Bytes) => void) | undefined
  let closed = false

  function flush(): void {
    if (send === undefined) return
    let inFlight = 0
    for (const entry of entries.values()) {
      if (inFlight >= WINDOW) return
      if (entry.cancelPause !== undefined) continue
      inFlight++
      if (entry.sentAt !== undefined) continue
      entry.sentAt = clock.now()
      entry.attempts++
      send(entry.frame)
    }
  }

  function take(request: number): Entry | undefined {
    const entry = entries.get(request)
    if (entry === undefined) return undefined
    entries.delete(request)
    bytes -= entry.frame.length
    entry.cancelPause?.()
    return entry
  }

  return {
    push(make) {
      if (closed) return Promise.reject(new PoolError('relay-closed'))
      if (entries.size >= MAX_ENTRIES || bytes >= MAX_BYTES) return Promise.reject(new PoolError('outbox-full', { entries: entries.size, bytes }))
      const request = next
      next = next === 0xffff_ffff ? 1 : next + 1
      return new Promise((resolve, reject) => {
        const frame = memberFrame.encode(make(request))
        bytes += frame.length
        entries.set(request, { request, frame, sentAt: undefined, attempts: 0, cancelPause: undefined, resolve, reject })
        flush()
      })
    },
    attach(to) {
      send = to
      for (const entry of entries.values()) {
        entry.sentAt = undefined
        entry.cancelPause?.()
        entry.cancelPause = undefined
      }
      flush()
    },
    detach() {
      send = undefined
    },
    published(request) {
      take(request)?.resolve()
      flush()
    },
    refused(request, code, reason) {
      const entry = entries.get(request)
      if (entry === undefined) return
      if (TRANSIENT.has(code) && entry.attempts < MAX_ATTEMPTS) {
        entry.sentAt = undefined
        entry.cancelPause = clock.after(RETRY_MS * 2 ** Math.min(entry.attempts, 6), () => {
          entry.cancelPause = undefined
          flush()
        })
        return
      }
      take(request)?.reject(new PoolError('relay-refused', { code, reason }))
      flush()
    },
    oldest() {
      for (const entry of entries.values()) if (entry.sentAt !== undefined) return entry.sentAt
      return undefined
    },
    get size() {
      return entries.size
    },
    close() {
      closed = true
      send = undefined
      for (const request of [...entries.keys()]) take(request)?.reject(new PoolError('relay-closed'))
    },
  }
}
