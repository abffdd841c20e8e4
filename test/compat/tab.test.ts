import { beforeAll, expect, test } from 'vitest'
import { initSodium } from '../../core/envelope/identity.ts'
import { decodeShare, encodeShare, type KeyShare, sealingKey } from '../../core/threshold/index.ts'
import type { Keystore } from '../../signer-web/worker/keystore.ts'
import { freshRecord, openTabVault } from '../../signer-web/worker/vault.ts'
import { testShares } from '../support/index.ts'
import { labelled } from '../support/random.ts'
import { fixture } from './fixtures.ts'

beforeAll(initSodium)

/** What a tab keeps, without the passphrase around it. */
function memory(first: Uint8Array): Keystore & { readonly record: Uint8Array } {
  let record = first.slice()
  return {
    get record() {
      return record
    },
    read: async () => record.slice(),
    async write(clear) {
      record = clear.slice()
    },
    close() {},
  } as Keystore & { readonly record: Uint8Array }
}
const POOL = '{"name":"the pool file of a tab"}'
const POLICY = '{"rules":[]}'

test('the record of a tab of version 1: keys, shares, pool and policy', async () => {
  const secret = `0x${Buffer.from(labelled('tab')).toString('hex')}`
  const share = testShares(2, 2, 'tab').get(2) as KeyShare
  const stored = await fixture('tab-record-v1.hex', async () => {
    const made = memory(freshRecord({ secret }))
    const vault = await openTabVault(made)
    const sealing = sealingKey(vault.identitySeed)
    await vault.join({ pool: POOL, l1Rpc: 'http://127.0.0.1:8545' })
    await vault.setPolicy(POLICY)
    await vault.saveActive(encodeShare(share, sealing))
    await vault.savePending(encodeShare(share, sealing))
    return made.record
  })
  const kept = memory(stored)
  const vault = await openTabVault(kept)
  const { entry } = await openTabVault(memory(freshRecord({ secret })))
  expect(vault.entry).toEqual(entry)
  expect(vault.joined).toEqual({ pool: POOL, l1Rpc: 'http://127.0.0.1:8545' })
  expect(vault.policy).toBe(POLICY)
  const sealing = sealingKey(vault.identitySeed)
  for (const bytes of [vault.activeShare(), ...vault.pendingShares()]) expect(decodeShare(bytes as Uint8Array, sealing).address).toBe(share.address)
  expect(vault.pendingShares()).toHaveLength(1)
  // The same contents give the same bytes.
  await vault.setPolicy(POLICY)
  expect(kept.record).toEqual(stored)
})
