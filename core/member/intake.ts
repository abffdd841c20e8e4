/**
 * L2 transactions that wait for a batch, as the relay handed them on and this member judged them itself.
 * @module
 */
import type { Bytes } from '../bytes.ts'
import { asPoolError } from '../errors.ts'
import type { Hex } from '../ethereum.ts'
import type { Pool } from '../proposal/pool.ts'
import { defaultRules } from '../transaction/admission.ts'
import { hashOfTransaction, type L2Transaction, parseTransaction } from '../transaction/parse.ts'
import { TransactionPool } from '../transaction/pool.ts'
import type { L2Chain } from './l2-chain.ts'
import type { Log } from './ports.ts'

type Nonces = Pick<L2Chain, 'nonceOf'>

export interface Intake {
  readonly mempool: TransactionPool
  /** Parses a transaction, or knows it already. @throws {PoolError} `malformed-transaction` */
  parse(raw: Bytes): L2Transaction
  /** `chain` is undefined until the senders' nonces are known; the relay gives each transaction once a connection, so it is kept until then. */
  take(raw: Bytes, chain: Nonces | undefined): void
  /** The senders' nonces are known now. */
  settle(chain: Nonces): void
  /** A batch was confirmed: its transactions, and whatever they made stale, no longer wait. */
  confirmed(transactions: readonly L2Transaction[], chain: Nonces): void
  /** Raw bytes of what waits. */
  waiting(): readonly Bytes[]
  /** A batch is gone from L1: its transactions wait again. */
  returned(transactions: readonly L2Transaction[], chain: Nonces): void
}

export function createIntake(pool: Pool, log: Log): Intake {
  const rules = defaultRules(pool.l2.chainId)
  const mempool = new TransactionPool(rules)
  const early: Bytes[] = []
  const nonces = (chain: Nonces) => (sender: Hex) => chain.nonceOf(sender)

  function take(raw: Bytes, chain: Nonces | undefined): void {
    if (chain === undefined) {
      if (early.length < rules.maxTransactions) early.push(raw)
      return
    }
    try {
      mempool.add(parseTransaction(raw), nonces(chain))
    } catch (error) {
      log('warn', 'transaction.malformed', { code: asPoolError(error).code })
    }
  }

  return {
    mempool,
    waiting: () => [...early, ...mempool.all().map(transaction => transaction.raw)],
    parse: raw => mempool.get(hashOfTransaction(raw)) ?? parseTransaction(raw),
    take,
    settle(chain) {
      for (const raw of early.splice(0)) take(raw, chain)
    },
    confirmed(transactions, chain) {
      mempool.remove(transactions.map(transaction => transaction.hash))
      mempool.prune(nonces(chain))
    },
    returned(transactions, chain) {
      for (const transaction of transactions) mempool.add(transaction, nonces(chain))
    },
  }
}
