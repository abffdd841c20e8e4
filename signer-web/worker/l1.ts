/**
 * A tab's own view of L1: JSON-RPC by fetch, to the node that its operator names.
 * @module
 */
import { PoolError } from '../../core/errors.ts'
import { createL1Reader } from '../../core/member/l1-reader.ts'
import type { L1Reader } from '../../core/member/ports.ts'

/** ms for one call. */
const TIMEOUT = 10_000

/** Nothing of the address but its host gets into errors: it may hold a key. @throws {PoolError} `invalid-argument` when the URL is not HTTP */
export function createTabL1(url: string, inbox: `0x${string}`): L1Reader {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw new PoolError('invalid-argument', { title: 'L1 URL', expected: 'http://… or https://…' })
  let id = 0
  return createL1Reader({
    host: new URL(url).host,
    inbox,
    async request(method, params) {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ jsonrpc: '2.0', id: ++id, method, params }),
        signal: AbortSignal.timeout(TIMEOUT),
        credentials: 'omit',
        redirect: 'error',
      })
      if (!response.ok) throw new L1Failure(`HTTP status ${response.status}`)
      const answer = (await response.json()) as { readonly result?: unknown; readonly error?: { readonly code?: number } }
      if (answer.error !== undefined) throw new L1Failure(`JSON-RPC error ${String(answer.error.code)}`)
      return answer.result
    },
    problemOf: error => (error instanceof L1Failure ? error.message : error instanceof DOMException ? 'no answer in time' : 'no connection'),
  })
}

class L1Failure extends Error {}
