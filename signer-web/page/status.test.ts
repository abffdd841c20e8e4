import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { backUpsOf, proposerOf, readStatus } from './status.ts'

describe('readStatus', () => {
  test('takes any JSON at all without throwing', () => {
    fc.assert(
      fc.property(fc.jsonValue(), json => {
        expect(readStatus(json).members).toBeInstanceOf(Array)
      }),
    )
  })

  test('takes a snapshot whose fields have any form without throwing, and never lets a form through that the page does not expect', () => {
    const value = fc.oneof(fc.jsonValue(), fc.array(fc.record({ seat: fc.jsonValue(), report: fc.jsonValue(), height: fc.jsonValue() })))
    const keys = ['pool', 'members', 'turn', 'batches', 'totals', 'l1', 'intake', 'account', 'time']
    fc.assert(
      fc.property(fc.record(Object.fromEntries(keys.map(key => [key, value])), { requiredKeys: [] }), json => {
        const { account, members, batches } = readStatus(json)
        expect(['string', 'undefined']).toContain(typeof account)
        for (const member of members) expect(Number.isFinite(member.seat)).toBe(true)
        for (const batch of batches) expect(typeof batch.state).toBe('string')
      }),
    )
  })

  test('works out what the thresholds survive', () => {
    const poolOf = (n: number, threshold: number, agreementQuorum: number) =>
      readStatus({ pool: { threshold, agreementQuorum }, members: Array.from({ length: n }, (_, i) => ({ seat: i + 1 })) }).pool
    expect(poolOf(3, 2, 2)).toMatchObject({ crashes: 1, cheaters: 0 })
    expect(poolOf(5, 4, 4)).toMatchObject({ crashes: 1, cheaters: 2 })
    expect(poolOf(5, 3, 4)).toMatchObject({ crashes: 1, cheaters: 2 })
    expect(poolOf(7, 5, 5)).toMatchObject({ crashes: 2, cheaters: 2 })
  })

  test('knows when a round ends: the first one after the delay and R0, each later one dR longer', () => {
    const times = { roundZero: 3_000, roundStep: 1_000, maxBatchDelay: 4_000 }
    const closes = (round: number) => readStatus({ pool: { times }, turn: { height: 1, round, opensAt: 100_000, order: [1, 2] } }).turn?.closesAt
    expect([0, 1, 2].map(closes)).toEqual([107_000, 104_000, 105_000])
  })

  test('back-ups follow the member whose turn it is, around the order', () => {
    const turn = (round: number) => ({ height: 1, round, opensAt: 0, closesAt: undefined, order: [3, 1, 2] })
    expect([0, 1, 2, 3].map(round => proposerOf(turn(round)))).toEqual([3, 1, 2, 3])
    expect([0, 1, 2].map(round => backUpsOf(turn(round)))).toEqual([
      [1, 2],
      [2, 3],
      [3, 1],
    ])
    expect(proposerOf({ ...turn(0), order: [] })).toBeUndefined()
  })

  test('shows the newest batch first', () => {
    expect(readStatus({ batches: [{ height: 1 }, { height: 3 }, { height: 2 }] }).batches.map(batch => batch.height)).toEqual([3, 2, 1])
  })
})
