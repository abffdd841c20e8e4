/**
 * What a member's ceremonies are about, and their place in the books of the host that runs them.
 * @module
 */
import type { CeremonyContext } from '../ceremony/context.ts'
import type { KeyShare } from '../threshold/index.ts'
import type { Patience } from './patience.ts'

export interface CeremonyPlan {
  readonly kind: 'keygen' | 'refresh' | 'reshare' | 'export' | 'sign' | 'preprocess'
  /** 32 bytes, chosen by the opener. */
  readonly id: Uint8Array
  /** Seats, this member's among them. */
  readonly seats: readonly number[]
  /** What the parties are here for, 32 bytes: part of the encrypted session's context. */
  readonly payload: Uint8Array
  /** The key that is used; absent while there is none. 32 bytes each. */
  readonly key?: { readonly keyId: Uint8Array; readonly epoch: Uint8Array }
  readonly height?: number
  readonly round?: number
}

export interface CeremonyRun<T> {
  readonly result: Promise<T>
  /** Gives up: the result rejects with `deadline`. */
  stop(): void
}

export interface CeremonyStatus {
  readonly kind: string
  readonly round: string
  readonly missing: readonly number[]
}

/** A ceremony that has its channel. */
export interface OpenedCeremony {
  readonly ctx: CeremonyContext<KeyShare>
  /** Wipes the keys of the channel. */
  close(): void
}

/** A ceremony in the books. */
export interface Running {
  readonly plan: CeremonyPlan
  readonly patience: Patience
  status: CeremonyStatus
  /** Its first protocol is done, and nothing is expected of anybody. */
  held: boolean
  /** ms that a party may be away before the ceremony ends. */
  absenceLimit: number
  /** Ends the time that an absent party has left. */
  absence?: (() => void) | undefined
}

/** What logs say of a ceremony. */
export const factsOf = ({ kind, height, round, seats }: Pick<CeremonyPlan, 'kind' | 'height' | 'round' | 'seats'>) => ({
  ceremony: kind,
  height,
  round,
  seats,
})
