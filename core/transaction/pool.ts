/**
 * The waiting transactions and their order.
 *
 * Ordering rule: first come, first served. A transaction's place is the moment at which it and all earlier nonces of its sender
 * were there; so a sender's nonces are always in order, and one that came before its predecessor moves up only when that arrives.
 * Replacement rule: for one sender and nonce the first transaction stays, whatever a later one pays; there is no race to outbid.
 * When the pool is full, the transaction that came last among those still waiting for a predecessor makes room for one that is ready.
 * @module
 */
import type { Hex } from '../ethereum.ts'
import { type AdmissionRefusal, type AdmissionRules, admit } from './admission.ts'
import type { L2Transaction } from './parse.ts'

/** First nonce of a sender that no block holds yet. */
export type NonceOf = (sender: Hex) => number

export interface ReadyLimits {
  /** Sum of encoded lengths. */
  readonly bytes: number
  /** Sum of gas limits. */
  readonly gas: bigint
  readonly count: number
}

interface Entry {
  readonly transaction: L2Transaction
  readonly arrival: number
}

export class TransactionPool {
  readonly #rules: AdmissionRules
  readonly #bySender = new Map<Hex, Map<number, Entry>>()
  readonly #byHash = new Map<Hex, Entry>()
  #bytes = 0
  #arrivals = 0

  constructor(rules: AdmissionRules) {
    this.#rules = rules
  }

  /** Transactions that wait. */
  get size(): number {
    return this.#byHash.size
  }
  /** Sum of their encoded lengths. */
  get bytes(): number {
    return this.#bytes
  }
  has(hash: Hex): boolean {
    return this.#byHash.has(hash)
  }
  get(hash: Hex): L2Transaction | undefined {
    return this.#byHash.get(hash)?.transaction
  }

  /** Takes a transaction in at the end of the order; undefined, or why not. */
  add(transaction: L2Transaction, nonceOf: NonceOf): AdmissionRefusal | undefined {
    const { from, nonce } = transaction
    const judge = (): AdmissionRefusal | undefined =>
      admit(transaction, this.#rules, {
        nextNonce: nonceOf,
        has: hash => this.#byHash.has(hash),
        occupied: (sender, at) => this.#bySender.get(sender)?.has(at) ?? false,
        transactions: this.size,
        bytes: this.#bytes,
      })
    let refusal = judge()
    while (refusal === 'pool-full' && nonce === this.nextNonce(from, nonceOf) && this.#dropLastWaiting(from, nonceOf)) refusal = judge()
    if (refusal === undefined) this.#insert({ transaction, arrival: this.#arrivals++ })
    return refusal
  }

  /**
   * The sender's first nonce that neither a block nor the pool holds: what `eth_getTransactionCount(…, "pending")` answers.
   */
  nextNonce(sender: Hex, nonceOf: NonceOf): number {
    const own = this.#bySender.get(sender)
    let nonce = nonceOf(sender)
    while (own?.has(nonce)) nonce++
    return nonce
  }

  /**
   * The transactions to put into blocks next, in order, as long as the next one fits; every sender's nonces go up by one from `nonceOf`.
   * A transaction that alone breaks a limit is passed over, with its sender's later ones.
   */
  ready(limits: ReadyLimits, nonceOf: NonceOf): L2Transaction[] {
    const out: L2Transaction[] = []
    const passed = new Set<Hex>()
    let bytes = 0
    let gas = 0n
    for (const { transaction } of this.#order(nonceOf)) {
      if (out.length === limits.count) break
      const { from, raw, gasLimit } = transaction
      if (passed.has(from)) continue
      if (raw.length > limits.bytes || gasLimit > limits.gas) {
        passed.add(from)
        continue
      }
      if (bytes + raw.length > limits.bytes || gas + gasLimit > limits.gas) break
      bytes += raw.length
      gas += gasLimit
      out.push(transaction)
    }
    return out
  }

  /** Forgets transactions, as after their block; unknown hashes are no error. */
  remove(hashes: Iterable<Hex>): void {
    for (const hash of hashes) {
      const entry = this.#byHash.get(hash)
      if (entry !== undefined) this.#delete(entry)
    }
  }

  /** Forgets what can never follow any more: nonces below the sender's next one. Call it when the chain of blocks has grown. */
  prune(nonceOf: NonceOf): void {
    for (const [sender, own] of this.#bySender) {
      const next = nonceOf(sender)
      for (const [nonce, entry] of own) if (nonce < next) this.#delete(entry)
    }
  }

  /** Forgets everything; then takes `transactions` in, in this order (after a reorganisation: dropped blocks' first, then what waited). */
  reset(transactions: readonly L2Transaction[] = [], nonceOf: NonceOf = () => 0): void {
    this.#bySender.clear()
    this.#byHash.clear()
    this.#bytes = 0
    this.#arrivals = 0
    for (const transaction of transactions) this.add(transaction, nonceOf)
  }

  /** All waiting transactions by arrival, for storing and handing over. */
  all(): L2Transaction[] {
    return [...this.#byHash.values()].map(entry => entry.transaction)
  }

  /** Entries whose predecessors are all there, by the ordering rule. `place` is the latest arrival among an entry and its predecessors. */
  #order(nonceOf: NonceOf): { readonly transaction: L2Transaction; readonly place: number }[] {
    const placed: { transaction: L2Transaction; place: number }[] = []
    for (const [sender, own] of this.#bySender) {
      let place = -1
      for (let nonce = nonceOf(sender), entry = own.get(nonce); entry !== undefined; entry = own.get(++nonce)) {
        place = Math.max(place, entry.arrival)
        placed.push({ transaction: entry.transaction, place })
      }
    }
    return placed.sort((a, b) => a.place - b.place || a.transaction.nonce - b.transaction.nonce)
  }

  #insert(entry: Entry): void {
    const { from, nonce, hash, raw } = entry.transaction
    const own = this.#bySender.get(from) ?? new Map<number, Entry>()
    own.set(nonce, entry)
    this.#bySender.set(from, own)
    this.#byHash.set(hash, entry)
    this.#bytes += raw.length
  }

  #delete({ transaction: { from, nonce, hash, raw } }: Entry): void {
    const own = this.#bySender.get(from)
    own?.delete(nonce)
    if (own?.size === 0) this.#bySender.delete(from)
    this.#byHash.delete(hash)
    this.#bytes -= raw.length
  }

  /** Drops the newest transaction that waits for a predecessor, never one of `spared`; false when there is none. */
  #dropLastWaiting(spared: Hex, nonceOf: NonceOf): boolean {
    let last: Entry | undefined
    for (const [sender, own] of this.#bySender) {
      if (sender === spared) continue
      const next = this.nextNonce(sender, nonceOf)
      for (const [nonce, entry] of own) if (nonce > next && (last === undefined || entry.arrival > last.arrival)) last = entry
    }
    if (last !== undefined) this.#delete(last)
    return last !== undefined
  }
}
