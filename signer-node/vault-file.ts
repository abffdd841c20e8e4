/**
 * The vault of a headless member: one encrypted file (vault-format.ts), owner-only, written whole or not at all, open in one place at a time.
 * @module
 */
import { existsSync, realpathSync, rmSync } from 'node:fs'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import sodium from 'libsodium-wrappers'
import { type Bytes, hex, utf8, wipe } from '../core/bytes.ts'
import { identityFromSeed, initSodium, type MemberIdentity } from '../core/envelope/identity.ts'
import { PoolError } from '../core/errors.ts'
import type { Vault } from '../core/member/ports.ts'
import { accountAddress } from '../core/threshold/account.ts'
import { createFile, exposure, privateFolder, readChecked, replaceFile, temporaryName } from './private-file.ts'
import { type KdfCost, MAX_PENDING, newKey, sealVault, unsealVault, type VaultContents, type VaultKey } from './vault-format.ts'
import { lockVault, type VaultLock } from './vault-lock.ts'

/** What the pool file says of a member: no secret. */
export interface PublicEntry {
  /** 32 bytes, hex: Ed25519 identity key. */
  readonly identity: `0x${string}`
  /** Address of the vote key, lower-case hex. */
  readonly vote: `0x${string}`
}

/** An open vault. `identitySeed` and `voteKey` are copies that the member owns and wipes; the vault keeps its own until `close`. */
export interface OpenVault extends Vault {
  readonly entry: PublicEntry
  /** Erases what is in memory and gives the lock back. */
  close(): void
}

export interface CreateOptions {
  /** Recorded in the file. Default: 3 passes over 64 MiB. */
  readonly cost?: KdfCost | undefined
}

/** Shortest passphrase of a new vault, in bytes. */
export const MIN_PASSPHRASE = 8

const passphraseBytes = (passphrase: string | Bytes): Bytes => (typeof passphrase === 'string' ? utf8(passphrase) : passphrase.slice())

const entryOf = (identity: MemberIdentity, voteKey: Bytes): PublicEntry => ({
  identity: hex(identity.publicKey),
  vote: accountAddress(secp256k1.getPublicKey(voteKey, true)),
})

/** The public entry of a member with these keys, 32 bytes each. `initSodium()` must have resolved. */
export function entryOfKeys(identitySeed: Bytes, voteKey: Bytes): PublicEntry {
  const identity = identityFromSeed(identitySeed)
  try {
    return entryOf(identity, voteKey)
  } finally {
    identity.wipe()
  }
}

/**
 * Makes a vault with a new identity and vote key, and closes it again. The folder is made when it is missing, 0700.
 * @throws {PoolError} `vault-exists`, `vault-permissions`, `vault-locked`, `vault-io`, `passphrase-file` (too short).
 */
export async function createVault(path: string, passphrase: string | Bytes, options: CreateOptions = {}): Promise<PublicEntry> {
  await initSodium()
  const keys = { identitySeed: sodium.randombytes_buf(32), voteKey: newVoteKey() }
  try {
    return await createVaultOf(path, passphrase, keys, options)
  } finally {
    wipe(keys.identitySeed, keys.voteKey)
  }
}

/** What a vault is made of when it is not new: the keys of a member and its share, all of which the caller wipes. */
export interface VaultParts {
  readonly identitySeed: Bytes
  readonly voteKey: Bytes
  readonly active?: Bytes
}

/** Makes a vault with keys that exist, as {@link createVault} does. */
export async function createVaultOf(path: string, passphrase: string | Bytes, parts: VaultParts, { cost }: CreateOptions = {}): Promise<PublicEntry> {
  await initSodium()
  if (existsSync(path)) throw new PoolError('vault-exists', { vault: path })
  const secret = passphraseBytes(passphrase)
  if (secret.length < MIN_PASSPHRASE) throw new PoolError('passphrase-file', { problem: `shorter than ${MIN_PASSPHRASE} bytes` })
  const contents: VaultContents = { version: 1, identitySeed: parts.identitySeed, voteKey: parts.voteKey, active: parts.active, pending: [] }
  const key = newKey(secret, cost)
  const identity = identityFromSeed(parts.identitySeed)
  try {
    return withErrors(path, () => {
      const problem = privateFolder(path)
      if (problem !== undefined) throw new PoolError('vault-permissions', { vault: path, folder: problem })
      const lock = lockVault(path)
      try {
        createFile(path, sealVault(key, contents))
      } finally {
        lock.release()
      }
      return entryOf(identity, parts.voteKey)
    })
  } finally {
    identity.wipe()
    wipe(secret, key.dataKey)
  }
}

/** A secp256k1 scalar, uniform in 1..n-1 by rejection. */
function newVoteKey(): Bytes {
  for (;;) {
    const candidate = sodium.randombytes_buf(32)
    if (secp256k1.utils.isValidSecretKey(candidate)) return candidate
  }
}

/**
 * Opens a vault and holds its lock until `close`.
 * @throws {PoolError} `vault-missing`, `vault-permissions`, `vault-locked`, `vault-passphrase`, `vault-damaged`, `vault-io`.
 */
export async function openVault(path: string, passphrase: string | Bytes): Promise<OpenVault> {
  await initSodium()
  return withErrors(path, () => {
    const file = realpathSync(path)
    const problem = privateFolder(file)
    if (problem !== undefined) throw new PoolError('vault-permissions', { vault: path, folder: problem })
    const lock = lockVault(file)
    const secret = passphraseBytes(passphrase)
    try {
      const bytes = readChecked(file, stat => {
        const exposed = stat.isFile() ? exposure(stat) : 'is not a file'
        if (exposed !== undefined) throw new PoolError('vault-permissions', { vault: path, file: exposed })
      })
      const { key, contents } = unsealVault(bytes, secret)
      if (!secp256k1.utils.isValidSecretKey(contents.voteKey)) throw new PoolError('vault-damaged', { problem: 'vote key' })
      // An unfinished write of a holder that died; the file itself is whole.
      rmSync(temporaryName(file), { force: true })
      return vaultOver(file, key, contents, lock)
    } catch (error) {
      lock.release()
      throw error
    } finally {
      wipe(secret)
    }
  })
}

/** Public entry of a vault, without keeping it open. Errors as `openVault`. */
export async function readVaultEntry(path: string, passphrase: string | Bytes): Promise<PublicEntry> {
  const vault = await openVault(path, passphrase)
  vault.close()
  return vault.entry
}

function vaultOver(file: string, key: VaultKey, initial: VaultContents, lock: VaultLock): OpenVault {
  let contents = initial
  let open = true
  const seed = contents.identitySeed.slice()
  const vote = contents.voteKey.slice()
  const identity = identityFromSeed(contents.identitySeed)
  const entry = entryOf(identity, contents.voteKey)
  identity.wipe()

  /** Synchronous from here to the disk: no other save comes between. */
  function save(change: Partial<VaultContents>): void {
    assertOpen()
    withErrors(file, () => {
      lock.assertHeld()
      const next = { ...contents, ...change }
      replaceFile(file, sealVault(key, next))
      contents = next
    })
  }
  function assertOpen(): void {
    if (!open) throw new PoolError('vault-closed')
  }

  return {
    entry,
    identitySeed: seed,
    voteKey: vote,
    activeShare: () => {
      assertOpen()
      return contents.active?.slice()
    },
    pendingShares: () => {
      assertOpen()
      return contents.pending.map(share => share.slice())
    },
    async savePending(share) {
      save({ pending: [share.slice(), ...contents.pending].slice(0, MAX_PENDING) })
    },
    async saveActive(share) {
      const before = contents.active
      save({ active: share.slice() })
      wipe(before)
    },
    async dropPending(keep = () => false) {
      const dropped = contents.pending.filter(share => !keep(share))
      if (dropped.length === 0) return assertOpen()
      save({ pending: contents.pending.filter(share => !dropped.includes(share)) })
      wipe(...dropped)
    },
    async eraseShares() {
      const { active, pending } = contents
      save({ active: undefined, pending: [] })
      wipe(active, ...pending)
    },
    close() {
      if (!open) return
      open = false
      wipe(seed, vote, key.dataKey, contents.identitySeed, contents.voteKey, contents.active, ...contents.pending)
      lock.release()
    },
  }
}

/** Errors of the file system as codes of ours. */
function withErrors<T>(path: string, run: () => T): T {
  try {
    return run()
  } catch (cause) {
    if (cause instanceof PoolError) throw cause
    const code = (cause as NodeJS.ErrnoException).code ?? ''
    if (code === 'ENOENT') throw new PoolError('vault-missing', { vault: path })
    if (code === 'EEXIST') throw new PoolError('vault-exists', { vault: path })
    throw new PoolError('vault-io', { vault: path, reason: code }, { cause })
  }
}
