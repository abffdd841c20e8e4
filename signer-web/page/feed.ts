/**
 * Keeps the newest snapshot of the pool. Every event is a whole snapshot, so a lost one costs nothing; when the stream is silent the page
 * asks, and says since when the relay does not answer.
 * @module
 */
import { type ReadonlySignal, signal } from '@preact/signals'
import { readStatus, type Status } from './status.ts'

export type Contact =
  | { readonly state: 'connecting' }
  | { readonly state: 'live' }
  /** ms since 1970, by this machine's clock. */
  | { readonly state: 'lost'; readonly since: number }

export interface Feed {
  readonly status: ReadonlySignal<Status | undefined>
  readonly contact: ReadonlySignal<Contact>
  /** ms to add to this machine's clock to get the relay's. */
  readonly skew: ReadonlySignal<number>
  close(): void
}

/** ms without an event until the page asks for itself. */
const SILENCE = 20_000
const ASK_TIMEOUT = 5_000
const RETRY_MIN = 500
const RETRY_MAX = 10_000

/** Opens the stream of snapshots at `base` (a URL that ends in `/`). */
export function openFeed(base: string): Feed {
  const status = signal<Status | undefined>(undefined)
  const contact = signal<Contact>({ state: 'connecting' })
  const skew = signal(0)
  let source: EventSource | undefined
  let failures = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  let closed = false

  function take(json: string): void {
    let value: unknown
    try {
      value = JSON.parse(json)
    } catch {
      lost()
      return
    }
    const read = readStatus(value)
    failures = 0
    if (read.now !== undefined) skew.value = read.now - Date.now()
    status.value = read
    contact.value = { state: 'live' }
    watch()
  }

  function lost(): void {
    if (contact.value.state !== 'lost') contact.value = { state: 'lost', since: Date.now() }
  }

  function watch(): void {
    clearTimeout(timer)
    timer = setTimeout(() => void ask(), SILENCE)
  }

  /** The stream may be quiet, or dead without knowing it. */
  async function ask(): Promise<void> {
    try {
      const response = await fetch(`${base}api/status`, { signal: AbortSignal.timeout(ASK_TIMEOUT), cache: 'no-store' })
      if (!response.ok) throw new Error(`status ${response.status}`)
      const json = await response.text()
      if (!closed) take(json)
    } catch {
      if (!closed) reopen()
    }
  }

  function reopen(): void {
    lost()
    source?.close()
    source = undefined
    clearTimeout(timer)
    timer = setTimeout(open, Math.min(RETRY_MAX, RETRY_MIN * 2 ** failures))
    failures = Math.min(failures + 1, 6)
  }

  function open(): void {
    source = new EventSource(`${base}api/events`)
    source.addEventListener('snapshot', event => take(event.data))
    source.addEventListener('error', reopen)
    watch()
  }

  open()
  return {
    status,
    contact,
    skew,
    close() {
      closed = true
      clearTimeout(timer)
      source?.close()
    },
  }
}
