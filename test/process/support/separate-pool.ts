/**
 * A pool as operators run it: an Ethereum node, a relay and one process for each member, made with `pool invite` and `pool init`.
 * @module
 */
import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Hex, keccak256 } from 'viem'
import { expect } from 'vitest'
import type { MemberReport } from '../../../core/envelope/wire.ts'
import type { MemberEvent } from '../../../core/member/events.ts'
import { type Pool, parsePool } from '../../../core/proposal/pool.ts'
import { type ChainStart, chainFaults, type DerivedBlock, deriveBlocks } from './derive.ts'
import { folder } from './folder.ts'
import { type Node, type Posted, sendEther, startNode, transactionsFrom } from './l1.ts'
import { type Program, sequorum, sequorumToEnd } from './program.ts'
import { createTraffic, type Traffic } from './traffic.ts'
import { type Patience, until } from './until.ts'

export const POOL_INBOX = '0xff00000000000000000000000000000000054321'
export const L2_CHAIN = 4_242

/** What these tests read of `/api/status` and `/api/events`. */
export interface Status {
  readonly account?: Hex
  readonly members: readonly { readonly seat: number; readonly online: boolean; readonly report?: MemberReport }[]
  readonly turn?: { readonly height: number; readonly round: number; readonly proposer: number; readonly order: readonly number[] }
  readonly batches: readonly {
    readonly height: number
    readonly state: string
    readonly txHash: Hex
    readonly round?: number
    readonly proposer?: number
    readonly signers?: readonly number[]
  }[]
  readonly totals: { readonly batches: number; readonly l2Transactions: number }
  readonly intake: { readonly transactions: number }
}

type EventOf<K extends MemberEvent['kind']> = Extract<MemberEvent, { kind: K }> & { readonly seat: number }

export interface LogLine {
  readonly event: string
  readonly level: string
  readonly seat?: number
  readonly ceremony?: string
  readonly height?: number
  readonly round?: number
}

export interface SeparatePool {
  readonly dir: string
  readonly node: Node
  readonly pool: Pool
  readonly seats: readonly number[]
  /** `http://127.0.0.1:PORT`, the same after each start. */
  readonly url: string
  readonly account: Hex
  readonly traffic: Traffic
  /** The one that runs, or ran last. */
  relay(): Program
  signer(seat: number): Program
  /** Every relay and signer that was ever started. */
  readonly programs: readonly Program[]
  readonly relayFolder: string
  vault(seat: number): { readonly path: string; readonly passphrase: string; readonly guard: string }
  startRelay(): Promise<Program>
  /** With more options of `signer`, if wanted. */
  startSigner(seat: number, more?: readonly string[]): Promise<Program>
  status(): Promise<Status>
  /** What members have said on standard output, all of their processes together. */
  events<K extends MemberEvent['kind']>(kind: K): EventOf<K>[]
  /** What members have logged. */
  logs(event: string): LogLine[]
  /** Waits until this many heights are on L1 as the members see it. */
  landed(heights: number, patience?: Patience): Promise<void>
  posted(): Promise<Posted[]>
}

export interface SeparatePoolOptions {
  readonly members: number
  readonly threshold: number
  readonly seed: string
  /** More options of `pool init`. */
  readonly init?: readonly string[]
}

/** Runs a command that has to succeed and gives the JSON of its last line. */
export async function ask<T>(...args: readonly string[]): Promise<T> {
  const program = await sequorumToEnd([...args, '--json'])
  expect(program.ending, `${program.stdout}\n${program.stderr}`).toEqual({ code: 0, signal: null })
  return JSON.parse(program.lines().at(-1) ?? '') as T
}

/** Sets everything up, through key generation and funding. */
export async function separatePool({ members, threshold, seed, init = [] }: SeparatePoolOptions): Promise<SeparatePool> {
  const dir = folder()
  const seats = Array.from({ length: members }, (_, i) => i + 1)
  const passphrase = (seat: number): string => join(dir, `passphrase-${seat}`)
  const vaultPath = (seat: number): string => join(dir, `operator-${seat}`, 'vault')
  for (const seat of seats) writeFileSync(passphrase(seat), `${randomBytes(18).toString('base64url')}\n`, { mode: 0o600 })
  const invited = seats.map(seat =>
    ask(
      'pool',
      'invite',
      '--vault',
      vaultPath(seat),
      '--passphrase-file',
      passphrase(seat),
      '--name',
      `operator ${seat}`,
      '--out',
      join(dir, `${seat}.json`),
    ),
  )
  const [node] = await Promise.all([startNode(['--block-time', '1', '--slots-in-an-epoch', '2']), ...invited])
  const poolFile = join(dir, 'pool.json')
  const genesisTime = Math.floor(Date.now() / 1000) + 5
  const { ok } = await ask<{ ok: boolean }>(
    ...['pool', 'init', '--l1', node.url, '--inbox', POOL_INBOX, '--l2-chain-id', String(L2_CHAIN), '--out', poolFile],
    ...['--threshold', String(threshold), '--confirmations', '1', '--block-time', '1', '--genesis-time', String(genesisTime)],
    ...['--round-zero', '2500ms', '--round-step', '500ms', '--max-batch-delay', '1500ms'],
    ...seats.flatMap(seat => ['--member', join(dir, `${seat}.json`)]),
    ...init,
  )
  expect(ok).toBe(true)
  const pool = parsePool(JSON.parse(readFileSync(poolFile, 'utf8')))

  const relayFolder = join(dir, 'relay')
  const programs: Program[] = []
  const signers = new Map<number, Program>()
  let relay: Program | undefined
  let url = ''
  let memberUrl = ''

  async function startRelay(): Promise<Program> {
    const port = url === '' ? '0' : new URL(url).port
    const args = ['--pool', poolFile, '--l1', node.url, '--data', relayFolder, '--port', port]
    const program = sequorum(['relay', ...args, '--log-level', 'debug', '--json'], { name: `relay ${programs.length}` })
    programs.push(program)
    relay = program
    const listening = await program.until('that it listens', () => program.objects<{ event: string; url: string; memberUrl: string }>()[0])
    expect(listening).toMatchObject({ ok: true, event: 'listening' })
    url = listening.url
    memberUrl = listening.memberUrl
    return program
  }

  async function startSigner(seat: number, more: readonly string[] = []): Promise<Program> {
    const args = ['--relay', memberUrl, '--pool', poolFile, '--vault', vaultPath(seat), '--passphrase-file', passphrase(seat), '--l1', node.url]
    const program = sequorum(['signer', ...args, ...more, '--log-level', 'debug', '--json'], { name: `signer ${seat}` })
    programs.push(program)
    signers.set(seat, program)
    const started = await program.until('that it has started', () =>
      program.objects<{ event?: string; seat: number }>().find(({ event }) => event === 'started'),
    )
    expect(started.seat).toBe(seat)
    return program
  }

  const signer = (seat: number): Program => signers.get(seat) as Program
  const ofSigners = (): Program[] => programs.filter(({ name }) => name.startsWith('signer'))
  const events = <K extends MemberEvent['kind']>(kind: K): EventOf<K>[] =>
    ofSigners().flatMap(program => program.objects<EventOf<K>>().filter(event => event.kind === kind))
  const complain = (): string => [...signers.values(), relay].map(program => `── ${program?.name} ──\n${program?.stderr.slice(-3_000)}`).join('\n')

  await startRelay()
  await Promise.all(seats.map(seat => startSigner(seat)))
  const account = await until(
    'key generation',
    () => (new Set(events('key').map(({ seat }) => seat)).size === members ? events('key')[0]?.account : undefined),
    {
      within: 60_000 + 10_000 * members * (members - 1),
      instead: complain,
    },
  )
  expect(new Set(events('key').map(event => `${event.account} ${event.keyId}`)).size).toBe(1)
  await sendEther(node, account, '5')

  return {
    dir,
    node,
    pool,
    seats,
    url,
    account,
    traffic: createTraffic(`${url}/rpc`, L2_CHAIN, seed),
    relay: () => relay as Program,
    signer,
    programs,
    relayFolder,
    vault: seat => ({
      path: vaultPath(seat),
      passphrase: readFileSync(passphrase(seat), 'utf8').trim(),
      guard: join(dir, `operator-${seat}`, 'guard.db'),
    }),
    startRelay,
    startSigner,
    status: async () => (await (await fetch(`${url}/api/status`, { signal: AbortSignal.timeout(5_000) })).json()) as Status,
    events,
    logs: event => ofSigners().flatMap(program => program.objects<LogLine>('stderr').filter(line => line.event === event)),
    async landed(heights, patience = {}) {
      await until(`batch ${heights - 1} on L1`, () => events('batch').some(({ height }) => height >= heights - 1), {
        within: 90_000,
        instead: complain,
        ...patience,
      })
    },
    posted: () => transactionsFrom(node, account),
  }
}

/** Everything submitted is on L1 once and in order, in consecutive heights of one chain. Gives the blocks and the transactions they came in. */
export async function checkChain(pool: SeparatePool): Promise<{ posted: Posted[]; blocks: DerivedBlock[] }> {
  const posted = await pool.posted()
  expect(posted.map(({ transaction }) => transaction.nonce)).toEqual(posted.map((_, height) => height))
  expect(posted.every(({ transaction, succeeded }) => succeeded && transaction.to === POOL_INBOX && transaction.value === 0n)).toBe(true)
  const blocks = posted.flatMap(({ transaction }) => deriveBlocks(transaction.input))
  expect(chainFaults(pool.pool as unknown as ChainStart, blocks)).toEqual([])
  const landed = blocks.flatMap(({ transactions }) => transactions.map(raw => keccak256(raw)))
  expect(landed).toEqual(pool.traffic.sent.map(({ hash }) => hash))
  return { posted, blocks }
}
