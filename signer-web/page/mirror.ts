/**
 * What another tab of this browser shows of the seat that it has open: public facts, sent to whoever asks.
 * @module
 */
import { effect, type ReadonlySignal, signal } from '@preact/signals'
import type { SeatStatus } from '../api.ts'
import type { Signer } from './signer.ts'

/** ms between questions, how long one is answered for, and between two answers. */
const ASK = 4_000
const ANSWER = 15_000
const PAUSE = 250

type Message = { readonly kind: 'ask' } | { readonly kind: 'status'; readonly status: SeatStatus }

export interface Mirror {
  /** `at`: ms since 1970, when it came. */
  readonly other: ReadonlySignal<{ readonly status: SeatStatus; readonly at: number } | undefined>
}

export function openMirror(profile: string, signer: Signer): Mirror {
  const channel = new BroadcastChannel(`sequorum/${profile}/view`)
  const other = signal<{ readonly status: SeatStatus; readonly at: number } | undefined>(undefined)
  let askedAt = 0
  let waiting = false

  function tell(): void {
    const status = signer.status.value
    if (waiting || Date.now() - askedAt > ANSWER || (status?.state !== 'open' && status?.state !== 'running')) return
    waiting = true
    setTimeout(() => {
      waiting = false
      const newest = signer.status.value
      if (newest?.state === 'open' || newest?.state === 'running') channel.postMessage({ kind: 'status', status: newest } satisfies Message)
    }, PAUSE)
  }
  const ask = (): void => {
    if (signer.status.value?.state === 'busy') channel.postMessage({ kind: 'ask' } satisfies Message)
  }

  channel.onmessage = ({ data }: MessageEvent<Message>) => {
    if (data.kind === 'ask') {
      askedAt = Date.now()
      tell()
    } else if (signer.status.value?.state === 'busy') other.value = { status: data.status, at: Date.now() }
  }
  effect(() => {
    const state = signer.status.value?.state
    if (state === 'busy') ask()
    else if (state !== undefined) other.value = undefined
    tell()
  })
  setInterval(ask, ASK)
  return { other }
}
