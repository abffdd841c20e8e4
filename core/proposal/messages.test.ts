import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { labelled } from '../../test/support/index.ts'
import { testPool, testVoteKey } from '../../test/support/pool.ts'
import { MAX_CALLDATA_BYTES } from '../batch/limits.ts'
import { type Bytes, concat, u32be } from '../bytes.ts'
import type { Codec } from '../codec.ts'
import { isPoolError } from '../errors.ts'
import {
  type Certificate,
  certificateCodec,
  type Prepare,
  type Proposal,
  prepareCodec,
  proposalCodec,
  type Refusal,
  refusalCodec,
  type VoidVote,
  verifyCertificate,
  voidCodec,
} from './messages.ts'
import { signPrepare } from './vote.ts'

const pool = testPool(4, 3)
const content = labelled('content')
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
const slot = { height: fc.maxSafeNat(), round: fc.nat(0xffff_ffff), content: bytes(32) }
const seat = fc.nat(0xffff)
const signature = bytes(65)

const prepares: fc.Arbitrary<Prepare> = fc.record({ ...slot, seat, signature })
const certificates: fc.Arbitrary<Certificate> = fc.record({ ...slot, prepares: fc.array(fc.record({ seat, signature }), { maxLength: 16 }) })
const proposals: fc.Arbitrary<Proposal> = fc.record({
  ...slot,
  origin: fc.record({ number: fc.maxSafeNat(), hash: bytes(32) }),
  payload: fc.uint8Array({ maxLength: 200 }),
  justification: fc.option(fc.record({ validRound: fc.nat(0xffff_ffff), certificate: certificates }), { nil: undefined }),
  signature,
})
const voids: fc.Arbitrary<VoidVote> = fc.record({ ...slot, header: bytes(32), seat, signature })
const refusals: fc.Arbitrary<Refusal> = fc.record({ ...slot, reason: fc.string({ maxLength: 16, unit: 'grapheme-ascii' }) })

/** Decodes, or gives the code of the error; anything but `malformed-bytes` is a failure of the test. */
function decode<T>(codec: Codec<T>, input: Bytes): T | 'malformed-bytes' {
  try {
    return codec.decode(input)
  } catch (error) {
    if (isPoolError(error, 'malformed-bytes')) return 'malformed-bytes'
    throw error
  }
}

const kinds: readonly [string, Codec<unknown>, fc.Arbitrary<unknown>][] = [
  ['prepare', prepareCodec as Codec<unknown>, prepares],
  ['certificate', certificateCodec as Codec<unknown>, certificates],
  ['proposal', proposalCodec as Codec<unknown>, proposals],
  ['void', voidCodec as Codec<unknown>, voids],
  ['refusal', refusalCodec as Codec<unknown>, refusals],
]

describe.each(kinds)('%s', (_, codec, values) => {
  it('comes back the same, and starts with version 1', () => {
    fc.assert(
      fc.property(values, value => {
        const encoded = codec.encode(value)
        expect(encoded[0]).toBe(1)
        expect(codec.decode(encoded)).toEqual(value)
      }),
      { numRuns: 50 },
    )
  })

  it('has one encoding: whatever mutated bytes decode to encodes to those bytes again', () => {
    fc.assert(
      fc.property(values, fc.nat(), fc.integer({ min: 1, max: 255 }), (value, at, mask) => {
        const encoded = codec.encode(value).slice()
        const index = at % encoded.length
        encoded[index] = (encoded[index] as number) ^ mask
        const decoded = decode(codec, encoded)
        if (decoded !== 'malformed-bytes') expect(codec.encode(decoded)).toEqual(encoded)
      }),
      { numRuns: 100 },
    )
  })

  it('refuses bytes that are cut off, go on, or are of another version', () => {
    fc.assert(
      fc.property(values, fc.nat(), (value, at) => {
        const encoded = codec.encode(value)
        expect(decode(codec, encoded.subarray(0, at % encoded.length))).toBe('malformed-bytes')
        expect(decode(codec, concat(encoded, Uint8Array.of(0)))).toBe('malformed-bytes')
        expect(decode(codec, concat(Uint8Array.of(2), encoded.subarray(1)))).toBe('malformed-bytes')
      }),
      { numRuns: 50 },
    )
  })

  it('refuses random bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), random => {
        decode(codec, random)
        expect(decode(codec, concat(Uint8Array.of(1), random.subarray(0, 30)))).toBe('malformed-bytes')
      }),
      { numRuns: 100 },
    )
  })
})

describe('limits', () => {
  const proposal = {
    height: 1,
    round: 0,
    content,
    origin: { number: 1, hash: content },
    payload: new Uint8Array(MAX_CALLDATA_BYTES),
    justification: undefined,
    signature: new Uint8Array(65),
  }

  it('a payload of the largest size is carried, one byte more is not', () => {
    const encoded = proposalCodec.encode(proposal)
    expect(proposalCodec.decode(encoded).payload).toHaveLength(MAX_CALLDATA_BYTES)
    expect(() => proposalCodec.encode({ ...proposal, payload: new Uint8Array(MAX_CALLDATA_BYTES + 1) })).toThrow(/too long/)
    const lengthAt = 1 + 8 + 4 + 32 + 8 + 32
    const longer = concat(encoded.subarray(0, lengthAt), u32be(MAX_CALLDATA_BYTES + 1), Uint8Array.of(0), encoded.subarray(lengthAt + 4))
    expect(decode(proposalCodec, longer)).toBe('malformed-bytes')
  })

  it('a certificate of more than 16 votes is not', () => {
    const vote = { seat: 1, signature: new Uint8Array(65) }
    const certificate = { height: 1, round: 0, content, prepares: Array.from({ length: 17 }, () => vote) }
    expect(() => certificateCodec.encode(certificate)).toThrow(/too many items/)
  })
})

describe('certificate', () => {
  const at = { height: 5, round: 2, content }
  const voteOf = (voter: number, key = voter, place = at) => ({ seat: voter, signature: signPrepare(place, pool, testVoteKey(key)) })
  const problem = (change: Partial<Certificate>): string => {
    try {
      verifyCertificate(pool, { ...at, prepares: [1, 2, 4].map(voter => voteOf(voter)), ...change })
    } catch (error) {
      if (isPoolError(error, 'invalid-certificate')) return String(error.context.problem)
      throw error
    }
    return 'valid'
  }

  it('holds with q votes, and with more', () => {
    expect(problem({})).toBe('valid')
    expect(problem({ prepares: [1, 2, 3, 4].map(voter => voteOf(voter)) })).toBe('valid')
  })

  it('does not hold with fewer, with one seat twice, out of order, or with any vote that is not its seat’s for this very thing', () => {
    expect(problem({ prepares: [] })).toBe('0 votes, 3 needed')
    expect(problem({ prepares: [1, 2].map(voter => voteOf(voter)) })).toBe('2 votes, 3 needed')
    expect(problem({ prepares: [1, 2, 2].map(voter => voteOf(voter)) })).toMatch(/distinct and ascending/)
    expect(problem({ prepares: [1, 4, 2].map(voter => voteOf(voter)) })).toMatch(/distinct and ascending/)
    expect(problem({ prepares: [voteOf(1), voteOf(2), voteOf(3, 4)] })).toBe('vote of seat 3 does not verify')
    expect(problem({ prepares: [voteOf(1), voteOf(2), voteOf(5)] })).toBe('vote of seat 5 does not verify')
    expect(problem({ prepares: [voteOf(1), voteOf(2), voteOf(3, 3, { ...at, round: 1 })] })).toBe('vote of seat 3 does not verify')
    // One bad vote among more than enough good ones is still no certificate: there is one way to hold.
    expect(problem({ prepares: [voteOf(1), voteOf(2), voteOf(3), voteOf(4, 3)] })).toBe('vote of seat 4 does not verify')
    expect(problem({ round: 3 })).toBe('vote of seat 1 does not verify')
    expect(problem({ height: 6 })).toBe('vote of seat 1 does not verify')
    expect(problem({ content: labelled('other') })).toBe('vote of seat 1 does not verify')
  })
})
