/**
 * JSON-RPC 2.0 as wallets speak it: takes L2 transactions in, and tells the state of the pool. No sockets here: text in, text out.
 * @module
 */
import { type Bytes, fromHex } from '../core/bytes.ts'
import { asPoolError } from '../core/errors.ts'
import type { Hex } from '../core/ethereum.ts'
import type { AdmissionRefusal } from '../core/transaction/admission.ts'
import type { Intake } from './intake.ts'
import type { Metrics } from './metrics.ts'
import type { Log } from './ports.ts'

export interface RpcOptions {
  /** L2 chain id. */
  readonly chainId: number
  readonly intake: Intake
  /** Requests of one batch. */
  readonly maxBatch: number
  readonly metrics: Metrics
  readonly log: Log
  /** What `sequorum_status` answers, and `sequorum_batches` for heights >= from. */
  status(): Promise<unknown>
  batches(from: number, count: number): Promise<unknown>
}

/** Gives the text of the answer; undefined when nothing is to be answered (notifications only). */
export type RpcHandler = (body: string) => Promise<string | undefined>

type Id = string | number | null
interface RpcError {
  readonly code: number
  readonly message: string
  readonly data?: { readonly reason: string }
}
type Answer = { readonly jsonrpc: '2.0'; readonly id: Id } & ({ readonly result: unknown } | { readonly error: RpcError })

/** JSON-RPC 2.0, section 5.1; -32000 and -32005 as EIP-1474 has them. */
export const RPC_ERRORS = {
  parse: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internal: -32603,
  refused: -32000,
  limit: -32005,
} as const

/** geth's words, since wallets and libraries look for them. */
const REFUSED: Readonly<Record<Exclude<AdmissionRefusal, 'duplicate'>, string>> = {
  'no-chain-id': 'only replay-protected (EIP-155) transactions allowed over RPC',
  'wrong-chain-id': 'invalid chain id for signer',
  'oversize': 'oversized data',
  'init-code-too-long': 'max initcode size exceeded',
  'gas-below-intrinsic': 'intrinsic gas too low',
  'gas-above-limit': 'exceeds block gas limit',
  'underpriced': 'transaction underpriced',
  'nonce-too-low': 'nonce too low',
  'nonce-too-high': 'nonce too high',
  'nonce-taken': 'replacement transaction refused: the first transaction of a nonce stays',
  'pool-full': 'txpool is full',
}

class Refusal extends Error {
  readonly error: RpcError
  constructor(code: number, message: string, reason?: string) {
    super(message)
    this.error = reason === undefined ? { code, message } : { code, message, data: { reason } }
  }
}

const invalidParams = (message: string): Refusal => new Refusal(RPC_ERRORS.invalidParams, `invalid params: ${message}`, 'invalid-params')

export function rpcHandler(options: RpcOptions): RpcHandler {
  const { chainId, intake, metrics, log } = options

  async function sendRawTransaction([raw]: readonly unknown[]): Promise<Hex> {
    const outcome = await intake.admit(bytesParam(raw, 'the transaction'))
    metrics.intake.inc({ outcome: outcome.status === 'refused' ? outcome.reason : outcome.status })
    if (outcome.status === 'refused') {
      // A duplicate is answered with its hash, so this is never one.
      const reason = outcome.reason as Exclude<AdmissionRefusal, 'duplicate'>
      throw new Refusal(RPC_ERRORS.refused, reason === 'wrong-chain-id' ? `${REFUSED[reason]}: this chain is ${chainId}` : REFUSED[reason], reason)
    }
    if (outcome.status === 'malformed') {
      const reason = outcome.fault === 'signature' ? 'bad-signature' : outcome.fault === 'oversize' ? 'oversize' : 'malformed-transaction'
      const words = {
        'bad-signature': 'invalid sender',
        'oversize': 'oversized data',
        'malformed-transaction': `malformed transaction: ${outcome.fault}`,
      }
      throw new Refusal(RPC_ERRORS.refused, words[reason], reason)
    }
    return outcome.hash
  }

  function transactionCount([address, block = 'latest']: readonly unknown[]): Hex {
    const sender = `0x${Buffer.from(bytesParam(address, 'the address', 20)).toString('hex')}` as Hex
    if (block !== 'latest' && block !== 'pending' && block !== 'safe' && block !== 'finalized' && block !== 'earliest')
      throw invalidParams('the block is one of latest, pending, safe, finalized, earliest')
    return quantity(block === 'earliest' ? 0 : intake.nonce(sender, block === 'pending'))
  }

  async function transaction([hash]: readonly unknown[]): Promise<unknown> {
    const found = await intake.find(`0x${Buffer.from(bytesParam(hash, 'the hash', 32)).toString('hex')}`)
    return found ?? null
  }

  function batches([from = 0, count = 20]: readonly unknown[]): Promise<unknown> {
    if (!Number.isSafeInteger(from) || (from as number) < 0) throw invalidParams('the first height is a number from 0 on')
    if (!Number.isSafeInteger(count) || (count as number) < 1 || (count as number) > 100) throw invalidParams('the count is a number in 1..100')
    return options.batches(from as number, count as number)
  }

  const methods = new Map<string, (params: readonly unknown[]) => unknown>([
    ['eth_sendRawTransaction', sendRawTransaction],
    ['eth_chainId', () => quantity(chainId)],
    ['net_version', () => String(chainId)],
    ['web3_clientVersion', () => 'sequorum/relay'],
    ['eth_getTransactionCount', transactionCount],
    ['sequorum_status', () => options.status()],
    ['sequorum_batches', batches],
    ['sequorum_transaction', transaction],
  ])

  /** Undefined for a notification. */
  async function answer(request: unknown): Promise<Answer | undefined> {
    if (typeof request !== 'object' || request === null || Array.isArray(request))
      return failed(null, RPC_ERRORS.invalidRequest, 'not a request object')
    const { jsonrpc, id, method, params = [] } = request as Record<string, unknown>
    const validId = id === undefined || id === null || typeof id === 'string' || typeof id === 'number'
    if (jsonrpc !== '2.0' || typeof method !== 'string' || !validId)
      return failed(validId ? (id ?? null) : null, RPC_ERRORS.invalidRequest, 'not a JSON-RPC 2.0 request')
    const result = await run(method, params)
    return id === undefined ? undefined : { jsonrpc: '2.0', id, ...result }
  }

  async function run(method: string, params: unknown): Promise<{ readonly result: unknown } | { readonly error: RpcError }> {
    const call = methods.get(method)
    const label = call === undefined ? 'unknown' : method
    try {
      if (call === undefined) throw new Refusal(RPC_ERRORS.methodNotFound, `the method ${printable(method)} does not exist`)
      if (!Array.isArray(params)) throw invalidParams('expected an array')
      const result = await call(params)
      metrics.rpc.inc({ method: label, outcome: 'ok' })
      return { result }
    } catch (error) {
      metrics.rpc.inc({ method: label, outcome: 'error' })
      if (error instanceof Refusal) return { error: error.error }
      const problem = asPoolError(error)
      log('error', 'rpc.failed', { method: label, code: problem.code, message: problem.message })
      return { error: { code: RPC_ERRORS.internal, message: 'internal error', data: { reason: problem.code } } }
    }
  }

  return async body => {
    let parsed: unknown
    try {
      parsed = JSON.parse(body)
    } catch {
      return JSON.stringify(failed(null, RPC_ERRORS.parse, 'the body is not JSON'))
    }
    if (!Array.isArray(parsed)) {
      const one = await answer(parsed)
      return one === undefined ? undefined : JSON.stringify(one)
    }
    if (parsed.length === 0) return JSON.stringify(failed(null, RPC_ERRORS.invalidRequest, 'an empty batch'))
    if (parsed.length > options.maxBatch) return JSON.stringify(failed(null, RPC_ERRORS.limit, `more than ${options.maxBatch} requests in a batch`))
    // In order: a sender's transactions of one batch follow each other.
    const answers: Answer[] = []
    for (const request of parsed) {
      const one = await answer(request)
      if (one !== undefined) answers.push(one)
    }
    return answers.length === 0 ? undefined : JSON.stringify(answers)
  }
}

const failed = (id: Id, code: number, message: string): Answer => ({ jsonrpc: '2.0', id, error: { code, message } })
const quantity = (value: number): Hex => `0x${value.toString(16)}`
/** What a client sent, short enough and harmless to repeat. */
const printable = (text: string): string => text.slice(0, 64).replace(/[^\w.-]/g, '?')

function bytesParam(value: unknown, title: string, length?: number): Bytes {
  if (typeof value !== 'string' || value.length % 2 !== 0 || !/^0x[0-9a-fA-F]*$/.test(value))
    throw invalidParams(`${title} is not 0x and hex of whole bytes`)
  const bytes = fromHex(value)
  if (length !== undefined && bytes.length !== length) throw invalidParams(`${title} is not ${length} bytes`)
  return bytes
}
