import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { MemberReport } from '../core/envelope/wire.ts'
import { type Pool, parsePool } from '../core/proposal/pool.ts'
import { type Anvil, startAnvil } from './anvil.ts'
import type { MemberOptions } from './member-host.ts'
import { createVault } from './vault-file.ts'

/** Workers start from dist, which `npm test` builds first. */
const dist = new URL('../dist/signer-node/member-host.js', import.meta.url).href
const { startMember } = (await import(/* @vite-ignore */ dist)) as typeof import('./member-host.ts')

const PASSPHRASE = 'of a member in a test'
let folder = ''
let anvil: Anvil
let pool: Pool

const vaultOf = (seat: number): string => join(folder, `m${seat}`, 'vault')

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'member-'))
  anvil = await startAnvil({ blockTime: 0 })
  writeFileSync(join(folder, 'passphrase'), `${PASSPHRASE}\n`, { mode: 0o600 })
  const entries = []
  for (const seat of [1, 2, 3]) entries.push(await createVault(vaultOf(seat), PASSPHRASE, { cost: { opslimit: 1, memlimit: 8192 } }))
  pool = parsePool({
    version: 1,
    name: 'two of three vaults',
    l1: {
      chainId: 31_337,
      inbox: '0xff00000000000000000000000000000000000042',
      nonceOffset: 0,
      genesis: { number: 0, hash: `0x${'11'.repeat(32)}`, timestamp: 0 },
      confirmations: 1,
    },
    l2: { chainId: 901, blockTime: 1, genesisTime: 0, maxSequencerDrift: 600 },
    threshold: 2,
    agreementQuorum: 2,
    times: { roundZero: 1000, roundStep: 1000, maxBatchDelay: 1000, epochLength: 8 },
    members: entries.slice(0, 2).map((entry, index) => ({ seat: index + 1, ...entry, weight: '1' })),
  })
})
afterAll(async () => {
  await anvil.close()
  rmSync(folder, { recursive: true, force: true })
})

const options = (seat: number, change: Partial<MemberOptions> = {}): MemberOptions => ({
  pool,
  // Nothing listens there: the member keeps trying.
  relayUrl: 'ws://127.0.0.1:9',
  l1Rpc: anvil.url,
  vault: vaultOf(seat),
  passphraseFile: join(folder, 'passphrase'),
  ...change,
})

test('what keeps a member from starting comes out of the worker as the error it was', async () => {
  writeFileSync(join(folder, 'wrong'), 'another passphrase', { mode: 0o600 })
  writeFileSync(join(folder, 'open'), PASSPHRASE, { mode: 0o644 })
  const codes = async (change: Partial<MemberOptions>, seat = 1) => {
    try {
      await startMember(options(seat, change))
    } catch (error) {
      return (error as { code: string }).code
    }
    return 'started'
  }
  expect(await codes({ passphraseFile: join(folder, 'wrong') })).toBe('vault-passphrase')
  expect(await codes({ passphraseFile: join(folder, 'open') })).toBe('passphrase-file')
  expect(await codes({ vault: join(folder, 'absent') })).toBe('vault-missing')
  expect(await codes({ relayUrl: 'http://127.0.0.1' })).toBe('invalid-argument')
  expect(await codes({ l1Rpc: 'http://127.0.0.1:9' })).toBe('l1-unreachable')
  expect(await codes({ pool: { ...pool, l1: { ...pool.l1, chainId: 1 } } })).toBe('wrong-l1')
  expect(await codes({}, 3)).toBe('not-a-member')
  // The key to be dealt is given by the one that has it, and by nobody else.
  const offer = { importer: 2, publicKey: new Uint8Array(33).fill(2), chainCode: new Uint8Array(32) }
  expect(await codes({ importing: { ...offer, keyFile: join(folder, 'passphrase') } })).toBe('key-file')
  expect(await codes({ importing: offer }, 2)).toBe('key-file')
  // None of these has pinned a guard to a pool; the first real start does.
  for (const seat of [1, 3]) expect(existsSync(join(folder, `m${seat}`, 'guard.db'))).toBe(false)
  await (await startMember(options(2))).stop()
  expect(await codes({ pool: { ...pool, times: { ...pool.times, epochLength: 9 } } }, 2)).toBe('guard-pool')
  // Every lock was given back.
  for (const seat of [1, 2, 3]) expect(existsSync(`${vaultOf(seat)}.lock`)).toBe(false)
})

test('a member runs once, can be killed and started again at once, and stops in order', async () => {
  const exits: unknown[] = []
  let reported = (_report: MemberReport): void => {}
  const report = new Promise<MemberReport>(resolve => {
    reported = resolve
  })
  const watch: Partial<MemberOptions> = {
    onExit: (seat, error) => exits.push([seat, error]),
    onReport: (_, report) => reported(report),
  }
  const first = await startMember(options(1, watch))
  expect(first.seat).toBe(1)
  expect(await report).toMatchObject({ seat: 1 })
  await expect(startMember(options(1))).rejects.toMatchObject({ code: 'vault-locked', context: { pid: String(process.pid) } })
  await first.kill()
  expect(exits).toEqual([[1, undefined]])

  const second = await startMember(options(1, watch))
  expect(second.report()).toMatchObject({ seat: 1 })
  await second.stop()
  expect(exits).toHaveLength(1)
  expect(existsSync(`${vaultOf(1)}.lock`)).toBe(false)
})

test('a command is carried into the worker, and what it comes to comes back', async () => {
  const member = await startMember(options(1))
  for (const kind of ['key', 'refresh', 'destroy'] as const) await expect(member.command({ kind })).rejects.toMatchObject({ code: 'no-key' })
  await member.stop()
  await expect(member.command({ kind: 'key' })).rejects.toMatchObject({ code: 'member-ended' })
})
