import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { hex } from '../core/bytes.ts'
import { isPoolError } from '../core/errors.ts'
import { labelled } from '../test/support/random.ts'
import { l1Client } from './l1-client.ts'

let server: Server | undefined
afterEach(async () => {
  server?.closeAllConnections()
  await new Promise(resolve => (server === undefined ? resolve(undefined) : server.close(resolve)))
  server = undefined
})

/** A node that answers every request with this body. */
async function node(body: string, status = 200): Promise<ReturnType<typeof l1Client>> {
  server = createServer((request, response) => {
    request.resume()
    response.writeHead(status, { 'content-type': 'application/json' }).end(body)
  })
  await new Promise<void>(resolve => server?.listen(0, '127.0.0.1', resolve))
  return l1Client(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v3/secret-key`)
}
const result = (value: unknown): string => JSON.stringify({ jsonrpc: '2.0', id: 1, result: value })
const hash = hex(labelled('hash'))
const block = { number: '0x5', hash, parentHash: hash, timestamp: '0x10', transactions: [] }

describe('L1 client', () => {
  it('reads what it asks for', async () => {
    expect(await (await node(result('0x7a69'))).chainId()).toBe(31_337)
    const transaction = { hash, from: `0x${'AB'.repeat(20)}`, to: null, nonce: '0x1', input: '0x0102', value: '0x0' }
    expect(await (await node(result({ ...block, transactions: [transaction] }))).block(5)).toEqual({
      number: 5,
      hash,
      parentHash: hash,
      timestamp: 16,
      transactions: [{ hash, from: `0x${'ab'.repeat(20)}`, to: undefined, nonce: 1, data: Uint8Array.of(1, 2) }],
    })
    expect(await (await node(result(null))).block(5)).toBeUndefined()
    expect(await (await node(result(null))).finalizedNumber()).toBe(0)
    expect(await (await node(result({ status: '0x0', gasUsed: '0x10', effectiveGasPrice: '0x3' }))).receipt(hash)).toEqual({
      succeeded: false,
      gasUsed: 16,
      fee: 48n,
    })
    expect(await (await node(result(null))).knows(hash)).toBe(false)
  })

  const bad: [why: string, body: string, status: number][] = [
    ['no JSON', '<html>', 502],
    ['nothing', '', 200],
    ['another shape', '[]', 200],
    ['an error', '{"error":{"code":-32000,"message":"busy"}}', 200],
    ['no number', result('latest'), 200],
    ['a number that is too large', result(`0x${'f'.repeat(16)}`), 200],
  ]
  it.each(bad)('has one error for %s, and never names the address', async (_, body, status) => {
    const client = await node(body, status)
    const error = await client.headNumber().catch(error => error as unknown)
    expect(isPoolError(error, 'relay-l1')).toBe(true)
    expect(JSON.stringify(error) + String((error as Error).cause)).not.toContain('secret-key')
  })

  it('fails in the same way when nobody listens', async () => {
    const error = await l1Client('http://127.0.0.1:9/secret-key')
      .headNumber()
      .catch(error => error as unknown)
    expect(isPoolError(error, 'relay-l1')).toBe(true)
    expect(JSON.stringify(error)).not.toContain('secret-key')
  })

  it.each([
    ['already known', 'known'],
    ['ALREADY_EXISTS: already known', 'known'],
    ['nonce too low: next nonce 5, tx nonce 4', 'used'],
    ['OldNonce', 'used'],
    ['replacement transaction underpriced', 'outbid'],
  ])('understands a node that says %s', async (message, outcome) => {
    const client = await node(JSON.stringify({ error: { code: -32000, message } }))
    expect(await client.send(Uint8Array.of(1))).toBe(outcome)
  })

  it('takes every other refusal as a failure', async () => {
    const client = await node(JSON.stringify({ error: { code: -32000, message: 'insufficient funds for gas * price + value' } }))
    await expect(client.send(Uint8Array.of(1))).rejects.toMatchObject({ code: 'relay-l1' })
  })

  it('rejects any other JSON with its own error', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async value => {
        const client = await node(result(value))
        for (const ask of [() => client.block(1), () => client.receipt(hash), () => client.chainId()]) {
          const outcome = await ask().catch((error: unknown) => error)
          if (outcome instanceof Error) expect(isPoolError(outcome, 'relay-l1')).toBe(true)
        }
        server?.closeAllConnections()
        await new Promise(resolve => server?.close(resolve))
      }),
      { numRuns: 40 },
    )
  })
})
