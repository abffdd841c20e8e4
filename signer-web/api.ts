/**
 * What the page may ask of the worker, and what it gets: verbs and snapshots. Never a key, a share or a message of a ceremony. Types only.
 *
 * Results are plain data: a thrown error would lose its code on the way through the worker's port.
 * @module
 */
import type { MemberReport } from '../core/envelope/wire.ts'
import type { PoolError } from '../core/errors.ts'
import type { MemberCommand } from '../core/member/commands.ts'
import type { MemberEvent } from '../core/member/events.ts'

/** A PoolError as plain data. */
export type ApiError = ReturnType<PoolError['toJSON']>
export type ApiResult<T extends object = object> = ({ readonly ok: true } & T) | { readonly ok: false; readonly error: ApiError }

/** Hex with 0x. */
export type Hex = `0x${string}`

/** What a pool file says of a member: what this tab's identity is to the others. */
export interface Entry {
  /** 32 bytes: Ed25519 identity key. */
  readonly identity: Hex
  /** Address of the vote key. */
  readonly vote: Hex
}

/** A secret that came with a link: identity and vote key follow from it, so that they fit a pool file that is there already. 32 bytes, hex. */
export interface GivenIdentity {
  readonly secret: string
}

export interface JoinRequest {
  /** The pool file's JSON. */
  readonly pool: unknown
  /** This member's own L1 node, HTTP JSON-RPC. */
  readonly l1Rpc: string
}

export interface SeatStatus {
  /**
   * `empty`: this browser has no identity for the seat; `locked`: it has one, under a passphrase; `busy`: another tab of this browser has it open;
   * `open`: unlocked, in no pool yet; `running`: a member of its pool.
   */
  readonly state: 'empty' | 'locked' | 'busy' | 'open' | 'running'
  /** Something takes a while: deriving a key from a passphrase, starting, stopping. */
  readonly working: boolean
  readonly entry: Entry | undefined
  readonly pool: { readonly name: string; readonly seat: number; readonly l1Host: string } | undefined
  /** Seats that are online, by the relay's word, and whether it answers. */
  readonly relay: { readonly connected: boolean; readonly online: readonly number[] } | undefined
  /** Where the member stands. */
  readonly report: MemberReport | undefined
  /** The newest last, a bounded number. */
  readonly events: readonly { readonly at: number; readonly event: MemberEvent }[]
  /** The newest failure. */
  readonly problem: ApiError | undefined
}

/** The worker's verbs. Each resolves; none rejects. */
export interface SignerApi {
  /** Makes an identity for this seat under a passphrase, or keeps one that was given. */
  create(request: { readonly passphrase: string; readonly given?: GivenIdentity | undefined }): Promise<ApiResult<{ readonly entry: Entry }>>
  /** Opens what this browser keeps for the seat; a member that has joined a pool goes on. */
  unlock(request: { readonly passphrase: string }): Promise<ApiResult<{ readonly entry: Entry }>>
  /** Becomes the member of this pool that the identity belongs to, from now on. */
  join(request: JoinRequest): Promise<ApiResult<{ readonly seat: number }>>
  /** `key`, `refresh`, `destroy`; answers with public facts. */
  command(command: MemberCommand): Promise<ApiResult<{ readonly facts: Readonly<Record<string, unknown>> }>>
  /** Ends the member, erases what is in memory, gives the seat back. */
  lock(): Promise<ApiResult>
  status(): Promise<SeatStatus>
  /** Calls with a whole status now and after every change. */
  watch(listener: (status: SeatStatus) => void): Promise<void>
}
