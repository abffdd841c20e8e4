/**
 * The control socket of a running signer: how `sequorum key` asks it for what only it can do. A Unix socket beside the vault, owner-only, in the vault's
 * own folder; whoever can use it can read the vault too. There is none on Windows.
 * @module
 */
import { chmodSync, realpathSync, unlinkSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { asPoolError, PoolError } from '../core/errors.ts'
import type { Log } from '../core/member/ports.ts'
import {
  type ControlCommand,
  type ControlProgress,
  type ControlReply,
  MAX_REQUEST,
  MAX_SOCKET_PATH,
  parseRequest,
  readLines,
  socketPath,
} from './control-protocol.ts'

/** Connections at a time; one operator needs one or two. */
const MAX_CONNECTIONS = 8
/** Unanswered requests of one connection. */
const MAX_OPEN = 4

export interface ControlOptions {
  /** Path of the vault, whose lock the caller's member holds. */
  readonly vault: string
  perform(command: ControlCommand): Promise<Record<string, unknown>>
  readonly log?: Log | undefined
}

export interface Control {
  readonly path: string
  /** Tells every client whose request is open how far the ceremony is; undefined when there is none. The same news is told once. */
  progress(ceremony: ControlProgress | undefined): void
  /** Ends all connections and removes the socket. */
  close(): Promise<void>
}

/** An open connection and how many of its requests are unanswered. */
interface Client {
  readonly socket: Socket
  readonly open: Set<number>
}

const listening = (server: Server, path: string): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, () => {
      server.off('error', reject)
      resolve()
    })
  })

/** True when a process answers at the socket; false when it was left behind by one that died. */
const isAlive = (path: string): Promise<boolean> =>
  new Promise((resolve, reject) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED' || error.code === 'ENOENT') resolve(false)
      else reject(error)
    })
  })

/**
 * Listens beside the vault. A socket that a dead signer left is replaced; one that somebody answers at is not.
 * @throws {PoolError} `control-socket`
 */
export async function startControl({ vault, perform, log = () => {} }: ControlOptions): Promise<Control> {
  const path = socketPath(realpathSync(vault))
  const failed = (problem: string, cause?: unknown): PoolError => new PoolError('control-socket', { socket: path, problem }, { cause })
  if (process.platform === 'win32') throw failed('there is none on Windows')
  if (Buffer.byteLength(path) > MAX_SOCKET_PATH) throw failed(`its path is longer than ${MAX_SOCKET_PATH} bytes`)
  const clients = new Set<Client>()
  let newest: string | undefined

  const send = ({ socket }: Client, reply: ControlReply): void => {
    if (socket.writable) socket.write(`${JSON.stringify(reply)}\n`)
  }

  async function answer(client: Client, line: string): Promise<void> {
    const request = parseRequest(line)
    if ('error' in request) return send(client, { id: request.id, ok: false, ...request.error.toJSON() })
    const { id, command } = request
    if (client.open.size >= MAX_OPEN || client.open.has(id)) {
      const problem = client.open.has(id) ? 'a request with this id is open' : `more than ${MAX_OPEN} requests are open`
      return send(client, { id, ok: false, ...new PoolError('control-request', { problem }).toJSON() })
    }
    client.open.add(id)
    log('info', 'control.command', { command: command.kind })
    try {
      const facts = await perform(command)
      client.open.delete(id)
      send(client, { ...facts, id, ok: true })
    } catch (error) {
      client.open.delete(id)
      send(client, { id, ok: false, ...asPoolError(error).toJSON() })
    }
  }

  const server = createServer(socket => {
    const client: Client = { socket, open: new Set() }
    clients.add(client)
    socket.on('close', () => clients.delete(client))
    // A client that goes away without a word is no fault of the signer.
    socket.on('error', () => socket.destroy())
    readLines(
      socket,
      MAX_REQUEST,
      line => void answer(client, line),
      () => {
        send(client, { id: null, ok: false, ...new PoolError('control-request', { problem: `a line is longer than ${MAX_REQUEST} bytes` }).toJSON() })
        socket.end()
      },
    )
  })
  server.maxConnections = MAX_CONNECTIONS

  try {
    await listening(server, path).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EADDRINUSE') throw error
      if (await isAlive(path)) throw failed('another process answers there')
      unlinkSync(path)
      await listening(server, path)
    })
    // The folder is owner-only already (the vault asks for it): nobody else came between.
    chmodSync(path, 0o600)
  } catch (cause) {
    server.close()
    if (cause instanceof PoolError) throw cause
    throw failed((cause as NodeJS.ErrnoException).code ?? 'unknown', cause)
  }
  server.on('error', error => log('warn', 'control.failed', { reason: error.message }))

  return {
    path,
    progress(ceremony) {
      const now = ceremony === undefined ? undefined : JSON.stringify(ceremony)
      if (now === newest) return
      newest = now
      if (ceremony === undefined) return
      const { kind, round, missing } = ceremony
      for (const client of clients) for (const id of client.open) send(client, { id, progress: { kind, round, missing } })
    },
    async close() {
      const closed = new Promise<void>(resolve => server.close(() => resolve()))
      for (const { socket } of clients) socket.end()
      for (const { socket } of clients) socket.destroySoon()
      await closed
    },
  }
}
