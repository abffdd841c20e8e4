/**
 * A look into a vault while its member runs: the file is replaced whole at every save, so that it can be read without the lock. What is found may be older
 * than what the member does at this moment; nothing may be written by it.
 * @module
 */
import { existsSync, realpathSync } from 'node:fs'
import { type Bytes, hex, wipe } from '../core/bytes.ts'
import { identityFromSeed, initSodium } from '../core/envelope/identity.ts'
import { PoolError } from '../core/errors.ts'
import { decodeShare, type KeyShare, sealingKey } from '../core/threshold/index.ts'
import { generationOf } from '../core/threshold/share-codec.ts'
import { exposure, privateFolder, readChecked } from './private-file.ts'
import { unsealVault } from './vault-format.ts'

/** What a vault held at one moment. Its secrets are erased when {@link withSnapshot} ends. */
export interface VaultSnapshot {
  /** Real path, without links. */
  readonly file: string
  /** Identity key, 32 bytes in hex. */
  readonly identity: `0x${string}`
  /** 32 bytes each. */
  readonly identitySeed: Bytes
  readonly voteKey: Bytes
  readonly active: KeyShare | undefined
  /** Generations that are made but not certified by all. */
  readonly pending: readonly { readonly keyId: Bytes; readonly epoch: Bytes; readonly epochNo: number }[]
}

/**
 * Reads a vault and erases what was read when `use` is done.
 * @throws {PoolError} `vault-missing`, `vault-permissions`, `vault-passphrase`, `vault-damaged`, `vault-io`, and what `decodeShare` and `use` throw
 */
export async function withSnapshot<T>(path: string, passphrase: Bytes, use: (snapshot: VaultSnapshot) => T | Promise<T>): Promise<T> {
  await initSodium()
  if (!existsSync(path)) throw new PoolError('vault-missing', { vault: path })
  const { contents, file } = read(path, passphrase)
  const { identitySeed, voteKey, active, pending } = contents
  let share: KeyShare | undefined
  try {
    if (active !== undefined) {
      const sealing = sealingKey(identitySeed)
      try {
        share = decodeShare(active, sealing)
      } finally {
        wipe(sealing)
      }
    }
    const member = identityFromSeed(identitySeed)
    const identity = hex(member.publicKey)
    member.wipe()
    return await use({ file, identity, identitySeed, voteKey, active: share, pending: pending.map(generationOf) })
  } finally {
    share?.wipe()
    wipe(identitySeed, voteKey, active, ...pending)
  }
}

function read(path: string, passphrase: Bytes) {
  try {
    const file = realpathSync(path)
    const exposed = privateFolder(file)
    if (exposed !== undefined) throw new PoolError('vault-permissions', { vault: path, folder: exposed })
    const bytes = readChecked(file, stat => {
      const problem = stat.isFile() ? exposure(stat) : 'is not a file'
      if (problem !== undefined) throw new PoolError('vault-permissions', { vault: path, file: problem })
    })
    const { key, contents } = unsealVault(bytes, passphrase)
    wipe(key.dataKey)
    return { contents, file }
  } catch (cause) {
    if (cause instanceof PoolError) throw cause
    throw new PoolError('vault-io', { vault: path, reason: (cause as NodeJS.ErrnoException).code ?? 'unknown' }, { cause })
  }
}
