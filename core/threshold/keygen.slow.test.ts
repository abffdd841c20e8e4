import { describe, expect, it } from 'vitest'
import { memoryNetwork, signRequest, testIdentity, testParties, valuesOf } from '../../test/support/index.ts'
import { type KeyShare, keygen, sign, verifyCertificates } from './index.ts'

describe('keygen of larger committees', () => {
  it.each([
    [5, 3],
    [5, 4],
    [16, 9],
  ])(
    '%i members',
    async (n, threshold) => {
      const net = memoryNetwork(testParties(n).map(party => party.index))
      const shares = valuesOf(await net.run(ctx => keygen(ctx, { threshold })))
      for (const share of shares.values()) verifyCertificates(share, testIdentity(1).verify)
      const quorum = [...shares.keys()].slice(-threshold)
      const signing = memoryNetwork(quorum, { seed: 2 })
      const outcomes = await signing.run((ctx, index) => sign(ctx, shares.get(index) as KeyShare, { request: signRequest(), quorum }))
      expect(valuesOf(outcomes).size).toBe(threshold)
    },
    1_800_000,
  )
})
