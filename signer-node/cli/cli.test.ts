import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { privateKeyToAccount } from 'viem/accounts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { genesisBlock, headOf, type L2Block } from '../../core/batch/block.ts'
import { encodeBlocks } from '../../core/batch/summary.ts'
import { fromHex, hex } from '../../core/bytes.ts'
import { type Anvil, startAnvil } from '../anvil.ts'
import { nodeDeflate } from '../zlib.ts'

const MAIN = fileURLToPath(new URL('../../dist/signer-node/cli/main.js', import.meta.url))
const INBOX = '0xff00000000000000000000000000000000000042'
const RICH = '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266'

interface Outcome {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** Settings of whoever runs the tests stay outside. */
const cleanEnv = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('SEQUORUM_')))

function start(
  args: readonly string[],
  env: Record<string, string> = {},
): { child: ChildProcess; ended: Promise<Outcome>; said: (text: string) => Promise<void> } {
  const child = spawn(process.execPath, [MAIN, ...args], { cwd: folder, env: { ...cleanEnv, ...env }, stdio: ['pipe', 'pipe', 'pipe'] })
  child.stdin?.end()
  let out = ''
  let err = ''
  let check = (): void => {}
  child.stdout?.on('data', chunk => {
    out += chunk
    check()
  })
  child.stderr?.on('data', chunk => {
    err += chunk
  })
  const ended = new Promise<Outcome>(resolve => child.once('close', code => resolve({ code, out, err })))
  const said = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      check = () => (out.includes(text) ? resolve() : undefined)
      check()
      void ended.then(() => reject(new Error(`ended without saying ${text}: ${out}${err}`)))
    })
  return { child, ended, said }
}
const run = (args: readonly string[], env: Record<string, string> = {}): Promise<Outcome> => start(args, env).ended

let folder = ''
let anvil: Anvil
const passphraseFile = (name: string): string => join(folder, `${name}.passphrase`)

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cli-'))
  anvil = await startAnvil({ blockTime: 0 })
  for (const name of ['one', 'two', 'three']) writeFileSync(passphraseFile(name), `passphrase of ${name}\n`, { mode: 0o600 })
})
afterAll(async () => {
  await anvil.close()
  rmSync(folder, { recursive: true, force: true })
})

describe('usage', () => {
  test('help and version are no failure', async () => {
    const [help, version, command] = await Promise.all([run(['--help']), run(['--version']), run(['help', 'relay'])])
    expect(help).toMatchObject({ code: 0, err: '' })
    for (const text of ['demo', 'relay', 'signer', 'pool', 'decode', 'Exit codes', 'SEQUORUM_']) expect(help.out).toContain(text)
    expect(version).toMatchObject({ code: 0, out: `${JSON.parse(readFileSync('package.json', 'utf8')).version}\n` })
    expect(command.out).toContain('SEQUORUM_TLS_CERT')
  })

  test('what is not understood ends with 2 and says what to do, as JSON when asked', async () => {
    const [none, unknown, missing, value, json] = await Promise.all([
      run([]),
      run(['relai']),
      run(['signer', '--pool', 'x']),
      run(['relay', '--port', '99999']),
      run(['decode', '--json']),
    ])
    expect([none.code, unknown.code, missing.code, value.code, json.code]).toEqual([2, 2, 2, 2, 2])
    expect(none.err).toContain('Commands:')
    expect(unknown.err).toContain('Did you mean relay?')
    expect(missing.err).toContain("error usage: required option '--vault <file>' not specified")
    expect(missing.err).toContain('next: Run it with --help.')
    expect(value.err).toContain('0..65535')
    expect(json.err).toBe('')
    expect(JSON.parse(json.out)).toMatchObject({ ok: false, error: { code: 'usage', exitCode: 2, docs: 'docs/cli.md' } })
  })
})

describe('decode', () => {
  const sender = privateKeyToAccount(`0x${'42'.repeat(32)}`)
  let calldata: `0x${string}`
  let transactions: string[] = []
  beforeAll(async () => {
    const signed = [0, 1].map(nonce =>
      sender.signTransaction({
        chainId: 901,
        nonce,
        to: INBOX,
        value: BigInt(nonce),
        gas: 21_000n,
        maxFeePerGas: 10n,
        maxPriorityFeePerGas: 1n,
        type: 'eip1559',
      }),
    )
    transactions = await Promise.all(signed)
    const origin = { number: 7, hash: `0x${'07'.repeat(32)}` } as const
    const genesis = headOf(genesisBlock({ l2ChainId: 901, timestamp: 1_700_000_000, l1Origin: origin }))
    const block: L2Block = {
      number: 1,
      parentHash: genesis.hash,
      timestamp: 1_700_000_002,
      l1Origin: origin,
      transactions: transactions.map(raw => fromHex(raw)),
    }
    const empty: L2Block = { number: 2, parentHash: headOf(block).hash, timestamp: 1_700_000_004, l1Origin: origin, transactions: [] }
    calldata = hex(encodeBlocks([block, empty], new Uint8Array(16).fill(9), nodeDeflate).calldata)
  })

  test('prints blocks and transactions from hex, a file of hex, a file of bytes and an L1 transaction', async () => {
    writeFileSync(join(folder, 'batch.hex'), `${calldata}\n`)
    writeFileSync(join(folder, 'batch.bin'), fromHex(calldata))
    const response = await fetch(anvil.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_sendTransaction', params: [{ from: RICH, to: INBOX, data: calldata }] }),
    })
    const { result: hash } = (await response.json()) as { result: string }
    const [text, ...json] = await Promise.all([
      run(['decode', calldata]),
      run(['decode', calldata, '--json']),
      run(['decode', 'batch.hex', '--json']),
      run(['decode', 'batch.bin', '--json']),
      run(['decode', '--tx', hash], { SEQUORUM_L1: anvil.url, SEQUORUM_JSON: '1' }),
    ])
    for (const outcome of json) {
      expect(outcome).toMatchObject({ code: 0, err: '' })
      const decoded = JSON.parse(outcome.out)
      expect(decoded).toMatchObject({ ok: true, channelId: `0x${'09'.repeat(16)}`, frames: 1, compression: 'zlib', end: 'complete' })
      expect(decoded.blocks).toHaveLength(2)
      expect(decoded.blocks[0]).toMatchObject({ timestamp: 1_700_000_002, l1Origin: { number: '7' } })
      expect(decoded.blocks[0].transactions.map((transaction: { raw: string }) => transaction.raw)).toEqual(transactions)
      expect(decoded.blocks[0].transactions[1]).toMatchObject({
        from: sender.address.toLowerCase(),
        to: INBOX,
        nonce: 1,
        value: '1',
        type: 'eip1559',
      })
      expect(decoded.blocks[1].transactions).toEqual([])
    }
    expect(text.code).toBe(0)
    expect(text.out).toContain('2 L2 block(s), 2 transaction(s)')
    expect(text.out).toContain(sender.address.toLowerCase())
    expect(text.out).toContain('2023-11-14T22:13:22.000Z')
  })

  test('what is no batch ends with 3, a node that does not answer with 5', async () => {
    const [cut, absent, unknown, unreachable] = await Promise.all([
      run(['decode', calldata.slice(0, -20), '--json']),
      run(['decode', 'absent.hex']),
      run(['decode', '--l1', anvil.url, '--tx', `0x${'11'.repeat(32)}`]),
      run(['decode', '--l1', 'http://user:hunter2@127.0.0.1:9', '--tx', `0x${'11'.repeat(32)}`]),
    ])
    expect([cut.code, absent.code, unknown.code, unreachable.code]).toEqual([3, 3, 3, 5])
    expect(JSON.parse(cut.out).error.code).toBe('malformed-batch')
    expect(absent.err).toContain('does not exist')
    expect(unreachable.err).toContain('error l1-unreachable')
    expect(unreachable.err).not.toContain('hunter2')
  })
})

// Many processes at once on two cores.
describe('a pool', { timeout: 150_000 }, () => {
  const init = (...more: string[]): string[] => [
    ...['pool', 'init', '--inbox', INBOX, '--l2-chain-id', '901', '--member', 'one.json', '--member', 'two.json', '--member', 'three.json'],
    ...more,
  ]

  test('is made from invites, shown, and run by a relay and a signer', async () => {
    const invites = await Promise.all(
      ['one', 'two', 'three'].map(name =>
        run(['pool', 'invite', '--vault', join(name, 'vault'), '--passphrase-file', passphraseFile(name), '--name', name, '--out', `${name}.json`]),
      ),
    )
    for (const invite of invites) expect(invite).toMatchObject({ code: 0, err: '' })
    expect(statSync(join(folder, 'one', 'vault')).mode & 0o777).toBe(0o600)
    const one = JSON.parse(readFileSync(join(folder, 'one.json'), 'utf8'))
    expect(one).toMatchObject({ kind: 'sequorum-invite', weight: '1', name: 'one' })

    const [again, made] = await Promise.all([
      run(['pool', 'invite', '--vault', 'one/vault', '--passphrase-file', passphraseFile('one'), '--name', 'one', '--weight', '5']),
      run(
        init(
          '--l1',
          anvil.url,
          '--threshold',
          '2',
          '--relay',
          'ws://127.0.0.1:9/relay',
          '--round-zero',
          '3s',
          '--confirmations',
          '1',
          '--out',
          'pool.json',
        ),
      ),
    ])
    // The vault is there already: the same member.
    expect(JSON.parse(again.out)).toMatchObject({ identity: one.identity, vote: one.vote, weight: '5' })
    expect(made).toMatchObject({ code: 0, err: '' })
    expect(made.out).toContain('2 of 3 shares make a signature')
    expect(made.out).toContain('1 silent member; never two contents for one height with up to 0 cheaters')
    const pool = JSON.parse(readFileSync(join(folder, 'pool.json'), 'utf8'))
    expect(pool).toMatchObject({
      threshold: 2,
      agreementQuorum: 2,
      l1: { chainId: 31_337 },
      times: { roundZero: 3000 },
      relay: 'ws://127.0.0.1:9/relay',
    })
    expect(pool.members.map((member: { seat: number; identity: string }) => [member.seat, member.identity])[0]).toEqual([1, one.identity])

    const [show, insecure, relay, signer] = await Promise.all([
      run(['pool', 'show', 'pool.json', '--json']),
      run(['relay', '--pool', 'pool.json', '--l1', anvil.url, '--data', 'relay-2', '--host', '0.0.0.0', '--port', '0']),
      (async () => {
        const { child, ended, said } = start(['relay', '--pool', 'pool.json', '--l1', anvil.url, '--data', 'relay', '--port', '0', '--json'])
        await said('"event":"listening"')
        child.kill('SIGINT')
        return ended
      })(),
      (async () => {
        const args = ['signer', '--pool', 'pool.json', '--vault', 'two/vault', '--passphrase-file', passphraseFile('two'), '--l1', anvil.url]
        const { child, ended, said } = start(args)
        await said('seat 2 of pool (2 of 3 sign)')
        const second = await run(args)
        child.kill('SIGTERM')
        return { first: await ended, second, pid: child.pid }
      })(),
    ])
    expect(JSON.parse(show.out)).toMatchObject({ ok: true, threshold: 2, agreementQuorum: 2, survives: { silent: 1, cheaters: 0 } })
    expect(made.out).toContain(JSON.parse(show.out).poolHash)
    const key = ['--account', `0x${'ac'.repeat(20)}`, '--key-id', `0x${'1d'.repeat(32)}`]
    const next = (...more: string[]): ReturnType<typeof run> => run(['pool', 'next', '--pool', 'pool.json', ...key, '--out', 'next.json', ...more])
    const [moved, stranger] = await Promise.all([next('--remove', '1', '--replace', '2=two.json', '--json'), next('--remove', '9')])
    expect(stranger).toMatchObject({ code: 2 })
    expect(stranger.err).toContain('no member has this seat')
    const successor = JSON.parse(moved.out).pool
    expect(successor.members.map((member: { seat: number }) => member.seat)).toEqual([2, 3])
    expect(successor.parent).toMatchObject({ pool: JSON.parse(show.out).poolHash, account: key[1], threshold: 2 })
    expect(successor.parent.members).toHaveLength(3)
    const shown = await run(['pool', 'show', 'next.json'])
    expect(shown.out).toContain('leaves      seat 1 of the parent')
    expect(insecure.code).toBe(2)
    expect(insecure.err).toContain('error relay-insecure-bind')
    expect(relay.code, relay.err).toBe(0)
    expect(signer.first.code, signer.first.err).toBe(0)
    expect(signer.second.code).toBe(4)
    expect(signer.second.err).toContain(`pid: ${signer.pid}`)
  })

  test('a changed invite, an existing file, a wrong passphrase, a bad pool file and a dead L1 have their own endings', async () => {
    const one = JSON.parse(readFileSync(join(folder, 'one.json'), 'utf8'))
    writeFileSync(join(folder, 'changed.json'), JSON.stringify({ ...one, weight: '9' }))
    writeFileSync(join(folder, 'broken.json'), JSON.stringify({ ...JSON.parse(readFileSync(join(folder, 'pool.json'), 'utf8')), threshold: 9 }))
    writeFileSync(join(folder, 'noise.json'), 'not json')
    mkdirSync(join(folder, 'public'), { mode: 0o755 })
    const [changed, exists, passphrase, broken, noise, dead, offline, incomplete, open] = await Promise.all([
      run([
        'pool',
        'init',
        '--inbox',
        INBOX,
        '--l2-chain-id',
        '1',
        '--l1',
        anvil.url,
        '--member',
        'changed.json',
        '--member',
        'two.json',
        '--out',
        'x.json',
      ]),
      run(init('--l1', anvil.url, '--out', 'pool.json')),
      run(['signer', '--pool', 'pool.json', '--vault', 'one/vault', '--passphrase-file', passphraseFile('two'), '--l1', anvil.url, '--json']),
      run(['pool', 'show', 'broken.json']),
      run(['pool', 'show', 'noise.json']),
      run(init('--l1', 'http://127.0.0.1:9', '--out', 'x.json')),
      run(
        init(
          '--chain-id',
          '1',
          '--genesis-number',
          '5',
          '--genesis-hash',
          `0x${'ab'.repeat(32)}`,
          '--genesis-timestamp',
          '1700000000',
          '--out',
          'offline.json',
          '--json',
        ),
      ),
      run(init('--chain-id', '1', '--out', 'x.json')),
      run(['pool', 'invite', '--vault', 'public/vault', '--passphrase-file', passphraseFile('one')]),
    ])
    expect([changed, exists, passphrase, broken, noise, dead, offline, incomplete, open].map(outcome => outcome.code)).toEqual([
      3, 2, 4, 3, 3, 5, 0, 2, 4,
    ])
    expect(changed.err).toContain('error bad-invite')
    expect(exists.err).toContain('error output-file')
    expect(JSON.parse(passphrase.out.trim().split('\n').at(-1) as string)).toMatchObject({
      ok: false,
      error: { code: 'vault-passphrase', exitCode: 4 },
    })
    expect(broken.err).toContain('at: threshold')
    expect(JSON.parse(offline.out).pool).toMatchObject({ l1: { chainId: 1, genesis: { number: 5, timestamp: 1_700_000_000 } }, threshold: 2 })
    expect(incomplete.err).toContain('--genesis-number')
  })
})
