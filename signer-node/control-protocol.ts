/**
 * What is said over the control socket of a running signer: one JSON object a line, in UTF-8 (docs/cli.md, The control socket).
 * @module
 */
import type { Socket } from 'node:net'
import { errorTable, PoolError } from '../core/errors.ts'
import type { MemberCommand } from '../core/member/commands.ts'
import type { ExportRequest } from '../core/member/whole-key.ts'

/** Longest request, in bytes: a command is a few words. */
export const MAX_REQUEST = 4 * 1024
/** Longest line that a signer says, in bytes. */
export const MAX_REPLY = 64 * 1024

/** This member's part in an export (core/member/whole-key.ts). `out` is the absolute path that the recipient's key is written to. */
export interface ExportCommand extends ExportRequest {
  readonly kind: 'export'
  readonly out?: string
}

/** What can be asked: what a member does itself (core/member/commands.ts), and what its process does with a file. */
export type ControlCommand = MemberCommand | ExportCommand

/** From the client. Requests on one connection may overlap; `id` tells their answers apart. */
export interface ControlRequest {
  readonly id: number
  readonly command: ControlCommand
}

/** How far a ceremony of this member is: round as the protocol names it, and the seats that are awaited. */
export interface ControlProgress {
  readonly kind: string
  readonly round: string
  readonly missing: readonly number[]
}

/** From the signer. `id` is null when the request had none that could be read. */
export type ControlReply =
  | { readonly id: number; readonly progress: ControlProgress }
  | ({ readonly id: number; readonly ok: true } & Readonly<Record<string, unknown>>)
  | ({ readonly id: number | null; readonly ok: false } & ReturnType<PoolError['toJSON']>)

/** Path of the socket; `vault` is the real path, without links. */
export const socketPath = (vault: string): string => `${vault}.sock`

/** Longest path that a socket can have on Linux (108 bytes) and macOS (104), with its end mark. */
export const MAX_SOCKET_PATH = 103

const SIMPLE: readonly MemberCommand['kind'][] = ['key', 'refresh', 'destroy']
const MAX_SEAT = 0xffff
const isSeat = (value: unknown): value is number => typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_SEAT

/** An export that has the form of one, or undefined. */
function exportCommand({ recipient, signers, word, out }: Partial<Record<keyof ExportCommand, unknown>>): ExportCommand | undefined {
  if (!isSeat(recipient) || !Array.isArray(signers) || signers.length > 16 || !signers.every(isSeat)) return undefined
  if (typeof word !== 'string' || (out !== undefined && typeof out !== 'string')) return undefined
  return { kind: 'export', recipient, signers, word, ...(out === undefined ? {} : { out }) }
}

/** A request, or the id and what is wrong with it. */
export function parseRequest(line: string): ControlRequest | { readonly id: number | null; readonly error: PoolError } {
  const wrong = (problem: string, id: number | null = null) => ({ id, error: new PoolError('control-request', { problem }) })
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return wrong('not JSON')
  }
  if (typeof value !== 'object' || value === null) return wrong('not an object')
  const { id, command } = value as { id?: unknown; command?: unknown }
  if (typeof id !== 'number' || !Number.isSafeInteger(id) || id < 0) return wrong('id is no integer from 0')
  if (typeof command !== 'object' || command === null) return wrong('no command', id)
  const { kind } = command as { kind?: unknown }
  if (kind === 'export') {
    const request = exportCommand(command)
    return request === undefined ? wrong('malformed export', id) : { id, command: request }
  }
  const known = SIMPLE.find(one => one === kind)
  if (known === undefined) return wrong(`unknown command; known are ${SIMPLE.join(', ')}, export`, id)
  return { id, command: { kind: known } }
}

/** The error of a reply, as it was in the signer. */
export function replyError(reply: ReturnType<PoolError['toJSON']>): PoolError {
  if (!(reply.code in errorTable)) return new PoolError('internal', { code: reply.code, reason: reply.message })
  return new PoolError(reply.code, reply.context, { culprits: reply.culprits })
}

/** Calls `onLine` for each whole line that arrives, and `onTooLong` once for a line that does not end in time; then nothing more is read. */
export function readLines(socket: Socket, limit: number, onLine: (line: string) => void, onTooLong: () => void): void {
  let held: Buffer = Buffer.alloc(0)
  let refused = false
  socket.on('data', (part: Buffer) => {
    if (refused) return
    held = held.length === 0 ? part : Buffer.concat([held, part])
    for (let end = held.indexOf(0x0a); end !== -1; end = held.indexOf(0x0a)) {
      if (end > limit) break
      const line = held.toString('utf8', 0, end)
      held = held.subarray(end + 1)
      onLine(line)
    }
    const end = held.indexOf(0x0a)
    if ((end === -1 ? held.length : end) <= limit) return
    refused = true
    held = Buffer.alloc(0)
    onTooLong()
  })
}
