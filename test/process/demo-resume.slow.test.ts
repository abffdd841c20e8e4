import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { createPublicClient, http } from 'viem'
import { foundry } from 'viem/chains'
import { afterEach, describe, expect, it } from 'vitest'
import type { DemoResult } from './support/demo-posts.ts'
import { type ChainStart, chainFaults, deriveBlocks } from './support/derive.ts'
import { folder, removeFolders } from './support/folder.ts'
import { transactionsFrom } from './support/l1.ts'
import { endAll, type Program, sequorum, sequorumToEnd, survivors } from './support/program.ts'
import { until } from './support/until.ts'

afterEach(async () => {
  await endAll()
  removeFolders()
})

/** Key generations that members have opened, by the log in the folder. */
const keyGenerations = (data: string): number =>
  readFileSync(join(data, 'member.log'), 'utf8')
    .split('\n')
    .filter(line => line.includes('"ceremony.open"') && line.includes('"keygen"')).length

const resultOf = (demo: Program): DemoResult => JSON.parse(demo.lines().at(-1) ?? '') as DemoResult

describe('sequorum demo --data', () => {
  it('goes on with the same key, heights and chains, and ends with Ctrl-C', async () => {
    const data = join(folder(), 'pool')
    const first = await sequorumToEnd(['demo', '--data', data, '--batches', '2', '--json'], {}, 120_000)
    expect(first.ending, first.stderr).toEqual({ code: 0, signal: null })
    expect(survivors()).toEqual([])
    const before = resultOf(first)
    expect(before).toMatchObject({ ok: true, members: 3, threshold: 2 })
    expect(before.batches.map(({ height }) => height)).toEqual([0, 1])
    expect(keyGenerations(data)).toBe(3)
    for (const seat of [1, 2, 3]) expect(statSync(join(data, `member-${seat}`, 'passphrase')).mode & 0o777).toBe(0o600)

    const second = sequorum(['demo', '--data', data, '--json'])
    const l1 = await second.until('the address of its L1 node', () => /L1 (http:\/\/127\.0\.0\.1:\d+)/.exec(second.stderr)?.[1])
    await second.until('one more batch', () => second.stderr.includes('batch 2: '), { within: 90_000 })
    const client = createPublicClient({ chain: foundry, transport: http(l1) })
    const posted = await transactionsFrom({ client }, before.account)
    expect(posted.map(({ transaction }) => transaction.nonce)).toEqual(posted.map((_, height) => height))
    expect(posted.length).toBeGreaterThanOrEqual(3)
    expect(posted.slice(0, 2).map(({ transaction }) => transaction.hash)).toEqual(before.batches.map(({ txHash }) => txHash))
    const pool = JSON.parse(readFileSync(join(data, 'pool.json'), 'utf8')) as ChainStart
    const blocks = posted.flatMap(({ transaction }) => deriveBlocks(transaction.input))
    expect(chainFaults(pool, blocks)).toEqual([])

    expect(survivors().length).toBeGreaterThan(1)
    second.kill('SIGINT')
    expect(await second.end(), second.stderr).toEqual({ code: 0, signal: null })
    await until('the end of all that the demo had started', () => survivors().length === 0, { within: 5_000, instead: () => String(survivors()) })
    const after = resultOf(second)
    expect(after.account).toBe(before.account)
    expect(after).toMatchObject({ ok: true, members: 3, threshold: 2 })
    expect(after.batches[0]?.height).toBe(2)
    expect(keyGenerations(data)).toBe(3)
    for (const seat of [1, 2, 3])
      expect(readdirSync(join(data, `member-${seat}`)).filter(name => name.includes('lock') || name.includes('tmp'))).toEqual([])

    for (const [option, value, what] of [
      ['--members', '4', 'members'],
      ['--threshold', '3', 'threshold'],
      ['--inbox', '0x00000000000000000000000000000000000000aa', 'inbox'],
    ] as const) {
      const differs = await sequorumToEnd(['demo', '--data', data, option, value, '--json'])
      expect(differs.ending, differs.stderr).toEqual({ code: 3, signal: null })
      expect(JSON.parse(differs.lines().at(-1) ?? '')).toMatchObject({ ok: false, error: { code: 'demo-differs', context: { what }, exitCode: 3 } })
    }
    expect(survivors()).toEqual([])
  })

  it.each(['SIGINT', 'SIGTERM'] as const)('leaves nothing behind when %s comes while it starts', async signal => {
    const temporary = folder()
    const demo = sequorum(['demo', '--json'], { env: { TMPDIR: temporary } })
    // The one while anvil starts, the other in key generation.
    if (signal === 'SIGINT') await until('its folder', () => readdirSync(temporary).some(name => name.startsWith('sequorum-')))
    else await demo.until('key generation', () => demo.stderr.includes('key generation'))
    demo.kill(signal)
    expect(await demo.end(), demo.stderr).toEqual({ code: 0, signal: null })
    expect(survivors()).toEqual([])
    expect(existsSync(temporary)).toBe(true)
    expect(readdirSync(temporary)).toEqual([])
  })
})
