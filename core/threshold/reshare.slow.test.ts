import { describe, expect, it } from 'vitest'
import { memoryNetwork, testIdentity, testShares, valuesOf } from '../../test/support/index.ts'
import { signersOf } from '../../test/support/key-checks.ts'
import { type KeyShare, keyCertificateOf, refresh, reshare, verifyCertificates } from './index.ts'

const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1)
const hour = 3_600_000

describe('larger committees', () => {
  it(
    'refresh of 9-of-16',
    async () => {
      const shares = testShares(16, 9)
      const net = memoryNetwork(upTo(16))
      const fresh = valuesOf(await net.run((ctx, seat) => refresh(ctx, shares.get(seat) as KeyShare, { epochNo: 1 })))
      expect(await signersOf(fresh, upTo(16).slice(-9))).toEqual([(shares.get(1) as KeyShare).address])
    },
    hour,
  )

  it(
    '16-of-16 to other people, 2-of-16: as many parties as there can be',
    async () => {
      const shares = testShares(16, 16)
      const leaving = upTo(16).map(seat => 0x8000 + seat)
      const identityOf = (index: number) => (index > 0x8000 ? index - 0x8000 : 100 + index)
      const net = memoryNetwork([...upTo(16), ...leaving], { identityOf })
      const key = keyCertificateOf(shares.get(1) as KeyShare)
      const input = { key, dealers: leaving.map(party => ({ party, index: party - 0x8000 })), members: upTo(16), threshold: 2, epochNo: 1 }
      const outcomes = valuesOf(await net.run((ctx, seat) => reshare(ctx, shares.get(seat - 0x8000), input)))
      for (const seat of leaving) expect(outcomes.get(seat)).toBeUndefined()
      const fresh = new Map(upTo(16).map(seat => [seat, outcomes.get(seat) as KeyShare]))
      for (const share of fresh.values()) verifyCertificates(share, testIdentity(1).verify)
      expect(await signersOf(fresh, [3, 16], { identityOf })).toEqual([(shares.get(1) as KeyShare).address])
    },
    hour,
  )
})
