import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Hex } from '../ethereum.ts'
import { type AdmissionRefusal, type AdmissionView, admit, defaultRules } from './admission.ts'
import type { L2Transaction } from './parse.ts'
import { TransactionPool } from './pool.ts'

const rules = defaultRules(901)
const everything = { bytes: 1e9, gas: 10n ** 12n, count: 1e9 }
const fresh = () => 0

const make = (from: string, nonce: number, change: Partial<L2Transaction> = {}): L2Transaction => ({
  raw: new Uint8Array(100),
  hash: `0x${from}${nonce}${Object.values(change).join('')}`,
  type: 'eip1559',
  chainId: 901,
  from: `0x${from}`,
  nonce,
  to: '0xaa',
  value: 0n,
  gasLimit: 21_000n,
  maxFeePerGas: 0n,
  maxPriorityFeePerGas: 0n,
  dataLength: 0,
  intrinsicGas: 21_000n,
  ...change,
})
const labels = (list: readonly L2Transaction[]): string => list.map(tx => `${tx.from.slice(2)}${tx.nonce}`).join(' ')

describe('admit', () => {
  const empty: AdmissionView = { nextNonce: () => 5, has: () => false, occupied: () => false, transactions: 0, bytes: 0 }
  it.each<[AdmissionRefusal | undefined, Partial<L2Transaction>, Partial<AdmissionView>]>([
    [undefined, {}, {}],
    ['duplicate', {}, { has: () => true }],
    ['no-chain-id', { chainId: undefined }, {}],
    ['wrong-chain-id', { chainId: 1 }, {}],
    [undefined, { raw: new Uint8Array(100_000) }, {}],
    ['oversize', { raw: new Uint8Array(100_001) }, {}],
    [undefined, { to: undefined, dataLength: 49_152 }, {}],
    ['init-code-too-long', { to: undefined, dataLength: 49_153 }, {}],
    ['gas-below-intrinsic', { gasLimit: 20_999n }, {}],
    [undefined, { gasLimit: 30_000_000n }, {}],
    ['gas-above-limit', { gasLimit: 30_000_001n }, {}],
    ['nonce-too-low', { nonce: 4 }, {}],
    [undefined, { nonce: 69 }, {}],
    ['nonce-too-high', { nonce: 70 }, {}],
    ['nonce-taken', {}, { occupied: () => true }],
    [undefined, {}, { transactions: 4_999 }],
    ['pool-full', {}, { transactions: 5_000 }],
    ['pool-full', {}, { bytes: 16 * 1024 * 1024 - 99 }],
  ])('%s for %o %o', (expected, change, view) => {
    expect(admit(make('a', 5, change), rules, { ...empty, ...view })).toBe(expected)
  })

  it('has no fee floor unless the pool sets one', () => {
    expect(admit(make('a', 5), { ...rules, minFeePerGas: 1n }, empty)).toBe('underpriced')
    expect(admit(make('a', 5, { maxFeePerGas: 1n }), { ...rules, minFeePerGas: 1n }, empty)).toBeUndefined()
  })
})

describe('TransactionPool', () => {
  const filled = (...list: L2Transaction[]): TransactionPool => {
    const pool = new TransactionPool(rules)
    for (const tx of list) expect(pool.add(tx, fresh)).toBeUndefined()
    return pool
  }

  it('orders by arrival, each sender by nonce; a late predecessor releases its successors at its own place', () => {
    const pool = filled(make('a', 1), make('b', 0), make('a', 2), make('c', 0), make('a', 0), make('b', 1))
    expect(labels(pool.ready(everything, fresh))).toBe('b0 c0 a0 a1 a2 b1')
  })

  it('holds back what has a gap, and takes up where the blocks end', () => {
    const pool = filled(make('a', 0), make('a', 1), make('a', 3), make('b', 1))
    expect(labels(pool.ready(everything, fresh))).toBe('a0 a1')
    expect(labels(pool.ready(everything, () => 1))).toBe('a1 b1')
    expect(pool.nextNonce('0xa', fresh)).toBe(2)
    expect(pool.nextNonce('0xb', fresh)).toBe(0)
  })

  it('keeps the first transaction of a sender and nonce, whatever a later one pays', () => {
    const pool = filled(make('a', 0))
    expect(pool.add(make('a', 0), fresh)).toBe('duplicate')
    expect(pool.add(make('a', 0, { maxFeePerGas: 10n ** 18n, hash: '0x99' }), fresh)).toBe('nonce-taken')
    expect(pool.size).toBe(1)
  })

  it('cuts at the first that does not fit, and passes over what can never fit', () => {
    const pool = filled(make('a', 0), make('b', 0, { gasLimit: 5_000_000n }), make('b', 1), make('c', 0), make('d', 0))
    expect(labels(pool.ready({ ...everything, count: 2 }, fresh))).toBe('a0 b0')
    expect(labels(pool.ready({ ...everything, bytes: 299 }, fresh))).toBe('a0 b0')
    expect(labels(pool.ready({ ...everything, gas: 5_000_000n }, fresh))).toBe('a0')
    expect(labels(pool.ready({ ...everything, gas: 63_000n }, fresh))).toBe('a0 c0 d0')
  })

  it('forgets what has its block: by hash, or because the nonce is used', () => {
    const pool = filled(make('a', 0), make('a', 1), make('b', 0), make('b', 1))
    pool.remove([make('a', 0).hash, '0xunknown'])
    pool.prune(sender => (sender === '0xb' ? 1 : 0))
    expect(labels(pool.all())).toBe('a1 b1')
    expect(pool.bytes).toBe(200)
    expect(pool.add(make('a', 0), fresh)).toBeUndefined()
  })

  it('starts again from a list', () => {
    const pool = filled(make('a', 0), make('b', 0))
    pool.reset([make('c', 0), make('a', 0)])
    expect(labels(pool.ready(everything, fresh))).toBe('c0 a0')
    pool.reset()
    expect([pool.size, pool.bytes]).toEqual([0, 0])
  })

  it('when full, makes room for a ready transaction by dropping the newest that waits', () => {
    const pool = new TransactionPool({ ...rules, maxTransactions: 3 })
    for (const tx of [make('a', 0), make('b', 2), make('c', 4)]) pool.add(tx, fresh)
    expect(pool.add(make('d', 7), fresh)).toBe('pool-full')
    expect(pool.add(make('d', 0), fresh)).toBeUndefined()
    expect(labels(pool.all())).toBe('a0 b2 d0')
    expect(pool.add(make('a', 1), fresh)).toBeUndefined()
    expect(pool.add(make('e', 0), fresh)).toBe('pool-full')
    expect(labels(pool.all())).toBe('a0 d0 a1')
  })

  it('never gives a gap, never reorders independent senders, never exceeds its bounds', () => {
    const step = fc.record({ from: fc.constantFrom('a', 'b', 'c'), nonce: fc.nat(5) })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), fc.nat(3), (steps, base) => {
        const pool = new TransactionPool({ ...rules, maxTransactions: 8 })
        for (const { from, nonce } of steps) pool.add(make(from, nonce), () => base)
        expect(pool.size).toBeLessThanOrEqual(8)
        expect(pool.bytes).toBe(100 * pool.size)
        const next = new Map<Hex, number>()
        for (const tx of pool.ready(everything, () => base)) {
          expect(tx.nonce).toBe(next.get(tx.from) ?? base)
          next.set(tx.from, tx.nonce + 1)
        }
        for (const [sender, nonce] of next) expect(pool.nextNonce(sender, () => base)).toBe(nonce)
      }),
    )
  })
})
