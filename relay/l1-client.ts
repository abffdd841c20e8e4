/**
 * The few questions that the relay has for an L1 node, over JSON-RPC by HTTP. Answers are checked before they are used.
 * @module
 */
import * as v from 'valibot'
import { type Bytes, fromHex, hex } from '../core/bytes.ts'
import { PoolError } from '../core/errors.ts'
import type { Hex } from '../core/ethereum.ts'

export interface L1Transaction {
  readonly hash: Hex
  readonly from: Hex
  readonly to: Hex | undefined
  readonly nonce: number
  readonly data: Bytes
}

export interface L1BlockView {
  readonly number: number
  readonly hash: Hex
  readonly parentHash: Hex
  /** Seconds since 1970. */
  readonly timestamp: number
  readonly transactions: readonly L1Transaction[]
}

export interface L1Receipt {
  readonly succeeded: boolean
  readonly gasUsed: number
  /** Wei: gas used times effective gas price. */
  readonly fee: bigint
}

/** How a node took a raw transaction. `known`: it has it. `used`: the nonce is used. `outbid`: it has another one of that nonce that pays as much. */
export type SendOutcome = 'sent' | 'known' | 'used' | 'outbid'

/** Every method throws PoolError `relay-l1` when the node does not answer, or answers with an error or with something else than asked. */
export interface L1Client {
  chainId(): Promise<number>
  headNumber(): Promise<number>
  finalizedNumber(): Promise<number>
  block(number: number): Promise<L1BlockView | undefined>
  /** Hash of the canonical block of this number. */
  blockHash(number: number): Promise<Hex | undefined>
  /** Next nonce of an account at the head. */
  nonce(account: Hex): Promise<number>
  receipt(hash: Hex): Promise<L1Receipt | undefined>
  /** True when the node has the transaction, in a block or waiting. */
  knows(hash: Hex): Promise<boolean>
  send(raw: Bytes): Promise<SendOutcome>
}

const TIMEOUT_MS = 10_000
/** A block of full transactions is some hundred kilobytes; more than this is no answer. */
const MAX_RESPONSE = 64 * 1024 * 1024

const quantity = v.pipe(
  v.string(),
  v.regex(/^0x[0-9a-fA-F]{1,64}$/),
  v.transform(text => BigInt(text)),
)
const number = v.pipe(
  quantity,
  v.maxValue(BigInt(Number.MAX_SAFE_INTEGER)),
  v.transform(value => Number(value)),
)
const data = v.pipe(
  v.string(),
  v.regex(/^0x[0-9a-fA-F]*$/),
  v.check(text => text.length % 2 === 0),
  v.transform(text => text.toLowerCase() as Hex),
)
const header = { number, hash: data, parentHash: data, timestamp: number }
const blockSchema = v.nullable(
  v.object({ ...header, transactions: v.array(v.object({ hash: data, from: data, to: v.nullish(data), nonce: number, input: data })) }),
)
const headerSchema = v.nullable(v.object(header))
const receiptSchema = v.nullable(v.object({ status: number, gasUsed: number, effectiveGasPrice: quantity }))
const answerSchema = v.union([v.object({ error: v.object({ code: v.number(), message: v.string() }) }), v.object({ result: v.unknown() })])

/** The node's own words for what is no failure. Nodes differ; these are geth's, reth's, nethermind's, besu's and anvil's. */
const OUTCOMES: readonly [RegExp, SendOutcome][] = [
  [/already known|already imported|known transaction|already in mempool|alreadyknown/i, 'known'],
  [/nonce too low|nonce is too low|oldnonce|old nonce|nonce_too_low/i, 'used'],
  [/underpriced|fee too low to replace|notallowedtoreplace/i, 'outbid'],
]

class NodeError extends Error {}

/** `url` may hold a key: it is never part of an error or a log line. */
export function l1Client(url: string): L1Client {
  let id = 0

  async function call(method: string, params: readonly unknown[]): Promise<unknown> {
    let answer: v.InferOutput<typeof answerSchema>
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ jsonrpc: '2.0', id: ++id, method, params }),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      })
      const length = Number(response.headers.get('content-length') ?? 0)
      if (length > MAX_RESPONSE) throw new Error('answer is too long')
      answer = v.parse(answerSchema, await response.json())
    } catch (error) {
      throw unreachable(method, error)
    }
    if ('error' in answer)
      throw new PoolError(
        'relay-l1',
        { method, code: answer.error.code, message: answer.error.message.slice(0, 200) },
        { cause: new NodeError(answer.error.message) },
      )
    return answer.result
  }

  async function ask<S extends v.GenericSchema>(schema: S, method: string, ...params: unknown[]): Promise<v.InferOutput<S>> {
    const result = await call(method, params)
    const parsed = v.safeParse(schema, result)
    if (!parsed.success) throw unreachable(method, new Error(`unexpected answer: ${parsed.issues[0].message}`))
    return parsed.output
  }

  return {
    chainId: () => ask(number, 'eth_chainId'),
    headNumber: () => ask(number, 'eth_blockNumber'),
    async finalizedNumber() {
      return (await ask(headerSchema, 'eth_getBlockByNumber', 'finalized', false))?.number ?? 0
    },
    async block(at) {
      const block = await ask(blockSchema, 'eth_getBlockByNumber', `0x${at.toString(16)}`, true)
      if (block === null) return undefined
      const transactions = block.transactions.map(({ hash, from, to, nonce, input }) => ({
        hash,
        from,
        to: to ?? undefined,
        nonce,
        data: fromHex(input),
      }))
      return { ...block, transactions }
    },
    blockHash: async at => (await ask(headerSchema, 'eth_getBlockByNumber', `0x${at.toString(16)}`, false))?.hash,
    nonce: account => ask(number, 'eth_getTransactionCount', account, 'latest'),
    async receipt(hash) {
      const receipt = await ask(receiptSchema, 'eth_getTransactionReceipt', hash)
      if (receipt === null) return undefined
      return { succeeded: receipt.status === 1, gasUsed: receipt.gasUsed, fee: BigInt(receipt.gasUsed) * receipt.effectiveGasPrice }
    },
    knows: async hash => (await ask(v.nullable(v.object({ hash: data })), 'eth_getTransactionByHash', hash)) !== null,
    async send(raw) {
      try {
        await ask(data, 'eth_sendRawTransaction', hex(raw))
        return 'sent'
      } catch (error) {
        const words = error instanceof PoolError && error.cause instanceof NodeError ? error.cause.message : ''
        const outcome = OUTCOMES.find(([pattern]) => pattern.test(words))?.[1]
        if (outcome === undefined) throw error
        return outcome
      }
    },
  }
}

function unreachable(method: string, error: unknown): PoolError {
  const reason = error instanceof Error ? (error.cause instanceof Error ? error.cause.message : error.message) : 'unknown'
  return new PoolError('relay-l1', { method, reason: reason.slice(0, 200) }, { cause: error })
}
