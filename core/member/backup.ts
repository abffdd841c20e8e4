/**
 * Backup of one member: one file under one passphrase, from which its vault can be made anew (format: core/threshold/backup.ts in
 * core/envelope/passphrase.ts).
 * @module
 */
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { type Bytes, equal, fromHex, Secret, utf8, wipe } from '../bytes.ts'
import { identityFromSeed, initSodium, verifyIdentity } from '../envelope/identity.ts'
import { type FileKind, type KdfCost, openFile, sealFile } from '../envelope/passphrase.ts'
import { isPoolError, PoolError } from '../errors.ts'
import { type Pool, parsePool, poolToJson } from '../proposal/pool.ts'
import { accountAddress } from '../threshold/account.ts'
import { decodeBackup, encodeBackup, MAX_BACKUP } from '../threshold/backup.ts'
import type { Generation } from '../threshold/generations.ts'
import type { KeyShare } from '../threshold/share.ts'
import { encodeShare, sealingKey } from '../threshold/share-codec.ts'

const KIND: FileKind = { magic: utf8('SQRBCKUP'), maxLength: MAX_BACKUP, damaged: 'backup-damaged', wrongPassphrase: 'backup-wrong-passphrase' }

/** Shortest passphrase of a new backup, in bytes. */
export const MIN_BACKUP_PASSPHRASE = 8

export interface BackupInput {
  /** Active: certified by all. It stays the caller's. */
  readonly share: KeyShare
  /** 32 bytes each; the caller's. */
  readonly identitySeed: Bytes
  readonly voteKey: Bytes
  /** The pool of this share. */
  readonly pool: Pool
  /** Need not be the one of the vault. The caller wipes it. */
  readonly passphrase: Bytes
  /** Recorded in the file. Default: 3 passes over 64 MiB. */
  readonly cost?: KdfCost | undefined
}

/** What a backup holds. Its secrets do not print. */
export interface Restored {
  /** `restored` is true: it deals in a refresh or reshare, and signs after that. */
  readonly share: KeyShare
  /** The share as a vault stores it, sealed under the key that follows from the identity seed. */
  readonly stored: Bytes
  readonly pool: Pool
  readonly identitySeed: Secret
  readonly voteKey: Secret
  /** Erases all of it. */
  wipe(): void
  /** Public facts only. */
  toJSON(): Record<string, unknown>
}

/**
 * Makes a backup, and opens it again before it counts as made.
 * @throws {PoolError} `certificates-missing` for a share that is not active, `backup-other-key` when the parts are not of one member and pool,
 * `invalid-argument` for a short passphrase or a cost outside the caps, `backup-unusable` when it does not read back.
 */
export async function makeBackup(input: BackupInput): Promise<Bytes> {
  await initSodium()
  const { share, identitySeed, voteKey, pool, passphrase } = input
  if (passphrase.length < MIN_BACKUP_PASSPHRASE)
    throw new PoolError('invalid-argument', { title: 'passphrase', expected: `${MIN_BACKUP_PASSPHRASE} bytes or more` })
  if (!share.active) throw new PoolError('certificates-missing', { epochNo: share.epochNo })
  checkOneMember(input)
  const clear = encodeBackup(share, { identitySeed, voteKey, pool: JSON.stringify(poolToJson(pool)) })
  const file = sealFile(KIND, passphrase, clear, input.cost)
  wipe(clear)
  try {
    const back = await openBackup(file, passphrase)
    const own = equal(back.share.epoch, share.epoch) && equal(back.identitySeed.expose(), identitySeed) && equal(back.voteKey.expose(), voteKey)
    back.wipe()
    if (!own) throw new PoolError('internal', { reason: 'another share came back' })
  } catch (cause) {
    throw new PoolError('backup-unusable', { reason: isPoolError(cause) ? cause.code : 'unknown' }, { cause })
  }
  return file
}

export interface OpenOptions {
  /** The newest generation that is known to exist: of a vault that is still there, or of a full certificate set of a peer. */
  readonly newest?: Generation | undefined
  /** Take an older generation all the same. */
  readonly allowOlder?: boolean | undefined
}

/**
 * Opens a backup and checks all of it: s_i·G = S_i, the public shares weigh to the public key, all members certified them, and identity, vote key, share and
 * pool are of one member. That a newer generation exists it cannot know by itself: `newest` says.
 * @param passphrase the caller wipes it.
 * @throws {PoolError} `backup-wrong-passphrase`, `backup-damaged`, `backup-older-epoch`, `backup-other-key`
 */
export async function openBackup(file: Bytes, passphrase: Bytes, { newest, allowOlder = false }: OpenOptions = {}): Promise<Restored> {
  await initSodium()
  const clear = openFile(KIND, file, passphrase)
  try {
    const restored = read(clear)
    try {
      if (newest !== undefined) checkNewest(restored.share, newest, allowOlder)
      return restored
    } catch (error) {
      restored.wipe()
      throw error
    }
  } finally {
    wipe(clear)
  }
}

function read(clear: Bytes): Restored {
  try {
    const { share, pool: json, ...keys } = decodeBackup(clear, verifyIdentity)
    const identitySeed = new Secret('identity seed', keys.identitySeed)
    const voteKey = new Secret('vote key', keys.voteKey)
    const erase = (): void => {
      share.wipe()
      identitySeed.wipe()
      voteKey.wipe()
    }
    try {
      const pool = parsePool(JSON.parse(json))
      checkOneMember({ share, ...keys, pool })
      const sealing = sealingKey(keys.identitySeed)
      const stored = encodeShare(share, sealing)
      wipe(sealing)
      return { share, stored, pool, identitySeed, voteKey, wipe: erase, toJSON: () => ({ pool: pool.name, ...share.toJSON() }) }
    } catch (error) {
      erase()
      throw error
    }
  } catch (cause) {
    throw new PoolError('backup-damaged', { problem: isPoolError(cause) ? cause.code : 'contents' }, { cause })
  }
}

/** The identity and vote key of one seat, in a pool whose members hold the key. @throws {PoolError} `backup-other-key` */
export function checkOneMember({ share, identitySeed, voteKey, pool }: Pick<BackupInput, 'share' | 'identitySeed' | 'voteKey' | 'pool'>): void {
  const wrong = (reason: string): PoolError => new PoolError('backup-other-key', { reason })
  const identity = identityFromSeed(identitySeed)
  identity.wipe()
  const party = share.parties.find(one => one.index === share.index)
  if (party === undefined || !equal(party.identity, identity.publicKey)) throw wrong('the share is of another identity')
  const same =
    pool.threshold === share.threshold &&
    pool.members.length === share.parties.length &&
    pool.members.every((member, i) => member.seat === share.parties[i]?.index && equal(fromHex(member.identity), share.parties[i].identity))
  if (!same) throw wrong('the pool has other members than the key')
  const member = pool.members.find(one => one.seat === share.index)
  if (!secp256k1.utils.isValidSecretKey(voteKey) || member?.vote !== accountAddress(secp256k1.getPublicKey(voteKey, true)))
    throw wrong('the vote key is of another member')
}

/**
 * Refuses a share that a newer generation has replaced: it fits none of the others' shares any more.
 * @throws {PoolError} `backup-other-key`, `backup-older-epoch`
 */
export function checkNewest(share: Generation, newest: Generation, allowOlder: boolean): void {
  if (!equal(share.keyId, newest.keyId)) throw new PoolError('backup-other-key', { reason: 'another account' })
  if (allowOlder || share.epochNo > newest.epochNo || (share.epochNo === newest.epochNo && equal(share.epoch, newest.epoch))) return
  throw new PoolError('backup-older-epoch', { epochNo: share.epochNo, newest: newest.epochNo })
}
