import { describe, expect, it } from 'vitest'
import { heightBench } from '../../test/support/height-bench.ts'
import { lock } from '../proposal/lock.ts'
import { type Proposal, proposalCodec } from '../proposal/messages.ts'
import { KEPT_ROUNDS, makeRoom } from './height.ts'

describe('a height loaded from the guard', () => {
  it('is empty when nothing was written', async () => {
    const { state } = (await heightBench(3, 2)).member(1)
    expect(state).toMatchObject({ height: 0, proposedRound: -1, record: { votedRound: -1, lockedRound: -1, signed: [] } })
    expect(state.agreed).toBeUndefined()
  })

  it('comes back with its lock and the proposal that it is for', async () => {
    const bench = await heightBench(3, 2)
    const { make, guard, state, reload } = bench.member(1)
    const proposal = make(0)?.proposal as Proposal
    const certificate = bench.certificate(proposal, [1, 2])
    await guard.writeLock(lock(state.record, certificate), proposalCodec.encode(proposal))
    expect((await reload()).agreed).toEqual({ certificate, proposal })
  })

  it('does not mix a lock with a proposal that it is not for', async () => {
    const bench = await heightBench(3, 2)
    const { make, guard, state, reload } = bench.member(1)
    const proposal = make(0)?.proposal as Proposal
    await bench.time.advance(10_000)
    await guard.writeLock(lock(state.record, bench.certificate(proposal, [1, 2])), proposalCodec.encode(make(1)?.proposal as Proposal))
    const loaded = await reload()
    expect(loaded.record.lockedContent).toEqual(proposal.content)
    expect(loaded.agreed).toBeUndefined()
  })
})

describe('room for a seat’s votes', () => {
  it('is made by dropping its oldest, and nobody else’s', () => {
    const book = new Map<string, Set<number>>()
    const add = (seat: number, round: number): boolean => {
      if (!makeRoom(book, seat, round)) return false
      const key = `${round}/0x`
      book.set(key, (book.get(key) ?? new Set()).add(seat))
      return true
    }
    for (let round = 0; round < KEPT_ROUNDS + 2; round++) expect(add(1, round)).toBe(true)
    expect(add(2, 0)).toBe(true)
    expect(add(1, 0)).toBe(false)
    expect([...book].filter(([, seats]) => seats.has(1)).map(([key]) => Number.parseInt(key, 10))).toEqual(
      Array.from({ length: KEPT_ROUNDS }, (_, i) => i + 2),
    )
  })
})
