import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Hex, keccak256, stringToHex } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { afterEach, describe, expect, it } from 'vitest'
import type { DemoResult } from './support/demo-posts.ts'
import { type ChainStart, chainFaults, deriveBlocks } from './support/derive.ts'
import { folder, removeFolders } from './support/folder.ts'
import { startNode, transactionsFrom } from './support/l1.ts'
import { endAll, type Program, sequorum, sequorumToEnd, survivors } from './support/program.ts'
import { until } from './support/until.ts'

afterEach(async () => {
  await endAll()
  removeFolders()
})

const resultOf = (demo: Program): DemoResult => JSON.parse(demo.lines().at(-1) ?? '') as DemoResult
const errorOf = (demo: Program): unknown => JSON.parse(demo.lines().at(-1) ?? '')

describe('sequorum demo and its folder', () => {
  it('goes on after it was killed, again and again, at whatever moment', async () => {
    const node = await startNode()
    const data = join(folder(), 'pool')
    // During set-up, in key generation, before the first batch, and between batches.
    const moments: [string, RegExp][] = [
      ['its folder', /^/],
      ['key generation', /key generation/],
      ['the account', /account 0x/],
      ['a batch', /batch \d+: /],
      ['another batch', /batch \d+: /],
    ]
    for (const [what, pattern] of moments) {
      const demo = sequorum(['demo', '--data', data, '--l1', node.url, '--json'])
      await demo.until(what, () => (what === 'its folder' ? exists(join(data, 'member-1', 'vault')) : pattern.test(demo.stderr)), {
        within: 90_000,
        every: 5,
      })
      demo.kill('SIGKILL')
      await demo.end()
      await until('the end of its threads', () => survivors().length === 1)
    }
    const last = await sequorumToEnd(['demo', '--data', data, '--l1', node.url, '--batches', '2', '--json'], {}, 90_000)
    expect(last.ending, last.stderr).toEqual({ code: 0, signal: null })
    const { account, batches } = resultOf(last)
    const posted = await transactionsFrom(node, account)
    expect(posted.map(({ transaction }) => transaction.nonce)).toEqual(posted.map((_, height) => height))
    expect(posted.slice(-2).map(({ transaction }) => transaction.hash)).toEqual(batches.map(({ txHash }) => txHash))
    const pool = JSON.parse(readFileSync(join(data, 'pool.json'), 'utf8')) as ChainStart
    const blocks = posted.flatMap(({ transaction }) => deriveBlocks(transaction.input))
    expect(chainFaults(pool, blocks)).toEqual([])
    const landed = blocks.flatMap(({ transactions }) => transactions.map(raw => keccak256(raw)))
    expect(new Set(landed).size).toBe(landed.length)
  }, 400_000)

  it('is one at a time in its folder, and leaves the other one alone', async () => {
    const node = await startNode()
    const data = join(folder(), 'pool')
    const first = sequorum(['demo', '--data', data, '--l1', node.url, '--json'])
    await first.until('its first batch', () => first.stderr.includes('batch 0: '), { within: 90_000 })
    const second = await sequorumToEnd(['demo', '--data', data, '--l1', node.url, '--json'])
    expect(second.ending).toEqual({ code: 1, signal: null })
    expect(errorOf(second)).toMatchObject({ ok: false, error: { code: 'relay-store-locked' } })
    const page = /page http:\/\/127\.0\.0\.1:(\d+)/.exec(first.stderr)?.[1] ?? ''
    const third = await sequorumToEnd(['demo', '--l1', node.url, '--port', page, '--json'], { env: { TMPDIR: folder() } })
    expect(errorOf(third)).toMatchObject({ ok: false, error: { code: 'relay-bind' } })
    await first.until('a batch after that', () => first.stderr.includes('batch 1: '), { within: 30_000 })
    first.kill('SIGINT')
    expect(await first.end()).toEqual({ code: 0, signal: null })
    // Another chain of the same id is not the one that the pool lives on.
    const other = await startNode()
    const elsewhere = await sequorumToEnd(['demo', '--data', data, '--l1', other.url, '--json'])
    expect(elsewhere.ending).toEqual({ code: 3, signal: null })
    expect(errorOf(elsewhere)).toMatchObject({ ok: false, error: { code: 'demo-differs' } })
  }, 300_000)
})

describe('sequorum demo on a chain without development accounts', () => {
  it('is funded by the key in a file that only its owner can read', async () => {
    const node = await startNode(['--chain-id', '4321'])
    const key = keccak256(stringToHex('a rich account'))
    const rich = privateKeyToAccount(key).address
    await node.client.request({ method: 'anvil_setBalance' as never, params: [rich, '0x56bc75e2d63100000'] as never })
    const file = join(folder(), 'key')
    writeFileSync(file, `${key}\n`, { mode: 0o644 })
    const args = ['demo', '--l1', node.url, '--batches', '1', '--json']
    const env = { TMPDIR: folder() }

    const open = await sequorumToEnd([...args, '--seed-account-key-file', file], { env })
    expect(open.ending, open.stderr).toEqual({ code: 4, signal: null })
    expect(errorOf(open)).toMatchObject({ ok: false, error: { code: 'key-file', message: expect.stringContaining('chmod 600') } })
    // Before the members have spent their time on a key.
    expect(open.stderr).not.toContain('key generation')

    chmodSync(file, 0o600)
    const funded = await sequorumToEnd([...args, '--seed-account-key-file', file], { env }, 120_000)
    expect(funded.ending, funded.stderr).toEqual({ code: 0, signal: null })
    const { account, chainId, batches } = resultOf(funded)
    expect(chainId).toBe(4321)
    expect((await transactionsFrom(node, account)).map(({ transaction }) => transaction.hash)).toEqual(batches.map(({ txHash }) => txHash))
    expect((await transactionsFrom(node, rich)).map(({ transaction }) => transaction.to)).toEqual([account])
    for (const output of [funded.stdout, funded.stderr, open.stdout, open.stderr]) expect(output).not.toContain(key.slice(2) as Hex)
    expect(readdirSync(env.TMPDIR)).toEqual([])

    const poor = await sequorumToEnd(args, { env }, 120_000)
    expect(poor.ending).toEqual({ code: 5, signal: null })
    expect(errorOf(poor)).toMatchObject({ ok: false, error: { code: 'not-funded' } })
  }, 300_000)
})

function exists(file: string): boolean {
  try {
    return readFileSync(file).length > 0
  } catch {
    return false
  }
}
