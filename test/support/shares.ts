/**
 * Valid key shares without a key generation: a trusted dealer, for tests only. It knows the whole key and is never part of the package's core.
 * @module
 */
import type { Bytes } from '../../core/bytes.ts'
import { concat } from '../../core/bytes.ts'
import { kernel, type PairState } from '../../core/kernel/index.ts'
import { evaluate } from '../../core/kernel/reference/dealing.ts'
import { twin } from '../../core/kernel/reference/twin.ts'
import { certificateDigest } from '../../core/threshold/certificate.ts'
import { evaluateCommitments } from '../../core/threshold/polynomial.ts'
import { type KeyPublic, KeyShare } from '../../core/threshold/share.ts'
import { H } from '../../core/transcript.ts'
import { testIdentity, testParties } from './identity.ts'
import { type LeafPair, leafPair } from './leaf-pair.ts'
import { seededRandom } from './random.ts'

/**
 * Shares 1..n of one key with every threshold structure that a key generation leaves: Shamir shares, zero seeds, correlated OT state,
 * certificates. About a millisecond per share; the same arguments give the same key. Each call gives fresh objects.
 */
export function testShares(n: number, t: number, seed: string | number = 1): Map<number, KeyShare> {
  const random = seededRandom(`dealer ${n} ${t} ${seed}`)
  const parties = testParties(n)
  const seats = parties.map(party => party.index)
  const coefficients = Array.from({ length: t }, () => twin.scalars.random(random))
  const commitments = coefficients.map(twin.points.multiplyBase)
  const publicKey = commitments[0] as Bytes
  const view = random(32)
  const key: KeyPublic = {
    threshold: t,
    parties,
    publicKey,
    chainCode: random(32),
    publicShares: new Map(seats.map(seat => [seat, evaluateCommitments(commitments, seat) as Bytes])),
    keyId: H('keyid', [view, publicKey]),
    epoch: H('epoch', [view]),
    epochNo: 0,
    parentEpoch: new Uint8Array(32),
    view,
  }
  const digest = certificateDigest(key)
  const certificates = new Map(seats.map(seat => [seat, testIdentity(seat).sign(digest)]))

  const zeroSeeds = new Map<string, Bytes>()
  const transfers = new Map<string, LeafPair>()
  for (const a of seats)
    for (const b of seats) {
      if (a < b) zeroSeeds.set(`${a} ${b}`, random(32))
      if (a !== b) transfers.set(`${a} ${b}`, leafPair(random))
    }

  return new Map(
    seats.map(seat => {
      const peers = seats.filter(other => other !== seat)
      const pair = (peer: number): PairState => {
        const asAlice = transfers.get(`${seat} ${peer}`) as LeafPair
        const asBob = transfers.get(`${peer} ${seat}`) as LeafPair
        return kernel.hold('pair', concat(asAlice.delta, asAlice.aliceLeaves, asBob.bobLeaves))
      }
      const zeroSeed = (peer: number) => kernel.hold('zero-seed', zeroSeeds.get(`${Math.min(seat, peer)} ${Math.max(seat, peer)}`) as Bytes)
      const share = new KeyShare(
        { ...key, index: seat, certificates, burned: new Map() },
        {
          share: kernel.hold('share', kernel.scalars.encode(evaluate(coefficients, seat))),
          zeroSeeds: new Map(peers.map(peer => [peer, zeroSeed(peer)])),
          pairs: new Map(peers.map(peer => [peer, pair(peer)])),
        },
      )
      return [seat, share]
    }),
  )
}
