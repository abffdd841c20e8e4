/** No certified share is forgotten, however often certificates are withheld: who has collected a full set in secret gains nothing by showing it later. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { MAX_PENDING, storePending } from '../../../core/member/stored-shares.ts'
import { settle } from '../../../core/threshold/generations.ts'
import { decodeShare, encodeShare, type KeyShare } from '../../../core/threshold/index.ts'
import { generationOf } from '../../../core/threshold/share-codec.ts'
import { createVaultOf, openVault } from '../../../signer-node/vault-file.ts'
import { MAX_PENDING as KEPT } from '../../../signer-node/vault-format.ts'
import { generationOfShare } from '../../support/generations.ts'
import { testIdentitySeed, testSealingKey, testShares } from '../../support/index.ts'
import { testVoteKey } from '../../support/pool.ts'

const PASSPHRASE = 'correct horse battery staple'
let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pending-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('certificates withheld from refresh after refresh', () => {
  it('a member certifies no more than its vault keeps, and every full set makes one of its shares active', async () => {
    const sealing = testSealingKey(1)
    const share = testShares(2, 2, 'withheld').get(1) as KeyShare
    const file = join(folder, 'vault')
    const parts = { identitySeed: testIdentitySeed(1), voteKey: testVoteKey(1), active: encodeShare(share, sealing) }
    await createVaultOf(file, PASSPHRASE, parts, { cost: { opslimit: 1, memlimit: 8192 } })
    const vault = await openVault(file, PASSPHRASE)
    for (let epochNo = 1; epochNo <= MAX_PENDING; epochNo++)
      await storePending(vault, sealing, share, generationOfShare(share, epochNo, { certifiedBy: [1] }))
    await expect(storePending(vault, sealing, share, generationOfShare(share, MAX_PENDING + 1, { certifiedBy: [1] }))).rejects.toMatchObject({
      code: 'refresh-refused',
      context: { reason: 'too-many-pending', seats: [1] },
    })
    vault.close()

    const again = await openVault(file, PASSPHRASE)
    const held = { active: decodeShare(again.activeShare() as Uint8Array, sealing), pending: again.pendingShares().map(generationOf) }
    again.close()
    for (let epochNo = 1; epochNo <= MAX_PENDING; epochNo++) expect(settle(held, generationOfShare(share, epochNo)).verdict).toBe('activate')
  })

  it('the vault keeps as many as a member certifies', () => {
    expect(KEPT).toBe(MAX_PENDING)
  })
})
