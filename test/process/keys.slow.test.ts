/**
 * docs/operations.md, run as it stands: the blocks that it marks are taken out of the document and given to a shell, for operators with homes of their own.
 */
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import type { MemberEvent } from '../../core/member/events.ts'
import { parsePool } from '../../core/proposal/pool.ts'
import { folder, removeFolders } from './support/folder.ts'
import { sendEther, startNode, transactionsFrom } from './support/l1.ts'
import { endAll, MAIN, type Program, run } from './support/program.ts'
import { createTraffic } from './support/traffic.ts'
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

it('the runbook: start a pool, back up, lose a vault, restore, refresh, sign, destroy', async () => {
  const root = folder()
  const node = await startNode(['--block-time', '1', '--slots-in-an-epoch', '2'])
  const port = String(await freePort())
  const common = { L1: node.url, INBOX, L2_CHAIN_ID: String(L2_CHAIN), PORT: port, RELAY: `ws://127.0.0.1:${port}/relay` }
  const names = ['one', 'two', 'three'] as const
  const machines = names.map(name => new Machine(root, name, common))
  const [one, two, three] = machines as [Machine, Machine, Machine]

  // Start a pool.
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
  const relay = one.start('relay', AS_JSON)
  await relay.until('that it listens', () => relay.objects<{ event: string }>().find(({ event }) => event === 'listening'))
  const signers = machines.map(machine => machine.start('signer', AS_JSON))
  const [first, second, third] = signers as [Program, Program, Program]
  const complain = (): string => signers.map(program => `── ${program.name} ──\n${program.stderr.slice(-3_000)}`).join('\n')
  const account = await until('key generation', () => (said('key', ...signers).length === 3 ? said('key', first)[0]?.account : undefined), {
    within: 120_000,
    instead: complain,
  })
  expect(await three.run('account')).toContain(`account     ${account}`)
  await sendEther(node, account, '5')
  const traffic = createTraffic(`http://127.0.0.1:${port}/rpc`, L2_CHAIN, 'runbook')
  const batches = (...programs: Program[]): number => Math.max(-1, ...said('batch', ...programs).map(({ height }) => height))
  /** Sends transactions until so many more batches are on L1. */
  async function landMore(count: number, watcher: Program): Promise<void> {
    const goal = batches(watcher) + count
    while (batches(watcher) < goal) {
      const before = batches(watcher)
      await traffic.submit(1)
      await until(`a batch after ${before}`, () => batches(watcher) > before, { within: 120_000, instead: complain })
    }
  }
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
  const height = batches(first)
  await landMore(2, first)
  expect(
    said('signed', back).some(event => event.height > height && event.signers.includes(3)),
    back.stderr.slice(-3_000),
  ).toBe(true)
  second.kill('SIGCONT')
  await until('seat 2 to be back', () => batches(second) >= batches(first), { within: 120_000, instead: complain })

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

  const posted = await transactionsFrom(node, account)
  expect(posted.map(({ transaction }) => transaction.nonce)).toEqual(posted.map((_, nonce) => nonce))
  expect(posted.every(({ succeeded }) => succeeded)).toBe(true)
  expect(parsePool(JSON.parse(readFileSync(join(one.home, 'pool.json'), 'utf8'))).members).toHaveLength(3)
}, 900_000)
