/**
 * Backups of a tab's member, and whether there is one of the present generation. That a person saved one is no secret: it stands in clear.
 * @module
 */
import { get, setMany } from 'idb-keyval'
import { type Bytes, fromHex, hex, utf8, wipe } from '../../core/bytes.ts'
import { fixed, type Infer, struct, u32, u53, version } from '../../core/codec.ts'
import { PoolError } from '../../core/errors.ts'
import { makeBackup } from '../../core/member/backup.ts'
import { parsePool } from '../../core/proposal/pool.ts'
import { decodeShare, sealingKey } from '../../core/threshold/share-codec.ts'
import type { Hex } from '../api.ts'
import type { strictStore } from './store.ts'
import type { TabVault } from './vault.ts'

const savedCodec = struct({ version: version(1), epoch: fixed(32), epochNo: u32, at: u53 })
export type SavedBackup = Infer<typeof savedCodec>
type Store = ReturnType<typeof strictStore>

/** The newest backup that was saved; undefined for none that can be read. */
export async function savedBackup(store: Store): Promise<SavedBackup | undefined> {
  try {
    return savedCodec.decode((await get<Bytes>('backup', store.use)) as Bytes)
  } catch {
    return undefined
  }
}

/** @throws {PoolError} `browser-store` */
export async function noteSaved(store: Store, { epoch, epochNo }: { readonly epoch: Hex; readonly epochNo: number }, at: number): Promise<void> {
  try {
    await setMany([['backup', savedCodec.encode({ version: 1, epoch: fromHex(epoch), epochNo, at })]], store.use)
  } catch (cause) {
    throw new PoolError('browser-store', { reason: cause instanceof Error ? cause.name : String(cause) }, { cause })
  }
}

export interface TabBackup {
  readonly file: Uint8Array<ArrayBuffer>
  readonly epoch: Hex
  readonly epochNo: number
  /** For the file. */
  readonly name: string
}

/** Makes one of the active share, which opens. @throws {PoolError} `no-key`, `seat-closed` and those of `makeBackup` */
export async function backupOf(vault: TabVault, passphrase: string): Promise<TabBackup> {
  const stored = vault.activeShare()
  if (stored === undefined) throw new PoolError('no-key')
  if (vault.joined === undefined) throw new PoolError('seat-closed')
  const pool = parsePool(JSON.parse(vault.joined.pool))
  const sealing = sealingKey(vault.identitySeed)
  const share = decodeShare(stored, sealing)
  wipe(sealing, stored)
  const secret = utf8(passphrase)
  try {
    const { identitySeed, voteKey } = vault
    const made = await makeBackup({ share, identitySeed, voteKey, pool, passphrase: secret })
    const name = `sequorum-${share.address.slice(2, 10)}-seat${share.index}-generation${share.epochNo}.backup`
    return { file: new Uint8Array(made), epoch: hex(share.epoch), epochNo: share.epochNo, name }
  } finally {
    wipe(secret)
    share.wipe()
  }
}
