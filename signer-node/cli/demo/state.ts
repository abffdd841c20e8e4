/**
 * What the demo knows of its pool, folded from the members' events: the source of the terminal view and of the final JSON.
 * @module
 */

import type { MemberReport } from '../../../core/envelope/wire.ts'
import type { MemberEvent } from '../../../core/member/events.ts'

export interface BatchRow {
  height: number
  nonce: number
  txHash: `0x${string}`
  blockNumber: number
  l2Transactions: number
  l2TransactionHashes: readonly `0x${string}`[]
  l2Blocks: number
  proposer: number
  round: number
  signers: readonly number[]
  /** ms from proposal to signature. */
  latencyMs: number
  /** Gas used on L1; known once the receipt was read. */
  gasUsed?: bigint
}

export interface DemoState {
  account?: `0x${string}`
  /** Confirmed batches of this run, by height. */
  readonly batches: Map<number, BatchRow>
  readonly signed: Map<number, Extract<MemberEvent, { kind: 'signed' }>>
  readonly reports: Map<number, MemberReport>
  readonly gone: Set<number>
  readonly refusals: { seat: number; height: number; round: number; reason: string }[]
}

export const createDemoState = (): DemoState => ({ batches: new Map(), signed: new Map(), reports: new Map(), gone: new Set(), refusals: [] })

/** Folds one event in; gives the row when a height was confirmed for the first time. */
export function foldEvent(state: DemoState, seat: number, event: MemberEvent): BatchRow | undefined {
  switch (event.kind) {
    case 'key':
      state.account = event.account
      return undefined
    case 'signed':
      // The proposer has seen all of it; others may know neither the signers nor since when.
      if (seat === event.proposer || !state.signed.has(event.height)) state.signed.set(event.height, event)
      return undefined
    case 'refused':
      state.refusals.push({ seat, height: event.height, round: event.round, reason: event.reason })
      if (state.refusals.length > 100) state.refusals.shift()
      return undefined
    case 'reorg':
      for (const height of [...state.batches.keys()]) if (height >= event.from) state.batches.delete(height)
      return undefined
    case 'batch': {
      if (event.replayed || state.batches.has(event.height)) return undefined
      const signed = state.signed.get(event.height)
      const row: BatchRow = {
        height: event.height,
        nonce: event.nonce,
        txHash: event.hash,
        blockNumber: event.l1Block,
        l2Transactions: event.transactions.length,
        l2TransactionHashes: event.transactions,
        l2Blocks: event.l2Blocks,
        proposer: signed?.proposer ?? 0,
        round: signed?.round ?? 0,
        signers: signed?.signers ?? [],
        latencyMs: signed?.latencyMs ?? 0,
      }
      state.batches.set(event.height, row)
      return row
    }
    default:
      return undefined
  }
}
