import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { privateKeyToAddress } from 'viem/accounts'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { fromHex, hex } from '../../core/bytes.ts'
import { verifyIdentity } from '../../core/envelope/identity.ts'
import { PoolError } from '../../core/errors.ts'
import { parsePool, poolToJson } from '../../core/proposal/pool.ts'
import { derive, encodeShare, erasureCodec, type KeyShare, sealingKey, verifyErasure } from '../../core/threshold/index.ts'
import { testIdentitySeed, testShares } from '../../test/support/index.ts'
import { testPool, testVoteKey } from '../../test/support/pool.ts'
import { type Control, startControl } from '../control.ts'
import type { ControlCommand } from '../control-protocol.ts'
import { readKeyFile, writeKeyFile } from '../key-file.ts'
import { parseOffer } from '../key-offer.ts'
import { createVault, createVaultOf, openVault } from '../vault-file.ts'
import { makeInvite } from './invite.ts'
import { runProgram } from './program.ts'

const SEAT = 2
const cost = { opslimit: 1, memlimit: 8192 }
const share = testShares(3, 2).get(SEAT) as KeyShare
const keys = { identitySeed: testIdentitySeed(SEAT), voteKey: testVoteKey(SEAT) }
let folder = ''
let control: Control | undefined
const at = (...names: string[]): string => join(folder, ...names)
const vault = (): string => at('v', 'vault')

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'key-'))
  writeFileSync(at('passphrase'), 'passphrase of the vault\n', { mode: 0o600 })
  writeFileSync(at('backup-passphrase'), 'passphrase of the backup\n', { mode: 0o600 })
  writeFileSync(at('pool.json'), JSON.stringify(poolToJson(testPool(3))))
  await createVaultOf(vault(), 'passphrase of the vault', { ...keys, active: encodeShare(share, sealingKey(keys.identitySeed)) }, { cost })
})
afterEach(async () => {
  vi.restoreAllMocks()
  await control?.close()
  control = undefined
  rmSync(folder, { recursive: true, force: true })
})

interface Outcome {
  readonly code: number
  readonly out: string
  readonly err: string
  /** The last line of standard output. */
  readonly json: Record<string, unknown>
}

/** Runs `sequorum key …` in this process, which is no terminal. */
async function key(...args: readonly string[]): Promise<Outcome> {
  const text = { out: '', err: '' }
  const spies = (['out', 'err'] as const).map(name =>
    vi.spyOn(process[`std${name}`], 'write').mockImplementation(part => {
      text[name] += String(part)
      return true
    }),
  )
  const code = await runProgram(['node', 'sequorum', 'key', ...args])
  for (const spy of spies) spy.mockRestore()
  // What nobody may see, whatever the command.
  for (const secret of [keys.identitySeed, keys.voteKey]) expect(text.out + text.err).not.toContain(hex(secret).slice(2))
  expect(text.out + text.err).not.toContain(hex(share.chainCode).slice(2))
  const last = text.out.trim().split('\n').at(-1) ?? ''
  return { code, ...text, json: last.startsWith('{') ? (JSON.parse(last) as Record<string, unknown>) : {} }
}
const VAULT = (): string[] => ['--vault', vault()]
const PASS = (): string[] => [...VAULT(), '--passphrase-file', at('passphrase')]

/** A signer that runs, as far as its control socket tells. */
async function running(perform: (command: ControlCommand) => Promise<Record<string, unknown>>): Promise<void> {
  control = await startControl({ vault: vault(), perform })
}
const facts = {
  account: share.address,
  keyId: hex(share.keyId),
  epoch: hex(share.epoch),
  epochNo: 0,
  seat: SEAT,
  threshold: 2,
  members: [1, 2, 3],
  pending: [],
}

test('list and show read the vault', async () => {
  const shown = await key('show', ...PASS(), '--json')
  expect(shown.code).toBe(0)
  expect(shown.json).toEqual({ ok: true, source: 'vault', ...facts, publicKey: hex(share.publicKey), restored: false, burned: [] })
  expect((await key('list', ...PASS(), '--json')).json).toMatchObject({ ok: true, vaults: [{ vault: vault(), key: facts }] })
  const text = await key('show', ...PASS())
  for (const part of [share.address, '2 of 3 sign', 'this is seat 2', 'read from   the vault']) expect(text.out).toContain(part)
  await createVault(at('w', 'vault'), 'passphrase of the vault', { cost })
  const empty = ['--vault', at('w', 'vault'), '--passphrase-file', at('passphrase')]
  expect(await key('list', ...empty)).toMatchObject({ code: 0, out: `${at('w', 'vault')}: no key\n` })
  expect(await key('show', ...empty)).toMatchObject({ code: 3, err: expect.stringContaining('no-key') })
  expect(await key('show', '--vault', at('none'))).toMatchObject({ code: 4, err: expect.stringContaining('vault-missing') })
  expect(await key('show', ...VAULT(), '--passphrase-file', at('backup-passphrase'))).toMatchObject({
    code: 4,
    err: expect.stringContaining('vault-passphrase'),
  })
  expect(await key('show', ...VAULT())).toMatchObject({ code: 2, err: expect.stringContaining('--passphrase-file') })
})

test('a running signer is asked first, without a passphrase', async () => {
  await running(async () => ({
    ...facts,
    epochNo: 4,
    restored: false,
    burned: [{ members: [1, 2], reason: 'vole-check' }],
    erased: [3],
    superseded: 5,
  }))
  const { code, out } = await key('show', ...VAULT())
  expect(code).toBe(0)
  for (const part of [
    'generation  4',
    'left behind: the others have generation 5',
    '1 and 2 do not sign together: vole-check',
    'seat 3 has destroyed',
    'the running signer',
  ])
    expect(out).toContain(part)
})

test('derive gives the accounts of paths and names', async () => {
  const { json } = await key('derive', ...PASS(), '--json', 'm', 'reward', 'm/0/7')
  const expected = [[], [2], [0, 7]].map(path => derive(share, path))
  expect(json).toEqual({
    ok: true,
    accounts: ['m', 'm/2', 'm/0/7'].map((path, i) => ({
      name: ['m', 'reward', 'm/0/7'][i],
      path,
      account: expected[i]?.address,
      publicKey: hex(expected[i]?.publicKey ?? new Uint8Array()),
    })),
  })
  expect(expected[0]?.address).toBe(share.address)
  expect(
    (await key('derive', ...PASS())).out
      .trim()
      .split('\n')
      .map(line => line.split(/ +/)[2]),
  ).toEqual(['batch', 'state', 'reward', 'blob'])
  expect(await key('derive', ...PASS(), "m/0'")).toMatchObject({ code: 3, err: expect.stringContaining('hardened-path') })
})

test('refresh is done by the running signer, after a confirmation', async () => {
  expect(await key('refresh', ...VAULT(), '--yes')).toMatchObject({ code: 5, err: expect.stringContaining('signer-not-running') })
  const asked: string[] = []
  await running(async ({ kind }) => {
    asked.push(kind)
    if (kind === 'key') return { ...facts, restored: false, burned: [] }
    control?.progress({ kind: 'sign', round: 'P1', missing: [1] })
    control?.progress({ kind: 'refresh', round: 'D1', missing: [1, 3] })
    control?.progress({ kind: 'refresh', round: 'D1', missing: [3] })
    return { ...facts, epochNo: 1 }
  })
  expect(await key('refresh', ...VAULT())).toMatchObject({ code: 2, err: expect.stringContaining('not-confirmed') })
  expect(asked).toEqual(['key'])
  const done = await key('refresh', ...VAULT(), '--yes')
  expect(done).toMatchObject({ code: 0, err: 'refresh D1   1 …  2 ✓  3 …\nrefresh D1   1 ✓  2 ✓  3 …\n' })
  expect(done.out).toContain('generation  0 -> 1')
  expect((await key('refresh', ...VAULT(), '--yes', '--json')).json).toMatchObject({ ok: true, epochNo: 1, before: { epochNo: 0 } })
})

test('what the signer refuses is told as it was said, culprits too', async () => {
  await running(async ({ kind }) => {
    if (kind === 'key') return { ...facts, restored: false, burned: [] }
    throw new PoolError('bad-share', {}, { culprits: [{ party: 3, certainty: 'confirmed' }] })
  })
  expect(await key('refresh', ...VAULT(), '--yes')).toMatchObject({ code: 1, err: expect.stringContaining('seat 3 confirmed') })
})

test('a backup brings a lost vault back', async () => {
  const make = ['backup', ...PASS(), '--pool', at('pool.json'), '--backup-passphrase-file', at('backup-passphrase'), '--out', at('b')]
  expect(await key(...make)).toMatchObject({ code: 2, err: expect.stringContaining('not-confirmed') })
  expect(existsSync(at('b'))).toBe(false)
  expect((await key(...make, '--yes', '--json')).json).toMatchObject({
    ok: true,
    file: at('b'),
    account: share.address,
    epochNo: 0,
    seat: SEAT,
    tested: true,
  })
  expect(await key(...make, '--yes')).toMatchObject({ code: 2, err: expect.stringContaining('output-file') })

  const from = ['restore', '--backup', at('b'), '--yes', '--json', '--passphrase-file', at('passphrase')]
  const restore = [...from, '--backup-passphrase-file', at('backup-passphrase')]
  // The vault is there still.
  expect((await key(...restore, ...VAULT())).json).toMatchObject({ ok: false, error: { code: 'key-exists' } })
  expect((await key(...from, '--backup-passphrase-file', at('passphrase'), '--vault', at('n', 'vault'))).json).toMatchObject({
    error: { code: 'backup-wrong-passphrase', exitCode: 4 },
  })
  rmSync(at('v'), { recursive: true })
  expect((await key(...restore, ...VAULT(), '--pool-out', at('again.json'))).json).toMatchObject({
    ok: true,
    created: true,
    guard: false,
    seat: SEAT,
  })
  expect(parsePool(JSON.parse(readFileSync(at('again.json'), 'utf8')))).toEqual(testPool(3))
  expect((await key('show', ...PASS(), '--json')).json).toMatchObject({ account: share.address, restored: true })
})

test('destroy without a signer erases the share, and signs that', async () => {
  expect(await key('destroy', ...PASS(), '--yes')).toMatchObject({ code: 2, err: expect.stringContaining('--pool') })
  const destroy = ['destroy', ...PASS(), '--pool', at('pool.json')]
  expect(await key(...destroy)).toMatchObject({ code: 2, err: expect.stringContaining('not-confirmed') })
  expect((await key('show', ...PASS())).code).toBe(0)
  const { json } = await key(...destroy, '--yes', '--json')
  expect(json).toMatchObject({ ok: true, account: share.address, destroyed: true })
  const proof = erasureCodec.decode(fromHex(String(json.proof)))
  expect(proof).toMatchObject({ seat: SEAT, reason: 'destroyed', epochNo: 0 })
  verifyErasure(proof, share, verifyIdentity)
  const left = await openVault(vault(), 'passphrase of the vault')
  expect([left.activeShare(), left.pendingShares()]).toEqual([undefined, []])
  left.close()
  expect(await key(...destroy, '--yes')).toMatchObject({ code: 3, err: expect.stringContaining('no-key') })
})

test('destroy with a signer is done by it', async () => {
  const asked: string[] = []
  await running(async ({ kind }) => {
    asked.push(kind)
    return kind === 'key' ? { ...facts, restored: false, burned: [], erased: [] } : { ...facts, destroyed: true }
  })
  expect((await key('destroy', ...VAULT(), '--yes')).out).toContain('destroyed   generation 0')
  expect(asked).toEqual(['key', 'destroy'])
})

test('reshare writes the file of the next pool, with the account of the vault', async () => {
  await createVault(at('w', 'vault'), 'passphrase of the vault', { cost })
  const joining = await openVault(at('w', 'vault'), 'passphrase of the vault')
  writeFileSync(at('new.json'), makeInvite(joining, { weight: 1n, name: 'new' }))
  joining.close()
  const args = ['reshare', ...PASS(), '--pool', at('pool.json'), '--replace', `3=${at('new.json')}`, '--out', at('next.json')]
  expect(await key(...args)).toMatchObject({ code: 2, err: expect.stringContaining('not-confirmed') })
  expect(existsSync(at('next.json'))).toBe(false)
  expect((await key(...args, '--yes')).out).toContain('--next')
  const next = parsePool(JSON.parse(readFileSync(at('next.json'), 'utf8')))
  expect(next.parent).toMatchObject({ account: share.address, keyId: hex(share.keyId), threshold: 2 })
  expect(next.members.map(member => member.seat)).toEqual([1, 2, 3])
  expect(next.members[2]?.identity).toBe(joining.entry.identity)
})

test('import writes the offer for all members, of a key that never shows', async () => {
  const whole = '0x00000000000000000000000000000000000000000000000000000000deadbeef'
  writeFileSync(at('old'), `${whole.toUpperCase().replace('0X', '0x')}\n`, { mode: 0o600 })
  const args = ['import', '--pool', at('pool.json'), ...PASS(), '--key-file', at('old'), '--out', at('offer.json')]
  // This vault has a share.
  expect(await key(...args, '--yes')).toMatchObject({ code: 4, err: expect.stringContaining('key-exists') })
  rmSync(at('v'), { recursive: true })
  await createVaultOf(vault(), 'passphrase of the vault', keys, { cost })
  expect(await key(...args)).toMatchObject({ code: 2, err: expect.stringContaining('not-confirmed') })
  const made = await key(...args, '--yes', '--json')
  const account = privateKeyToAddress(whole).toLowerCase()
  expect(made.json).toMatchObject({ ok: true, account, importer: SEAT })
  const text = readFileSync(at('offer.json'), 'utf8')
  expect(text + made.out + made.err).not.toMatch(/deadbeef/i)
  const offer = JSON.parse(text) as Record<string, unknown>
  expect(parseOffer(offer, testPool(3))).toMatchObject({ importer: SEAT })
  const wrong = {
    version: 2,
    pool: `0x${'00'.repeat(32)}`,
    account: share.address,
    importer: 9,
    publicKey: `0x02${'ff'.repeat(32)}`,
    chainCode: '0x00',
  }
  for (const [name, value] of Object.entries(wrong))
    expect(() => parseOffer({ ...offer, [name]: value }, testPool(3)), name).toThrow(expect.objectContaining({ code: 'bad-key-offer' }))
  const from = (file: string): string[] => [...args.map(arg => (arg === at('old') ? at(file) : arg)), '--yes']
  for (const content of ['', 'ab'.repeat(31), `${'ab'.repeat(32)}0`, `0x${'0g'.repeat(32)}`, '00'.repeat(32)]) {
    writeFileSync(at('bad'), content, { mode: 0o600 })
    expect(await key(...from('bad')), content).toMatchObject({ code: 4, err: expect.stringContaining('key-file') })
  }
  writeFileSync(at('open'), whole, { mode: 0o644 })
  expect(await key(...from('open'))).toMatchObject({ code: 4, err: expect.stringContaining('key-file') })
})

test('export is asked of the running signer, with the path at the recipient only', async () => {
  const asked: ControlCommand[] = []
  await running(async command => {
    asked.push(command)
    return command.kind === 'key' ? { ...facts, restored: false, burned: [] } : {}
  })
  const args = ['export', ...VAULT(), '--recipient', String(SEAT), '--signer', '1', '--signer', '2', '--word', 'w']
  expect(await key(...args, '--yes')).toMatchObject({ code: 2, err: expect.stringContaining('--out') })
  expect(await key(...args, '--yes', '--signer', '3', '--out', at('k'))).toMatchObject({
    code: 2,
    err: expect.stringContaining('give 2 of the seats'),
  })
  expect(await key(...args, '--out', at('k'))).toMatchObject({ code: 2, err: expect.stringContaining('not-confirmed') })
  expect(asked.every(({ kind }) => kind === 'key')).toBe(true)
  expect((await key(...args, '--yes', '--out', at('k'))).code).toBe(0)
  expect(asked.at(-1)).toEqual({ kind: 'export', recipient: SEAT, signers: [1, 2], word: 'w', out: at('k') })
})

test('a key file is made before the key is, and is gone when none comes', async () => {
  const bytes = new Uint8Array(32).fill(0xa7)
  await writeKeyFile(at('k'), async () => {
    expect(existsSync(at('k'))).toBe(true)
    return bytes.slice()
  })
  expect(readFileSync(at('k'), 'utf8')).toBe(`0x${'a7'.repeat(32)}\n`)
  expect(readKeyFile(at('k'))).toEqual(bytes)
  let began = false
  await expect(
    writeKeyFile(at('k'), async () => {
      began = true
      return bytes
    }),
  ).rejects.toMatchObject({ code: 'output-file' })
  expect(began).toBe(false)
  await expect(writeKeyFile(at('l'), () => Promise.reject(new PoolError('deadline')))).rejects.toMatchObject({ code: 'deadline' })
  expect(existsSync(at('l'))).toBe(false)
})
