/**
 * What crosses between the main thread and a member's worker: addresses and paths in, public status out. No share, key or passphrase does.
 * @module
 */
import type { MemberReport } from '../core/envelope/wire.ts'
import { type ErrorCode, errorTable, PoolError } from '../core/errors.ts'
import type { KernelName } from '../core/kernel/index.ts'
import type { MemberEvent } from '../core/member/events.ts'
import type { LogLevel } from '../core/member/ports.ts'
import type { RefreshPolicy } from '../core/member/refresh.ts'
import type { ControlCommand } from './control-protocol.ts'
import type { Plain } from './plain.ts'

/** `workerData` of a member's worker. */
export interface MemberSettings {
  /** Parsed JSON of the pool file. */
  readonly pool: Record<string, unknown>
  readonly relayUrl: string
  readonly l1Rpc: string
  /** Path; the guard database is beside it. */
  readonly vault: string
  readonly passphraseFile: string
  /** Engine of the arithmetic; the best that runs here by default. */
  readonly kernel?: KernelName | undefined
  /** An existing key that is dealt among the members in place of making one; `keyFile` at the member that has it. Hex. */
  readonly importing?: { readonly importer: number; readonly publicKey: string; readonly chainCode: string; readonly keyFile?: string } | undefined
  /** When members refresh their shares by themselves. */
  readonly refresh?: RefreshPolicy | undefined
  /** The pool that takes over the account, if there is one: parsed JSON of its file, and its relay. */
  readonly next?: { readonly pool: Record<string, unknown>; readonly relayUrl: string } | undefined
}

export type HostMessage = { readonly kind: 'stop' } | { readonly kind: 'command'; readonly id: number; readonly command: ControlCommand }

export type WorkerMessage =
  /** Vault and guard are open, L1 answers, the relay is being dialled. */
  | { readonly kind: 'started'; readonly seat: number }
  | { readonly kind: 'report'; readonly report: MemberReport }
  /** `next`: of the pool that takes over. */
  | { readonly kind: 'event'; readonly seat: number; readonly event: MemberEvent; readonly next?: boolean }
  | { readonly kind: 'log'; readonly level: LogLevel; readonly event: string; readonly facts: Plain }
  /** What a command came to: public facts, or why it was refused. */
  | { readonly kind: 'answer'; readonly id: number; readonly facts: Plain }
  | { readonly kind: 'refusal'; readonly id: number; readonly error: ErrorJson }
  /** The last message of a worker that cannot go on. */
  | { readonly kind: 'failed'; readonly error: ErrorJson }

/** A PoolError as plain data. */
export type ErrorJson = ReturnType<PoolError['toJSON']>

/** The error again, with code, context and culprits; what caused it stays in the worker. */
export function reviveError(json: ErrorJson): PoolError {
  const code: ErrorCode = json.code in errorTable ? json.code : 'internal'
  return new PoolError(code, json.context, { culprits: json.culprits })
}
