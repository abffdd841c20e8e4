import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { privateKeyToAccount } from 'viem/accounts'
import { afterEach, describe, expect, it } from 'vitest'
import { fromHex, hex } from '../core/bytes.ts'
import type { Hex } from '../core/ethereum.ts'
import { manualClock } from '../test/support/manual-clock.ts'
import { testPool } from '../test/support/pool.ts'
import { labelled } from '../test/support/random.ts'
import { joinRelay } from '../test/support/relay-client.ts'
import type { RelayConfig } from './config.ts'
import { createRelay } from './relay.ts'

const pool = testPool(3)
const chainId = pool.l2.chainId
const cleanups: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const undo of cleanups.splice(0).reverse()) await undo()
})

async function start(change: Partial<RelayConfig> = {}) {
  const clock = manualClock()
  const relay = await createRelay({ pool, l1Rpc: 'http://127.0.0.1:9', clock, ...change })
  cleanups.push(() => relay.close())
  const post = (body: string, headers: Record<string, string> = { 'content-type': 'application/json' }) =>
    fetch(`${relay.url}/rpc`, { method: 'POST', headers, body })
  const call = async (method: string, ...params: unknown[]): Promise<Answer> =>
    (await post(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }))).json() as Promise<Answer>
  return {
    relay,
    clock,
    post,
    call,
    join: (seat: number, since = 0) => joinRelay(relay.socketUrl, pool, seat, { now: clock.now(), transactionsSince: since }),
  }
}
interface Answer {
  readonly id?: unknown
  readonly result?: unknown
  readonly error?: { readonly code: number; readonly message: string; readonly data?: { readonly reason: string } }
}

function directory(): string {
  const path = mkdtempSync(join(tmpdir(), 'sequorum-page-'))
  cleanups.push(() => rmSync(path, { recursive: true }))
  return path
}

const alice = privateKeyToAccount(hex(labelled('alice')))
const transfer = (nonce: number, change: { chainId?: number; gas?: bigint; data?: Hex } = {}): Promise<Hex> =>
  alice.signTransaction({
    type: 'eip1559',
    chainId,
    nonce,
    to: `0x${'11'.repeat(20)}`,
    value: 1n,
    gas: 21_000n,
    maxFeePerGas: 10n,
    maxPriorityFeePerGas: 1n,
    ...change,
  })

describe('/rpc', () => {
  it('answers what wallets ask first', async () => {
    const { call } = await start()
    expect(await call('eth_chainId')).toEqual({ jsonrpc: '2.0', id: 1, result: `0x${chainId.toString(16)}` })
    expect((await call('net_version')).result).toBe(String(chainId))
    expect((await call('web3_clientVersion')).result).toMatch(/^sequorum/)
    expect((await call('eth_getTransactionCount', alice.address, 'pending')).result).toBe('0x0')
    expect((await call('sequorum_status')).result).toMatchObject({ pool: { l2ChainId: chainId }, members: [{ seat: 1 }, { seat: 2 }, { seat: 3 }] })
    expect((await call('sequorum_batches', 0, 10)).result).toEqual([])
  })

  it('takes a transaction in, answers the same to a repeated one, and hands it to all members', async () => {
    const { call, join: connect, relay } = await start()
    const [one, two] = [await connect(1), await connect(2)]
    const [first, second] = [await transfer(0), await transfer(1)]
    const { result } = await call('eth_sendRawTransaction', first)
    expect(result).toMatch(/^0x[0-9a-f]{64}$/)
    expect((await call('eth_sendRawTransaction', first)).result).toBe(result)
    await call('eth_sendRawTransaction', second)
    expect((await call('eth_getTransactionCount', alice.address, 'pending')).result).toBe('0x2')
    expect((await call('eth_getTransactionCount', alice.address)).result).toBe('0x0')
    expect((await call('sequorum_transaction', result)).result).toEqual({ state: 'waiting' })
    expect((await call('sequorum_transaction', hex(labelled('none')))).result).toBe(null)
    for (const member of [one, two]) {
      const got = await member.wait('transaction', frame => hex(frame.raw) === second)
      const all = member.heard.filter(frame => frame.kind === 'transaction')
      expect(all.map(frame => hex(frame.raw))).toEqual([first, second])
      expect(got.sequence).toBe((all[0]?.sequence ?? 0) + 1)
    }
    const all = one.heard.filter(frame => frame.kind === 'transaction')
    const resumed = await connect(3, all[0]?.sequence)
    await resumed.wait('transaction')
    expect(resumed.heard.filter(frame => frame.kind === 'transaction').map(frame => hex(frame.raw))).toEqual([second])
    expect((await relay.snapshot()).intake.transactions).toBe(2)
  })

  it('answers one of many equal requests at a time with the same hash', async () => {
    const { call } = await start()
    const raw = await transfer(0)
    const results = await Promise.all(Array.from({ length: 20 }, () => call('eth_sendRawTransaction', raw)))
    expect(new Set(results.map(answer => answer.result)).size).toBe(1)
  })

  it('keeps what it took in over a restart', async () => {
    const dataDir = directory()
    const first = await start({ dataDir })
    const { result } = await first.call('eth_sendRawTransaction', await transfer(0))
    await first.relay.close()
    const second = await start({ dataDir })
    expect((await second.call('sequorum_transaction', result)).result).toEqual({ state: 'waiting' })
    expect((await second.call('eth_getTransactionCount', alice.address, 'pending')).result).toBe('0x1')
    expect((await second.call('eth_sendRawTransaction', await transfer(0))).result).toBe(result)
    await (await second.join(1)).wait('transaction')
  })

  const flipped = async (): Promise<Hex> => {
    const bytes = fromHex(await transfer(0))
    // The last byte belongs to s; a high s breaks EIP-2.
    bytes.set(new Uint8Array(16).fill(0xff), bytes.length - 32)
    return hex(bytes)
  }
  const refused: [why: string, reason: string, message: RegExp, raw: () => Promise<Hex>][] = [
    ['another chain id', 'wrong-chain-id', /invalid chain id/, () => transfer(0, { chainId: chainId + 1 })],
    ['a signature that cannot be', 'bad-signature', /invalid sender/, flipped],
    ['a nonce far ahead', 'nonce-too-high', /nonce too high/, () => transfer(1_000)],
    ['a nonce that another one has', 'nonce-taken', /replacement/, () => transfer(0, { gas: 30_000n })],
    ['too little gas', 'gas-below-intrinsic', /intrinsic gas too low/, () => transfer(5, { gas: 20_000n })],
    ['too much gas', 'gas-above-limit', /exceeds block gas limit/, () => transfer(5, { gas: 40_000_000n })],
    ['too many bytes', 'oversize', /oversized/, () => transfer(5, { data: `0x${'00'.repeat(101_000)}`, gas: 30_000_000n })],
    ['bytes that are no transaction', 'malformed-transaction', /malformed/, async () => '0x02c0'],
    ['no bytes', 'malformed-transaction', /malformed/, async () => '0x'],
    ['a deposit', 'malformed-transaction', /deposit/, async () => '0x7e01'],
  ]
  it.each(refused)('refuses %s', async (_, reason, message, raw) => {
    const { call } = await start()
    await call('eth_sendRawTransaction', await transfer(0))
    const { error } = await call('eth_sendRawTransaction', await raw())
    expect(error).toMatchObject({ code: -32000, data: { reason } })
    expect(error?.message).toMatch(message)
  })

  const wrong: [why: string, code: number, body: string][] = [
    ['no JSON', -32700, '{'],
    ['nothing', -32700, ''],
    ['an empty batch', -32600, '[]'],
    ['a number', -32600, '1'],
    ['another version', -32600, '{"jsonrpc":"1.0","id":1,"method":"eth_chainId"}'],
    ['no method', -32600, '{"jsonrpc":"2.0","id":1}'],
    ['an object for an id', -32600, '{"jsonrpc":"2.0","id":{},"method":"eth_chainId"}'],
    ['an unknown method', -32601, '{"jsonrpc":"2.0","id":1,"method":"eth_call"}'],
    ['a method of Object', -32601, '{"jsonrpc":"2.0","id":1,"method":"constructor"}'],
    ['named parameters', -32602, '{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":{"a":1}}'],
    ['a transaction that is no hex', -32602, '{"jsonrpc":"2.0","id":1,"method":"eth_sendRawTransaction","params":["0xzz"]}'],
    ['half a byte', -32602, '{"jsonrpc":"2.0","id":1,"method":"eth_sendRawTransaction","params":["0x1"]}'],
    ['no transaction', -32602, '{"jsonrpc":"2.0","id":1,"method":"eth_sendRawTransaction"}'],
    ['a short address', -32602, '{"jsonrpc":"2.0","id":1,"method":"eth_getTransactionCount","params":["0x12"]}'],
    ['a block by number', -32602, `{"jsonrpc":"2.0","id":1,"method":"eth_getTransactionCount","params":["0x${'11'.repeat(20)}","0x1"]}`],
    ['a negative height', -32602, '{"jsonrpc":"2.0","id":1,"method":"sequorum_batches","params":[-1]}'],
  ]
  it.each(wrong)('answers %s with an error', async (_, code, body) => {
    const { post } = await start()
    const response = await post(body)
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({ jsonrpc: '2.0', error: { code } })
  })

  it('answers batches in order, and nothing for notifications', async () => {
    const { post } = await start({ limits: { rpcBatch: 3 } })
    const ask = (id: unknown, method: string) => ({ jsonrpc: '2.0', ...(id !== undefined && { id }), method })
    const batch = [ask('a', 'eth_chainId'), ask(undefined, 'eth_chainId'), ask(null, 'nope')]
    const answers = (await (await post(JSON.stringify(batch))).json()) as Answer[]
    expect(answers.map(answer => answer.id)).toEqual(['a', null])
    expect((await post(JSON.stringify([ask(undefined, 'eth_chainId')]))).status).toBe(204)
    expect(await (await post(JSON.stringify([1, 2, 3].map(id => ask(id, 'eth_chainId'))))).json()).toHaveLength(3)
    expect(await (await post(JSON.stringify([1, 2, 3, 4].map(id => ask(id, 'eth_chainId'))))).json()).toMatchObject({ error: { code: -32005 } })
  })

  it('answers any JSON with JSON-RPC, never with an internal error', async () => {
    const { post } = await start({ limits: { rpcPerSecond: 1e6 } })
    const method = fc.constantFrom('eth_sendRawTransaction', 'eth_getTransactionCount', 'sequorum_batches', 'sequorum_transaction', 'x')
    const hexText = fc.uint8Array({ maxLength: 64 }).map(hex)
    const request = fc.record(
      {
        jsonrpc: fc.constant('2.0'),
        id: fc.jsonValue(),
        method: fc.oneof(method, fc.jsonValue()),
        params: fc.oneof(fc.array(fc.oneof(hexText, fc.jsonValue())), fc.jsonValue()),
      },
      { requiredKeys: [] },
    )
    await fc.assert(
      fc.asyncProperty(fc.oneof(request, fc.array(request, { maxLength: 4 }), fc.jsonValue()), async value => {
        const response = await post(JSON.stringify(value))
        if (response.status === 204) return
        expect(response.status).toBe(200)
        for (const answer of [(await response.json()) as Answer | Answer[]].flat()) expect(answer.error?.code).not.toBe(-32603)
      }),
      { numRuns: 150 },
    )
  })

  it('bounds bodies, types, methods and rates', async () => {
    const { relay, post } = await start({ limits: { httpBody: 1_000, rpcPerSecond: 4 } })
    expect((await post('{}', { 'content-type': 'text/plain' })).status).toBe(415)
    expect((await fetch(`${relay.url}/rpc`)).status).toBe(405)
    expect((await post('1'.repeat(1_000))).status).toBe(200)
    expect((await post('1'.repeat(1_001))).status).toBe(413)
    expect(await chunked(relay.port, ['1'.repeat(600), '1'.repeat(600)])).toBe(413)
    await post('{}')
    const limited = await post('{}')
    expect(limited.status).toBe(429)
    expect(await limited.json()).toMatchObject({ error: { code: -32005 } })
  })

  it('lets listed pages call it, and no other', async () => {
    const { post } = await start({ origins: ['http://localhost:5173'] })
    const from = async (origin: string) =>
      (await post('{}', { 'content-type': 'application/json', origin })).headers.get('access-control-allow-origin')
    expect(await from('http://localhost:5173')).toBe('http://localhost:5173')
    expect(await from('http://evil.example')).toBe(null)
  })
})

/** A request whose length nobody knows before. */
function chunked(port: number, parts: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(
      { port, host: '127.0.0.1', path: '/rpc', method: 'POST', headers: { 'content-type': 'application/json', 'transfer-encoding': 'chunked' } },
      answer => {
        answer.resume()
        resolve(answer.statusCode ?? 0)
      },
    )
    sent.on('error', reject)
    for (const part of parts) sent.write(part)
    sent.end()
  })
}

/** A path that fetch would tidy up. */
function rawGet(port: number, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request({ port, host: '127.0.0.1', path }, answer => {
      answer.resume()
      resolve(answer.statusCode ?? 0)
    })
    sent.on('error', reject)
    sent.end()
  })
}

describe('other addresses', () => {
  it('tells whether it lives and whether it is of use', async () => {
    const { relay } = await start({ pageDir: directory() })
    expect((await fetch(`${relay.url}/healthz`)).status).toBe(200)
    const ready = await fetch(`${relay.url}/readyz`)
    expect(ready.status).toBe(503)
    expect(await ready.json()).toEqual({ ready: false, checks: { store: true, l1: false, page: false } })
  })

  it('counts what happens, without naming anyone', async () => {
    const { relay, call, join: connect } = await start()
    await connect(1)
    await call('eth_sendRawTransaction', await transfer(0))
    await call('no_such_method_as_this')
    const text = await (await fetch(`${relay.url}/metrics`)).text()
    expect(text).toContain('sequorum_relay_members_online 1')
    expect(text).toContain('sequorum_relay_transactions_total{outcome="admitted"} 1')
    expect(text).toContain('sequorum_relay_rpc_requests_total{method="unknown",outcome="error"} 1')
    expect(text).toContain('sequorum_relay_frames_total{direction="in",kind="auth"} 1')
    for (const { identity, vote } of pool.members) for (const name of [identity, identity.slice(2, 12), vote]) expect(text).not.toContain(name)
    expect(text).not.toContain('no_such')
  })

  it('shows its status as JSON and as a stream of events', async () => {
    const { relay, call, clock } = await start()
    expect(await (await fetch(`${relay.url}/api/status`)).json()).toMatchObject({ members: [{ online: false }, {}, {}], intake: { transactions: 0 } })
    const stream = await fetch(`${relay.url}/api/events`)
    expect(stream.headers.get('content-type')).toContain('text/event-stream')
    const reader = (stream.body as ReadableStream<Uint8Array>).getReader()
    const next = async (): Promise<{ intake: { transactions: number } }> => {
      const text = new TextDecoder().decode((await reader.read()).value)
      expect(text.startsWith('event: snapshot\ndata: ')).toBe(true)
      return JSON.parse(text.slice('event: snapshot\ndata: '.length))
    }
    expect((await next()).intake.transactions).toBe(0)
    await call('eth_sendRawTransaction', await transfer(0))
    await clock.advance(200)
    expect((await next()).intake.transactions).toBe(1)
    await relay.close()
    expect((await reader.read()).done).toBe(true)
  })

  it('serves the page with headers that let it run only its own code, and nothing outside its directory', async () => {
    const outside = directory()
    const pageDir = join(outside, 'page')
    mkdirSync(join(pageDir, 'assets'), { recursive: true })
    writeFileSync(join(outside, 'secret.txt'), 'secret')
    writeFileSync(join(pageDir, 'index.html'), '<!doctype html>')
    writeFileSync(join(pageDir, 'assets', 'main-1a2b.js'), '1')
    writeFileSync(join(pageDir, '.env.txt'), 'hidden')
    writeFileSync(join(pageDir, 'tool.exe'), 'unknown type')
    symlinkSync(join(outside, 'secret.txt'), join(pageDir, 'link.txt'))
    const { relay } = await start({ pageDir })
    const page = await fetch(`${relay.url}/?seat=1`)
    expect(page.status).toBe(200)
    expect(await page.text()).toBe('<!doctype html>')
    const policy = page.headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'")
    expect(policy).toContain(`connect-src 'self' ws://127.0.0.1:${relay.port};`)
    expect(policy).toContain("require-trusted-types-for 'script'; trusted-types sequorum")
    expect(policy).not.toMatch(/unsafe-inline|'unsafe-eval'|\*/)
    for (const [name, value] of [
      ['cross-origin-opener-policy', 'same-origin'],
      ['cross-origin-embedder-policy', 'require-corp'],
      ['x-content-type-options', 'nosniff'],
      ['cache-control', 'no-cache'],
    ] as const)
      expect(page.headers.get(name)).toBe(value)
    const script = await fetch(`${relay.url}/assets/main-1a2b.js`)
    expect(script.headers.get('content-type')).toContain('text/javascript')
    expect(script.headers.get('cache-control')).toContain('immutable')
    expect(script.headers.get('content-security-policy')).toBe(policy)
    const hidden = [
      '/../secret.txt',
      '/%2e%2e/secret.txt',
      '/..%2fsecret.txt',
      '/assets/..%5c..%5csecret.txt',
      '/.env.txt',
      '/link.txt',
      '/tool.exe',
      '/assets',
      '/%00',
      '/%',
      '//etc/passwd',
      '/none.html',
    ]
    for (const path of hidden) expect([path, await rawGet(relay.port, path)]).toEqual([path, 404])
    const missing = await fetch(`${relay.url}/none`)
    expect(await missing.json()).toEqual({ error: 'not found' })
    expect((await fetch(`${relay.url}/`, { method: 'DELETE' })).status).toBe(405)
  })

  it('shows what members report, and drops what is no report', async () => {
    const { relay, join: connect } = await start()
    const one = await connect(1)
    const report = {
      seat: 1,
      phase: 'ready',
      height: 3,
      round: 0,
      refusals: [{ height: 3, round: 0, reason: 'wrong-nonce' }],
      epochNo: 2,
      problem: 'share-superseded',
      kernel: 'reference',
      extra: '<b>',
    }
    one.send({ kind: 'report', json: JSON.stringify(report) })
    for (const json of ['{', '[]', JSON.stringify({ ...report, seat: 2 }), JSON.stringify({ ...report, phase: 'x'.repeat(65) })])
      one.send({ kind: 'report', json })
    await one.publish(2, new Uint8Array(1))
    const { extra: _, ...kept } = report
    expect((await relay.snapshot()).members.map(member => member.report)).toEqual([kept, undefined, undefined])
  })
})
