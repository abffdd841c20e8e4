import { beforeAll, describe, expect, it } from 'vitest'
import { hex, utf8, wipe } from '../../core/bytes.ts'
import { initSodium } from '../../core/envelope/identity.ts'
import { makeBackup, openBackup } from '../../core/member/backup.ts'
import { parsePool, poolToJson } from '../../core/proposal/pool.ts'
import { decodeBackup, encodeBackup } from '../../core/threshold/backup.ts'
import { decodeShare, encodeShare, type KeyShare, sealingKey } from '../../core/threshold/index.ts'
import { testIdentity, testIdentitySeed, testShares } from '../support/index.ts'
import { testPool, testVoteKey } from '../support/pool.ts'
import { revealShare } from '../support/reveal.ts'
import { fixture } from './fixtures.ts'

const SEAT = 2
const passphrase = utf8('correct horse battery staple')
const { verify } = testIdentity(1)
const shareOf = (): KeyShare => testShares(3, 2, 'compat').get(SEAT) as KeyShare
const keys = { identitySeed: testIdentitySeed(SEAT), voteKey: testVoteKey(SEAT) }
const contents = { ...keys, pool: JSON.stringify(poolToJson(testPool(3))) }
/** Of the one share in all these files. */
const SHARE = { index: SEAT, threshold: 2, epochNo: 0, active: true, restored: true, address: '0xcb432842c8d036d5c9ce5147ecbc66a578062758' }

beforeAll(initSodium)

describe('backup-v1.bin', () => {
  it('opens under its passphrase at the default cost', async () => {
    const bytes = await fixture('backup-v1.bin', () => makeBackup({ share: shareOf(), ...keys, pool: testPool(3), passphrase }))
    const back = await openBackup(bytes, passphrase)
    expect(back.share).toMatchObject(SHARE)
    expect(hex(revealShare(back.share))).toBe(hex(revealShare(shareOf())))
    expect([back.identitySeed.expose(), back.voteKey.expose()]).toEqual([keys.identitySeed, keys.voteKey])
    expect(back.pool).toEqual(testPool(3))
    back.wipe()
  })
})

describe('backup-record-v1.hex', () => {
  it('is read, and written with the same bytes', async () => {
    const bytes = await fixture('backup-record-v1.hex', () => encodeBackup(shareOf(), contents))
    const { share, ...rest } = decodeBackup(bytes, verify)
    expect(rest).toMatchObject(keys)
    expect(parsePool(JSON.parse(rest.pool))).toEqual(testPool(3))
    expect(share).toMatchObject(SHARE)
    expect(encodeBackup(share, rest)).toEqual(bytes)
    expect(encodeBackup(shareOf(), { ...contents, pool: rest.pool })).toEqual(bytes)
  })
})

describe('share-v2-restored.hex', () => {
  it('loads under the key of its member, and encodes to the same bytes', async () => {
    const key = sealingKey(keys.identitySeed)
    const bytes = await fixture('share-v2-restored.hex', () => encodeShare(decodeBackup(encodeBackup(shareOf(), contents), verify).share, key))
    const share = decodeShare(bytes, key)
    expect(share).toMatchObject(SHARE)
    expect([...share.burned]).toEqual([
      [1, 'share-restored'],
      [3, 'share-restored'],
    ])
    expect(encodeShare(share, key)).toEqual(bytes)
    wipe(key)
  })
})
