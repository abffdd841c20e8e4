import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { PoolError } from '../core/errors.ts'
import { type Anvil, startAnvil } from './anvil.ts'
import { createL1Client } from './l1-client.ts'

const INBOX = '0xff00000000000000000000000000000000000042'
/** The first account of every development node. */
const RICH = '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266'

async function rpc(url: string, method: string, ...params: unknown[]): Promise<unknown> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  })
  return ((await response.json()) as { result: unknown }).result
}

/** Sends a transaction and waits for its block: the node answers before it mines. */
async function mined(url: string, transaction: object): Promise<unknown> {
  const hash = await rpc(url, 'eth_sendTransaction', transaction)
  while ((await rpc(url, 'eth_getTransactionReceipt', hash)) === null);
  return hash
}

describe('against a node', () => {
  let anvil: Anvil
  beforeAll(async () => {
    anvil = await startAnvil({ blockTime: 0, chainId: 31_338, slotsInAnEpoch: 1 })
  })
  afterAll(() => anvil.close())

  test('reads chain, blocks with their inbox transactions, fees, balances, nonces', async () => {
    const l1 = createL1Client({ url: anvil.url, inbox: INBOX })
    expect(await l1.chainId()).toBe(31_338)
    expect(await l1.headNumber()).toBe(0)
    expect(await l1.finalizedNumber()).toBe(0)
    await mined(anvil.url, { from: RICH, to: RICH, value: '0x1' })
    // Calldata to the inbox, whatever the case of the address; a transaction to somebody else is not given.
    const hash = await mined(anvil.url, { from: RICH, to: INBOX.toUpperCase().replace('0X', '0x'), data: '0x00aaBB' })
    await rpc(anvil.url, 'anvil_mine', '0x4')
    expect(await l1.headNumber()).toBe(6)
    expect(await l1.finalizedNumber()).toBe(4)
    const [first, second] = [await l1.block(1), await l1.block(2)]
    expect(first?.inbox).toEqual([])
    expect(second).toMatchObject({ number: 2, parentHash: first?.hash, inbox: [{ hash, from: RICH, nonce: 1, data: Uint8Array.of(0, 0xaa, 0xbb) }] })
    expect(await l1.block(7)).toBeUndefined()
    expect(await l1.nonce(RICH)).toBe(2)
    expect(await l1.balance(INBOX)).toBe(0n)
    expect(await l1.balance(RICH)).toBeGreaterThan(9_000n * 10n ** 18n)
    const { baseFee, priorityFees } = await l1.fees()
    expect(baseFee).toBeGreaterThan(0n)
    expect(priorityFees.length).toBeGreaterThan(0)
    expect(await l1.gasUsed(hash as `0x${string}`)).toBeGreaterThan(21_000n)
    expect(await l1.transaction(hash as `0x${string}`)).toMatchObject({ from: RICH, to: INBOX, nonce: 1, input: '0x00aabb', blockNumber: 2 })
    expect(await l1.transaction(`0x${'11'.repeat(32)}`)).toBeUndefined()
    expect(await l1.gasUsed(`0x${'11'.repeat(32)}`)).toBeUndefined()
  })
})

describe('against a node that misbehaves', () => {
  let server: Server
  let base = ''
  let calls: string[] = []
  let answer: (method: string, authorization: string | undefined) => { status?: number; body?: string; hang?: boolean }
  beforeAll(async () => {
    server = createServer((request, response) => {
      let text = ''
      request.on('data', chunk => {
        text += chunk
      })
      request.on('end', () => {
        const { method } = JSON.parse(text) as { method: string }
        calls.push(method)
        const { status = 200, body = '', hang = false } = answer(method, request.headers.authorization)
        if (!hang) response.writeHead(status, { 'content-type': 'application/json' }).end(body)
      })
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    base = `127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })

  const result = (value: unknown) => ({ body: JSON.stringify({ jsonrpc: '2.0', id: 1, result: value }) })
  const block = { number: '0x3', hash: `0x${'ab'.repeat(32)}`, parentHash: `0x${'cd'.repeat(32)}`, timestamp: '0x10', transactions: [] as unknown[] }

  test.each([
    ['an HTTP error', () => ({ status: 500, body: '{}' }), 'HTTP status 500'],
    ['an HTTP error in prose', () => ({ status: 502, body: 'oops' }), 'the answer is not JSON-RPC'],
    [
      'a JSON-RPC error',
      () => ({ body: '{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"no https://secret.example"}}' }),
      'JSON-RPC error -32601',
    ],
    ['what is not JSON', () => ({ body: '<html>' }), 'the answer is not JSON-RPC'],
    ['another type', () => result({ a: 1 }), 'unexpected answer at (root)'],
    ['a number that is none', () => result('0xzz'), 'unexpected answer at (root)'],
    ['a number above 2^53', () => result('0xffffffffffffffff'), 'unexpected answer at (root)'],
    ['silence', () => ({ hang: true }), 'no answer in time'],
  ])('%s is l1-unreachable with the host and no more', async (_, reply, problem) => {
    answer = reply
    const l1 = createL1Client({ url: `http://user:hunter2@${base}/key-in-path-hunter3?k=hunter4`, inbox: INBOX, timeout: 300 })
    const error = await l1.headNumber().then(
      () => expect.unreachable(),
      (thrown: PoolError) => thrown,
    )
    expect(error).toMatchObject({ code: 'l1-unreachable', context: { host: base, method: 'eth_blockNumber' } })
    expect(error.context.problem).toBe(problem)
    expect(`${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`).not.toMatch(/hunter|secret/)
  })

  test('user and password of the address reach the node as a header', async () => {
    let seen: string | undefined
    answer = (_, authorization) => {
      seen = authorization
      return result('0x1')
    }
    expect(await createL1Client({ url: `http://user:hunter2@${base}/`, inbox: INBOX }).chainId()).toBe(1)
    expect(seen).toBe(`Basic ${btoa('user:hunter2')}`)
  })

  test('blocks that are not what was asked for, or hold what is not a transaction, are refused', async () => {
    const l1 = createL1Client({ url: `http://${base}`, inbox: INBOX })
    answer = () => result(block)
    expect(await l1.block(3)).toMatchObject({ number: 3, inbox: [] })
    await expect(l1.block(4)).rejects.toMatchObject({ code: 'l1-unreachable', context: { problem: 'another block than asked for' } })
    answer = () => result({ ...block, transactions: [{ hash: '0x1' }] })
    await expect(l1.block(3)).rejects.toMatchObject({ code: 'l1-unreachable', context: { problem: 'unexpected answer at transactions.0.hash' } })
    answer = () => result({ ...block, transactions: [`0x${'ab'.repeat(32)}`] })
    await expect(l1.block(3)).rejects.toMatchObject({ code: 'l1-unreachable' })
    answer = () => result(null)
    expect(await l1.block(3)).toBeUndefined()
  })

  test('final blocks are read once, others each time', async () => {
    const l1 = createL1Client({ url: `http://${base}`, inbox: INBOX })
    answer = () => result(block)
    await l1.block(3)
    await l1.block(3)
    expect(await l1.finalizedNumber()).toBe(3)
    await l1.block(3)
    calls = []
    await l1.block(3)
    expect(calls).toEqual([])
  })

  test('a chain without a final block has final block 0', async () => {
    answer = () => result(null)
    expect(await createL1Client({ url: `http://${base}`, inbox: INBOX }).finalizedNumber()).toBe(0)
  })

  test('no connection, and addresses that are not HTTP', async () => {
    const free = createServer()
    await new Promise<void>(resolve => free.listen(0, '127.0.0.1', resolve))
    const { port } = free.address() as AddressInfo
    await new Promise(resolve => free.close(resolve))
    const l1 = createL1Client({ url: `http://127.0.0.1:${port}`, inbox: INBOX })
    await expect(l1.chainId()).rejects.toMatchObject({ code: 'l1-unreachable', context: { host: `127.0.0.1:${port}`, problem: 'no connection' } })
    for (const url of ['ws://127.0.0.1', 'nonsense'])
      expect(() => createL1Client({ url, inbox: INBOX })).toThrow(expect.objectContaining({ code: 'invalid-argument' }))
  })
})
