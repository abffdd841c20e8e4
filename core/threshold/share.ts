/**
 * A key share: public facts that print, and secrets that do not. Who holds a `KeyShare` owns its handles; `wipe` ends it.
 * @module
 */

import { type Bytes, hex } from '../bytes.ts'
import { MAX_PARTIES, type Party } from '../ceremony/context.ts'
import { type ErrorCode, PoolError } from '../errors.ts'
import type { PairState, SecretShare, ZeroSeed } from '../kernel/index.ts'
import { accountAddress } from './account.ts'

/** What everybody may know about one generation of a key. */
export interface KeyPublic {
  /** Signers that make a signature. */
  readonly threshold: number
  /** All members, in order of their index. */
  readonly parties: readonly Party[]
  /** 33 bytes, compressed. */
  readonly publicKey: Bytes
  /** 32 bytes, BIP-32. */
  readonly chainCode: Bytes
  /** S_j = s_j·G of every member, 33 bytes each. */
  readonly publicShares: ReadonlyMap<number, Bytes>
  /** 32 bytes, constant over all epochs of the key. */
  readonly keyId: Bytes
  /** 32 bytes, new with every generation of shares. */
  readonly epoch: Bytes
  /** 0 at key generation and import, then what each refresh or reshare says, always higher than before. */
  readonly epochNo: number
  /** Epoch that this one replaces; zeros at key generation. */
  readonly parentEpoch: Bytes
  /** V2, 32 bytes: the view of the ceremony that made this generation. */
  readonly view: Bytes
}

/** The secret half of a share: handles of the kernel. Module-internal: reached by `secretsOf`, not exported from the package. */
export interface ShareSecrets {
  /** s_i. */
  readonly share: SecretShare
  readonly zeroSeeds: ReadonlyMap<number, ZeroSeed>
  /** Per peer that is not burned. */
  readonly pairs: Map<number, PairState>
}

export interface KeyShareFields extends KeyPublic {
  readonly index: number
  readonly certificates: ReadonlyMap<number, Bytes>
  readonly burned: ReadonlyMap<number, ErrorCode>
}

let reveal: (share: KeyShare) => ShareSecrets
let addBurn: (share: KeyShare, peer: number, reason: ErrorCode) => void

/** One member's share of one generation of the key. */
export class KeyShare implements KeyPublic {
  /** Index of the holder. */
  readonly index: number
  readonly threshold: number
  readonly parties: readonly Party[]
  readonly publicKey: Bytes
  readonly chainCode: Bytes
  readonly publicShares: ReadonlyMap<number, Bytes>
  readonly keyId: Bytes
  readonly epoch: Bytes
  readonly epochNo: number
  readonly parentEpoch: Bytes
  readonly view: Bytes
  /** Completion certificates by member, 64 bytes each. The share is active with those of all members. */
  readonly certificates: ReadonlyMap<number, Bytes>
  /** The account, lower-case hex. */
  readonly address: `0x${string}`
  readonly #burned: Map<number, ErrorCode>
  readonly #secrets: ShareSecrets

  constructor(fields: KeyShareFields, secrets: ShareSecrets) {
    this.index = fields.index
    this.threshold = fields.threshold
    this.parties = fields.parties
    this.publicKey = fields.publicKey
    this.chainCode = fields.chainCode
    this.publicShares = fields.publicShares
    this.keyId = fields.keyId
    this.epoch = fields.epoch
    this.epochNo = fields.epochNo
    this.parentEpoch = fields.parentEpoch
    this.view = fields.view
    this.certificates = fields.certificates
    this.address = accountAddress(fields.publicKey)
    this.#burned = new Map(fields.burned)
    this.#secrets = secrets
  }

  static {
    reveal = share => share.#secrets
    addBurn = (share, peer, reason) => void share.#burned.set(peer, reason)
  }

  /** Peers whose OT state was destroyed, with the check that they failed. */
  get burned(): ReadonlyMap<number, ErrorCode> {
    return this.#burned
  }

  /** True with the certificates of all members: only then may the account be funded and the share sign. */
  get active(): boolean {
    return this.parties.every(party => this.certificates.has(party.index))
  }

  /** Erases every secret of this share. */
  wipe(): void {
    this.#secrets.share.wipe()
    for (const seed of this.#secrets.zeroSeeds.values()) seed.wipe()
    for (const pair of this.#secrets.pairs.values()) pair.wipe()
    this.#secrets.pairs.clear()
  }

  /**
   * True for a share that came back from a backup: it shares no secrets with any peer, so it takes part in a refresh or reshare as a dealer and in
   * nothing else until one of those has replaced it.
   */
  get restored(): boolean {
    return isRestored(
      this.parties.map(party => party.index).filter(index => index !== this.index),
      this.#burned,
    )
  }

  toString(): string {
    return `KeyShare ${this.index} of ${this.address}, ${this.threshold}-of-${this.parties.length}, epoch ${this.epochNo} [redacted]`
  }
  /** Public facts only. */
  toJSON(): Record<string, unknown> {
    return {
      index: this.index,
      threshold: this.threshold,
      members: this.parties.map(party => party.index),
      address: this.address,
      publicKey: hex(this.publicKey),
      keyId: hex(this.keyId),
      epoch: hex(this.epoch),
      epochNo: this.epochNo,
      active: this.active,
      restored: this.restored,
      burned: Object.fromEntries(this.#burned),
    }
  }
}

/** The mark of a share from a backup: every peer is burned, for this reason. */
export const isRestored = (peers: readonly number[], burned: ReadonlyMap<number, string>): boolean =>
  peers.every(peer => burned.get(peer) === 'share-restored')

/** The secrets of a share, for the protocols of this folder. */
export const secretsOf = (share: KeyShare): ShareSecrets => reveal(share)

/** The same share with more certificates. It takes over the secrets: the argument must not be used afterwards. */
export const withCertificates = (share: KeyShare, certificates: ReadonlyMap<number, Bytes>): KeyShare =>
  new KeyShare({ ...publicOf(share), index: share.index, burned: share.burned, certificates }, reveal(share))

/** The public half as plain data. */
export const publicOf = (key: KeyPublic): KeyPublic => ({
  threshold: key.threshold,
  parties: key.parties,
  publicKey: key.publicKey,
  chainCode: key.chainCode,
  publicShares: key.publicShares,
  keyId: key.keyId,
  epoch: key.epoch,
  epochNo: key.epochNo,
  parentEpoch: key.parentEpoch,
  view: key.view,
})

/**
 * Destroys the OT state shared with `peer` and marks it burned. For the journal, and for a member that learns at its start of a burn
 * that a restored share does not know. Does nothing the second time.
 */
export function burnPeer(share: KeyShare, peer: number, reason: ErrorCode): void {
  if (!share.burned.has(peer)) addBurn(share, peer, reason)
  const pair = reveal(share).pairs.get(peer)
  if (pair === undefined) return
  pair.wipe()
  reveal(share).pairs.delete(peer)
}

/** OT state towards `peer`. @throws {PoolError} `peer-burned`. */
export function pairWith(share: KeyShare, peer: number): PairState {
  const pair = reveal(share).pairs.get(peer)
  const reason = share.burned.get(peer)
  if (pair === undefined || reason !== undefined) throw new PoolError('peer-burned', { peer, reason })
  return pair
}

/** Checks the shape of a key: 2 <= t <= n <= 16. @throws {PoolError} `bad-parties`. */
export function checkThreshold(threshold: number, members: number): void {
  if (!Number.isInteger(threshold) || threshold < 2 || threshold > members || members > MAX_PARTIES)
    throw new PoolError('bad-parties', { reason: `threshold must be 2..n with n up to ${MAX_PARTIES}`, threshold, members })
}
