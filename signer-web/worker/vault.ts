/**
 * The vault of a tab's member over its keystore: everything is in memory, and every change is one write of the whole record, one after the other.
 * @module
 */
import { secp256k1 } from '@noble/curves/secp256k1.js'
import sodium from 'libsodium-wrappers'
import { type Bytes, fromHex, hex, wipe } from '../../core/bytes.ts'
import { blob, fixed, type Infer, list, option, struct, text, version } from '../../core/codec.ts'
import { identityFromSeed } from '../../core/envelope/identity.ts'
import { keysOfLink } from '../../core/envelope/link-keys.ts'
import { PoolError } from '../../core/errors.ts'
import type { Restored } from '../../core/member/backup.ts'
import type { Vault } from '../../core/member/ports.ts'
import { MAX_PENDING } from '../../core/member/stored-shares.ts'
import { poolToJson } from '../../core/proposal/pool.ts'
import { accountAddress } from '../../core/threshold/account.ts'
import type { Entry, GivenIdentity } from '../api.ts'
import type { Keystore } from './keystore.ts'

/** Bytes of one encoded share at most. */
const MAX_SHARE = 2 * 1024 * 1024
const MAX_POOL = 64 * 1024
const MAX_POLICY = 16 * 1024

const recordCodec = struct({
  version: version(1),
  identitySeed: fixed(32),
  voteKey: fixed(32),
  active: option(blob(MAX_SHARE)),
  pending: list(blob(MAX_SHARE), MAX_PENDING),
  /** The pool that was joined: JSON of its file, and this member's own L1 node. */
  joined: option(struct({ pool: text(MAX_POOL), l1Rpc: text(2_048) })),
  /** What this member votes for without a person: JSON. */
  policy: option(text(MAX_POLICY)),
})
type Record = Infer<typeof recordCodec>

export interface TabVault extends Vault {
  readonly entry: Entry
  readonly joined: { readonly pool: string; readonly l1Rpc: string } | undefined
  join(joined: { readonly pool: string; readonly l1Rpc: string }): Promise<void>
  /** JSON; undefined without one. */
  readonly policy: string | undefined
  setPolicy(policy: string | undefined): Promise<void>
  close(): void
}

/** The record of a new seat. @throws {PoolError} `invalid-argument` for a given identity that is none */
export function freshRecord(given: GivenIdentity | undefined): Bytes {
  const { identitySeed, voteKey } = given === undefined ? { identitySeed: sodium.randombytes_buf(32), voteKey: newVoteKey() } : keysOf(given)
  if (!secp256k1.utils.isValidSecretKey(voteKey)) throw new PoolError('invalid-argument', { title: 'link' })
  const clear = recordCodec.encode({ version: 1, identitySeed, voteKey, active: undefined, pending: [], joined: undefined, policy: undefined })
  wipe(identitySeed, voteKey)
  return clear
}

/** The record of a seat that comes back from a backup, in the pool of that backup. The backup stays the caller's. */
export const restoredRecord = ({ identitySeed, voteKey, stored, pool }: Restored, l1Rpc: string): Bytes =>
  recordCodec.encode({
    version: 1,
    policy: undefined,
    identitySeed: identitySeed.expose(),
    voteKey: voteKey.expose(),
    active: stored,
    pending: [],
    joined: { pool: JSON.stringify(poolToJson(pool)), l1Rpc },
  })

function keysOf(given: GivenIdentity): ReturnType<typeof keysOfLink> {
  const secret = fromHex(given.secret, 'link')
  try {
    return keysOfLink(secret)
  } finally {
    wipe(secret)
  }
}

/** A secp256k1 scalar, uniform in 1..n-1 by rejection. */
function newVoteKey(): Bytes {
  for (;;) {
    const candidate = sodium.randombytes_buf(32)
    if (secp256k1.utils.isValidSecretKey(candidate)) return candidate
  }
}

/** Opens the record. @throws {PoolError} `vault-damaged`, `browser-store` */
export async function openTabVault(keystore: Keystore): Promise<TabVault> {
  const clear = await keystore.read()
  let record: Record
  try {
    record = recordCodec.decode(clear)
  } catch (cause) {
    throw new PoolError('vault-damaged', { problem: 'the record is not of this version' }, { cause })
  } finally {
    wipe(clear)
  }
  let open = true
  let writing: Promise<void> = Promise.resolve()
  const identity = identityFromSeed(record.identitySeed)
  const entry: Entry = { identity: hex(identity.publicKey), vote: accountAddress(secp256k1.getPublicKey(record.voteKey, true)) }
  identity.wipe()
  const seed = record.identitySeed.slice()
  const vote = record.voteKey.slice()

  /** In memory at once, so that the next change builds on it; resolves when it is on the disk. */
  function save(change: Partial<Record>): Promise<void> {
    if (!open) return Promise.reject(new PoolError('vault-closed'))
    const before = record
    record = { ...record, ...change }
    const bytes = recordCodec.encode(record)
    writing = writing
      .catch(() => {})
      .then(() => keystore.write(bytes))
      .finally(() => {
        wipe(bytes)
        for (const share of [before.active, ...before.pending]) if (share !== undefined && !isKept(share)) wipe(share)
      })
    return writing
  }
  const isKept = (share: Bytes): boolean => share === record.active || record.pending.includes(share)

  return {
    entry,
    identitySeed: seed,
    voteKey: vote,
    get joined() {
      return record.joined
    },
    join: joined => save({ joined }),
    get policy() {
      return record.policy
    },
    setPolicy: policy => save({ policy }),
    activeShare: () => record.active?.slice(),
    pendingShares: () => record.pending.map(share => share.slice()),
    savePending: share => save({ pending: [share.slice(), ...record.pending].slice(0, MAX_PENDING) }),
    saveActive: share => save({ active: share.slice() }),
    dropPending: (keep = () => false) => save({ pending: record.pending.filter(share => keep(share)) }),
    eraseShares: () => save({ active: undefined, pending: [] }),
    close() {
      open = false
      wipe(seed, vote, record.identitySeed, record.voteKey, record.active, ...record.pending)
      keystore.close()
    },
  }
}
