/**
 * Several generations of one key without a ceremony: the same shares under other epochs, certified by whom the test says. For tests of what members do with
 * generations; as shares they are no better than those of the dealer.
 * @module
 */
import type { Bytes } from '../../core/bytes.ts'
import { certificateDigest } from '../../core/threshold/certificate.ts'
import { decodeShare, encodeShare } from '../../core/threshold/index.ts'
import { KeyShare, type KeyShareFields, publicOf, secretsOf } from '../../core/threshold/share.ts'
import { H } from '../../core/transcript.ts'
import { testIdentity } from './identity.ts'

const KEY = new Uint8Array(32).fill(3)

/** Generation `epochNo` of a share, certified by these seats; the argument stays as it is. `branch` tells apart what has the same number. */
export function generationOfShare(share: KeyShare, epochNo: number, options: { certifiedBy?: readonly number[]; branch?: string } = {}): KeyShare {
  const { certifiedBy = share.parties.map(party => party.index), branch = '' } = options
  const copy = decodeShare(encodeShare(share, KEY), KEY)
  const epoch =
    epochNo === share.epochNo && branch === '' ? share.epoch : H('epoch', [share.epoch, Uint8Array.of(epochNo), new TextEncoder().encode(branch)])
  const key = { ...publicOf(share), epoch, epochNo, parentEpoch: share.epoch }
  const digest = certificateDigest(key)
  const certificates = new Map<number, Bytes>(certifiedBy.map(seat => [seat, testIdentity(seat).sign(digest)]))
  const fields: KeyShareFields = { ...key, index: share.index, certificates, burned: new Map() }
  return new KeyShare(fields, secretsOf(copy))
}

/** What a backup of a share gives back: the share alone, and nothing that is shared with anybody. */
export function restoredShare(share: KeyShare): KeyShare {
  const copy = decodeShare(encodeShare(share, KEY), KEY)
  const others = share.parties.map(party => party.index).filter(index => index !== share.index)
  const fields: KeyShareFields = {
    ...publicOf(share),
    index: share.index,
    certificates: share.certificates,
    burned: new Map(others.map(index => [index, 'share-restored' as const])),
  }
  return new KeyShare(fields, { share: secretsOf(copy).share, zeroSeeds: new Map(), pairs: new Map() })
}
