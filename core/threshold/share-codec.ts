/**
 * A key share as bytes, for the vault. The format is versioned and every released version must load for ever (`test/compat`). Version 2 has every
 * secret sealed by the kernel (docs/protocol.md, sealing); version 1, of releases before the compiled kernel, has them in clear and is only read.
 * @module
 */

import { type Bytes, concat, equal, u16be, utf8, wipe } from '../bytes.ts'
import { MAX_INDEX, MAX_PARTIES } from '../ceremony/context.ts'
import { fixed, type Infer, list, malformed, struct, text, u16, u32, version } from '../codec.ts'
import { type ErrorCode, errorTable, PoolError } from '../errors.ts'
import { type HeldKind, kernel, LENGTHS, type PairState, type SecretShare, type ZeroSeed } from '../kernel/index.ts'
import { H } from '../transcript.ts'
import type { Generation } from './generations.ts'
import { lagrange } from './polynomial.ts'
import { checkThreshold, isRestored, KeyShare, secretsOf } from './share.ts'

const publicFields = {
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
}
const burnedList = list(struct({ peer: u16, reason: text(32) }), MAX_PARTIES)
const sealed = (bytes: number) => fixed(bytes + LENGTHS.sealTag)

const shareV2 = struct({
  version: version(2),
  ...publicFields,
  share: sealed(LENGTHS.scalar),
  zeroSeeds: list(struct({ peer: u16, seed: sealed(LENGTHS.seed) }), MAX_PARTIES),
  /** OT state of both directions. */
  pairs: list(struct({ peer: u16, state: sealed(LENGTHS.pair) }), MAX_PARTIES),
  burned: burnedList,
})

const shareV1 = struct({
  version: version(1),
  ...publicFields,
  share: fixed(32),
  zeroSeeds: list(struct({ peer: u16, seed: fixed(32) }), MAX_PARTIES),
  /** As Alice, per peer: Delta and the punctured trees. */
  otA: list(struct({ peer: u16, delta: fixed(16), leaves: fixed(8192) }), MAX_PARTIES),
  /** As Bob, per peer: all trees. */
  otB: list(struct({ peer: u16, leaves: fixed(8192) }), MAX_PARTIES),
  burned: burnedList,
})

/** What both versions say in clear. */
type Fields = Omit<Infer<typeof shareV2>, 'version' | 'share' | 'zeroSeeds' | 'pairs'>

/** The key that seals a member's shares, from its identity seed. The caller wipes it. */
export const sealingKey = (identitySeed: Bytes): Bytes => H('seal-key', [identitySeed])

/** A sealed secret opens in its own place only. */
const place = (fields: Pick<Fields, 'keyId' | 'epoch' | 'index'>, kind: HeldKind, peer = 0): Bytes =>
  concat(utf8(kind), fields.keyId, fields.epoch, u16be(fields.index), u16be(peer))

const sorted = <T>(map: ReadonlyMap<number, T>): [number, T][] => [...map].sort(([a], [b]) => a - b)

/** Version 2 of a share, its secrets sealed under `key` (32 bytes). The same share and key give the same bytes. */
export function encodeShare(share: KeyShare, key: Bytes): Bytes {
  const { share: scalar, zeroSeeds, pairs } = secretsOf(share)
  return shareV2.encode({
    version: 2,
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
    share: scalar.seal(key, place(share, 'share')),
    zeroSeeds: sorted(zeroSeeds).map(([peer, seed]) => ({ peer, seed: seed.seal(key, place(share, 'zero-seed', peer)) })),
    pairs: sorted(pairs).map(([peer, pair]) => ({ peer, state: pair.seal(key, place(share, 'pair', peer)) })),
    burned: sorted(share.burned).map(([peer, reason]) => ({ peer, reason })),
  })
}

/**
 * Reads a share and checks it against itself: members distinct and in order, points on the curve, s_i·G = S_i, the public shares
 * weigh to the public key, one OT state per peer that is not burned, a zero seed per peer unless the share came back from a backup.
 * @throws {PoolError} `malformed-bytes`, `invalid-point`, `invalid-scalar`, `bad-parties`; `seal-mismatch` for another key
 */
export function decodeShare(bytes: Bytes, key: Bytes): KeyShare {
  return bytes[0] === 1 ? readClear(bytes) : readSealed(bytes, key)
}

/**
 * Which generation an encoded share is of. Opens nothing and checks nothing but the form, so it needs no key.
 * @throws {PoolError} `malformed-bytes`
 */
export function generationOf(bytes: Bytes): Generation {
  if (bytes[0] !== 1) {
    const { keyId, epoch, epochNo } = shareV2.decode(bytes)
    return { keyId, epoch, epochNo }
  }
  const fields = shareV1.decode(bytes)
  wipeClear(fields)
  const { keyId, epoch, epochNo } = fields
  return { keyId, epoch, epochNo }
}

function wipeClear(fields: Infer<typeof shareV1>): void {
  wipe(fields.share, ...fields.zeroSeeds.map(entry => entry.seed), ...fields.otB.map(entry => entry.leaves))
  for (const { delta, leaves } of fields.otA) wipe(delta, leaves)
}

function readSealed(bytes: Bytes, key: Bytes): KeyShare {
  const fields = shareV2.decode(bytes)
  check(
    fields,
    fields.zeroSeeds.map(entry => entry.peer),
    fields.pairs.map(entry => entry.peer),
  )
  const open = <K extends HeldKind>(kind: K, content: Bytes, peer?: number) => kernel.unseal(kind, key, place(fields, kind, peer), content)
  return assemble(fields, held => {
    held.share(open('share', fields.share))
    for (const { peer, seed } of fields.zeroSeeds) held.zeroSeed(peer, open('zero-seed', seed, peer))
    for (const { peer, state } of fields.pairs) held.pair(peer, open('pair', state, peer))
  })
}

function readClear(bytes: Bytes): KeyShare {
  const fields = shareV1.decode(bytes)
  const bobs = new Map(fields.otB.map(({ peer, leaves }) => [peer, leaves]))
  try {
    check(
      fields,
      fields.zeroSeeds.map(entry => entry.peer),
      fields.otA.map(entry => entry.peer),
    )
    if (String([...bobs.keys()]) !== String(fields.otA.map(entry => entry.peer))) throw malformed('OT state')
    return assemble(fields, held => {
      held.share(kernel.hold('share', fields.share))
      for (const { peer, seed } of fields.zeroSeeds) held.zeroSeed(peer, kernel.hold('zero-seed', seed))
      for (const { peer, delta, leaves } of fields.otA) {
        const state = concat(delta, leaves, bobs.get(peer) as Bytes)
        held.pair(peer, kernel.hold('pair', state))
        wipe(state)
      }
    })
  } finally {
    wipeClear(fields)
  }
}

interface Taking {
  share(secret: SecretShare): void
  zeroSeed(peer: number, seed: ZeroSeed): void
  pair(peer: number, pair: PairState): void
}

/** Puts a share together; what was opened before a failure is erased. */
function assemble(fields: Fields, take: (held: Taking) => void): KeyShare {
  let share: SecretShare | undefined
  const zeroSeeds = new Map<number, ZeroSeed>()
  const pairs = new Map<number, PairState>()
  try {
    take({
      share: secret => {
        share = secret
      },
      zeroSeed: (peer, seed) => void zeroSeeds.set(peer, seed),
      pair: (peer, pair) => void pairs.set(peer, pair),
    })
    const publicShares = new Map(fields.parties.map(({ index, publicShare }) => [index, publicShare]))
    if (share === undefined) throw new PoolError('internal', { reason: 'no share' })
    if (!equal(share.publicShare, publicShares.get(fields.index) as Bytes)) throw malformed('the secret share does not fit its public share')
    return new KeyShare(
      {
        ...fields,
        parties: fields.parties.map(({ index, identity }) => ({ index, identity })),
        publicShares,
        certificates: new Map(fields.certificates.map(({ index, signature }) => [index, signature])),
        burned: new Map(fields.burned.map(({ peer, reason }) => [peer, reason as ErrorCode])),
      },
      { share, zeroSeeds, pairs },
    )
  } catch (error) {
    share?.wipe()
    for (const held of [...zeroSeeds.values(), ...pairs.values()]) held.wipe()
    throw error
  }
}

function check(fields: Fields, zeroPeers: readonly number[], pairPeers: readonly number[]): void {
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
  // A share from a backup has no secrets with anybody; a share is from a backup as a whole or not at all.
  const restored = isRestored(peers, new Map(fields.burned.map(({ peer, reason }) => [peer, reason])))
  if (!restored && fields.burned.some(entry => entry.reason === 'share-restored')) throw malformed('burned peers')
  if (!isSame(zeroPeers, restored ? [] : peers)) throw malformed('zero seeds')
  if (!isSame(pairPeers, live)) throw malformed('OT state')

  const publicShares = new Map(fields.parties.map(({ index, publicShare }) => [index, publicShare]))
  for (const point of publicShares.values()) kernel.points.validate(point, 'public share')
  const first = seats.slice(0, fields.threshold)
  const sum = kernel.points.combine(first.map(seat => ({ point: publicShares.get(seat) as Bytes, scalar: lagrange(first, seat) })))
  if (sum === undefined || !equal(sum, fields.publicKey)) throw malformed('public shares do not fit the public key')
}

const ascending = (list: readonly number[]): boolean => list.every((value, i) => i === 0 || (list[i - 1] as number) < value)
