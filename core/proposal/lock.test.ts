import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { labelled } from '../../test/support/index.ts'
import { testPool, testVoteKey } from '../../test/support/pool.ts'
import type { Bytes } from '../bytes.ts'
import { isPoolError } from '../errors.ts'
import {
  type AuthorisedTransaction,
  authorizeSigning,
  emptyRecord,
  type HeightRecord,
  heightRecordCodec,
  lock,
  mayLock,
  replacementFee,
  vote,
} from './lock.ts'
import type { Certificate } from './messages.ts'
import { signPrepare } from './vote.ts'

const pool = testPool(4, 3)
const A = labelled('content', 1)
const B = labelled('content', 2)
const height = 5
const certificate = (round: number, content: Bytes, change: Partial<Certificate> = {}): Certificate => ({
  height,
  round,
  content,
  prepares: [1, 2, 3].map(seat => ({ seat, signature: signPrepare({ height, round, content }, pool, testVoteKey(seat)) })),
  ...change,
})
const proposal = (round: number, content: Bytes, justification?: { validRound: number; certificate: Certificate }) => ({
  height,
  round,
  content,
  justification,
})
const because = (certified: Certificate) => ({ validRound: certified.round, certificate: certified })

const certified = { a1: certificate(1, A), a3: certificate(3, A), b2: certificate(2, B), b3: certificate(3, B) }
const fresh = emptyRecord(height)
const locked = lock(fresh, certified.a1)
const voted = (round: number, content: Bytes, from: HeightRecord = fresh): HeightRecord => ({ ...from, votedRound: round, votedContent: content })

/** The record after voting, or the reason of the refusal. */
const outcome = (record: HeightRecord, ...args: Parameters<typeof proposal>): HeightRecord | string => {
  const result = vote(record, proposal(...args), { pool })
  return 'refuse' in result ? result.refuse : result.record
}

describe('vote', () => {
  it('a member that is not locked votes for anything, and remembers', () => {
    expect(outcome(fresh, 0, A)).toEqual({ ...fresh, votedRound: 0, votedContent: A })
    expect(outcome(voted(0, A), 3, B)).toEqual({ ...fresh, votedRound: 3, votedContent: B })
  })

  it('never goes back to a round before one it voted in', () => {
    expect(outcome(voted(3, A), 2, A)).toBe('stale-round')
    expect(outcome(voted(3, A), 0, B)).toBe('stale-round')
  })

  it('says the same again in a round, and never anything else', () => {
    expect(outcome(voted(3, A), 3, A)).toEqual(voted(3, A))
    expect(outcome(voted(3, A), 3, B)).toBe('second-content-in-round')
    // Not even with a certificate for the other content.
    expect(outcome(voted(3, A), 3, B, because(certified.b2))).toBe('second-content-in-round')
  })

  it('a locked member votes for what it is locked on', () => {
    expect(outcome(locked, 2, A)).toEqual({ ...locked, votedRound: 2, votedContent: A })
    expect(outcome(locked, 2, B)).toBe('locked-elsewhere')
  })

  it('a locked member votes for other content with a certificate of the lock’s round or a later one', () => {
    expect(outcome(locked, 3, B, because(certified.b2))).toEqual({ ...locked, votedRound: 3, votedContent: B })
    expect(outcome(lock(fresh, certified.a3), 4, B, because(certified.b3))).toMatchObject({ votedRound: 4 })
    expect(outcome(lock(fresh, certified.a3), 4, B, because(certified.b2))).toBe('locked-elsewhere')
  })

  it('a vote does not move the lock', () => {
    expect(outcome(locked, 3, B, because(certified.b2))).toMatchObject({ lockedRound: 1, lockedContent: A, certificate: certified.a1 })
  })

  it('a certificate that justifies has to be for this height and content, of an earlier round, and valid; also when none was needed', () => {
    const wrong = [
      because(certified.b3),
      { validRound: 1, certificate: certified.b2 },
      because(certified.a1),
      because(certificate(2, B, { height: 6 })),
      because({ ...certified.b2, prepares: certified.b2.prepares.slice(1) }),
      because({ ...certified.b2, round: 1 }),
    ]
    for (const justification of wrong) for (const record of [fresh, locked]) expect(outcome(record, 3, B, justification)).toBe('invalid-certificate')
  })

  it('is of one height', () => {
    expect(vote(emptyRecord(6), proposal(0, A), { pool })).toEqual({ refuse: 'wrong-height' })
  })

  it('asks the verifier that it is given, and lets its failures through', () => {
    const asked: number[] = []
    const verify = (_: unknown, shown: Certificate): void => void asked.push(shown.round)
    expect(vote(locked, proposal(3, B, because(certified.b2)), { pool, verify })).toMatchObject({ record: { votedRound: 3 } })
    expect(asked).toEqual([2])
    const broken = (): void => {
      throw new TypeError('a bug')
    }
    expect(() => vote(locked, proposal(3, B, because(certified.b2)), { pool, verify: broken })).toThrow(/a bug/)
  })
})

describe('lock', () => {
  const conflict = (record: HeightRecord, shown: Certificate): string => {
    expect(mayLock(record, shown)).toBe(false)
    try {
      lock(record, shown)
    } catch (error) {
      if (isPoolError(error, 'lock-conflict')) return String(error.context.problem)
      throw error
    }
    return 'no conflict'
  }

  it('holds round, content and certificate', () => {
    expect(locked).toEqual({ ...fresh, lockedRound: 1, lockedContent: A, certificate: certified.a1 })
    expect(mayLock(fresh, certified.a1)).toBe(true)
  })

  it('moves to a later round only, on the same content or another', () => {
    expect(lock(locked, certified.a3)).toMatchObject({ lockedRound: 3, lockedContent: A })
    expect(lock(locked, certified.b2)).toMatchObject({ lockedRound: 2, lockedContent: B, certificate: certified.b2 })
    expect(conflict(lock(fresh, certified.b2), certified.a1)).toMatch(/later round/)
    expect(conflict(lock(fresh, certified.a3), certified.b3)).toMatch(/later round/)
    expect(conflict(lock(fresh, certified.a3), certified.a1)).toMatch(/later round/)
  })

  it('again changes nothing', () => {
    expect(lock(locked, certified.a1)).toBe(locked)
  })

  it('does not come after a vote in a later round', () => {
    expect(conflict(voted(2, B), certified.a1)).toMatch(/voted in a later round/)
    expect(conflict(voted(2, A), certified.a1)).toMatch(/voted in a later round/)
    expect(lock(voted(1, A), certified.a1)).toMatchObject({ lockedRound: 1, votedRound: 1 })
  })

  it('is of one height', () => {
    expect(conflict(emptyRecord(6), certified.a1)).toMatch(/another height/)
  })
})

describe('signing', () => {
  const request = (change: Partial<AuthorisedTransaction> = {}): AuthorisedTransaction => ({
    round: 1,
    content: A,
    sighash: labelled('sighash', 1),
    maxFeePerGas: 100n,
    maxPriorityFeePerGas: 10n,
    ...change,
  })
  const allowed = (record: HeightRecord, change?: Partial<AuthorisedTransaction>): HeightRecord | string => {
    const result = authorizeSigning(record, request(change))
    return 'refuse' in result ? result.refuse : result.record
  }
  const once = allowed(locked) as HeightRecord
  const second = { sighash: labelled('sighash', 2) }

  it('needs the lock, on this content, of this round', () => {
    expect(allowed(fresh)).toBe('not-locked')
    expect(allowed(locked, { content: B })).toBe('locked-elsewhere')
    expect(allowed(locked, { round: 2 })).toBe('locked-in-another-round')
    expect(allowed(lock(locked, certified.a3))).toBe('locked-in-another-round')
    expect(once).toEqual({ ...locked, signed: [request()] })
  })

  it('is over when this member has voted in a later round, also for the same content', () => {
    expect(allowed(voted(2, A, locked))).toBe('voted-later')
    expect(allowed(voted(1, A, locked))).toMatchObject({ signed: [request()] })
  })

  it('the same transaction again changes nothing', () => {
    expect(allowed(once)).toBe(once)
  })

  it('another one has to raise both fees by a tenth, rounded up, and one wei', () => {
    expect(allowed(once, { ...second, maxFeePerGas: 111n, maxPriorityFeePerGas: 12n })).toMatchObject({ signed: [request(), second] })
    expect(allowed(once, { ...second, maxFeePerGas: 110n, maxPriorityFeePerGas: 12n })).toBe('not-a-fee-bump')
    expect(allowed(once, { ...second, maxFeePerGas: 111n, maxPriorityFeePerGas: 11n })).toBe('not-a-fee-bump')
    expect(allowed(once, second)).toBe('not-a-fee-bump')
    expect([0n, 1n, 9n, 10n, 11n, 100n, 101n, 10n ** 18n].map(replacementFee)).toEqual([1n, 3n, 11n, 12n, 14n, 111n, 113n, 11n * 10n ** 17n + 1n])
  })

  it('a bump has to beat every one before it', () => {
    const bumped = allowed(once, { ...second, maxFeePerGas: 200n, maxPriorityFeePerGas: 20n }) as HeightRecord
    expect(allowed(bumped, { sighash: labelled('sighash', 3), maxFeePerGas: 150n, maxPriorityFeePerGas: 15n })).toBe('not-a-fee-bump')
    expect(allowed(bumped)).toBe(bumped)
  })

  it('a later round starts afresh: its proposer may not know what was signed', () => {
    const moved = lock(once, certified.a3)
    expect(allowed(moved, { ...second, round: 3, maxFeePerGas: 90n })).toMatchObject({ signed: [{ round: 1 }, { round: 3, maxFeePerGas: 90n }] })
    // But within it the rule is the same.
    const again = allowed(moved, { ...second, round: 3 }) as HeightRecord
    expect(allowed(again, { round: 3, maxFeePerGas: 101n })).toBe('not-a-fee-bump')
  })

  it('keeps what fits into a record', () => {
    let record = once
    for (let i = 0, cap = 100n, tip = 10n; i < 300; i++) {
      cap = replacementFee(cap)
      tip = replacementFee(tip)
      record = allowed(record, { sighash: labelled('bump', i), maxFeePerGas: cap, maxPriorityFeePerGas: tip }) as HeightRecord
    }
    expect(record.signed).toHaveLength(256)
    expect(record.signed.at(-1)?.sighash).toEqual(labelled('bump', 299))
    expect(heightRecordCodec.decode(heightRecordCodec.encode(record)).signed).toHaveLength(256)
  })
})

describe('stored record', () => {
  const word = fc.uint8Array({ minLength: 32, maxLength: 32 })
  const some = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined })
  const round = fc.integer({ min: -1, max: 0xffff_fffe })
  const fee = fc.bigInt({ min: 0n, max: 2n ** 256n - 1n })
  const shown = fc.record({
    height: fc.maxSafeNat(),
    round: fc.nat(0xffff_ffff),
    content: word,
    prepares: fc.array(fc.record({ seat: fc.nat(0xffff), signature: fc.uint8Array({ minLength: 65, maxLength: 65 }) }), { maxLength: 4 }),
  })
  const records: fc.Arbitrary<HeightRecord> = fc.record({
    height: fc.maxSafeNat(),
    votedRound: round,
    votedContent: some(word),
    lockedRound: round,
    lockedContent: some(word),
    certificate: some(shown),
    signed: fc.array(fc.record({ round: fc.nat(0xffff_ffff), content: word, sighash: word, maxFeePerGas: fee, maxPriorityFeePerGas: fee }), {
      maxLength: 4,
    }),
    voided: fc.array(word, { maxLength: 3 }),
  })

  it('comes back the same', () => {
    fc.assert(
      fc.property(records, record => {
        expect(heightRecordCodec.decode(heightRecordCodec.encode(record))).toEqual(record)
      }),
      { numRuns: 100 },
    )
    for (const record of [fresh, locked, voted(3, B, locked)])
      expect(heightRecordCodec.decode(heightRecordCodec.encode(record))).toMatchObject({ ...record, voided: [] })
  })

  it('is refused when it is mutated into anything but another record', () => {
    fc.assert(
      fc.property(records, fc.nat(), fc.integer({ min: 1, max: 255 }), fc.boolean(), (record, at, mask, cut) => {
        const bytes = heightRecordCodec.encode(record).slice()
        const index = at % bytes.length
        bytes[index] = (bytes[index] as number) ^ mask
        try {
          const decoded = heightRecordCodec.decode(cut ? bytes.subarray(0, index) : bytes)
          expect(cut).toBe(false)
          expect(heightRecordCodec.encode(decoded)).toEqual(bytes)
        } catch (error) {
          if (!isPoolError(error, 'malformed-bytes')) throw error
        }
      }),
      { numRuns: 200 },
    )
  })

  it('of another version is refused', () => {
    const bytes = heightRecordCodec.encode(locked).slice()
    bytes[0] = 2
    expect(() => heightRecordCodec.decode(bytes)).toThrow(/unknown version/)
  })
})
