/**
 * Asks the running signer of a vault over its control socket.
 * @module
 */
import { existsSync, realpathSync } from 'node:fs'
import { connect } from 'node:net'
import { PoolError } from '../core/errors.ts'
import { type ControlCommand, type ControlProgress, type ControlReply, MAX_REPLY, readLines, replyError, socketPath } from './control-protocol.ts'

/**
 * The answer to one command. Takes as long as the command does: a refresh needs all members.
 * @throws {PoolError} `signer-not-running`, `control-ended`, `control-request`, and what the member says
 */
export async function askSigner(
  vault: string,
  command: ControlCommand,
  onProgress: (progress: ControlProgress) => void = () => {},
): Promise<Record<string, unknown>> {
  if (!existsSync(vault)) throw new PoolError('vault-missing', { vault })
  const path = socketPath(realpathSync(vault))
  return new Promise((resolve, reject) => {
    const socket = connect(path)
    let connected = false
    const fail = (error: PoolError): void => {
      reject(error)
      socket.destroy()
    }
    socket.once('connect', () => {
      connected = true
      socket.write(`${JSON.stringify({ id: 1, command })}\n`)
    })
    socket.on('error', (cause: NodeJS.ErrnoException) => {
      const facts = { vault, reason: cause.code ?? cause.message }
      fail(new PoolError(connected ? 'control-ended' : 'signer-not-running', facts, { cause }))
    })
    socket.on('close', () => fail(new PoolError('control-ended', { vault })))
    const heard = (line: string): void => {
      const reply = parse(line)
      if (reply === undefined) fail(new PoolError('control-request', { problem: 'the answer is not JSON' }))
      else if ('progress' in reply) onProgress(reply.progress as ControlProgress)
      else if (!reply.ok) fail(replyError(reply))
      else {
        const { id: _, ok: __, ...facts } = reply
        resolve(facts)
        socket.end()
      }
    }
    readLines(socket, MAX_REPLY, heard, () => fail(new PoolError('control-request', { problem: 'the answer is too long' })))
  })
}

function parse(line: string): ControlReply | undefined {
  try {
    return JSON.parse(line) as ControlReply
  } catch {
    return undefined
  }
}

/** The answer, or undefined when no signer runs. Errors as {@link askSigner}. */
export async function askIfRunning(vault: string, command: ControlCommand): Promise<Record<string, unknown> | undefined> {
  try {
    return await askSigner(vault, command)
  } catch (error) {
    if (error instanceof PoolError && error.code === 'signer-not-running') return undefined
    throw error
  }
}
