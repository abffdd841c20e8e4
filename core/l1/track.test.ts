import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Hex } from '../ethereum.ts'
import { type L1View, type PendingTransaction, type ReceiptView, type TrackAction, track } from './track.ts'

const tx = (nonce: number, version = 0, sent = true): PendingTransaction => ({
  height: nonce - 5,
  nonce,
  raw: Uint8Array.of(nonce, version),
  hash: `0x${nonce}${version}`,
  sent,
})
const inBlock = (blockNumber: number, succeeded = true): ReceiptView => ({ blockNumber, blockHash: `0xb${blockNumber}`, succeeded })
const base: L1View = { head: 100, confirmations: 3, latestNonce: 7, confirmedNonce: 7, receipts: new Map(), knows: () => false }
const receipts = (...list: [Hex, ReceiptView][]) => ({ receipts: new Map(list) })
const knows = (...hashes: Hex[]) => ({ knows: (hash: Hex) => hashes.includes(hash) })

/** An action in short: its kind and what tells it apart. */
const brief = (action: TrackAction): string => {
  switch (action.kind) {
    case 'confirmed':
      return `confirmed ${action.hash}${action.receipt.succeeded ? '' : ' failed'}`
    case 'conflict':
      return `conflict ${action.nonce}`
    case 'wait':
      return `wait ${action.reason}`
    default:
      return `${action.kind} ${action.transaction.hash}`
  }
}

describe('track', () => {
  it.each<[when: string, view: Partial<L1View>, pending: readonly PendingTransaction[], expected: readonly string[]]>([
    ['Nothing has been signed yet.', {}, [], []],
    ['A signature was just assembled and stored.', {}, [tx(7, 0, false)], ['send 0x70']],
    ['The process died between storing and sending; the store does not say that it was sent.', {}, [tx(7, 0, false)], ['send 0x70']],
    ['The process died after sending, before it noted so; the node has it.', knows('0x70'), [tx(7, 0, false)], ['wait in-mempool']],
    ['The L1 block has not come yet.', knows('0x70'), [tx(7)], ['wait in-mempool']],
    ['The node was restarted and lost its mempool.', {}, [tx(7)], ['resend 0x70']],
    ['It landed a moment ago.', { latestNonce: 8, ...receipts(['0x70', inBlock(100)]) }, [tx(7)], ['wait confirming']],
    ['One block is missing to be confirmed.', { latestNonce: 8, ...receipts(['0x70', inBlock(99)]) }, [tx(7)], ['wait confirming']],
    ['Enough blocks are on top.', { latestNonce: 8, confirmedNonce: 8, ...receipts(['0x70', inBlock(98)]) }, [tx(7)], ['confirmed 0x70']],
    [
      'The inbox is a contract, and its code reverted: the height is used up, and whoever reads must know.',
      { latestNonce: 8, confirmedNonce: 8, ...receipts(['0x70', inBlock(90, false)]) },
      [tx(7)],
      ['confirmed 0x70 failed'],
    ],
    ['Its block was reorganised away, and the node did not take it back into its mempool.', { head: 101 }, [tx(7)], ['resend 0x70']],
    ['Its block was reorganised away, and the node took it back.', { head: 101, ...knows('0x70') }, [tx(7)], ['wait in-mempool']],
    [
      'A reorganisation took several blocks: all go out again, lowest nonce first.',
      {},
      [tx(9), tx(7), tx(8)],
      ['resend 0x70', 'resend 0x80', 'resend 0x90'],
    ],
    ['L1 was slow: one height is in the mempool, the next is signed.', knows('0x70'), [tx(7), tx(8, 0, false)], ['wait in-mempool', 'send 0x80']],
    ['The store of a lower height was lost; others must send that one first.', {}, [tx(8, 0, false)], ['wait predecessor-missing']],
    ['The fee was too low and was bumped; the mempool has the old one.', knows('0x70'), [tx(7), tx(7, 1, false)], ['send 0x71']],
    ['The bumped one is out.', knows('0x71'), [tx(7), tx(7, 1)], ['wait in-mempool']],
    [
      'The old one landed while the bump was on its way.',
      { latestNonce: 8, confirmedNonce: 8, ...receipts(['0x70', inBlock(97)]) },
      [tx(7), tx(7, 1)],
      ['confirmed 0x70'],
    ],
    [
      'Something that this store does not have used the nonce a moment ago; perhaps another member’s bump.',
      { latestNonce: 8 },
      [tx(7)],
      ['wait nonce-used'],
    ],
    [
      'It stayed so: the height was taken by a transaction that this store does not have.',
      { latestNonce: 8, confirmedNonce: 8 },
      [tx(7)],
      ['conflict 7'],
    ],
    [
      'A member was away for long: everything it still holds has landed.',
      { latestNonce: 9, confirmedNonce: 9, ...receipts(['0x70', inBlock(50)], ['0x80', inBlock(60)]) },
      [tx(7), tx(8)],
      ['confirmed 0x70', 'confirmed 0x80'],
    ],
    [
      'Several blocks confirm one height while the next is on its way.',
      { latestNonce: 8, confirmedNonce: 8, ...receipts(['0x70', inBlock(98)]), ...knows('0x80') },
      [tx(7), tx(8)],
      ['confirmed 0x70', 'wait in-mempool'],
    ],
  ])('%s', (_, view, pending, expected) => {
    expect(track({ ...base, ...view }, pending).map(brief)).toEqual(expected)
  })

  it('gives one action a height, in order, and never sends what L1 has or could not take', () => {
    const version = fc.record({ nonce: fc.integer({ min: 5, max: 12 }), version: fc.nat(2), sent: fc.boolean() })
    const landed = fc.dictionary(fc.constantFrom('50', '60', '61', '70', '72', '80'), fc.integer({ min: 90, max: 100 }))
    fc.assert(
      fc.property(fc.array(version, { maxLength: 12 }), landed, fc.integer({ min: 5, max: 12 }), fc.nat(3), (list, blocks, latestNonce, lag) => {
        const map = new Map<Hex, ReceiptView>(Object.entries(blocks).map(([hash, number]) => [`0x${hash}`, inBlock(number)]))
        const pending = list.map(({ nonce, version: v, sent }) => tx(nonce, v, sent))
        const actions = track({ ...base, latestNonce, confirmedNonce: latestNonce - lag, receipts: map }, pending)
        expect(actions.length).toBe(new Set(pending.map(p => p.nonce)).size)
        const sends = actions.flatMap(action => ('transaction' in action ? [action.transaction] : []))
        expect(sends.map(p => p.nonce)).toEqual(sends.map(p => p.nonce).toSorted((a, b) => a - b))
        for (const { nonce, hash } of sends) {
          expect(nonce).toBeGreaterThanOrEqual(latestNonce)
          expect(map.has(hash)).toBe(false)
          for (let before = latestNonce; before < nonce; before++) expect(pending.some(p => p.nonce === before)).toBe(true)
        }
      }),
    )
  })
})
