/**
 * Backups on the disk, and vaults made from them.
 * @module
 */
import { closeSync, fsyncSync, openSync, readFileSync, statSync, unlinkSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { type Bytes, equal, hex, wipe } from '../core/bytes.ts'
import { PoolError } from '../core/errors.ts'
import { checkNewest, type Restored } from '../core/member/backup.ts'
import { MAX_BACKUP } from '../core/threshold/backup.ts'
import type { Generation } from '../core/threshold/generations.ts'
import { generationOf } from '../core/threshold/share-codec.ts'
import { syncFolder } from './private-file.ts'
import { type CreateOptions, createVaultOf, type OpenVault, type PublicEntry } from './vault-file.ts'

/**
 * Writes a backup, 0600, to the disk itself, and reads it back. An existing file is never overwritten. Works where links and renames do not, as on a stick.
 * @throws {PoolError} `output-file`
 */
export function writeBackup(path: string, backup: Bytes): void {
  const failed = (problem: string, cause?: unknown): PoolError => new PoolError('output-file', { file: path, problem }, { cause })
  let fd: number
  try {
    fd = openSync(path, 'wx', 0o600)
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code
    throw failed(code === 'EEXIST' ? 'exists already' : `cannot be made (${code ?? 'unknown'})`, cause)
  }
  try {
    try {
      for (let done = 0; done < backup.length; ) done += writeSync(fd, backup, done)
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
    syncFolder(dirname(path))
    if (!equal(new Uint8Array(readFileSync(path)), backup)) throw failed('reads back as something else')
  } catch (cause) {
    // Half a backup is worse than none.
    unlinkSync(path)
    throw cause instanceof PoolError ? cause : failed(`cannot be written (${(cause as NodeJS.ErrnoException).code ?? 'unknown'})`, cause)
  }
}

/** The bytes of a backup file. @throws {PoolError} `input-file`, `backup-damaged` for what is too large to be one. */
export function readBackup(path: string): Bytes {
  try {
    const stat = statSync(path)
    if (!stat.isFile()) throw new PoolError('input-file', { file: path, problem: 'is not a file' })
    if (stat.size > 2 * MAX_BACKUP) throw new PoolError('backup-damaged', { file: path, problem: 'too long' })
    return new Uint8Array(readFileSync(path))
  } catch (cause) {
    if (cause instanceof PoolError) throw cause
    throw new PoolError('input-file', { file: path, problem: `cannot be read (${(cause as NodeJS.ErrnoException).code ?? 'unknown'})` }, { cause })
  }
}

/**
 * Makes a lost vault anew. The backup stays the caller's.
 * @param passphrase of the new vault; need not be the one of the backup.
 * @throws {PoolError} as `createVault`: `vault-exists` when it is not lost.
 */
export async function restoreVault(path: string, passphrase: string | Bytes, restored: Restored, options: CreateOptions = {}): Promise<PublicEntry> {
  const parts = { identitySeed: restored.identitySeed.expose(), voteKey: restored.voteKey.expose(), active: restored.stored }
  return createVaultOf(path, passphrase, parts, options)
}

/** The newest generation of which an open vault has a share, active or pending; undefined without any. */
export function newestIn(vault: Pick<OpenVault, 'activeShare' | 'pendingShares'>): Generation | undefined {
  const active = vault.activeShare()
  const shares = [...(active === undefined ? [] : [active]), ...vault.pendingShares()]
  const generations = shares.map(generationOf)
  wipe(...shares)
  return generations.reduce<Generation | undefined>((best, one) => (best === undefined || one.epochNo > best.epochNo ? one : best), undefined)
}

/**
 * Puts the share of a backup into a vault of the same member that has lost its own.
 * @param allowOlder also in the place of a share of the same or a newer generation, which is erased.
 * @throws {PoolError} `backup-other-key` for another member or account; `key-exists` when the vault has this share, `backup-older-epoch` when it has a newer
 * one; `vault-io`, `vault-closed`, `vault-locked`
 */
export async function restoreInto(vault: OpenVault, restored: Restored, { allowOlder = false }: { allowOlder?: boolean } = {}): Promise<void> {
  if (!equal(vault.identitySeed, restored.identitySeed.expose()))
    throw new PoolError('backup-other-key', { reason: 'the vault is of another member', identity: vault.entry.identity })
  const newest = newestIn(vault)
  if (newest !== undefined) {
    checkNewest(restored.share, newest, allowOlder)
    const active = vault.activeShare()
    const present = active !== undefined && equal(generationOf(active).epoch, restored.share.epoch)
    wipe(active)
    if (present && !allowOlder) throw new PoolError('key-exists', { epoch: hex(restored.share.epoch) })
  }
  await vault.saveActive(restored.stored)
}
