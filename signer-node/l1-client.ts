/**
 * A member's own view of L1 over JSON-RPC (viem's HTTP transport). Answers are checked for form; time-outs are bounded; errors name the host of the
 * node and nothing else of its address, which may hold a key.
 * @module
 */
import * as v from 'valibot'
import { createClient, http } from 'viem'
import { PoolError } from '../core/errors.ts'
import { createL1Reader, L1_FORMS } from '../core/member/l1-reader.ts'
import type { L1Reader } from '../core/member/ports.ts'

type Hex = `0x${string}`

export interface L1ClientOptions {
  /** `http:` or `https:`; user and password in it become a header. */
  readonly url: string
  /** Lower-case hex address; blocks are given with the transactions to it. */
  readonly inbox: Hex
  /** ms for one call; default 10 s. */
  readonly timeout?: number | undefined
}

/** A transaction by its hash. */
export interface L1TransactionView {
  readonly from: Hex
  readonly to: Hex | undefined
  readonly nonce: number
  readonly input: Hex
  /** Undefined while it is pending. */
  readonly blockNumber: number | undefined
}

export interface L1Client extends L1Reader {
  /** Gas that an included transaction used; undefined while it has no receipt. */
  gasUsed(hash: Hex): Promise<bigint | undefined>
  transaction(hash: Hex): Promise<L1TransactionView | undefined>
}

const { bigint, number, hash, address, data } = L1_FORMS
const transactionSchema = v.nullable(
  v.object({ hash, from: address, to: v.nullish(address), nonce: number, input: data, blockNumber: v.nullish(number) }),
)
const receiptSchema = v.nullable(v.object({ gasUsed: bigint }))

/** @throws {PoolError} `invalid-argument` when the URL is not HTTP. Every method throws `l1-unreachable`. */
export function createL1Client({ url, inbox, timeout = 10_000 }: L1ClientOptions): L1Client {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw new PoolError('invalid-argument', { title: 'L1 URL', expected: 'http://… or https://…' })
  const { host } = new URL(url)
  const client = createClient({ transport: http(url, { timeout, retryCount: 1, retryDelay: 100 }) })
  const reader = createL1Reader({ request: (method, params) => client.request({ method, params } as never), problemOf, host, inbox })
  const { call } = reader
  return {
    ...reader,
    async gasUsed(txHash) {
      return (await call(receiptSchema, 'eth_getTransactionReceipt', [txHash]))?.gasUsed
    },
    async transaction(txHash) {
      const found = await call(transactionSchema, 'eth_getTransactionByHash', [txHash])
      if (found === null) return undefined
      return { from: found.from, to: found.to ?? undefined, nonce: found.nonce, input: found.input, blockNumber: found.blockNumber ?? undefined }
    },
  }
}

/** What went wrong in a few words that cannot hold the address. */
function problemOf(error: unknown): string {
  const { name, status, code, details } = error as { name?: string; status?: number; code?: number; details?: string }
  if (name === 'TimeoutError') return 'no answer in time'
  if (status !== undefined) return `HTTP status ${status}`
  if (typeof code === 'number') return `JSON-RPC error ${code}`
  return details === 'fetch failed' ? 'no connection' : 'the answer is not JSON-RPC'
}
