import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { labelled, memoryNetwork, signRequest, testIdentity, testIdentitySeed, testShares, valuesOf } from '../../test/support/index.ts'
import { reveal, revealPair, revealShare } from '../../test/support/reveal.ts'
import { isPoolError } from '../errors.ts'
import { decodeBackup, encodeBackup } from './backup.ts'
import { burnPeer, preprocess, sign } from './index.ts'
import { type KeyShare, secretsOf, withCertificates } from './share.ts'
import { decodeShare, encodeShare, generationOf } from './share-codec.ts'

const { verify } = testIdentity(1)
const KEY = new Uint8Array(32).fill(7)
const shareOf = (index = 1, n = 3, t = 2): KeyShare => testShares(n, t).get(index) as KeyShare
const contents = (index = 1) => ({ identitySeed: testIdentitySeed(index), voteKey: labelled('vote key', index), pool: '{"any":"text"}' })

describe('backup record', () => {
  it.each([
    [1, 2, 2],
    [2, 3, 2],
    [5, 7, 4],
  ])('seat %i of %i, threshold %i, comes back with the same secret and no other', (index, n, t) => {
    const share = shareOf(index, n, t)
    const bytes = encodeBackup(share, contents(index))
    expect(encodeBackup(share, contents(index))).toEqual(bytes)
    const back = decodeBackup(bytes, verify)
    expect(back).toMatchObject({ ...contents(index) })
    expect(revealShare(back.share)).toEqual(revealShare(share))
    expect(back.share).toMatchObject({ index, threshold: t, address: share.address, active: true, restored: true })
    expect(back.share.epoch).toEqual(share.epoch)
    expect([...back.share.burned]).toEqual(share.parties.filter(party => party.index !== index).map(party => [party.index, 'share-restored']))
    const { zeroSeeds, pairs } = secretsOf(back.share)
    expect([zeroSeeds.size, pairs.size]).toEqual([0, 0])
    // The share that was backed up is as it was.
    expect([share.restored, secretsOf(share).pairs.size, share.burned.size]).toEqual([false, n - 1, 0])
  })

  it('has no secret of a pair in it, nor s_i in clear', () => {
    const share = shareOf()
    const bytes = Buffer.from(encodeBackup(share, contents()))
    const { zeroSeeds, pairs } = secretsOf(share)
    const secrets = [revealShare(share), ...[...zeroSeeds.values()].map(reveal)]
    for (const pair of pairs.values()) {
      const { delta, aliceLeaves, bobLeaves } = revealPair(pair)
      secrets.push(delta, aliceLeaves.slice(32, 64), bobLeaves.slice(0, 32))
    }
    expect(secrets).toHaveLength(1 + 2 + 2 * 3)
    for (const secret of secrets) expect(bytes.includes(Buffer.from(secret))).toBe(false)
  })

  it('says nothing of burns, and forgets none: every pair is refused', () => {
    const share = shareOf()
    burnPeer(share, 3, 'ote-check')
    const back = decodeBackup(encodeBackup(share, contents()), verify).share
    expect([...back.burned]).toEqual([
      [2, 'share-restored'],
      [3, 'share-restored'],
    ])
  })

  it('needs the certificates of all, as they were signed', () => {
    const share = shareOf()
    const some = withCertificates(share, new Map([...share.certificates].slice(0, 2)))
    expect(() => decodeBackup(encodeBackup(some, contents()), verify)).toThrow(expect.objectContaining({ code: 'certificates-missing' }))
    const wrong = withCertificates(share, new Map([...share.certificates, [2, new Uint8Array(64)]]))
    expect(() => decodeBackup(encodeBackup(wrong, contents()), verify)).toThrow(
      expect.objectContaining({ code: 'bad-certificate', culprits: [expect.objectContaining({ party: 2 })] }),
    )
  })

  it('does not open with the identity of another, nor cut, nor as another version', () => {
    const bytes = encodeBackup(shareOf(), contents())
    const code = (change: Uint8Array): string => {
      try {
        decodeBackup(change, verify)
        return 'read'
      } catch (error) {
        return (error as { code: string }).code
      }
    }
    expect(code(bytes)).toBe('read')
    expect(code(bytes.with(1, (bytes[1] as number) ^ 1))).toBe('seal-mismatch')
    expect(code(bytes.with(0, 2))).toBe('malformed-bytes')
    expect(code(bytes.subarray(0, -1))).toBe('malformed-bytes')
    expect(code(Uint8Array.from([...bytes, 0]))).toBe('malformed-bytes')
  })
})

describe('backup record, changed anywhere', () => {
  it('is refused by a typed error, but for what it cannot check: vote key and pool', () => {
    const bytes = encodeBackup(shareOf(), contents())
    const free = { from: 1 + 32, to: 1 + 32 + 32 + 4 + contents().pool.length }
    fc.assert(
      fc.property(fc.nat(8 * bytes.length - 1), bit => {
        const at = bit >> 3
        const changed = bytes.with(at, (bytes[at] as number) ^ (1 << (bit & 7)))
        try {
          decodeBackup(changed, verify).share.wipe()
        } catch (error) {
          expect(isPoolError(error)).toBe(true)
          return
        }
        expect(at).toBeGreaterThanOrEqual(free.from)
        expect(at).toBeLessThan(free.to)
      }),
      { numRuns: 400 },
    )
  })
})

describe('a share that came back', () => {
  const restored = (index: number): KeyShare => decodeBackup(encodeBackup(shareOf(index), contents(index)), verify).share

  it('is stored in the format of any share, and stays marked', () => {
    const share = restored(2)
    const bytes = encodeShare(share, KEY)
    const again = decodeShare(bytes, KEY)
    expect(again.restored).toBe(true)
    expect(JSON.parse(JSON.stringify(again))).toMatchObject({ restored: true, active: true, burned: { 1: 'share-restored', 3: 'share-restored' } })
    expect(encodeShare(again, KEY)).toEqual(bytes)
    expect(generationOf(bytes)).toEqual({ keyId: share.keyId, epoch: share.epoch, epochNo: 0 })
    // A burn of a peer that fails something later does not hide where the share came from.
    burnPeer(again, 1, 'ote-check')
    expect(decodeShare(encodeShare(again, KEY), KEY).restored).toBe(true)
  })

  it('is from a backup as a whole or not at all', () => {
    const share = shareOf()
    burnPeer(share, 2, 'share-restored')
    expect(() => decodeShare(encodeShare(share, KEY), KEY)).toThrow(expect.objectContaining({ code: 'malformed-bytes' }))
    burnPeer(share, 3, 'share-restored')
    // It has zero seeds, which a backup has not.
    expect(() => decodeShare(encodeShare(share, KEY), KEY)).toThrow(expect.objectContaining({ code: 'malformed-bytes' }))
  })

  it('neither signs nor preprocesses, with any quorum, and the others go on without it', async () => {
    for (const quorum of [
      [1, 2],
      [1, 3],
    ]) {
      const net = memoryNetwork(quorum)
      const share = (index: number): KeyShare => (index === 1 ? restored(1) : shareOf(index))
      const signed = await net.run((ctx, index) => sign(ctx, share(index), { request: signRequest(), quorum }))
      expect(signed.get(1)?.error).toMatchObject({ code: 'peer-burned', context: { reason: 'share-restored' } })
      expect(signed.get(quorum[1] as number)?.value).toBeUndefined()
      const prepared = await memoryNetwork(quorum).run((ctx, index) => preprocess(ctx, share(index), { quorum }))
      expect(prepared.get(1)?.error).toMatchObject({ code: 'peer-burned' })
    }
    const quorum = [2, 3]
    expect(valuesOf(await memoryNetwork(quorum).run((ctx, index) => sign(ctx, shareOf(index), { request: signRequest(), quorum }))).size).toBe(2)
  })
})
