import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Secret } from '../core/bytes.ts'
import { identityFromSeed, initSodium } from '../core/envelope/identity.ts'
import { PoolError } from '../core/errors.ts'
import { encodeShare } from '../core/threshold/index.ts'
import type { KeyShare } from '../core/threshold/share.ts'
import { testShares } from '../test/support/index.ts'
import { createLog } from './log.ts'
import { plain } from './plain.ts'
import { hedgedRandom } from './random.ts'
import { createVault, openVault } from './vault-file.ts'

let folder = ''
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'log-'))
  await initSodium()
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** What stands in the file after one line with these facts. */
function written(facts: Record<string, unknown>): string {
  const file = join(folder, 'line.log')
  rmSync(file, { force: true })
  createLog({ name: 'test', file })('error', 'something', facts)
  expect(statSync(file).mode & 0o077).toBe(0)
  return readFileSync(file, 'utf8')
}

/** Every form in which bytes could slip into text. */
const forms = (bytes: Uint8Array): string[] => [
  Buffer.from(bytes).toString('hex'),
  Buffer.from(bytes).toString('base64'),
  Array.from(bytes.subarray(0, 12)).join(','),
  JSON.stringify(bytes.subarray(0, 6)).slice(1, -1),
]

test('no secret type prints, whatever the field is called and however deep it stands', async () => {
  const secret = new Uint8Array(32).map((_, i) => 200 - i)
  const share = testShares(3, 2).get(1) as KeyShare
  const path = join(folder, 'v', 'vault')
  await createVault(path, 'a long passphrase', { cost: { opslimit: 1, memlimit: 8192 } })
  const vault = await openVault(path, 'a long passphrase')
  const seed = vault.identitySeed.slice()
  const encoded = encodeShare(share, new Uint8Array(32).fill(9))
  const holders: unknown[] = [
    new Secret('test', secret),
    secret,
    secret.buffer,
    Buffer.from(secret),
    share,
    vault,
    identityFromSeed(secret),
    hedgedRandom({ longTermSecret: secret, counter: 1n }),
    new Map([['key', secret]]),
    { deeper: { still: [new Secret('test', secret), { bytes: secret }] } },
    encoded,
  ]
  for (const holder of holders) {
    const line = written({ about: holder, list: [holder] })
    for (const form of [...forms(secret), ...forms(seed), ...forms(encoded)]) expect(line).not.toContain(form)
  }
  vault.close()
})

test('fields with the name of a secret are dropped, counts are not', () => {
  const line = written({
    passphrase: 'hunter2hunter2',
    nested: { voteKey: 'hunter2hunter2', identitySeed: 'hunter2hunter2' },
    shares: 3,
    passphraseFile: '/tmp/p',
  })
  expect(line).not.toContain('hunter2')
  expect(JSON.parse(line)).toMatchObject({ name: 'test', level: 'error', event: 'something', shares: 3, passphraseFile: '/tmp/p' })
})

test('addresses lose user, password, query and long path parts', () => {
  const line = written({
    url: 'https://user:hunter2@rpc.example/v2/0123456789abcdef0123456789abcdef?key=hunter3',
    text: 'no answer of wss://key@relay.example/relay?token=hunter4 yet',
  })
  expect(line).not.toMatch(/hunter|0123456789abcdef|key@/)
  expect(JSON.parse(line)).toMatchObject({ url: 'https://rpc.example/…', text: 'no answer of wss://relay.example/relay yet' })
})

test('values keep their meaning', () => {
  expect(plain({ a: 1n, b: undefined, c: null, d: [true, 'x'], e: new Set([1]), f: Number.NaN, g: () => 1 })).toEqual({
    a: '1',
    c: null,
    d: [true, 'x'],
    e: [1],
    f: 'NaN',
    g: '[function]',
  })
  expect(plain(new PoolError('deadline', { round: 'R1' }))).toMatchObject({ code: 'deadline', context: { round: 'R1' } })
  expect(plain('x'.repeat(5000))).toHaveLength(2001)
  const loop: Record<string, unknown> = {}
  loop.self = loop
  expect(JSON.stringify(plain(loop))).toContain('[deep]')
})
