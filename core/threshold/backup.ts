/**
 * What a backup of one member's share says, in clear: all that rebuilds a lost vault, and nothing that may exist twice. No oblivious-transfer state, zero
 * seeds, tuples or burns: two copies of those would undo what burning and single use protect. So a share that comes back deals in a refresh or reshare,
 * and signs only after one.
 * @module
 */
import { type Bytes, wipe } from '../bytes.ts'
import type { Identity } from '../ceremony/context.ts'
import { blob, fixed, type Infer, malformed, struct, text, version } from '../codec.ts'
import { verifyCertificates } from './certificate.ts'
import { KeyShare, publicOf, secretsOf } from './share.ts'
import { decodeShare, encodeShare, sealingKey } from './share-codec.ts'

/** Bytes of a pool file: 16 members with long names, and its parent, need 20 KiB. */
const MAX_POOL = 256 * 1024
/** Bytes of a share without the state of its pairs: 16 members need 5 KiB. */
const MAX_SHARE = 64 * 1024
/** Bytes of a whole record at most. */
export const MAX_BACKUP = MAX_POOL + MAX_SHARE + 1024

const recordCodec = struct({
  version: version(1),
  identitySeed: fixed(32),
  voteKey: fixed(32),
  /** The pool file, JSON. */
  pool: text(MAX_POOL),
  /** The share in its own format, version 2: s_i is sealed under the key that follows from the identity seed, so it is never in clear outside of the kernel. */
  share: blob(MAX_SHARE),
})
type Record = Infer<typeof recordCodec>

/** What a member keeps besides its share. */
export type BackupContents = Pick<Record, 'identitySeed' | 'voteKey' | 'pool'>

/** The same share as it would come back. It has the secret in common with the argument: only one of the two is wiped. */
function asRestored(share: KeyShare): KeyShare {
  const peers = share.parties.map(party => party.index).filter(index => index !== share.index)
  return new KeyShare(
    { ...publicOf(share), index: share.index, certificates: share.certificates, burned: new Map(peers.map(peer => [peer, 'share-restored'])) },
    { share: secretsOf(share).share, zeroSeeds: new Map(), pairs: new Map() },
  )
}

/** Version 1 of the record, in clear: the caller encrypts and wipes it. The same arguments give the same bytes. */
export function encodeBackup(share: KeyShare, contents: BackupContents): Bytes {
  const key = sealingKey(contents.identitySeed)
  const encoded = encodeShare(asRestored(share), key)
  wipe(key)
  return recordCodec.encode({ version: 1, ...contents, share: encoded })
}

/**
 * Reads a record and checks it against itself: s_i·G = S_i, the public shares weigh to the public key, every member has certified them. The caller wipes
 * what it gets.
 * @throws {PoolError} `malformed-bytes`, `seal-mismatch`, `invalid-point`, `invalid-scalar`, `bad-parties`, `bad-certificate`, `certificates-missing`
 */
export function decodeBackup(bytes: Bytes, verify: Identity['verify']): BackupContents & { readonly share: KeyShare } {
  const { version: _, share: encoded, ...contents } = recordCodec.decode(bytes)
  const key = sealingKey(contents.identitySeed)
  try {
    const share = decodeShare(encoded, key)
    try {
      verifyCertificates(share, verify)
      // A copy of secrets that exist elsewhere has no place in a backup, whoever wrote it.
      if (!share.restored) throw malformed('a backup with secrets of pairs')
      return { ...contents, share }
    } catch (error) {
      share.wipe()
      throw error
    }
  } catch (error) {
    wipe(contents.identitySeed, contents.voteKey)
    throw error
  } finally {
    wipe(key)
  }
}
