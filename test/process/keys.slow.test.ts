/**
 * docs/operations.md, run as it stands: the blocks that it marks are taken out of the document and given to a shell, for operators with homes of their own.
 */
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { generatePrivateKey, privateKeyToAddress } from 'viem/accounts'
import { afterEach, expect, it } from 'vitest'
import type { MemberEvent } from '../../core/member/events.ts'
import { folder, removeFolders } from './support/folder.ts'
import { type Node, sendEther, startNode, transactionsFrom } from './support/l1.ts'
import { endAll, MAIN, type Program, run } from './support/program.ts'
import { createTraffic, type Traffic } from './support/traffic.ts'
import { until } from './support/until.ts'

afterEach(async () => {
  await endAll()
  removeFolders()
})

const INBOX = '0xff00000000000000000000000000000000054321'
const L2_CHAIN = 4_242

/** The marked blocks of the runbook, by name. */
const blocks = new Map(
  [...readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8').matchAll(/<!-- runbook: ([a-z ]+) -->\n```sh\n([\s\S]*?)```/g)].map(
    ([, name, text]) => [name as string, text as string],
  ),
)
const done = new Set<string>()

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer().once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })

/** A machine: a home folder, and a shell in which `sequorum` is the compiled program. */
class Machine {
  readonly home: string
  readonly #env: Readonly<Record<string, string>>

  constructor(root: string, name: string, env: Readonly<Record<string, string>>) {
    this.home = join(root, name)
    mkdirSync(join(this.home, 'stick'), { recursive: true, mode: 0o700 })
    const bin = join(root, 'bin')
    mkdirSync(bin, { recursive: true })
    const program = join(bin, 'sequorum')
    if (!existsSync(program)) {
      writeFileSync(program, `#!/bin/sh\nexec ${JSON.stringify(process.execPath)} ${JSON.stringify(MAIN)} "$@"\n`)
      chmodSync(program, 0o755)
    }
    this.#env = { ...env, NAME: name, HOME: this.home, PATH: `${bin}:${process.env.PATH ?? ''}` }
  }

  /** Starts a block; commands of one line are the shell's own process. */
  start(name: string, env: Readonly<Record<string, string>> = {}): Program {
    const text = blocks.get(name)
    if (text === undefined) throw new Error(`docs/operations.md has no block "${name}"`)
    done.add(name)
    const lines = text.trim().split('\n')
    const script = lines.length === 1 ? `exec ${text}` : text
    return run('bash', ['-euo', 'pipefail', '-c', script], { name: `${name} of ${this.#env.NAME}`, env: { ...this.#env, ...env }, cwd: this.home })
  }

  /** Runs a block to its end; it has to succeed. */
  async run(name: string, env: Readonly<Record<string, string>> = {}, within = 90_000): Promise<string> {
    const program = this.start(name, env)
    await program.end(within)
    expect(program.ending, `${name}:\n${program.stdout}\n${program.stderr}`).toEqual({ code: 0, signal: null })
    return program.stdout
  }

  /** Public facts of the key, from the running signer. */
  async key(): Promise<Record<string, unknown>> {
    const program = run('sequorum', ['key', 'show', '--vault', join(this.home, 'sequorum', 'vault'), '--json'], { env: this.#env })
    await program.end()
    return JSON.parse(program.lines().at(-1) ?? '{}') as Record<string, unknown>
  }
}

/** Signers print events as JSON for the test to read; people leave that out. */
const AS_JSON = { SEQUORUM_JSON: '1', SEQUORUM_LOG_LEVEL: 'debug' }

type Said = { [K in MemberEvent['kind']]: Extract<MemberEvent, { kind: K }> & { seat: number } }
const said = <K extends MemberEvent['kind']>(kind: K, ...programs: Program[]): Said[K][] =>
  programs.flatMap(program => program.objects<Said[K]>().filter(event => event.kind === kind))

interface Running {
  readonly root: string
  readonly node: Node
  readonly common: Readonly<Record<string, string>>
  readonly machines: readonly [Machine, Machine, Machine]
  /** All that were started; the first three are those of the machines. */
  readonly signers: Program[]
  readonly account: `0x${string}`
  readonly traffic: Traffic
  complain(): string
  /** The newest height on L1, as this signer sees it. */
  height(watcher: Program): number
  /** Sends transactions until so many more batches are on L1. */
  landMore(count: number, watcher: Program): Promise<void>
}

/** The first chapter. */
async function startPool(oldKey?: string): Promise<Running> {
  const root = folder()
  const node = await startNode(['--block-time', '1', '--slots-in-an-epoch', '2'])
  const port = String(await freePort())
  const common = { L1: node.url, INBOX, L2_CHAIN_ID: String(L2_CHAIN), PORT: port, RELAY: `ws://127.0.0.1:${port}/relay` }
  const names = ['one', 'two', 'three'] as const
  const machines = names.map(name => new Machine(root, name, common)) as [Machine, Machine, Machine]
  const [one, two, three] = machines
  await Promise.all(machines.map(machine => machine.run('invite')))
  for (const [i, machine] of machines.entries()) cpSync(join(machine.home, 'invite.json'), join(one.home, `${names[i]}.json`))
  const quick = {
    SEQUORUM_CONFIRMATIONS: '1',
    SEQUORUM_BLOCK_TIME: '1',
    SEQUORUM_GENESIS_TIME: String(Math.floor(Date.now() / 1000) + 5),
    SEQUORUM_ROUND_ZERO: '2500ms',
    SEQUORUM_ROUND_STEP: '500ms',
    SEQUORUM_MAX_BATCH_DELAY: '1500ms',
  }
  expect(await one.run('pool', quick)).toContain('2 of 3 shares make a signature')
  for (const machine of [two, three]) cpSync(join(one.home, 'pool.json'), join(machine.home, 'pool.json'))
  await listening(one.start('relay', AS_JSON))
  if (oldKey !== undefined) {
    writeFileSync(join(two.home, 'old-key'), `${oldKey}\n`, { mode: 0o600 })
    expect(await two.run('import')).toContain('seat 2')
    for (const machine of [one, three]) cpSync(join(two.home, 'key-offer.json'), join(machine.home, 'key-offer.json'))
  }
  const blockOf = (machine: Machine): string => (oldKey === undefined ? 'signer' : machine === two ? 'importer' : 'import signer')
  const signers = machines.map(machine => machine.start(blockOf(machine), AS_JSON))
  const complain = (): string =>
    signers.map(program => `── ${program.name} ──\n${program.stdout.slice(-1_000)}\n${program.stderr.slice(-3_000)}`).join('\n')
  const account = await until('key generation', () => (said('key', ...signers).length === 3 ? said('key', ...signers)[0]?.account : undefined), {
    within: 120_000,
    instead: complain,
  })
  expect(await three.run('account')).toContain(`account     ${account}`)
  await sendEther(node, account, '5')
  const traffic = createTraffic(`http://127.0.0.1:${port}/rpc`, L2_CHAIN, 'runbook')
  const height = (watcher: Program): number => Math.max(-1, ...said('batch', watcher).map(event => event.height))
  return {
    ...{ root, node, common, machines, signers, account, traffic, complain, height },
    async landMore(count, watcher) {
      const goal = height(watcher) + count
      while (height(watcher) < goal) {
        const before = height(watcher)
        await traffic.submit(1)
        await until(`a batch after ${before}`, () => height(watcher) > before, { within: 120_000, instead: complain })
      }
    },
  }
}

const listening = (relay: Program): Promise<unknown> =>
  relay.until('that it listens', () => relay.objects<{ event: string }>().find(({ event }) => event === 'listening'))

/** Every batch is on L1 once and in order, by one account. */
async function checkPosted({ node, account }: Running): Promise<number> {
  const posted = await transactionsFrom(node, account)
  expect(posted.map(({ transaction }) => transaction.nonce)).toEqual(posted.map((_, nonce) => nonce))
  expect(posted.every(({ succeeded }) => succeeded)).toBe(true)
  return posted.length
}

it('the runbook: start a pool, back up, lose a vault, restore, refresh, sign, destroy', async () => {
  const pool = await startPool()
  const { root, common, machines, signers, account, complain, landMore, height } = pool
  const [one, , three] = machines
  const [first, second, third] = signers as [Program, Program, Program]
  await landMore(2, first)

  // Back up while the signer runs.
  expect(await three.run('backup')).toContain('test-decrypted')
  const before = await three.key()
  expect(before).toMatchObject({ ok: true, account, epochNo: 0, restored: false })

  // The machine is gone; only the stick is left.
  third.kill('SIGKILL')
  await third.end()
  const replacement = new Machine(root, 'three again', common)
  cpSync(join(three.home, 'stick'), join(replacement.home, 'stick'), { recursive: true })
  rmSync(three.home, { recursive: true })
  await landMore(1, first)

  // Restore, refresh, sign.
  expect(await replacement.run('restore')).toContain('restored: signs after a refresh')
  expect(readFileSync(join(replacement.home, 'pool.json'), 'utf8')).toBe(readFileSync(join(one.home, 'pool.json'), 'utf8'))
  const back = replacement.start('signer again', AS_JSON)
  signers.push(back)
  expect(await replacement.run('refreshed', {}, 180_000)).toContain('generation  1')
  const history = back.objects<MemberEvent>().filter(event => event.kind === 'refreshed' || (event.kind === 'signed' && event.signers.includes(3)))
  expect(history[0], 'nothing is signed before the refresh').toMatchObject({ kind: 'refreshed', epochNo: 1 })
  const after = await replacement.key()
  expect(after).toMatchObject({ account, keyId: before.keyId, epochNo: 1, restored: false })
  expect(after.epoch).not.toBe(before.epoch)
  // The height at hand and the next one pass without it; then one of the two others is away, so that it has to sign.
  await landMore(3, first)
  second.kill('SIGSTOP')
  const alone = height(first)
  await landMore(2, first)
  expect(
    said('signed', back).some(event => event.height > alone && event.signers.includes(3)),
    back.stderr.slice(-3_000),
  ).toBe(true)
  second.kill('SIGCONT')
  await until('seat 2 to be back', () => height(second) >= height(first), { within: 120_000, instead: complain })

  // By hand, asked by another operator; the progress names every seat.
  const refreshing = one.start('refresh')
  await refreshing.end(180_000)
  expect(refreshing.ending, `${refreshing.stdout}\n${refreshing.stderr}`).toEqual({ code: 0, signal: null })
  expect(refreshing.stdout).toContain('generation  1 -> 2')
  expect(refreshing.lines('stderr').filter(line => /^refresh \S+ +1 […✓] {2}2 […✓] {2}3 […✓]$/.test(line)).length).toBeGreaterThan(3)
  await landMore(2, first)

  // A share is given up; the two others sign on, and know.
  expect(await replacement.run('destroy')).toContain('destroyed   generation 2')
  await until('the statement at seat 1', async () => ((await one.key()).erased as number[] | undefined)?.includes(3), { instead: complain })
  await landMore(1, first)

  await checkPosted(pool)
}, 900_000)

it('the runbook: a device is lost, and its seat goes to another one', async () => {
  const pool = await startPool()
  const { root, node, common, machines, signers, account, complain, landMore, height } = pool
  const [one, two] = machines
  const [first, second, third] = signers as [Program, Program, Program]
  await landMore(2, first)
  third.kill('SIGKILL')
  await third.end()

  // The new device, and the next pool.
  const port = String(await freePort())
  const next = { PORT: port, RELAY: `ws://127.0.0.1:${port}/relay` }
  const fresh = new Machine(root, 'three anew', common)
  await fresh.run('invite')
  cpSync(join(fresh.home, 'invite.json'), join(one.home, 'new-three.json'))
  expect(await one.run('reshare', next)).toContain(`parent      account ${account}`)
  cpSync(join(one.home, 'next.json'), join(two.home, 'next.json'))
  cpSync(join(one.home, 'next.json'), join(fresh.home, 'pool.json'))
  await listening(one.start('next relay', { ...AS_JSON, ...next }))
  const joined = fresh.start('signer', AS_JSON)
  signers.push(joined)
  for (const program of [first, second]) program.kill('SIGTERM')
  for (const program of [first, second]) expect(await program.end()).toEqual({ code: 0, signal: null })
  const both = [one.start('next', AS_JSON), two.start('next', AS_JSON)] as const
  signers.push(...both)

  // The old pool signs until the new one does; the account stays.
  await until('the key in the new pool', () => said('key', joined)[0]?.account === account, { within: 180_000, instead: complain })
  await until('a batch that the new member signed', () => said('signed', joined).some(event => event.signers.includes(3)), {
    within: 180_000,
    instead: complain,
  })
  const erased = (program: Program): boolean => program.objects<{ event: string }>('stderr').some(({ event }) => event === 'takeover.parent-erased')
  await until('that the old shares are erased', () => both.every(erased), { within: 180_000, instead: complain })

  // From now on what is asked of the key is about the new share.
  expect(await one.key()).toMatchObject({ ok: true, source: 'signer', account, members: [1, 2, 3], epochNo: 1 })

  // The old signers are not needed any more.
  for (const program of both) program.kill('SIGTERM')
  for (const program of both) expect(await program.end()).toEqual({ code: 0, signal: null })
  const alone = one.start('afterwards', AS_JSON)
  signers.push(alone)
  const traffic = createTraffic(`http://127.0.0.1:${port}/rpc`, L2_CHAIN, 'after the hand-over')
  await traffic.submit(2)
  const before = height(joined)
  await until('batches of the new pool alone', () => height(joined) > before + 2, { within: 180_000, instead: complain })
  expect(await transactionsFrom(node, account).then(posted => posted.length)).toBeGreaterThan(before)
  await checkPosted(pool)
}, 900_000)

it('the runbook: a key that exists is brought in, and taken out again', async () => {
  const oldKey = generatePrivateKey()
  const pool = await startPool(oldKey)
  const { machines, account, landMore } = pool
  expect(account).toBe(privateKeyToAddress(oldKey).toLowerCase())
  const [one, two, three] = machines
  await landMore(2, pool.signers[0] as Program)
  expect(await one.run('refresh')).toContain('generation  0 -> 1')
  const [taken] = await Promise.all([one.run('export recipient'), two.run('export'), three.run('export')])
  expect(taken).toContain('the whole key')
  const file = join(one.home, 'whole-key')
  expect(readFileSync(file, 'utf8')).toBe(`${oldKey}\n`)
  expect(statSync(file).mode & 0o777).toBe(0o600)
  // It is in no log and no output.
  for (const program of pool.signers) expect(program.stdout + program.stderr).not.toContain(oldKey.slice(2))
  await landMore(1, pool.signers[0] as Program)

  // Started again without the old key, and with a schedule.
  for (const program of pool.signers) program.kill('SIGTERM')
  for (const program of pool.signers) expect(await program.end()).toEqual({ code: 0, signal: null })
  const scheduled = machines.map(machine => machine.start('signer', { ...AS_JSON, SEQUORUM_REFRESH_EVERY_BATCHES: '2' }))
  pool.signers.push(...scheduled)
  await until('a refresh that nobody asked for', () => scheduled.every(program => said('refreshed', program).some(({ epochNo }) => epochNo >= 2)), {
    within: 180_000,
    instead: pool.complain,
  })
  await checkPosted(pool)
}, 600_000)

it('every block of the runbook was run', () => {
  expect([...blocks.keys()].filter(name => !done.has(name))).toEqual([])
})
