/**
 * What the page may ask of the worker, and what it gets: verbs and snapshots. Never a key, a share or a message of a ceremony. Types only.
 *
 * Results are plain data: a thrown error would lose its code on the way through the worker's port.
 *
 * This is the bare seat of the first browser proof: whoever opens it hands the seat's identity in, and there is no agreement before a
 * signature (the page names what to sign, the worker checks that it is a batch of this pool, one per height). A person's page keeps the
 * identity in a vault of its own and runs the whole member; it replaces `open` and `sign`.
 * @module
 */
import type { PoolError } from '../core/errors.ts'

/** A PoolError as plain data. */
export type ApiError = ReturnType<PoolError['toJSON']>
export type ApiResult<T extends object = object> = ({ readonly ok: true } & T) | { readonly ok: false; readonly error: ApiError }

/** Hex with 0x. */
export type Hex = `0x${string}`

export interface OpenRequest {
  readonly seat: number
  /** The pool file's JSON. */
  readonly pool: unknown
  /** 32 bytes, hex: Ed25519 seed of the identity that the pool file names for this seat. */
  readonly identitySeed: string
}

export interface SignDemand {
  /** 32 bytes, hex; the same for every member of the quorum. */
  readonly session: string
  /** The unsigned L1 transaction (EIP-1559), hex. */
  readonly transaction: string
  /** Seats, exactly as many as the threshold. */
  readonly quorum: readonly number[]
}

export interface SeatStatus {
  /** `lost`: open, and the relay does not answer. */
  readonly state: 'closed' | 'connecting' | 'connected' | 'lost'
  readonly seat: number | undefined
  readonly poolName: string | undefined
  /** Seats that are online, by the relay's word. */
  readonly online: readonly number[]
  readonly account: Hex | undefined
  readonly ceremony: { readonly kind: string; readonly round: string; readonly missing: readonly number[] } | undefined
  /** The newest failure of a ceremony. */
  readonly problem: ApiError | undefined
}

/** The worker's verbs. Each resolves; none rejects. */
export interface SignerApi {
  /**
   * Opens the seat and connects to the relay that served the page. A share that this browser has for the seat is used again; `pending` says that
   * it has one of a key generation that did not see its end.
   */
  open(request: OpenRequest): Promise<ApiResult<{ readonly account: Hex | undefined; readonly pending: boolean }>>
  /** A fresh session id for a ceremony, 32 bytes hex. One member makes it, all use it. */
  session(): Promise<ApiResult<{ readonly session: Hex }>>
  /** Distributed key generation among all members of the pool. */
  keygen(request: { readonly session: string }): Promise<ApiResult<{ readonly account: Hex; readonly keyId: Hex }>>
  /** Signs a batch of this pool together with the quorum. */
  sign(request: SignDemand): Promise<ApiResult<{ readonly signed: Hex; readonly hash: Hex }>>
  status(): Promise<SeatStatus>
  /** Calls with a whole status now and after every change. */
  watch(listener: (status: SeatStatus) => void): Promise<void>
  /** Leaves the relay and erases what is in memory. */
  close(): Promise<ApiResult>
}
