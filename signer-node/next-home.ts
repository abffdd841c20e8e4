/**
 * Each pool has a folder of its own, with a vault and a guard. For the next pool of a member it is made beside the present one's, with the same identity and
 * vote key, so that one operator serves both until the account has changed hands.
 * @module
 */
import { existsSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { type Bytes, hex } from '../core/bytes.ts'
import { type Pool, poolHash } from '../core/proposal/pool.ts'
import { createVaultOf, type OpenVault, openVault } from './vault-file.ts'

/** Path of the vault for `next`, of the member whose vault is at `vault`. */
export const nextVaultPath = (vault: string, next: Pool): string => join(dirname(vault), `next-${hex(poolHash(next)).slice(2, 10)}`, basename(vault))

/**
 * Opens the vault for the next pool; makes it when it is missing.
 * @throws {PoolError} like `createVault` and `openVault`
 */
export async function openNextVault(present: OpenVault, path: string, passphrase: Bytes): Promise<OpenVault> {
  if (!existsSync(path)) await createVaultOf(path, passphrase, { identitySeed: present.identitySeed, voteKey: present.voteKey })
  return openVault(path, passphrase)
}
