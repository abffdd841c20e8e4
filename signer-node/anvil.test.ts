import { spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { L1Block } from '../core/member/ports.ts'
import { startAnvil } from './anvil.ts'
import { findAnvil } from './anvil-binary.ts'
import { createL1Client, type L1Client } from './l1-client.ts'

const INBOX = '0xff00000000000000000000000000000000000042'
const RICH = '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'anvil-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

async function rpc(url: string, method: string, ...params: unknown[]): Promise<unknown> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  })
  return ((await response.json()) as { result: unknown }).result
}

async function wholeChain(l1: L1Client): Promise<L1Block[]> {
  const head = await l1.headNumber()
  return Promise.all(Array.from({ length: head + 1 }, async (_, number) => (await l1.block(number)) as L1Block))
}

test('a chain goes on over restarts: blocks, transactions, receipts and nonces stay readable', async () => {
  let before: L1Block[] = []
  const hashes: `0x${string}`[] = []
  // Mined on demand, so that the test need not wait; four starts, because what anvil forgets it forgets at the second or third.
  for (let start = 0; start < 4; start++) {
    const anvil = await startAnvil({ dataDir: folder, blockTime: 0 })
    const l1 = createL1Client({ url: anvil.url, inbox: INBOX })
    const now = await wholeChain(l1)
    expect(now).toHaveLength(Math.max(1, before.length))
    if (start > 0) expect(now).toEqual(before)
    for (const [number, block] of now.entries()) if (number > 0) expect(block.parentHash).toBe(now[number - 1]?.hash)
    for (const [nonce, hash] of hashes.entries()) {
      expect(await l1.transaction(hash)).toMatchObject({ nonce, from: RICH })
      expect(await l1.gasUsed(hash)).toBeGreaterThan(0n)
    }
    expect(await l1.nonce(RICH)).toBe(hashes.length)
    hashes.push((await rpc(anvil.url, 'eth_sendTransaction', { from: RICH, to: INBOX, data: `0x0${start}` })) as `0x${string}`)
    await rpc(anvil.url, 'anvil_mine', '0x2')
    before = await wholeChain(l1)
    await anvil.close()
    expect(existsSync(join(folder, 'anvil.pid'))).toBe(false)
  }
  expect(before.flatMap(block => block.inbox.map(transaction => transaction.nonce))).toEqual([0, 1, 2, 3])
})

test('interval mining goes on with the time of the machine', async () => {
  const anvil = await startAnvil({ dataDir: folder, blockTime: 1 })
  const l1 = createL1Client({ url: anvil.url, inbox: INBOX })
  await expect.poll(() => l1.headNumber(), { timeout: 30_000 }).toBeGreaterThan(0)
  const head = await l1.headNumber()
  const block = (await l1.block(head)) as L1Block
  expect(Math.abs(block.timestamp - Date.now() / 1000)).toBeLessThan(60)
  await anvil.close()
})

test('when its parent is killed anvil ends in order, and the next start on the folder has every block', async () => {
  const module = new URL('../dist/signer-node/anvil.js', import.meta.url).href
  const script = `
    const { startAnvil } = await import(${JSON.stringify(module)})
    const anvil = await startAnvil({ dataDir: ${JSON.stringify(folder)}, blockTime: 0 })
    process.stdout.write(JSON.stringify({ url: anvil.url, pid: anvil.pid }))`
  const parent = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  const { url } = await new Promise<{ url: string; pid: number }>(resolve => parent.stdout.once('data', data => resolve(JSON.parse(String(data)))))
  await rpc(url, 'anvil_mine', '0x5')
  const exited = new Promise(resolve => parent.once('exit', resolve))
  parent.kill('SIGKILL')
  await exited
  // Waits for the one that is still writing its state.
  const anvil = await startAnvil({ dataDir: folder, blockTime: 0 })
  expect(await createL1Client({ url: anvil.url, inbox: INBOX }).headNumber()).toBe(5)
  await anvil.close()
})

test('an end that nobody asked for is reported', async () => {
  let report: (error: Error) => void = () => {}
  const reported = new Promise<Error>(resolve => {
    report = resolve
  })
  const anvil = await startAnvil({ blockTime: 0, onExit: error => report(error) })
  process.kill(anvil.pid, 'SIGKILL')
  expect(await reported).toMatchObject({ code: 'anvil-failed', context: { problem: 'ended with SIGKILL' } })
  await anvil.close()
})

test('a port in use, a saved state that is not whole and a binary that is none are typed errors', async () => {
  const anvil = await startAnvil({ blockTime: 0 })
  await expect(startAnvil({ port: anvil.port })).rejects.toMatchObject({ code: 'anvil-failed' })
  await anvil.close()
  writeFileSync(join(folder, 'anvil-state.json'), '{"blocks":[')
  await expect(startAnvil({ dataDir: folder })).rejects.toMatchObject({ code: 'anvil-state' })
  writeFileSync(join(folder, 'anvil-state.json'), '{}')
  await expect(startAnvil({ dataDir: folder })).rejects.toMatchObject({ code: 'anvil-state' })
  await expect(startAnvil({ binary: join(folder, 'absent') })).rejects.toMatchObject({ code: 'anvil-failed' })
})

test('the binary is found in the package, then in $ANVIL, then on the PATH; otherwise the error says what to do', () => {
  const none = ['@foundry-rs/anvil-of-no-platform']
  const program = join(folder, 'anvil')
  writeFileSync(program, '#!/bin/sh\n')
  chmodSync(program, 0o755)
  expect(findAnvil({ ANVIL: program })).not.toBe(program)
  expect(findAnvil({ ANVIL: program, PATH: '' }, none)).toBe(program)
  expect(findAnvil({ PATH: `/nowhere:${folder}` }, none)).toBe(program)
  const missing = expect.objectContaining({ code: 'no-anvil', message: expect.stringContaining('npm ci') })
  expect(() => findAnvil({ PATH: '/nowhere' }, none)).toThrow(missing)
  expect(() => findAnvil({}, none)).toThrow(missing)
  expect(() => findAnvil({ ANVIL: join(folder, 'absent'), PATH: folder }, none)).toThrow(missing)
  chmodSync(program, 0o644)
  expect(() => findAnvil({ PATH: folder }, none)).toThrow(missing)
  expect(readFileSync(program, 'utf8')).toBe('#!/bin/sh\n')
})
