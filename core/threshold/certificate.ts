/**
 * Completion certificates: each member's signature that it holds its share of this generation of the key. A share is active with the
 * certificates of all members. They are transferable: whoever has the full set can hand it to a member that missed one.
 * @module
 */

import { type Bytes, equal, u32be } from '../bytes.ts'
import { accuse, suspect } from '../ceremony/blame.ts'
import { type Identity, MAX_PARTIES } from '../ceremony/context.ts'
import { type Codec, codec, fixed, list, struct, u16, u32, version } from '../codec.ts'
import { PoolError } from '../errors.ts'
import { H } from '../kernel/index.ts'
import { type KeyPublic, type KeyShare, publicOf, withCertificates } from './share.ts'

/** The public half of a key with its certificates. */
export interface KeyCertificate extends KeyPublic {
  /** 64-byte Ed25519 signatures by member. */
  readonly certificates: ReadonlyMap<number, Bytes>
}

/** What a certificate signs: `H("cert"; V2, keyId, pk, cc, t, members, all S_j, epoch, parentEpoch, epochNo)`. */
export function certificateDigest(key: KeyPublic): Bytes {
  const members = key.parties.flatMap(party => [u32be(party.index), party.identity, key.publicShares.get(party.index) ?? new Uint8Array(0)])
  return H('cert', [
    key.view,
    key.keyId,
    key.publicKey,
    key.chainCode,
    u32be(key.threshold),
    u32be(key.parties.length),
    ...members,
    key.epoch,
    key.parentEpoch,
    u32be(key.epochNo),
  ])
}

/**
 * Checks that all members certified this key.
 * @throws {PoolError} `bad-certificate` naming who signed something else, `certificates-missing` naming who did not sign.
 */
export function verifyCertificates(key: KeyCertificate, verify: Identity['verify']): void {
  const digest = certificateDigest(key)
  for (const party of key.parties) {
    const signature = key.certificates.get(party.index)
    if (signature !== undefined && !verify(party.identity, digest, signature)) throw accuse('bad-certificate', party.index, {}, 'signature')
  }
  const missing = key.parties.map(party => party.index).filter(index => !key.certificates.has(index))
  if (missing.length > 0) throw suspect('certificates-missing', missing, { missing }, 'no certificate')
}

/** The transferable record of a share. */
export const keyCertificateOf = (share: KeyShare): KeyCertificate => ({ ...publicOf(share), certificates: new Map(share.certificates) })

/**
 * Makes a pending share active with the full set that another member handed over. The pending object must not be used afterwards.
 * @throws {PoolError} `wrong-epoch` or `bad-certificate` when the set is for another key, `certificates-missing` when it is not full.
 */
export function activate(pending: KeyShare, certificate: KeyCertificate, verify: Identity['verify']): KeyShare {
  if (!equal(pending.epoch, certificate.epoch)) throw new PoolError('wrong-epoch', { title: 'certificate' })
  if (!equal(certificateDigest(pending), certificateDigest(certificate))) throw new PoolError('bad-certificate', { reason: 'for another key' })
  const certificates = new Map([...pending.certificates, ...certificate.certificates])
  verifyCertificates({ ...publicOf(pending), certificates }, verify)
  return withCertificates(pending, certificates)
}

const recordCodec = struct({
  version: version(1),
  threshold: u16,
  members: list(struct({ index: u16, identity: fixed(32), publicShare: fixed(33) }), MAX_PARTIES),
  publicKey: fixed(33),
  chainCode: fixed(32),
  keyId: fixed(32),
  epoch: fixed(32),
  epochNo: u32,
  parentEpoch: fixed(32),
  view: fixed(32),
  certificates: list(struct({ index: u16, signature: fixed(64) }), MAX_PARTIES),
})

/**
 * Version 1 of the record. A decoded record proves nothing before `verifyCertificates` or `activate`, and then only what its identities say: compare
 * them with the pool's. Decoding throws `malformed-bytes`.
 */
export const keyCertificateCodec: Codec<KeyCertificate> = codec(
  key =>
    recordCodec.encode({
      version: 1,
      threshold: key.threshold,
      members: key.parties.map(party => ({ ...party, publicShare: key.publicShares.get(party.index) as Bytes })),
      publicKey: key.publicKey,
      chainCode: key.chainCode,
      keyId: key.keyId,
      epoch: key.epoch,
      epochNo: key.epochNo,
      parentEpoch: key.parentEpoch,
      view: key.view,
      certificates: [...key.certificates].sort(([a], [b]) => a - b).map(([index, signature]) => ({ index, signature })),
    }),
  reader => {
    const { version: _, members, certificates, ...fields } = recordCodec.read(reader)
    return {
      ...fields,
      parties: members.map(({ index, identity }) => ({ index, identity })),
      publicShares: new Map(members.map(({ index, publicShare }) => [index, publicShare])),
      certificates: new Map(certificates.map(({ index, signature }) => [index, signature])),
    }
  },
)
