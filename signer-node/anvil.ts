/**
 * An Ethereum node for demo and tests: anvil on 127.0.0.1, with its chain kept in a folder.
 *
 * What survives a restart: blocks, transactions, receipts, balances, nonces, contract state as of the newest block. What does not: transactions that
 * were not mined, state as of older blocks (eth_call, eth_getBalance at a past block), and the fee history before the restart. After a kill of anvil
 * itself (SIGKILL, power) the blocks of the last `--state-interval` are lost too, which readers see as a reorg; a kill of this process loses nothing,
 * because a watcher then ends anvil in order.
 * @module
 */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { type AddressInfo, createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { PoolError } from '../core/errors.ts'
import { findAnvil } from './anvil-binary.ts'
import { claimState } from './anvil-state.ts'

export interface AnvilOptions {
  /** Folder that keeps the chain; without it the chain ends with the process. */
  readonly dataDir?: string | undefined
  /** Default: any free port. */
  readonly port?: number | undefined
  /** Seconds between blocks; 0 mines each transaction at once. Default 2. */
  readonly blockTime?: number | undefined
  /** `finalized` is two of these epochs behind the head. Default 2. */
  readonly slotsInAnEpoch?: number | undefined
  /** Default 31337. */
  readonly chainId?: number | undefined
  /** Origin of a page that may talk to it, `*` for any; none by default. */
  readonly pageOrigin?: string | undefined
  /** Binary to run instead of the one that is found. */
  readonly binary?: string | undefined
  /** Called when anvil ends without `close`. */
  readonly onExit?: ((error: PoolError) => void) | undefined
}

export interface Anvil {
  /** `http://127.0.0.1:PORT` */
  readonly url: string
  readonly port: number
  readonly pid: number
  /** Ends it in order; resolves when its state is on the disk. */
  close(): Promise<void>
}

/** Seconds between writes of the state file. */
const STATE_INTERVAL = 2
/** Past states in memory, for eth_call at recent blocks; older ones would be spilled to the home folder. */
const KEPT_STATES = 64
/** ms until it answers: loading a long chain takes seconds. */
const START_DEADLINE = 30_000
/** ms from SIGTERM to SIGKILL. */
const STOP_DEADLINE = 15_000

/**
 * The shell becomes anvil (`exec`), after it has left a watcher on its standard input: when this process dies the pipe closes, and the watcher ends
 * anvil. `done` tells the watcher that anvil has ended already.
 */
const WATCHED = 'exec 3<&0; (read -r word <&3; [ "$word" = done ] || kill -TERM $$) & exec "$@" 3<&- </dev/null'

/**
 * Starts anvil and waits until it answers.
 * @throws {PoolError} `no-anvil`, `anvil-state`, `anvil-failed`.
 */
export async function startAnvil(options: AnvilOptions = {}): Promise<Anvil> {
  const { dataDir, blockTime = 2, slotsInAnEpoch = 2, chainId = 31_337, onExit } = options
  const binary = options.binary ?? findAnvil()
  const claim = dataDir === undefined ? undefined : await claimState(dataDir)
  const port = await freePort(options.port ?? 0).catch((cause: NodeJS.ErrnoException) => {
    claim?.release()
    throw new PoolError('anvil-failed', { port: options.port, problem: `the port cannot be used (${cause.code})` })
  })
  const args = ['--host', '127.0.0.1', '--port', String(port), '--chain-id', String(chainId), '--slots-in-an-epoch', String(slotsInAnEpoch)]
  args.push('--prune-history', String(KEPT_STATES), '--quiet')
  args.push(...(options.pageOrigin === undefined ? ['--no-cors'] : ['--allow-origin', options.pageOrigin]))
  if (blockTime > 0) args.push('--block-time', String(blockTime))
  if (claim !== undefined) args.push('--state', claim.file, '--state-interval', String(STATE_INTERVAL))

  const child = launch(binary, args)
  const pid = child.pid
  const ended = exitOf(child)
  if (pid === undefined) {
    claim?.release()
    throw new PoolError('anvil-failed', { binary, problem: await ended })
  }
  claim?.heldBy(pid)
  const url = `http://127.0.0.1:${port}`
  let closing = false
  void ended.then(problem => {
    claim?.release()
    if (!closing) onExit?.(new PoolError('anvil-failed', { problem }))
  })
  async function close(): Promise<void> {
    closing = true
    child.kill('SIGTERM')
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_DEADLINE)
    await ended
    clearTimeout(timer)
  }

  const early = await Promise.race([ended, answers(url, chainId)])
  if (early !== 'answers') {
    await close()
    throw new PoolError('anvil-failed', { binary, port, problem: early })
  }
  return { url, port, pid, close }
}

function launch(binary: string, args: readonly string[]): ChildProcess {
  const windows = process.platform === 'win32'
  // A session of its own: Ctrl-C in the terminal is for this process, which ends anvil last.
  const options: SpawnOptions = { stdio: ['pipe', 'ignore', 'pipe'], detached: !windows }
  return windows ? spawn(binary, args, options) : spawn('/bin/sh', ['-c', WATCHED, 'sh', binary, ...args], options)
}

/** Resolves when the process has ended, with its last words. */
function exitOf(child: ChildProcess): Promise<string> {
  let words = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    words = (words + chunk.toString()).slice(-500)
  })
  child.stdin?.on('error', () => {})
  return new Promise(resolve => {
    child.once('error', error => resolve(error.message))
    child.once('exit', (code, signal) => {
      child.stdin?.end('done\n')
      child.stderr?.destroy()
      resolve(words.trim() || `ended with ${signal ?? `code ${code}`}`)
    })
  })
}

/** Resolves with `answers`, or with what is wrong when the deadline has passed. */
async function answers(url: string, chainId: number): Promise<string> {
  const deadline = Date.now() + START_DEADLINE
  while (Date.now() < deadline) {
    const got = await chainIdAt(url)
    if (got === chainId) return 'answers'
    if (got !== undefined) return `another node with chain id ${got} uses the port`
    await sleep(20)
  }
  return `no answer within ${START_DEADLINE / 1000} s`
}

async function chainIdAt(url: string): Promise<number | undefined> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]}',
      signal: AbortSignal.timeout(2_000),
    })
    return Number(((await response.json()) as { result?: string }).result)
  } catch {
    return undefined
  }
}

/** The port, when it can be listened on; any free one for 0. */
function freePort(wanted: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(wanted, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}
