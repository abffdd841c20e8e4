/**
 * The folder of an embedded L1 chain: one anvil at a time, and a state file that loads to the same chain again.
 * @module
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { PoolError } from '../core/errors.ts'
import { replaceFile } from './private-file.ts'

export interface StateClaim {
  /** What anvil loads and writes. */
  readonly file: string
  /** Notes which process writes it. */
  heldBy(pid: number): void
  release(): void
}

/** ms that an anvil of a dead parent gets to write its state and end. */
const PATIENCE = 20_000

/**
 * Takes a folder for one anvil: waits for one that is just ending, and mends the state file.
 * @throws {PoolError} `anvil-state` when the file is not whole, or when another anvil keeps the folder.
 */
export async function claimState(dataDir: string): Promise<StateClaim> {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const file = join(dataDir, 'anvil-state.json')
  const pidFile = join(dataDir, 'anvil.pid')
  const deadline = Date.now() + PATIENCE
  for (let pid = holderOf(pidFile, file); pid !== undefined; pid = holderOf(pidFile, file)) {
    if (Date.now() > deadline) throw new PoolError('anvil-state', { file, problem: 'another anvil keeps it', pid })
    await sleep(50)
  }
  if (existsSync(file)) mend(file)
  return {
    file,
    heldBy: pid => writeFileSync(pidFile, `${pid}\n`, { mode: 0o600 }),
    release: () => rmSync(pidFile, { force: true }),
  }
}

/** The pid of a running anvil that writes `file`; a number that now belongs to another program does not count. */
function holderOf(pidFile: string, file: string): number | undefined {
  let pid: number
  try {
    pid = Number(readFileSync(pidFile, 'utf8'))
    process.kill(pid, 0)
  } catch {
    return undefined
  }
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(file) ? pid : undefined
  } catch {
    return existsSync('/proc') ? undefined : pid
  }
}

interface Dump {
  readonly blocks?: readonly { readonly header?: { readonly number?: string; readonly timestamp?: string } }[]
}

/**
 * anvil makes a new block 0 at each start, writes it beside the loaded one, and later loads either: a chain whose block 1 has another parent than
 * block 0. The oldest is the real one; the others are taken out.
 */
function mend(file: string): void {
  const wrong = (problem: string, cause?: unknown): PoolError => new PoolError('anvil-state', { file, problem }, { cause })
  let dump: Dump
  try {
    dump = JSON.parse(readFileSync(file, 'utf8')) as Dump
  } catch (cause) {
    throw wrong('is not JSON', cause)
  }
  const { blocks } = dump
  if (!Array.isArray(blocks)) throw wrong('has no blocks')
  const isGenesis = (block: (typeof blocks)[number]): boolean => Number(block?.header?.number) === 0
  const genesis = blocks.filter(isGenesis).sort((a, b) => Number(a.header?.timestamp) - Number(b.header?.timestamp))
  if (genesis.length < 2) return
  replaceFile(file, new TextEncoder().encode(JSON.stringify({ ...dump, blocks: [genesis[0], ...blocks.filter(block => !isGenesis(block))] })))
}
