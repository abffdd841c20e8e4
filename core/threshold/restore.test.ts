/** A share that came back from a backup, on its way to one that signs. */
import { describe, expect, it } from 'vitest'
import { labelled, memoryNetwork, signRequest, testIdentity, testIdentitySeed, testShares, valuesOf } from '../../test/support/index.ts'
import { decodeBackup, encodeBackup } from './backup.ts'
import { certificateDigest, keyCertificateOf, verifyCertificates } from './certificate.ts'
import { exportKey, type KeyShare, refresh, reshare, sign } from './index.ts'
import { publicOf, secretsOf } from './share.ts'

const { verify } = testIdentity(1)

/** What seat 1 gets back of its share. */
function restoredShares(n: number, t: number, seed = 1): Map<number, KeyShare> {
  const shares = testShares(n, t, seed)
  const lost = shares.get(1) as KeyShare
  const contents = { identitySeed: testIdentitySeed(1), voteKey: labelled('vote key', 1), pool: '{}' }
  return shares.set(1, decodeBackup(encodeBackup(lost, contents), verify).share)
}
const of = (shares: ReadonlyMap<number, KeyShare>, seat: number): KeyShare => shares.get(seat) as KeyShare

describe('a restored share', () => {
  it('deals in a refresh, and what comes out of it signs with everyone', async () => {
    const shares = restoredShares(3, 2)
    const before = of(shares, 1)
    expect(before.restored).toBe(true)
    const fresh = valuesOf(await memoryNetwork([1, 2, 3]).run((ctx, seat) => refresh(ctx, of(shares, seat), { epochNo: 1 })))
    for (const share of fresh.values()) {
      expect(share).toMatchObject({ restored: false, active: true, epochNo: 1, address: before.address })
      expect([...share.burned]).toEqual([])
      expect(secretsOf(share).pairs.size).toBe(2)
      verifyCertificates(share, verify)
    }
    for (const quorum of [
      [1, 2],
      [1, 3],
    ]) {
      const signed = await memoryNetwork(quorum).run((ctx, seat) => sign(ctx, of(fresh, seat), { request: signRequest(), quorum }))
      expect(valuesOf(signed).size).toBe(2)
    }
  })

  it('deals in a reshare to a committee that it leaves', async () => {
    const shares = restoredShares(3, 2)
    const key = keyCertificateOf(of(shares, 1))
    const input = { key, dealers: [1, 2].map(seat => ({ party: seat, index: seat })), members: [2, 3], threshold: 2, epochNo: 5 }
    const outcomes = await memoryNetwork([1, 2, 3]).run((ctx, seat) => reshare(ctx, seat === 3 ? undefined : of(shares, seat), input))
    expect([...outcomes].map(([seat, { error }]) => [seat, error?.code])).toEqual([
      [1, undefined],
      [2, undefined],
      [3, undefined],
    ])
    expect(outcomes.get(1)?.value).toBeUndefined()
    expect(outcomes.get(3)?.value).toMatchObject({ index: 3, epochNo: 5, address: of(shares, 1).address, restored: false })
  })

  it('has its part in an export', async () => {
    const shares = restoredShares(2, 2)
    const quorum = [1, 2]
    const whole = await memoryNetwork(quorum).run((ctx, seat) => exportKey(ctx, of(shares, seat), { recipient: 2, signers: quorum }))
    expect([...whole].map(([seat, { value, error }]) => [seat, value?.length, error?.code])).toEqual([
      [1, undefined, undefined],
      [2, 32, undefined],
    ])
  })

  it('of an older generation is found out by the others: nothing comes of a refresh with it', async () => {
    const old = restoredShares(3, 2)
    const current = valuesOf(await memoryNetwork([1, 2, 3], { seed: 2 }).run((ctx, seat) => refresh(ctx, of(testShares(3, 2), seat), { epochNo: 1 })))
    // Seat 1 lost its vault after the refresh and has a backup from before it.
    const shares = new Map([...current, [1, of(old, 1)]])
    const net = memoryNetwork([1, 2, 3], { seed: 3 })
    const outcomes = await net.run((ctx, seat) => refresh(ctx, of(shares, seat), { epochNo: 2 }))
    expect([...outcomes.values()].map(outcome => outcome.value)).toEqual([undefined, undefined, undefined])
    expect(net.journal).toEqual([])
    // What it would certify is not what they would.
    expect(certificateDigest(publicOf(of(old, 1)))).not.toEqual(certificateDigest(publicOf(of(current, 1))))
  })
})
