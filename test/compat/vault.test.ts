import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { fromHex, utf8 } from '../../core/bytes.ts'
import { decodeShare, encodeShare, type KeyShare, sealingKey } from '../../core/threshold/index.ts'
import { createVaultOf, openVault } from '../../signer-node/vault-file.ts'
import { testIdentitySeed, testShares } from '../support/index.ts'
import { testPool, testVoteKey } from '../support/pool.ts'
import { fixture } from './fixtures.ts'

test('a vault of version 1, made with the default cost, opens with its passphrase', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vault-v1-'))
  const path = join(folder, 'vault')
  copyFileSync(fileURLToPath(new URL('./vault-v1.bin', import.meta.url)), path)
  chmodSync(path, 0o600)
  const vault = await openVault(path, 'correct horse battery staple')
  expect(vault.entry).toEqual({
    identity: '0xd6a32987d738f4d3b24de6264fb518a2a8350090af1e6ce643b90bd50e9c01b9',
    vote: '0x98086560656794264a5ae2ff6f94a497c245a31f',
  })
  expect(vault.identitySeed).toEqual(fromHex('7203008bf69b53463e30e5e3b20bf49f51483c0c186e1a122ce3d48e19874d92'))
  expect(vault.voteKey).toEqual(fromHex('6f16d50f049320756fb2b96fee6685b952e143f16eee5a70e3e4f55798d5ff56'))
  expect(vault.activeShare()).toEqual(utf8('the encoded share'))
  expect(vault.pendingShares()).toEqual([Uint8Array.of(4, 5), Uint8Array.of(1, 2, 3)])
  vault.close()
  rmSync(folder, { recursive: true })
})

test('a vault of version 1 with an active share and a pending one, which load', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vault-v1-'))
  const passphrase = 'correct horse battery staple'
  const identitySeed = testIdentitySeed(2)
  const sealing = sealingKey(identitySeed)
  const shareOf = (label: string): KeyShare => testShares(2, 2, label).get(2) as KeyShare
  await fixture('vault-v1-shares.bin', async () => {
    const made = join(folder, 'made')
    await createVaultOf(made, passphrase, { identitySeed, voteKey: testVoteKey(2), active: encodeShare(shareOf('compat'), sealing) })
    const vault = await openVault(made, passphrase)
    await vault.savePending(encodeShare(shareOf('pending'), sealing))
    vault.close()
    return new Uint8Array(readFileSync(made))
  })
  const path = join(folder, 'vault')
  copyFileSync(fileURLToPath(new URL('./vault-v1-shares.bin', import.meta.url)), path)
  chmodSync(path, 0o600)
  const vault = await openVault(path, passphrase)
  expect(vault.identitySeed).toEqual(identitySeed)
  expect(vault.entry.vote).toBe(testPool(2).members[1]?.vote)
  const active = decodeShare(vault.activeShare() as Uint8Array, sealing)
  expect(active).toMatchObject({ index: 2, active: true, restored: false, address: shareOf('compat').address })
  expect(vault.pendingShares().map(bytes => decodeShare(bytes, sealing).address)).toEqual([shareOf('pending').address])
  // The encoder of today gives the bytes of then.
  expect(vault.activeShare()).toEqual(encodeShare(shareOf('compat'), sealing))
  vault.close()
  rmSync(folder, { recursive: true })
})
