/**
 * Intake of L2 transactions: parses, applies the admission rules, stores, and only then says yes. What was admitted stays queued until
 * a confirmed batch holds it.
 * @module
 */
import type { Bytes } from '../core/bytes.ts'
import { PoolError } from '../core/errors.ts'
import type { Hex } from '../core/ethereum.ts'
import { type AdmissionRefusal, type AdmissionRules, defaultRules } from '../core/transaction/admission.ts'
import { type L2Transaction, parseTransaction } from '../core/transaction/parse.ts'
import { TransactionPool } from '../core/transaction/pool.ts'
import type { Log } from './ports.ts'
import type { OrderedTransaction, RelayStore } from './store.ts'

/** `malformed`: no transaction at all, `fault` says why. */
export type IntakeOutcome =
  | { readonly status: 'admitted' | 'known'; readonly hash: Hex }
  | { readonly status: 'refused'; readonly reason: AdmissionRefusal }
  | { readonly status: 'malformed'; readonly fault: string }

export interface Intake {
  /** Resolves when the transaction is on stable storage, or is refused. The same transaction twice is `known`, also after it was ordered. */
  admit(raw: Bytes): Promise<IntakeOutcome>
  /** Next nonce of a sender: as ordered by confirmed batches, and with what waits. */
  nonce(sender: Hex, pending: boolean): number
  /** A waiting transaction. */
  get(hash: Hex): L2Transaction | undefined
  /** Where a transaction is. */
  find(hash: Hex): Promise<{ readonly state: 'waiting' } | { readonly state: 'confirmed'; readonly height: number } | undefined>
  readonly waiting: { readonly transactions: number; readonly bytes: number }
  /** A confirmed batch holds these: they and what can no longer follow leave the queue. */
  ordered(transactions: readonly OrderedTransaction[]): Promise<void>
  /** Reads everything from the store again, as after a reorganisation of L1. */
  reload(): Promise<void>
}

export interface IntakeOptions {
  readonly store: RelayStore
  readonly chainId: number
  readonly rules?: AdmissionRules | undefined
  readonly log: Log
  /** Something was queued. */
  admitted(): void
}

const PAGE = { count: 1_000, bytes: 8 * 1024 * 1024 }

/** Opens the intake over what the store holds. */
export async function openIntake({ store, chainId, rules = defaultRules(chainId), log, admitted }: IntakeOptions): Promise<Intake> {
  const pool = new TransactionPool(rules)
  /** On their way to stable storage. */
  const storing = new Map<Hex, Promise<unknown>>()
  let nonces = new Map<Hex, number>()
  const nonceOf = (sender: Hex): number => nonces.get(sender) ?? 0

  async function reload(): Promise<void> {
    const stored = new Map<Hex, L2Transaction>()
    const dead: Hex[] = []
    const fresh = await store.chain.nonces()
    for (let after = 0; ; ) {
      const page = await store.intake.queued(after, PAGE)
      const last = page.at(-1)
      if (last === undefined) break
      after = last.sequence
      for (const { raw, hash, from, nonce } of page) {
        if (nonce < (fresh.get(from) ?? 0)) dead.push(hash)
        else stored.set(hash, pool.get(hash) ?? parseTransaction(raw))
      }
    }
    nonces = fresh
    // What came in while the pages were read is in the pool only.
    const newer = pool.all().filter(({ hash, from, nonce }) => !stored.has(hash) && nonce >= nonceOf(from))
    pool.reset([...stored.values(), ...newer], nonceOf)
    await store.intake.dequeue(dead)
  }

  async function ordered(transactions: readonly OrderedTransaction[]): Promise<void> {
    for (const { from, nonce } of transactions) nonces.set(from, Math.max(nonceOf(from), nonce + 1))
    pool.remove(transactions.map(({ hash }) => hash))
    const before = pool.all()
    pool.prune(nonceOf)
    await drop(before)
  }

  /** What the pool has let go of leaves the store as well: it waited for a predecessor and made room, or its nonce is used. */
  async function drop(before: readonly L2Transaction[]): Promise<void> {
    const gone = before.filter(({ hash }) => !pool.has(hash)).map(({ hash }) => hash)
    if (gone.length === 0) return
    log('info', 'intake.dropped', { count: gone.length })
    await store.intake.dequeue(gone)
  }

  function parse(raw: Bytes): L2Transaction | string {
    try {
      return parseTransaction(raw)
    } catch (error) {
      if (error instanceof PoolError && error.code === 'malformed-transaction') return String(error.context.reason)
      throw error
    }
  }

  /** A repeated request is answered when the first one is stored; when that fails, it fails too. */
  async function known(hash: Hex): Promise<IntakeOutcome> {
    await storing.get(hash)
    return { status: 'known', hash }
  }

  async function keep({ hash, from, nonce, raw }: L2Transaction): Promise<void> {
    const stored = store.intake.enqueue({ hash, from, nonce, raw })
    storing.set(hash, stored)
    try {
      await stored
    } catch (error) {
      pool.remove([hash])
      throw error
    } finally {
      storing.delete(hash)
    }
  }

  async function admit(raw: Bytes): Promise<IntakeOutcome> {
    const transaction = parse(raw)
    if (typeof transaction === 'string') return { status: 'malformed', fault: transaction }
    const { hash, from, nonce } = transaction
    if (pool.has(hash)) return known(hash)
    if ((await store.chain.ordered(hash)) !== undefined) return { status: 'known', hash }
    const crowded = pool.size >= rules.maxTransactions || pool.bytes + raw.length > rules.maxBytes
    const before = crowded ? pool.all() : []
    const refusal = pool.add(transaction, nonceOf)
    if (refusal === 'duplicate') return known(hash)
    if (refusal === undefined) await keep(transaction)
    await drop(before)
    if (refusal !== undefined) return { status: 'refused', reason: refusal }
    log('debug', 'intake.admitted', { hash, from, nonce })
    admitted()
    return { status: 'admitted', hash }
  }

  await reload()
  return {
    admit,
    ordered,
    reload,
    nonce: (sender, pending) => (pending ? pool.nextNonce(sender, nonceOf) : nonceOf(sender)),
    get: hash => pool.get(hash),
    async find(hash) {
      if (pool.has(hash)) return { state: 'waiting' }
      const height = await store.chain.ordered(hash)
      return height === undefined ? undefined : { state: 'confirmed', height }
    },
    get waiting() {
      return { transactions: pool.size, bytes: pool.bytes }
    },
  }
}
