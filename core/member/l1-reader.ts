/**
 * A member's own view of L1 out of JSON-RPC answers, which are checked for form before anything is made of them. How they are fetched is the platform's.
 * @module
 */
import * as v from 'valibot'
import { fromHex } from '../bytes.ts'
import { PoolError } from '../errors.ts'
import type { L1Block, L1Reader } from './ports.ts'

type Hex = `0x${string}`

export interface L1RpcOptions {
  /** One JSON-RPC call. A failure is an error whose message `problemOf` may tell. */
  request(method: string, params: readonly unknown[]): Promise<unknown>
  /** What went wrong, in a few words that hold nothing of the node's address but its host. */
  problemOf(error: unknown): string
  /** Names the node in errors. */
  readonly host: string
  /** Lower-case hex address; blocks are given with the transactions to it. */
  readonly inbox: Hex
}

/** Asks for one thing and gives it in the form that is wanted. @throws {PoolError} `l1-unreachable` */
export type L1Call = <S extends v.GenericSchema>(schema: S, method: string, params?: readonly unknown[]) => Promise<v.InferOutput<S>>

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
/** The forms of what nodes answer, for those who ask for more than a member needs. */
export const L1_FORMS = { bigint, number, hash, address, data } as const

const transactionFields = { hash, from: address, to: v.nullish(address), nonce: number, input: data }
const blockSchema = v.nullable(v.object({ number, hash, parentHash: hash, timestamp: number, transactions: v.array(v.object(transactionFields)) }))
const headerSchema = v.nullable(v.object({ number }))
const feeSchema = v.object({ baseFeePerGas: v.array(bigint), reward: v.nullish(v.array(v.array(bigint))) })

const quantity = (value: number): Hex => `0x${value.toString(16)}`

/** Every method throws `l1-unreachable`. */
export function createL1Reader({ request, problemOf, host, inbox }: L1RpcOptions): L1Reader & { readonly call: L1Call } {
  const finalBlocks = new Map<number, L1Block>()
  let finalized = -1

  const call: L1Call = async (schema, method, params = []) => {
    let answer: unknown
    try {
      answer = await request(method, params)
    } catch (error) {
      // Not attached as cause: HTTP clients put the whole address into their messages.
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
    call,
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
  }
}
