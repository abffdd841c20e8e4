/**
 * Snapshots of pools in interesting states.
 * @module
 */
import { hex } from '../../../core/bytes.ts'
import type { BatchStatus, MemberStatus, RelaySnapshot } from '../../../relay/index.ts'
import { labelled } from '../../support/random.ts'

const hash = (label: string, index: number): `0x${string}` => hex(labelled(label, index))
const address = (label: string, index: number): `0x${string}` => hex(labelled(label, index).subarray(0, 20))

const NAMES = ['Amsterdam', 'Bratislava', 'Coimbra', 'Debrecen', 'Espoo']

function member(seat: number, change: Partial<MemberStatus> = {}): MemberStatus {
  const report = { seat, phase: 'ready', height: 42, round: 0, refusals: [], kernel: 'noble' }
  return { seat, name: NAMES[seat - 1], vote: address('vote', seat), weight: '1', online: true, seenAt: 0, report, ...change }
}

function batch(height: number, change: Partial<BatchStatus> = {}): BatchStatus {
  const round = height % 7 === 3 ? 1 : 0
  return {
    height,
    nonce: height,
    txHash: hash('batch', height),
    state: 'confirmed',
    round,
    proposer: 1 + ((height + round) % 5),
    signers: [1 + (height % 5), 1 + ((height + 1) % 5), 1 + ((height + 2) % 5)].sort(),
    blockNumber: 1_000 + 2 * height,
    blockTimestamp: 1_750_000_000 + 4 * height,
    l2Blocks: 2 + (height % 3),
    l2Transactions: 5 + ((height * 7) % 19),
    gasUsed: 41_000 + 317 * height,
    fee: String(33_000_000_000_000 + 250_000_000_000 * height),
    signMs: 640 + 13 * (height % 9),
    publishMs: 1_900 + 37 * (height % 5),
    ...change,
  }
}

/** A 3-of-5 pool at work: one member away, one signing, one that refuses, a back-up's turn, batches in every state. */
export function busyPool(now: number): RelaySnapshot {
  const waiting = {
    blockNumber: undefined,
    blockTimestamp: undefined,
    l2Blocks: undefined,
    l2Transactions: undefined,
    gasUsed: undefined,
    fee: undefined,
  }
  return {
    time: now,
    startedAt: now - 3_600_000,
    pool: {
      name: 'Five cities',
      hash: hash('pool', 1),
      threshold: 3,
      agreementQuorum: 4,
      l1ChainId: 31_337,
      inbox: '0xff00000000000000000000000000000000000042',
      nonceOffset: 0,
      confirmations: 2,
      l2ChainId: 4_242,
      l2BlockTime: 1,
      times: { roundZero: 3_000, roundStep: 1_000, maxBatchDelay: 4_000, epochLength: 8 },
    },
    account: address('account', 1),
    members: [
      member(1, { weight: '2', report: { seat: 1, phase: 'ready', height: 42, round: 1, refusals: [], kernel: 'noble' } }),
      member(2, {
        report: {
          seat: 2,
          phase: 'signing',
          height: 42,
          round: 1,
          refusals: [],
          kernel: 'noble',
          ceremony: { kind: 'sign', round: 'P2', missing: [4] },
        },
      }),
      member(3, { online: false, seenAt: now - 95_000 }),
      member(4, {
        report: {
          seat: 4,
          phase: 'preparing',
          height: 42,
          round: 1,
          refusals: [{ height: 42, round: 0, reason: 'wrong-timestamp' }],
          kernel: 'noble',
        },
      }),
      member(5, { report: undefined }),
    ],
    turn: { rotationEpoch: 5, height: 42, round: 1, opensAt: now - 1_000, order: [3, 2, 1, 5, 4], proposer: 2 },
    l1: { reachable: true, head: 1_086, finalized: 1_020, lookedAt: now - 300 },
    batches: [
      batch(41, { ...waiting, state: 'stored', publishMs: undefined }),
      batch(40, { ...waiting, state: 'sent', publishMs: undefined }),
      batch(39, { state: 'included', l2Blocks: undefined, l2Transactions: undefined }),
      batch(38, { state: 'failed' }),
      ...Array.from({ length: 8 }, (_, i) => batch(37 - i)),
    ],
    totals: { batches: 38, l2Blocks: 114, l2Transactions: 512, gasUsed: 1_820_411, fees: '1532000000000000' },
    intake: { transactions: 17, bytes: 2_040 },
    mailbox: { messages: 3, bytes: 9_000 },
  }
}
