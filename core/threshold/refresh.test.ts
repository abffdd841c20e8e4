import { describe, expect, it } from 'vitest'
import { memoryNetwork, signRequest, testIdentity, testShares, valuesOf } from '../../test/support/index.ts'
import { type KeyShare, refresh, sign, verifyCertificates } from './index.ts'

describe('refresh', () => {
  it('gives all members of a 2-of-3 new shares of the same key, which sign', async () => {
    const shares = testShares(3, 2)
    const net = memoryNetwork([1, 2, 3])
    const fresh = valuesOf(await net.run((ctx, seat) => refresh(ctx, shares.get(seat) as KeyShare, { epochNo: 1 })))
    for (const share of fresh.values()) verifyCertificates(share, testIdentity(1).verify)
    const quorum = [1, 3]
    const signed = await memoryNetwork(quorum).run((ctx, seat) => sign(ctx, fresh.get(seat) as KeyShare, { request: signRequest(), quorum }))
    expect(valuesOf(signed).size).toBe(2)
  })
})
