import { describe, expect, it } from 'vitest'
import { labelled } from '../../test/support/index.ts'
import { testPool, testVoteKey } from '../../test/support/pool.ts'
import { type Bytes, hex } from '../bytes.ts'
import { isPoolError } from '../errors.ts'
import { authorizeSigning, emptyRecord, type HeightRecord, heightRecordCodec, lock, vote } from './lock.ts'
import type { Certificate, VoidVote } from './messages.ts'
import { contradiction, pledgeVoid, voidHeight, voidRound } from './void.ts'
import { signPrepare, signVoid } from './vote.ts'
import { checkWatermarks } from './watermark.ts'

const pool = testPool(4, 3)
const height = 5
const dead = labelled('content', 1)
const next = labelled('content', 2)
const header = labelled('finalized')
const voids = (seats: readonly number[], change: Partial<VoidVote> = {}): VoidVote[] =>
  seats.map(seat => {
    const body = { height, round: 1, content: dead, header, ...change }
    return { ...body, seat, signature: signVoid(body, pool, testVoteKey(seat)) }
  })
const certificate = (round: number, content: Bytes): Certificate => ({
  height,
  round,
  content,
  prepares: [1, 2, 3].map(seat => ({ seat, signature: signPrepare({ height, round, content }, pool, testVoteKey(seat)) })),
})
const locked = lock({ ...emptyRecord(height), votedRound: 1, votedContent: dead }, certificate(1, dead))
const applied = (record: HeightRecord, votes: readonly VoidVote[]): HeightRecord | string => {
  const result = voidHeight(record, votes, pool)
  return 'refuse' in result ? result.refuse : result.record
}

describe('VOIDs of q members', () => {
  const free = applied(locked, voids([1, 2, 4])) as HeightRecord

  it('drop the lock, keep votes and signatures, and remember the content', () => {
    expect(free).toEqual({ height, votedRound: 1, votedContent: dead, lockedRound: -1, signed: [], voided: [dead] })
    expect(applied(free, voids([1, 2, 4]))).toEqual(free)
    expect(heightRecordCodec.decode(heightRecordCodec.encode(free))).toMatchObject({ voided: [dead], lockedRound: -1 })
  })

  it('let another content be agreed on and signed, in a later round', () => {
    const propose = (round: number, content: Bytes) => vote(free, { height, round, content, justification: undefined }, { pool })
    expect(propose(1, next)).toEqual({ refuse: 'second-content-in-round' })
    const voted = propose(2, next)
    expect(voted).toMatchObject({ record: { votedRound: 2, votedContent: next } })
    const relocked = lock((voted as { record: HeightRecord }).record, certificate(2, next))
    const request = { round: 2, content: next, sighash: labelled('sighash'), maxFeePerGas: 1n, maxPriorityFeePerGas: 1n }
    expect(authorizeSigning(relocked, request)).toMatchObject({ record: { signed: [request] } })
  })

  it('make the content impossible: no vote even with its certificate, no lock, no signature', () => {
    const shown = certificate(1, dead)
    const justification = { validRound: 1, certificate: shown }
    expect(vote(free, { height, round: 2, content: dead, justification }, { pool })).toEqual({ refuse: 'voided' })
    let thrown: unknown
    try {
      lock(free, certificate(2, dead))
    } catch (error) {
      thrown = error
    }
    expect(isPoolError(thrown, 'lock-conflict')).toBe(true)
  })

  it('leave a lock on other content alone', () => {
    const elsewhere = lock(emptyRecord(height), certificate(2, next))
    expect(applied(elsewhere, voids([1, 2, 3]))).toEqual({ ...elsewhere, voided: [dead] })
  })

  it('may be of different rounds, and of more than q members', () => {
    expect(applied(locked, [...voids([1, 2]), ...voids([3, 4], { round: 7 })])).toEqual(free)
  })

  it.each([
    ['too-few-votes', voids([1, 2])],
    ['too-few-votes', []],
    ['too-few-votes', voids([1, 2, 2])],
    ['wrong-height', voids([1, 2, 3], { height: 6 })],
    ['votes-differ', [...voids([1, 2]), ...voids([3], { content: next })]],
    ['votes-differ', [...voids([1, 2]), ...voids([3], { header: next })]],
    ['bad-signature', [...voids([1, 2]), ...voids([3]).map(single => ({ ...single, seat: 4 }))]],
    ['bad-signature', voids([1, 2, 3]).map(single => ({ ...single, round: 0 }))],
  ] as const)('%s', (reason, votes) => {
    expect(applied(locked, votes)).toBe(reason)
  })
})

describe('own VOID', () => {
  it('carries the finalized block that stands where the origin was', () => {
    const origin = { number: 9, hash: labelled('origin') }
    expect(contradiction({ origin }, number => (number === 9 ? hex(header) : undefined))).toEqual(header)
    expect(contradiction({ origin }, () => hex(origin.hash))).toBeUndefined()
    expect(contradiction({ origin }, () => undefined)).toBeUndefined()
  })

  it('is of the highest round this member has spoken in', () => {
    expect(voidRound(emptyRecord(height))).toBe(0)
    expect(voidRound(locked)).toBe(1)
    expect(voidRound({ ...locked, votedRound: 4 })).toBe(4)
    expect(voidRound({ ...emptyRecord(height), lockedRound: 6 })).toBe(6)
  })

  it('binds before it is said: no signature for the content any more, but the lock holds against other content until q agree', () => {
    const pledged = pledgeVoid(locked, dead)
    expect(pledgeVoid(pledged, dead)).toBe(pledged)
    const request = { round: 1, content: dead, sighash: labelled('sighash'), maxFeePerGas: 1n, maxPriorityFeePerGas: 1n }
    expect(authorizeSigning(locked, request)).toMatchObject({ record: { signed: [request] } })
    expect(authorizeSigning(pledged, request)).toEqual({ refuse: 'voided' })
    expect(vote(pledged, { height, round: 2, content: next, justification: undefined }, { pool })).toEqual({ refuse: 'locked-elsewhere' })
  })
})

describe('watermarks', () => {
  it('nothing at or below what is final, nothing above the kill switch', () => {
    expect([4, 5, 6, 7, 8].map(at => checkWatermarks(at, { low: 5, high: 7 }))).toEqual([
      'final-height',
      'final-height',
      undefined,
      undefined,
      'stopped',
    ])
    expect(checkWatermarks(0, { low: -1 })).toBeUndefined()
    expect(checkWatermarks(Number.MAX_SAFE_INTEGER, { low: 5 })).toBeUndefined()
    expect(checkWatermarks(0, { low: -1, high: -1 })).toBe('stopped')
  })
})
