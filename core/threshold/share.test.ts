import { inspect } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { testIdentity, testShares } from '../../test/support/index.ts'
import { reveal, revealShare } from '../../test/support/reveal.ts'
import { bytesToBigint, hex } from '../bytes.ts'
import { isPoolError } from '../errors.ts'
import { kernel } from '../kernel/index.ts'
import { verifyCertificates } from './certificate.ts'
import { lagrange } from './polynomial.ts'
import { burnPeer, type KeyShare, secretsOf } from './share.ts'
import { decodeShare, encodeShare } from './share-codec.ts'

const { scalars, points } = kernel
const KEY = new Uint8Array(32).fill(7)
const shareOf = (index = 1, n = 3, t = 2): KeyShare => testShares(n, t).get(index) as KeyShare

describe('testShares', () => {
  it('are shares of the public key, certified by all, and the same at every call', () => {
    const shares = [...testShares(5, 3).values()]
    const quorum = [1, 4, 5]
    const secret = quorum.reduce((sum, seat) => {
      const value = bytesToBigint(revealShare(shares[seat - 1] as KeyShare))
      return scalars.add(sum, scalars.multiply(lagrange(quorum, seat), value))
    }, 0n)
    for (const share of shares) {
      expect(points.multiply(points.base, secret)).toEqual(share.publicKey)
      expect(share.active).toBe(true)
      verifyCertificates(share, testIdentity(1).verify)
    }
    expect(testShares(5, 3).get(2)?.keyId).toEqual(shares[1]?.keyId)
    expect(testShares(5, 3, 'other').get(2)?.keyId).not.toEqual(shares[1]?.keyId)
  })
})

describe('KeyShare', () => {
  it('prints no secret in any form', () => {
    const share = shareOf()
    const { share: scalar, pairs, zeroSeeds } = secretsOf(share)
    const secrets = [scalar, ...zeroSeeds.values(), ...pairs.values()]
    const printed = [
      String(share),
      JSON.stringify(share),
      inspect(share, { depth: 9, showHidden: true, maxArrayLength: 9999 }),
      JSON.stringify(secrets),
      inspect(secrets),
    ].join(' ')
    for (const secret of secrets) {
      const bytes = reveal(secret).subarray(0, 16)
      for (const form of [hex(bytes).slice(2), [...bytes].join(', '), [...bytes].join(','), bytesToBigint(bytes).toString()])
        expect(printed).not.toContain(form)
    }
    expect(String(share)).toBe(`KeyShare 1 of ${share.address}, 2-of-3, epoch 0 [redacted]`)
  })
  it('is useless after wipe', () => {
    const share = shareOf()
    const { share: scalar, zeroSeeds, pairs } = secretsOf(share)
    const held = [scalar, ...zeroSeeds.values(), ...pairs.values()]
    share.wipe()
    expect(held.map(secret => secret.wiped)).toEqual(held.map(() => true))
    expect(() => encodeShare(share, KEY)).toThrow(expect.objectContaining({ code: 'secret-used' }))
  })
  it('a burn wipes the OT state of the pair, keeps the first reason, and nothing else', () => {
    const share = shareOf()
    const pair = secretsOf(share).pairs.get(3)
    burnPeer(share, 3, 'gamma-k')
    burnPeer(share, 3, 'vole-check')
    expect(pair?.wiped).toBe(true)
    expect([...share.burned]).toEqual([[3, 'gamma-k']])
    expect([...secretsOf(share).pairs.keys()]).toEqual([2])
  })
})

describe('share codec', () => {
  it('round-trips, with and without burns', () => {
    for (const burned of [false, true]) {
      const share = shareOf(2, 4, 3)
      if (burned) burnPeer(share, 4, 'final-verify')
      const bytes = encodeShare(share, KEY)
      const back = decodeShare(bytes, KEY)
      expect(encodeShare(back, KEY)).toEqual(bytes)
      expect(back.toJSON()).toEqual(share.toJSON())
      expect(revealShare(back)).toEqual(revealShare(share))
      expect(secretsOf(back).pairs.size).toBe(burned ? 2 : 3)
    }
  })

  const bytes = encodeShare(shareOf(), KEY)
  // version 1 | index 2 | threshold 2 | count 4 | three times (index 2, identity 32, public share 33)
  const party = (i: number) => 9 + 67 * i
  const publicKey = party(3)
  const certificates = publicKey + 33 + 32 + 32 + 32 + 4 + 32 + 32
  const secret = certificates + 4 + 3 * 66
  const zeroSeeds = secret + 32 + 32
  const pairs = zeroSeeds + 4 + 2 * (2 + 32 + 32)
  const changed = (edit: (copy: Uint8Array) => void): Uint8Array => {
    const copy = bytes.slice()
    edit(copy)
    return copy
  }
  const set = (at: number, ...values: number[]) => changed(copy => copy.set(values, at))

  it.each<[string, Uint8Array, string]>([
    ['another version', set(0, 3), 'unknown version'],
    ['truncated', bytes.subarray(0, bytes.length - 1), 'truncated'],
    ['trailing', Uint8Array.of(...bytes, 0), 'trailing bytes'],
    ['a holder who is no member', set(1, 0, 9), 'the holder is not a member'],
    ['members out of order', set(party(0), 0, 4), 'members are not in order'],
    ['a seat of zero', set(party(0), 0, 0), 'members are not in order'],
    ['a certificate twice', set(certificates + 4 + 66, 0, 1), 'certificates'],
    ['a certificate of a stranger', set(certificates + 4 + 132, 0, 9), 'certificates'],
    ['a zero seed with oneself', set(zeroSeeds + 4, 0, 1), 'zero seeds'],
    ['OT state with a stranger', set(pairs + 4, 0, 9), 'OT state'],
  ])('refuses %s', (_, input, reason) => {
    expect(() => decodeShare(input, KEY)).toThrow(expect.objectContaining({ code: 'malformed-bytes', message: expect.stringContaining(reason) }))
  })
  it.each([0, 1, 4])('refuses the threshold %i', threshold => {
    expect(() => decodeShare(set(3, 0, threshold), KEY)).toThrow(expect.objectContaining({ code: 'bad-parties' }))
  })
  it('refuses a secret that was changed, that is of another member, and another key', () => {
    const fails = expect.objectContaining({ code: 'seal-mismatch' })
    for (const at of [secret, secret + 63, zeroSeeds + 6, pairs + 6, pairs + 9000])
      expect(() => decodeShare(set(at, 1 ^ (bytes[at] as number)), KEY)).toThrow(fails)
    const other = encodeShare(shareOf(2), KEY)
    expect(() =>
      decodeShare(
        changed(copy => copy.set(other.subarray(secret, secret + 64), secret)),
        KEY,
      ),
    ).toThrow(fails)
    expect(() => decodeShare(bytes, new Uint8Array(32))).toThrow(fails)
  })
  it('refuses a public share that is no point, and one of another key', () => {
    expect(() => decodeShare(set(party(0) + 34, 9), KEY)).toThrow(expect.objectContaining({ code: 'invalid-point' }))
    const other = changed(copy => copy.set(points.base, party(1) + 34))
    expect(() => decodeShare(other, KEY)).toThrow(/do not fit the public key/)
  })
  it('survives any change of any byte with a typed error or a share', () => {
    fc.assert(
      fc.property(fc.nat(pairs + 100), fc.integer({ min: 1, max: 255 }), (at, change) => {
        try {
          decodeShare(set(at, (bytes[at] as number) ^ change), KEY)
        } catch (error) {
          expect(isPoolError(error)).toBe(true)
        }
      }),
      { numRuns: 60 },
    )
  })
  it('refuses random bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), random => {
        expect(() => decodeShare(random, KEY)).toThrow(expect.objectContaining({ code: 'malformed-bytes' }))
        expect(() => decodeShare(Uint8Array.of(2, ...random), KEY)).toThrow(expect.objectContaining({ code: 'malformed-bytes' }))
      }),
    )
  })
})
