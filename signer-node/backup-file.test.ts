import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { utf8 } from '../core/bytes.ts'
import { initSodium } from '../core/envelope/identity.ts'
import type { PoolError } from '../core/errors.ts'
import { makeBackup, openBackup, type Restored } from '../core/member/backup.ts'
import { burnPeer, type KeyShare, publicOf, KeyShare as Share, secretsOf } from '../core/threshold/share.ts'
import { decodeShare, encodeShare, sealingKey } from '../core/threshold/share-codec.ts'
import { testIdentitySeed, testShares } from '../test/support/index.ts'
import { testPool, testVoteKey } from '../test/support/pool.ts'
import { revealShare } from '../test/support/reveal.ts'
import { newestIn, readBackup, restoreInto, restoreVault, writeBackup } from './backup-file.ts'
import { createVaultOf, openVault } from './vault-file.ts'

const cost = { opslimit: 1, memlimit: 8192 }
const backupPassphrase = utf8('the passphrase of the backup')
const vaultPassphrase = 'the passphrase of the vault'
const shareOf = (index: number): KeyShare => testShares(3, 2).get(index) as KeyShare
const sealing = sealingKey(testIdentitySeed(2))
const keys = { identitySeed: testIdentitySeed(2), voteKey: testVoteKey(2) }

let folder = ''
let path = ''
let backup: Uint8Array = new Uint8Array(0)
beforeAll(async () => {
  await initSodium()
  backup = await makeBackup({ share: shareOf(2), ...keys, pool: testPool(3), passphrase: backupPassphrase, cost })
})
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'backup-'))
  path = join(folder, 'member.backup')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

async function codeOf(run: () => unknown): Promise<string> {
  try {
    await run()
    return 'no error'
  } catch (error) {
    return (error as PoolError).code
  }
}
const opened = (): Promise<Restored> => openBackup(backup, backupPassphrase)

/** The same share as if it were of another generation. */
function generation(share: KeyShare, epochNo: number): KeyShare {
  const fields = { ...publicOf(share), epochNo, epoch: new Uint8Array(32).fill(epochNo), index: share.index }
  return new Share({ ...fields, certificates: share.certificates, burned: share.burned }, secretsOf(share))
}

describe('a backup file', () => {
  test('is 0600, reads back, and is never overwritten', async () => {
    writeBackup(path, backup)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(readBackup(path)).toEqual(backup)
    expect(await codeOf(() => writeBackup(path, backup))).toBe('output-file')
    expect(readBackup(path)).toEqual(backup)
    // Not through a link to nowhere either.
    symlinkSync(join(folder, 'nowhere'), join(folder, 'link'))
    expect(await codeOf(() => writeBackup(join(folder, 'link'), backup))).toBe('output-file')
    expect(existsSync(join(folder, 'nowhere'))).toBe(false)
  })
  test('may be read by others: it is encrypted', () => {
    writeBackup(path, backup)
    chmodSync(path, 0o644)
    expect(readBackup(path)).toEqual(backup)
  })
  test('where none can be: no folder, a folder in its place, or too large', async () => {
    expect(await codeOf(() => writeBackup(join(folder, 'missing', 'x'), backup))).toBe('output-file')
    expect(await codeOf(() => readBackup(path))).toBe('input-file')
    mkdirSync(path)
    expect(await codeOf(() => readBackup(path))).toBe('input-file')
    writeFileSync(join(folder, 'large'), new Uint8Array(2 ** 20))
    expect(await codeOf(() => readBackup(join(folder, 'large')))).toBe('backup-damaged')
  })
})

describe('a lost vault', () => {
  test('is made anew from a file and its passphrase, under a passphrase of its own', async () => {
    writeBackup(path, backup)
    const restored = await openBackup(readBackup(path), backupPassphrase)
    const vaultPath = join(folder, 'new', 'vault')
    const entry = await restoreVault(vaultPath, vaultPassphrase, restored, { cost })
    restored.wipe()
    expect(entry.identity).toBe(testPool(3).members[1]?.identity)
    expect(entry.vote).toBe(testPool(3).members[1]?.vote)
    const vault = await openVault(vaultPath, vaultPassphrase)
    expect([vault.identitySeed, vault.voteKey]).toEqual([testIdentitySeed(2), testVoteKey(2)])
    const share = decodeShare(vault.activeShare() as Uint8Array, sealingKey(vault.identitySeed))
    expect(share.restored).toBe(true)
    expect(revealShare(share)).toEqual(revealShare(shareOf(2)))
    vault.close()
    expect(readFileSync(vaultPath).includes(Buffer.from(testIdentitySeed(2)))).toBe(false)
  })
  test('is not made over one that is there', async () => {
    const vaultPath = join(folder, 'vault')
    await createVaultOf(vaultPath, vaultPassphrase, keys, { cost })
    expect(await codeOf(async () => restoreVault(vaultPath, vaultPassphrase, await opened(), { cost }))).toBe('vault-exists')
  })
})

describe('a vault that has lost its share', () => {
  const vaultWith = async (active?: KeyShare, ...pending: KeyShare[]) => {
    const vaultPath = join(folder, 'vault')
    const parts = active === undefined ? keys : { ...keys, active: encodeShare(active, sealing) }
    await createVaultOf(vaultPath, vaultPassphrase, parts, { cost })
    const vault = await openVault(vaultPath, vaultPassphrase)
    for (const share of pending) await vault.savePending(encodeShare(share, sealing))
    return vault
  }

  test('takes it from a backup', async () => {
    const vault = await vaultWith()
    expect(newestIn(vault)).toBeUndefined()
    await restoreInto(vault, await opened())
    expect(decodeShare(vault.activeShare() as Uint8Array, sealing).restored).toBe(true)
    expect(newestIn(vault)).toMatchObject({ epochNo: 0 })
    vault.close()
  })
  test('of another member does not', async () => {
    const vaultPath = join(folder, 'vault')
    await createVaultOf(vaultPath, vaultPassphrase, { identitySeed: testIdentitySeed(1), voteKey: testVoteKey(1) }, { cost })
    const vault = await openVault(vaultPath, vaultPassphrase)
    expect(await codeOf(async () => restoreInto(vault, await opened(), { allowOlder: true }))).toBe('backup-other-key')
    expect(vault.activeShare()).toBeUndefined()
    vault.close()
  })
  test('does not give up a share that signs for one that does not, unless told', async () => {
    const own = shareOf(2)
    burnPeer(own, 3, 'ote-check')
    const vault = await vaultWith(own)
    expect(await codeOf(async () => restoreInto(vault, await opened()))).toBe('key-exists')
    expect(decodeShare(vault.activeShare() as Uint8Array, sealing)).toMatchObject({ restored: false })
    await restoreInto(vault, await opened(), { allowOlder: true })
    // What was burned stays burned.
    const share = decodeShare(vault.activeShare() as Uint8Array, sealing)
    expect([share.restored, share.burned.has(3)]).toEqual([true, true])
    vault.close()
  })
  test('that has seen a newer generation refuses an older one, unless told', async () => {
    for (const newer of [[generation(shareOf(2), 3)], [undefined, generation(shareOf(2), 3)]]) {
      const vault = await vaultWith(...(newer as [KeyShare]))
      const before = vault.activeShare()
      expect(await codeOf(async () => restoreInto(vault, await opened()))).toBe('backup-older-epoch')
      expect(vault.activeShare()).toEqual(before)
      await restoreInto(vault, await opened(), { allowOlder: true })
      expect(decodeShare(vault.activeShare() as Uint8Array, sealing)).toMatchObject({ epochNo: 0, restored: true })
      vault.close()
      rmSync(join(folder, 'vault'))
    }
  })
})
