/**
 * A member's own view of L1 over JSON-RPC (viem's HTTP transport). Answers are checked for form; time-outs are bounded; errors name the host of the
 * node and nothing else of its address, which may hold a key.
 * @module
 */
import * as v from 'valibot'
import { createClient, http } from 'viem'
import { fromHex } from '../core/bytes.ts'
import { PoolError } from '../core/errors.ts'
import type { L1Block, L1Reader } from '../core/member/ports.ts'

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

/** Final blocks that are kept; each holds its inbox transactions. */
const CACHED_BLOCKS = 512
/** Blocks of fee history that tips are taken from, and the percentile. */
const FEE_BLOCKS = 10
const TIP_PERCENTILE = 50

const bigint = v.pipe(
  v.string(),
  v.regex(/^0x[0-9a-fA-F]{1,64}$/),
  v.transform(text => BigInt(text)),
)
const number = v.pipe(
  bigint,
  v.maxValue(BigInt(Number.MAX_SAFE_INTEGER)),
  v.transform(value => Number(value)),
)
const lowerHex = (pattern: RegExp) =>
  v.pipe(
    v.string(),
    v.regex(pattern),
    v.transform(text => text.toLowerCase() as Hex),
  )
const hash = lowerHex(/^0x[0-9a-fA-F]{64}$/)
const address = lowerHex(/^0x[0-9a-fA-F]{40}$/)
const data = lowerHex(/^0x([0-9a-fA-F]{2})*$/)

const transactionFields = { hash, from: address, to: v.nullish(address), nonce: number, input: data }
const transactionSchema = v.nullable(v.object({ ...transactionFields, blockNumber: v.nullish(number) }))
const blockSchema = v.nullable(v.object({ number, hash, parentHash: hash, timestamp: number, transactions: v.array(v.object(transactionFields)) }))
const headerSchema = v.nullable(v.object({ number }))
const receiptSchema = v.nullable(v.object({ gasUsed: bigint }))
const feeSchema = v.object({ baseFeePerGas: v.array(bigint), reward: v.nullish(v.array(v.array(bigint))) })

/** @throws {PoolError} `invalid-argument` when the URL is not HTTP. Every method throws `l1-unreachable`. */
export function createL1Client({ url, inbox, timeout = 10_000 }: L1ClientOptions): L1Client {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw new PoolError('invalid-argument', { title: 'L1 URL', expected: 'http://… or https://…' })
  const { host } = new URL(url)
  const client = createClient({ transport: http(url, { timeout, retryCount: 1, retryDelay: 100 }) })
  const finalBlocks = new Map<number, L1Block>()
  let finalized = -1

  async function call<S extends v.GenericSchema>(schema: S, method: string, params: readonly unknown[] = []): Promise<v.InferOutput<S>> {
    let answer: unknown
    try {
      answer = await client.request({ method, params } as never)
    } catch (error) {
      // Not attached as cause: viem puts the whole address into its messages.
      throw new PoolError('l1-unreachable', { host, method, problem: problemOf(error) })
    }
    const result = v.safeParse(schema, answer)
    if (!result.success)
      throw new PoolError('l1-unreachable', { host, method, problem: `unexpected answer at ${v.getDotPath(result.issues[0]) ?? '(root)'}` })
    return result.output
  }

  /** Receipts are not asked for: a batch counts by its place in the chain, whatever its execution did (OP Stack derivation). */
  async function readBlock(height: number): Promise<L1Block | undefined> {
    const block = await call(blockSchema, 'eth_getBlockByNumber', [quantity(height), true])
    if (block === null) return undefined
    if (block.number !== height)
      throw new PoolError('l1-unreachable', { host, method: 'eth_getBlockByNumber', problem: 'another block than asked for' })
    const toInbox = block.transactions.filter(transaction => transaction.to === inbox)
    return {
      number: block.number,
      hash: block.hash,
      parentHash: block.parentHash,
      timestamp: block.timestamp,
      inbox: toInbox.map(transaction => ({
        hash: transaction.hash,
        from: transaction.from,
        nonce: transaction.nonce,
        data: fromHex(transaction.input),
      })),
    }
  }

  function keepFinal(block: L1Block): void {
    if (block.number > finalized) return
    finalBlocks.set(block.number, block)
    const oldest = finalBlocks.keys().next().value
    if (finalBlocks.size > CACHED_BLOCKS && oldest !== undefined) finalBlocks.delete(oldest)
  }

  return {
    chainId: () => call(number, 'eth_chainId'),
    headNumber: () => call(number, 'eth_blockNumber'),
    async finalizedNumber() {
      // A young chain has no final block yet; clients answer null or an error for it.
      const block = await call(headerSchema, 'eth_getBlockByNumber', ['finalized', false])
      finalized = Math.max(finalized, block?.number ?? 0)
      return block?.number ?? 0
    },
    async block(height) {
      const cached = finalBlocks.get(height)
      if (cached !== undefined) return cached
      const block = await readBlock(height)
      if (block !== undefined) keepFinal(block)
      return block
    },
    async fees() {
      const history = await call(feeSchema, 'eth_feeHistory', [quantity(FEE_BLOCKS), 'latest', [TIP_PERCENTILE]])
      // The last one is the base fee of the next block.
      const baseFee = history.baseFeePerGas.at(-1)
      if (baseFee === undefined) throw new PoolError('l1-unreachable', { host, method: 'eth_feeHistory', problem: 'no base fee' })
      return { baseFee, priorityFees: (history.reward ?? []).flatMap(block => block.slice(0, 1)) }
    },
    balance: account => call(bigint, 'eth_getBalance', [account, 'latest']),
    nonce: account => call(number, 'eth_getTransactionCount', [account, 'latest']),
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

const quantity = (value: number): Hex => `0x${value.toString(16)}`

/** What went wrong in a few words that cannot hold the address. */
function problemOf(error: unknown): string {
  const { name, status, code, details } = error as { name?: string; status?: number; code?: number; details?: string }
  if (name === 'TimeoutError') return 'no answer in time'
  if (status !== undefined) return `HTTP status ${status}`
  if (typeof code === 'number') return `JSON-RPC error ${code}`
  return details === 'fetch failed' ? 'no connection' : 'the answer is not JSON-RPC'
}
