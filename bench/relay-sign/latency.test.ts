import { describe, expect, it } from 'vitest'
import { latencyOf } from './latency.ts'
import type { Mark } from './marks.ts'

const mark = (seat: number, at: number, what: Mark['what'], more: Partial<Mark> = {}): Mark => ({ seat, at, what, height: 4, ...more })

const marks: Mark[] = [
  { seat: 2, at: 5, what: 'batch-ready' },
  { seat: 1, at: 9, what: 'batch-ready' },
  mark(1, 12, 'proposed'),
  mark(3, 20, 'agreed'),
  mark(1, 22, 'agreed'),
  mark(2, 40, 'agreed'),
  mark(1, 25, 'sign-begin', { ready: true }),
  mark(3, 27, 'sign-begin', { ready: true }),
  mark(3, 31, 'sign-end'),
  mark(1, 33, 'sign-end'),
  mark(3, 32, 'raw'),
  mark(1, 34, 'raw'),
  mark(3, 35, 'stored'),
  mark(1, 36, 'stored'),
  mark(1, 99, 'stored', { height: 5 }),
]

describe('the latency of a signature', () => {
  it('counts from the batch of the proposer to the first signer that has it, and steps to the last of the signers', () => {
    expect(latencyOf(marks, 4)).toEqual({
      height: 4,
      ready: true,
      total: 23,
      steps: { proposed: 3, agreed: 13, ceremony: 18, signature: 24, stored: 26 },
    })
  })

  it('is one from a ready tuple only when all signers had it', () => {
    const mixed = marks.map(one => (one.what === 'sign-begin' && one.seat === 3 ? { ...one, ready: false } : one))
    expect(latencyOf(mixed, 4)?.ready).toBe(false)
  })

  it('is unknown for what was proposed or begun twice, and for what was not signed', () => {
    expect(latencyOf([...marks, mark(2, 50, 'proposed')], 4)).toBeUndefined()
    expect(latencyOf([...marks, mark(3, 50, 'sign-begin')], 4)).toBeUndefined()
    expect(latencyOf(marks, 5)).toBeUndefined()
  })
})
