/**
 * A key share as bytes, for the vault. The format is versioned and every released version must load for ever (`test/compat`).
 * The bytes are the share: encrypt them, and wipe them after use.
 * @module
 */

import { type Bytes, equal, Secret, wipe } from '../bytes.ts'
import { MAX_INDEX, MAX_PARTIES } from '../ceremony/context.ts'
import { fixed, type Infer, list, malformed, struct, text, u16, u32, version } from '../codec.ts'
import { type ErrorCode, errorTable } from '../errors.ts'
import { kernel } from '../kernel/index.ts'
import { lagrange } from './polynomial.ts'
import { checkThreshold, KeyShare, type PairSecrets, secretsOf } from './share.ts'

const shareCodec = struct({
  version: version(1),
  index: u16,
  threshold: u16,
  parties: list(struct({ index: u16, identity: fixed(32), publicShare: fixed(33) }), MAX_PARTIES),
  publicKey: fixed(33),
  chainCode: fixed(32),
  keyId: fixed(32),
  epoch: fixed(32),
  epochNo: u32,
  parentEpoch: fixed(32),
  view: fixed(32),
  certificates: list(struct({ index: u16, signature: fixed(64) }), MAX_PARTIES),
  share: fixed(32),
  zeroSeeds: list(struct({ peer: u16, seed: fixed(32) }), MAX_PARTIES),
  /** As Alice, per peer: Delta and the punctured trees. */
  otA: list(struct({ peer: u16, delta: fixed(16), leaves: fixed(8192) }), MAX_PARTIES),
  /** As Bob, per peer: all trees. */
  otB: list(struct({ peer: u16, leaves: fixed(8192) }), MAX_PARTIES),
  burned: list(struct({ peer: u16, reason: text(32) }), MAX_PARTIES),
})

/** Version 1 of a share, secrets in clear. The caller wipes the result. */
export function encodeShare(share: KeyShare): Bytes {
  const { share: scalar, zeroSeeds, pairs } = secretsOf(share)
  const sorted = <T>(map: ReadonlyMap<number, T>): [number, T][] => [...map].sort(([a], [b]) => a - b)
  return shareCodec.encode({
    version: 1,
    index: share.index,
    threshold: share.threshold,
    parties: share.parties.map(party => ({ ...party, publicShare: share.publicShares.get(party.index) as Bytes })),
    publicKey: share.publicKey,
    chainCode: share.chainCode,
    keyId: share.keyId,
    epoch: share.epoch,
    epochNo: share.epochNo,
    parentEpoch: share.parentEpoch,
    view: share.view,
    certificates: sorted(share.certificates).map(([index, signature]) => ({ index, signature })),
    share: scalar.expose(),
    zeroSeeds: sorted(zeroSeeds).map(([peer, seed]) => ({ peer, seed: seed.expose() })),
    otA: sorted(pairs).map(([peer, pair]) => ({ peer, delta: pair.delta.expose(), leaves: pair.aliceLeaves.expose() })),
    otB: sorted(pairs).map(([peer, pair]) => ({ peer, leaves: pair.bobLeaves.expose() })),
    burned: sorted(share.burned).map(([peer, reason]) => ({ peer, reason })),
  })
}

/**
 * Reads a share and checks it against itself: members distinct and in order, points on the curve, s_i·G = S_i, the public shares
 * weigh to the public key, one OT state per peer that is not burned.
 * @throws {PoolError} `malformed-bytes`, `invalid-point`, `invalid-scalar`, `bad-parties`
 */
export function decodeShare(bytes: Bytes): KeyShare {
  const fields = shareCodec.decode(bytes)
  check(fields)
  const alice = new Map(fields.otA.map(({ peer, delta, leaves }) => [peer, { delta, leaves }]))
  const pairs = new Map(
    fields.otB.map(({ peer, leaves }): [number, PairSecrets] => {
      const other = alice.get(peer)
      if (other === undefined) throw malformed('OT state in one direction only', { peer })
      const pair = {
        delta: new Secret('delta', other.delta),
        aliceLeaves: new Secret('leaves', other.leaves),
        bobLeaves: new Secret('leaves', leaves),
      }
      return [peer, pair]
    }),
  )
  return new KeyShare(
    {
      ...fields,
      parties: fields.parties.map(({ index, identity }) => ({ index, identity })),
      publicShares: new Map(fields.parties.map(({ index, publicShare }) => [index, publicShare])),
      certificates: new Map(fields.certificates.map(({ index, signature }) => [index, signature])),
      burned: new Map(fields.burned.map(({ peer, reason }) => [peer, reason as ErrorCode])),
    },
    {
      share: new Secret('key share', fields.share),
      zeroSeeds: new Map(fields.zeroSeeds.map(({ peer, seed }) => [peer, new Secret('zero seed', seed)])),
      pairs,
    },
  )
}

function check(fields: Infer<typeof shareCodec>): void {
  const seats = fields.parties.map(party => party.index)
  checkThreshold(fields.threshold, seats.length)
  if (!ascending(seats) || seats.some(seat => seat < 1 || seat > MAX_INDEX)) throw malformed('members are not in order')
  if (!seats.includes(fields.index)) throw malformed('the holder is not a member')
  const peers = seats.filter(seat => seat !== fields.index)
  const burned = fields.burned.map(entry => entry.peer)
  const live = peers.filter(peer => !burned.includes(peer))
  const isSubset = (list: readonly number[], of: readonly number[]) => ascending(list) && list.every(entry => of.includes(entry))
  const isSame = (list: readonly number[], as: readonly number[]) => isSubset(list, as) && list.length === as.length
  if (!isSubset(burned, peers) || fields.burned.some(({ reason }) => !(reason in errorTable))) throw malformed('burned peers')
  if (
    !isSubset(
      fields.certificates.map(entry => entry.index),
      seats,
    )
  )
    throw malformed('certificates')
  if (
    !isSame(
      fields.zeroSeeds.map(entry => entry.peer),
      peers,
    )
  )
    throw malformed('zero seeds')
  if (
    !isSame(
      fields.otA.map(entry => entry.peer),
      live,
    ) ||
    !isSame(
      fields.otB.map(entry => entry.peer),
      live,
    )
  )
    throw malformed('OT state')

  const publicShares = new Map(fields.parties.map(({ index, publicShare }) => [index, publicShare]))
  for (const point of publicShares.values()) kernel.points.validate(point, 'public share')
  const first = seats.slice(0, fields.threshold)
  const sum = kernel.points.combinePublic(first.map(seat => ({ point: publicShares.get(seat) as Bytes, scalar: lagrange(first, seat) })))
  if (sum === undefined || !equal(sum, fields.publicKey)) throw malformed('public shares do not fit the public key')
  const own = kernel.points.multiplyBase(kernel.scalars.decode(fields.share, 'key share'))
  if (!equal(own, publicShares.get(fields.index) as Bytes)) {
    wipe(fields.share)
    throw malformed('the secret share does not fit its public share')
  }
}

const ascending = (list: readonly number[]): boolean => list.every((value, i) => i === 0 || (list[i - 1] as number) < value)
