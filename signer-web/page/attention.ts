/**
 * Tells a person who looks elsewhere: a mark in the title, and a notification when the page is hidden and they have asked for it.
 * @module
 */
import { effect, type ReadonlySignal, signal } from '@preact/signals'
import type { SeatStatus } from '../api.ts'

export interface Attention {
  /** The same for as long as it is about the same thing. */
  readonly topic: string
  readonly title: string
  /** Somebody has to do something, and nothing goes on by itself. */
  readonly waits: boolean
}

/** The most urgent thing; undefined when there is none. Pure. */
export function attentionOf(status: SeatStatus | undefined): Attention | undefined {
  if (status === undefined || status.state === 'empty' || status.state === 'busy') return undefined
  const { report, keys } = status
  if (report?.problem !== undefined) return { topic: report.problem, title: 'Seat does not sign', waits: true }
  if (report?.phase === 'awaiting-funds') return { topic: 'funds', title: 'Account needs funds', waits: true }
  if (keys !== undefined && keys.backup?.present !== true) return { topic: `backup ${keys.epochNo}`, title: 'Backup needed', waits: true }
  if (report?.phase === 'proposing') return { topic: `turn ${report.height}`, title: 'Your turn', waits: false }
  return undefined
}

export type Permission = NotificationPermission | 'unsupported'

export interface Notifier {
  readonly permission: ReadonlySignal<Permission>
  /** To be called on a click. */
  ask(): Promise<void>
}

/** Follows the seat until the page ends. */
export function watchAttention(seat: number, status: ReadonlySignal<SeatStatus | undefined>): Notifier {
  const supported = 'Notification' in globalThis
  const permission = signal<Permission>(supported ? Notification.permission : 'unsupported')
  const plain = document.title
  let told: string | undefined
  effect(() => {
    const now = attentionOf(status.value)
    document.title = now === undefined ? `Seat ${seat} · ${plain}` : `${now.waits ? '(!)' : '●'} ${now.title} · seat ${seat} · ${plain}`
    if (now?.topic === told) return
    told = now?.topic
    if (now === undefined || !document.hidden || permission.value !== 'granted') return
    // One at a time: the next takes the place of the last. A turn passes by itself and makes no sound.
    new Notification(now.title, { body: `Seat ${seat}`, tag: `sequorum seat ${seat}`, silent: !now.waits })
  })
  return {
    permission,
    async ask() {
      if (supported) permission.value = await Notification.requestPermission()
    },
  }
}
