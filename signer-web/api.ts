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

/** The key as this seat holds it. */
export interface KeyFacts {
  /** Generation of the active share. */
  readonly epoch: Hex
  readonly epochNo: number
  /** ISO 8601: when this member activated it. */
  readonly activeSince: string | undefined
  readonly threshold: number
  readonly members: readonly number[]
  /** It came from a backup and signs after a refresh. */
  readonly restored: boolean
  /** A later generation that all members have and this one lacks. */
  readonly superseded: number | undefined
  /** Pairs of seats that do not sign together until a refresh. */
  readonly burned: readonly { readonly members: readonly number[]; readonly reason: string }[]
  /** Seats that have destroyed their shares. */
  readonly erased: readonly number[]
  readonly refreshing: boolean
  /** The newest backup that was saved: `present` when it holds this generation. `at`: ms since 1970. */
  readonly backup: { readonly epochNo: number; readonly at: number; readonly present: boolean } | undefined
}

/** A passkey that opens the seat beside the passphrase. Both are public: the passkey's id, and what its secret is asked for. */
export interface PasskeyHandle {
  readonly id: Hex
  /** 32 bytes. */
  readonly salt: Hex
}

/** How a seat is opened. The secret is the 32 bytes that the passkey gives for its salt; the worker wipes its copy. */
export type Opening = { readonly passphrase: string } | { readonly passkey: Uint8Array }

export interface RestoreRequest {
  /** Bytes of the backup file. */
  readonly file: Uint8Array
  /** That of the file. */
  readonly filePassphrase: string
  /** For this browser. */
  readonly passphrase: string
  /** This member's own L1 node, HTTP JSON-RPC. */
  readonly l1Rpc: string
}

/** One rule of a policy; what it does not name is not limited. */
export interface RuleInput {
  readonly name: string
  /** L2 chain. */
  readonly chainId?: number | undefined
  readonly inbox?: string | undefined
  readonly maxPerHour?: number | undefined
  readonly maxTransactions?: number | undefined
  /** Wei, decimal. */
  readonly maxValue?: string | undefined
}

/** What passes without a person; what no rule names waits for one for `rejectAfter` ms. */
export interface PolicyInput {
  readonly rules: readonly RuleInput[]
  readonly rejectAfter: number
}

/** A proposal of another member that passed every check of this one. */
export interface ProposalFacts {
  readonly height: number
  readonly round: number
  readonly proposer: number
  /** The digest that is voted on, computed from the payload. */
  readonly content: Hex
  readonly blocks: number
  readonly transactions: number
  /** Bytes of calldata. */
  readonly size: number
  readonly origin: { readonly number: number; readonly hash: Hex }
  /** ms since 1970: refused when nobody has said yes. */
  readonly until: number
  readonly state: 'waiting' | 'approved' | 'rejected' | 'late'
  /** A rule's name, or `operator`. */
  readonly by: string | undefined
  /** Rules that do not let it pass, and what about it. */
  readonly missed: readonly { readonly rule: string; readonly why: string }[]
}

export interface BatchPage {
  readonly total: number
  readonly from: number
  /** `value`: wei, decimal. */
  readonly transactions: readonly {
    readonly hash: Hex
    readonly from: Hex
    readonly to: Hex | undefined
    readonly value: string
    readonly nonce: number
  }[]
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
  /** `seats`: of all members. */
  readonly pool: { readonly name: string; readonly seat: number; readonly seats: readonly number[]; readonly l1Host: string } | undefined
  /** Seats that are online, by the relay's word, and whether it answers. */
  readonly relay: { readonly connected: boolean; readonly online: readonly number[] } | undefined
  /** Where the member stands. */
  readonly report: MemberReport | undefined
  /** The newest last, a bounded number. */
  readonly events: readonly { readonly at: number; readonly event: MemberEvent }[]
  /** Undefined without a share. */
  readonly keys: KeyFacts | undefined
  /** The newest first; empty without a policy. */
  readonly proposals: readonly ProposalFacts[]
  /** Undefined: every proposal that passes the checks gets this member's vote. */
  readonly policy: PolicyInput | undefined
  /** Undefined when the passphrase alone opens the seat. */
  readonly passkey: PasskeyHandle | undefined
  /** The newest failure. */
  readonly problem: ApiError | undefined
}

/** The worker's verbs. Each resolves; none rejects. */
export interface SignerApi {
  /** Makes an identity for this seat under a passphrase, or keeps one that was given. */
  create(request: { readonly passphrase: string; readonly given?: GivenIdentity | undefined }): Promise<ApiResult<{ readonly entry: Entry }>>
  /** Opens what this browser keeps for the seat; a member that has joined a pool goes on. */
  unlock(request: Opening): Promise<ApiResult<{ readonly entry: Entry }>>
  /** Becomes the member of this pool that the identity belongs to, from now on. */
  join(request: JoinRequest): Promise<ApiResult<{ readonly seat: number }>>
  /** `key`, `refresh`, `destroy`; answers with public facts. */
  command(command: MemberCommand): Promise<ApiResult<{ readonly facts: Readonly<Record<string, unknown>> }>>
  /** Transactions of a proposal from one on, a bounded number. */
  batch(wanted: { readonly content: Hex; readonly from: number }): Promise<ApiResult<{ readonly page: BatchPage }>>
  /** False when it does not wait any more. */
  decide(decision: { readonly content: Hex; readonly approve: boolean }): Promise<ApiResult<{ readonly taken: boolean }>>
  /** Kept with the seat; undefined ends it. */
  setPolicy(policy: PolicyInput | undefined): Promise<ApiResult>
  /** An encrypted backup of this member, test-decrypted. It counts as safe once `backedUp` has said that it was saved. */
  backup(request: {
    readonly passphrase: string
  }): Promise<ApiResult<{ readonly file: Uint8Array<ArrayBuffer>; readonly epoch: Hex; readonly epochNo: number; readonly name: string }>>
  /** The person has saved the backup of this generation. */
  backedUp(saved: { readonly epoch: Hex; readonly epochNo: number }): Promise<ApiResult>
  /** Makes the seat anew from a backup, and goes on as the member it was; it signs after a refresh. */
  restore(request: RestoreRequest): Promise<ApiResult<{ readonly seat: number }>>
  /** A passkey as a second way in. One at a time. */
  addPasskey(passkey: PasskeyHandle & { readonly secret: Uint8Array }): Promise<ApiResult>
  removePasskey(): Promise<ApiResult>
  /** Ends the member, erases what is in memory, gives the seat back. */
  lock(): Promise<ApiResult>
  status(): Promise<SeatStatus>
  /** Calls with a whole status now and after every change. */
  watch(listener: (status: SeatStatus) => void): Promise<void>
}
