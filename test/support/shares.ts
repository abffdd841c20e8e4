/**
 * Valid key shares without a key generation: a trusted dealer, for tests only. It knows the whole key and is never part of the package's core.
 * @module
 */
import type { Bytes } from '../../core/bytes.ts'
import { concat, Secret } from '../../core/bytes.ts'
import { kernel } from '../../core/kernel/index.ts'
import { certificateDigest } from '../../core/threshold/certificate.ts'
import { evaluate, evaluateCommitments } from '../../core/threshold/polynomial.ts'
import { type KeyPublic, KeyShare, type PairSecrets } from '../../core/threshold/share.ts'
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
  const coefficients = Array.from({ length: t }, () => kernel.scalars.random(random))
  const commitments = coefficients.map(kernel.points.multiplyBase)
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
      const pair = (peer: number): PairSecrets => {
        const asAlice = transfers.get(`${seat} ${peer}`) as LeafPair
        const asBob = transfers.get(`${peer} ${seat}`) as LeafPair
        return {
          delta: new Secret('delta', asAlice.delta),
          aliceLeaves: new Secret('leaves', asAlice.aliceLeaves),
          bobLeaves: new Secret('leaves', asBob.bobLeaves),
        }
      }
      const share = new KeyShare(
        { ...key, index: seat, certificates, burned: new Map() },
        {
          share: new Secret('key share', kernel.scalars.encode(evaluate(coefficients, seat))),
          zeroSeeds: new Map(
            peers.map(peer => [peer, new Secret('zero seed', concat(zeroSeeds.get(`${Math.min(seat, peer)} ${Math.max(seat, peer)}`) as Bytes))]),
          ),
          pairs: new Map(peers.map(peer => [peer, pair(peer)])),
        },
      )
      return [seat, share]
    }),
  )
}
