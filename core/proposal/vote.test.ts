import { secp256k1 } from '@noble/curves/secp256k1.js'
import fc from 'fast-check'
import { hashDomain, hashTypedData, recoverTypedDataAddress, type TypedDataDefinition } from 'viem'
import { describe, expect, it } from 'vitest'
import { labelled } from '../../test/support/index.ts'
import { testPool, testVoteKey } from '../../test/support/pool.ts'
import { type Bytes, bigintToBytes, bytesToBigint, concat, hex } from '../bytes.ts'
import { isPoolError } from '../errors.ts'
import { keccak256 } from '../ethereum.ts'
import { CURVE_ORDER } from '../transcript.ts'
import type { Prepare, Proposal, VoidVote } from './messages.ts'
import { type Pool, poolHash } from './pool.ts'
import {
  domainSeparator,
  prepareDigest,
  proposalDigest,
  proposalSigner,
  retireDigest,
  signPrepare,
  signProposal,
  signVoid,
  VOTE_DOMAIN,
  VOTE_TYPES,
  verifyPrepare,
  verifyProposal,
  verifyVoid,
  voidDigest,
} from './vote.ts'

const pool = testPool(4, 3)
const content = labelled('content')
const certificate = { height: 7, round: 1, content, prepares: [] }
const unsigned = {
  height: 7,
  round: 2,
  content,
  origin: { number: 100, hash: labelled('origin') },
  payload: Uint8Array.of(0, 1, 2, 3),
  justification: undefined,
} as const
const justified = { ...unsigned, justification: { validRound: 1, certificate } }

/** `Name(type a,type b)` as viem wants it. */
const fields = (type: string) =>
  type
    .slice(type.indexOf('(') + 1, -1)
    .split(',')
    .map(field => ({ type: field.split(' ')[0] as string, name: field.split(' ')[1] as string }))
const types = {
  EIP712Domain: fields(VOTE_TYPES.domain),
  Propose: fields(VOTE_TYPES.propose),
  Prepare: fields(VOTE_TYPES.prepare),
  Void: fields(VOTE_TYPES.void),
  Retire: fields(VOTE_TYPES.retire),
}
const domain = (of: Pool) => ({ ...VOTE_DOMAIN, chainId: of.l1.chainId, verifyingContract: of.l1.inbox, salt: hex(poolHash(of)) })
/** viem infers types from literals; these are read from the strings that contracts use. */
const typed = (primaryType: 'Propose' | 'Prepare' | 'Void' | 'Retire', message: Record<string, unknown>) =>
  ({ domain: domain(pool), types, primaryType, message }) as unknown as TypedDataDefinition
const proposeMessage = (validRound: bigint) => ({
  height: 7n,
  round: 2,
  content: hex(content),
  payloadHash: hex(keccak256(unsigned.payload)),
  originNumber: 100n,
  originHash: hex(unsigned.origin.hash),
  validRound,
})
const header = labelled('header')

describe('digests', () => {
  it('are those of EIP-712 by another library', () => {
    expect(hex(domainSeparator(pool))).toBe(hashDomain({ domain: domain(pool), types: types as unknown as { EIP712Domain: [] } }))
    expect(hex(proposalDigest(unsigned, pool))).toBe(hashTypedData(typed('Propose', proposeMessage(-1n))))
    expect(hex(proposalDigest(justified, pool))).toBe(hashTypedData(typed('Propose', proposeMessage(1n))))
    expect(hex(prepareDigest({ height: 7, round: 2, content }, pool))).toBe(
      hashTypedData(typed('Prepare', { height: 7n, round: 2, content: hex(content) })),
    )
    expect(hex(voidDigest({ height: 7, round: 2, content, header }, pool))).toBe(
      hashTypedData(typed('Void', { height: 7n, round: 2, content: hex(content), header: hex(header) })),
    )
    expect(hex(retireDigest({ successor: header, height: 7 }, pool.l1, poolHash(pool)))).toBe(
      hashTypedData(typed('Retire', { successor: hex(header), height: 7n })),
    )
  })

  it('are those of EIP-712 for any height, round and content', () => {
    const bytes = fc.uint8Array({ minLength: 32, maxLength: 32 })
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.nat(0xffff_ffff), bytes, (height, round, any) => {
        expect(hex(prepareDigest({ height, round, content: any }, pool))).toBe(
          hashTypedData(typed('Prepare', { height: BigInt(height), round, content: hex(any) })),
        )
      }),
      { numRuns: 50 },
    )
  })

  it('refuse fields out of range', () => {
    const wrong = [
      { height: -1, round: 0, content },
      { height: 2 ** 53, round: 0, content },
      { height: 0, round: 2 ** 32, content },
      { height: 0, round: -1, content },
      { height: 0, round: 0, content: content.subarray(1) },
    ]
    for (const vote of wrong) {
      let thrown: unknown
      try {
        prepareDigest(vote, pool)
      } catch (error) {
        thrown = error
      }
      expect(isPoolError(thrown, 'invalid-argument')).toBe(true)
    }
  })
})

describe('signatures', () => {
  const prepare: Prepare = { height: 7, round: 2, content, seat: 2, signature: signPrepare({ height: 7, round: 2, content }, pool, testVoteKey(2)) }
  const proposal: Proposal = { ...justified, signature: signProposal(justified, pool, testVoteKey(3)) }
  const dead: VoidVote = {
    height: 7,
    round: 2,
    content,
    header,
    seat: 1,
    signature: signVoid({ height: 7, round: 2, content, header }, pool, testVoteKey(1)),
  }

  it('are recovered by another library to the member’s vote address', async () => {
    const voteOf = (seat: number): string | undefined => pool.members.find(member => member.seat === seat)?.vote
    const recover = async (data: ReturnType<typeof typed>, signature: Bytes): Promise<string> =>
      (await recoverTypedDataAddress({ ...data, signature: hex(signature) })).toLowerCase()
    expect(await recover(typed('Prepare', { height: 7n, round: 2, content: hex(content) }), prepare.signature)).toBe(voteOf(2))
    expect(await recover(typed('Propose', proposeMessage(1n)), proposal.signature)).toBe(voteOf(3))
    expect(await recover(typed('Void', { height: 7n, round: 2, content: hex(content), header: hex(header) }), dead.signature)).toBe(voteOf(1))
  })

  it('are good for the member that made them, and no other', () => {
    expect([1, 2, 3, 4, 5].map(seat => verifyPrepare({ ...prepare, seat }, pool))).toEqual([false, true, false, false, false])
    expect([1, 2, 3, 4, 5].map(seat => verifyProposal(proposal, seat, pool))).toEqual([false, false, true, false, false])
    expect([1, 2, 3, 4, 5].map(seat => verifyVoid({ ...dead, seat }, pool))).toEqual([true, false, false, false, false])
    expect(proposalSigner(proposal, pool)).toBe(3)
    const stranger = { ...proposal, signature: signProposal(justified, pool, testVoteKey(9)) }
    expect(proposalSigner(stranger, pool)).toBeUndefined()
    expect(verifyPrepare({ ...prepare, seat: 9, signature: signPrepare(prepare, pool, testVoteKey(9)) }, pool)).toBe(false)
  })

  it('are good for one height, round, content, kind and pool', () => {
    const other = labelled('other')
    for (const change of [{ height: 8 }, { round: 3 }, { content: other }]) expect(verifyPrepare({ ...prepare, ...change }, pool)).toBe(false)
    for (const change of [
      { height: 8 },
      { round: 3 },
      { content: other },
      { payload: Uint8Array.of(0, 1, 2, 4) },
      { origin: { ...unsigned.origin, number: 101 } },
      { origin: { ...unsigned.origin, hash: other } },
      { justification: undefined },
      { justification: { validRound: 0, certificate } },
    ])
      expect(verifyProposal({ ...proposal, ...change }, 3, pool)).toBe(false)
    for (const change of [{ height: 8 }, { round: 3 }, { content: other }, { header: other }])
      expect(verifyVoid({ ...dead, ...change }, pool)).toBe(false)
    expect(verifyVoid({ ...dead, seat: 2, signature: prepare.signature }, pool)).toBe(false)
    const inbox = { l1: { ...pool.l1, inbox: '0x1234567890123456789012345678901234567890' } } as const
    for (const change of [inbox, { l1: { ...pool.l1, chainId: 5 } }, { threshold: 2 }])
      expect(verifyPrepare(prepare, { ...pool, ...change })).toBe(false)
  })

  it('are 65 bytes with low s and v of 27 or 28, the same at every call', () => {
    for (let height = 0; height < 20; height++) {
      const signature = signPrepare({ height, round: 0, content }, pool, testVoteKey(1))
      expect(signature).toHaveLength(65)
      expect([27, 28]).toContain(signature[64])
      expect(bytesToBigint(signature.subarray(32, 64)) <= CURVE_ORDER / 2n).toBe(true)
      expect(signPrepare({ height, round: 0, content }, pool, testVoteKey(1))).toEqual(signature)
    }
  })

  it('have no second form: the twin with high s, v of 0 or 1, zeros, more or fewer bytes are refused', () => {
    const { signature } = prepare
    const s = bytesToBigint(signature.subarray(32, 64))
    const v = signature[64] as number
    const twin = concat(signature.subarray(0, 32), bigintToBytes(CURVE_ORDER - s, 32), Uint8Array.of(v ^ 7))
    // The twin is a real signature of the same key: what refuses it is the rule on s.
    const recovered = new secp256k1.Signature(bytesToBigint(twin.subarray(0, 32)), CURVE_ORDER - s, (v ^ 7) - 27).recoverPublicKey(
      prepareDigest(prepare, pool),
    )
    expect(hex(keccak256(recovered.toBytes(false).subarray(1)).subarray(12))).toBe(pool.members[1]?.vote)
    const small = concat(signature.subarray(0, 64), Uint8Array.of(v - 27))
    for (const wrong of [twin, small, new Uint8Array(65), signature.subarray(0, 64), concat(signature, Uint8Array.of(0)), new Uint8Array(0)])
      expect(verifyPrepare({ ...prepare, signature: wrong }, pool)).toBe(false)
  })

  it('any change of a byte makes a signature void', () => {
    fc.assert(
      fc.property(fc.nat(64), fc.integer({ min: 1, max: 255 }), (at, mask) => {
        const signature = prepare.signature.slice()
        signature[at] = (signature[at] as number) ^ mask
        expect(verifyPrepare({ ...prepare, signature }, pool)).toBe(false)
      }),
      { numRuns: 60 },
    )
  })

  it('a vote key of the wrong size is refused', () => {
    expect(() => signPrepare(prepare, pool, new Uint8Array(31))).toThrow(/vote key/)
  })
})
