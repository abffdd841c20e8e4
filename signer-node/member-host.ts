/**
 * Runs members in worker threads and passes on what they say in public. The main thread never sees a share, a key or a passphrase.
 * @module
 */
import { Worker } from 'node:worker_threads'
import { hex } from '../core/bytes.ts'
import type { MemberReport } from '../core/envelope/wire.ts'
import { PoolError } from '../core/errors.ts'
import type { KernelName } from '../core/kernel/index.ts'
import type { MemberEvent } from '../core/member/events.ts'
import type { Log } from '../core/member/ports.ts'
import type { RefreshPolicy } from '../core/member/refresh.ts'
import type { KeyOffer } from '../core/member/whole-key.ts'
import { type Pool, poolToJson } from '../core/proposal/pool.ts'
import type { ControlCommand } from './control-protocol.ts'
import { type HostMessage, type MemberSettings, reviveError, type WorkerMessage } from './member-protocol.ts'
import { releaseDeadThread } from './vault-lock.ts'

export interface MemberOptions {
  readonly pool: Pool
  /** `ws://…` or `wss://…`. */
  readonly relayUrl: string
  readonly l1Rpc: string
  /** Path of the vault; `guard.db` is beside it. */
  readonly vault: string
  readonly passphraseFile: string
  /** Engine of the arithmetic; the best that runs here by default. */
  readonly kernel?: KernelName | undefined
  /** An existing key that all members deal among themselves in place of making one; `keyFile` at the one that has it. */
  readonly importing?: (KeyOffer & { readonly keyFile?: string | undefined }) | undefined
  /** When this member asks for new shares by itself; never by default. */
  readonly refresh?: RefreshPolicy | undefined
  /** The pool that takes over the account, and its relay: this member serves both until it has. */
  readonly next?: { readonly pool: Pool; readonly relayUrl: string } | undefined
  readonly log?: Log | undefined
  /** `next`: what was said in the pool that takes over, where the seat may be another one. */
  readonly onEvent?: ((seat: number, event: MemberEvent, next: boolean) => void) | undefined
  readonly onReport?: ((seat: number, report: MemberReport) => void) | undefined
  /** The thread ended without `stop`: after `kill` with no error, otherwise with what went wrong. */
  readonly onExit?: ((seat: number, error?: PoolError) => void) | undefined
}

export interface HostedMember {
  readonly seat: number
  /** The newest report. */
  report(): MemberReport | undefined
  /**
   * What an operator asks of the member; public facts.
   * @throws {PoolError} what the member says; `member-ended` when its thread ends first
   */
  command(command: ControlCommand): Promise<Record<string, unknown>>
  /** Ends in order: says goodbye, erases, closes vault and guard. */
  stop(): Promise<void>
  /** Ends the thread where it stands, as a crash would. */
  kill(): Promise<void>
}

/** ms that a member gets to end in order. */
const STOP_DEADLINE = 10_000

/**
 * Starts a member; resolves when its vault and guard are open, L1 has answered and the relay is being dialled.
 * @throws {PoolError} what the member reports, among them `vault-*`, `guard-*`, `passphrase-file`, `not-a-member`, `wrong-l1`, `l1-unreachable`.
 */
export function startMember(options: MemberOptions): Promise<HostedMember> {
  const { log = () => {}, importing, onEvent, onReport, onExit } = options
  const settings: MemberSettings = {
    pool: poolToJson(options.pool),
    relayUrl: options.relayUrl,
    l1Rpc: options.l1Rpc,
    vault: options.vault,
    passphraseFile: options.passphraseFile,
    kernel: options.kernel,
    refresh: options.refresh,
    importing: importing && {
      importer: importing.importer,
      publicKey: hex(importing.publicKey),
      chainCode: hex(importing.chainCode),
      ...(importing.keyFile === undefined ? {} : { keyFile: importing.keyFile }),
    },
    next: options.next && { pool: poolToJson(options.next.pool), relayUrl: options.next.relayUrl },
  }
  const worker = new Worker(new URL('./member-worker.js', import.meta.url), { workerData: settings, name: 'sequorum-member' })
  const thread = worker.threadId
  let seat = 0
  let report: MemberReport | undefined
  let ending: 'stopped' | 'killed' | undefined
  let failure: PoolError | undefined
  let nextCommand = 0
  const asked = new Map<number, { resolve(facts: Record<string, unknown>): void; reject(error: PoolError): void }>()

  const exited = new Promise<void>(resolve => worker.once('exit', () => resolve()))
  const post = (message: HostMessage): void => worker.postMessage(message)

  const hosted = (): HostedMember => ({
    seat,
    report: () => report,
    command: command =>
      new Promise((resolve, reject) => {
        if (worker.threadId === -1) return reject(new PoolError('member-ended'))
        const id = nextCommand++
        asked.set(id, { resolve, reject })
        post({ kind: 'command', id, command })
      }),
    async stop() {
      ending ??= 'stopped'
      post({ kind: 'stop' })
      const timer = setTimeout(() => void worker.terminate(), STOP_DEADLINE)
      await exited
      clearTimeout(timer)
      releaseDeadThread(options.vault, thread)
    },
    async kill() {
      ending ??= 'killed'
      await worker.terminate()
      await exited
      releaseDeadThread(options.vault, thread)
    },
  })

  return new Promise((resolve, reject) => {
    worker.on('message', (message: WorkerMessage) => {
      switch (message.kind) {
        case 'started':
          seat = message.seat
          resolve(hosted())
          break
        case 'report':
          report = message.report
          onReport?.(message.report.seat, message.report)
          break
        case 'event':
          onEvent?.(message.seat, message.event, message.next === true)
          break
        case 'log':
          log(message.level, message.event, { seat, ...(message.facts as object) })
          break
        case 'answer':
          asked.get(message.id)?.resolve(message.facts as Record<string, unknown>)
          asked.delete(message.id)
          break
        case 'refusal':
          asked.get(message.id)?.reject(reviveError(message.error))
          asked.delete(message.id)
          break
        case 'failed':
          failure = reviveError(message.error)
          break
      }
    })
    worker.once('error', error => {
      failure ??= new PoolError('member-ended', { problem: error.message })
    })
    worker.once('exit', code => {
      const error = failure ?? new PoolError('member-ended', { problem: `exit code ${code}` })
      for (const { reject: refuse } of asked.values()) refuse(error)
      asked.clear()
      if (seat === 0) reject(error)
      else if (ending === 'killed') onExit?.(seat)
      else if (ending === undefined) onExit?.(seat, error)
    })
  })
}
