import { describe, expect, it } from 'vitest'
import { memoryNetwork, signRequest, testIdentity, testShares, valuesOf } from '../../test/support/index.ts'
import { type KeyShare, keyCertificateOf, reshare, sign, verifyCertificates } from './index.ts'

describe('reshare', () => {
  it('2-of-3 to 3-of-5', async () => {
    const shares = testShares(3, 2)
    const net = memoryNetwork([1, 2, 3, 4, 5])
    const key = keyCertificateOf(shares.get(1) as KeyShare)
    const dealers = [
      { party: 1, index: 1 },
      { party: 3, index: 3 },
    ]
    const input = { key, dealers, members: [1, 2, 3, 4, 5], threshold: 3, epochNo: 1 }
    const fresh = valuesOf(await net.run((ctx, seat) => reshare(ctx, shares.get(seat), input)))
    for (const share of fresh.values()) verifyCertificates(share as KeyShare, testIdentity(1).verify)
    const quorum = [1, 3, 5]
    const signed = await memoryNetwork(quorum).run((ctx, seat) => sign(ctx, fresh.get(seat) as KeyShare, { request: signRequest(), quorum }))
    expect(valuesOf(signed).size).toBe(3)
  })
})
