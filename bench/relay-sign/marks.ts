/**
 * What members of the bench say to the main thread: marks on one clock. Marks carry public facts only.
 * @module
 */
import type { MemberEvent } from '../../core/member/events.ts'

/** Something that happened in a member's thread. */
export interface Mark {
  readonly seat: number
  /** ms of the monotonic clock that all threads of a process share. */
  readonly at: number
  readonly what:
    | 'batch-ready'
    | 'guard'
    | 'fees'
    | 'sign-begin'
    | 'sign-round'
    | 'sign-end'
    | 'raw'
    | 'stored'
    | 'proposed'
    | 'agreed'
    | 'signed'
    | 'ceremony'
    | 'tuple'
    | 'room-send'
  /** ms it took, where it took time. */
  readonly took?: number
  readonly height?: number
  /** Name of a guard table, a round, a log event. */
  readonly name?: string
  /** The signature was begun with a tuple that was ready. */
  readonly ready?: boolean
}

export type FromMember =
  | { readonly kind: 'mark'; readonly mark: Mark }
  | { readonly kind: 'event'; readonly seat: number; readonly event: MemberEvent }
  | { readonly kind: 'warning'; readonly text: string }
  | { readonly kind: 'started'; readonly seat: number }
  | { readonly kind: 'failed'; readonly message: string }

/** ms of the monotonic clock that all threads of a process share. */
export const monotonic = (): number => Number(process.hrtime.bigint()) / 1e6
