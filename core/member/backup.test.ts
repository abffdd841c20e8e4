import { inspect } from 'node:util'
import fc from 'fast-check'
import sodium from 'libsodium-wrappers'
import { beforeAll, describe, expect, it, test } from 'vitest'
import { testIdentitySeed, testShares } from '../../test/support/index.ts'
import { testPool, testVoteKey } from '../../test/support/pool.ts'
import { revealShare } from '../../test/support/reveal.ts'
import { hex, utf8 } from '../bytes.ts'
import { initSodium } from '../envelope/identity.ts'
import { COST_CAP } from '../envelope/passphrase.ts'
import type { PoolError } from '../errors.ts'
import { sealingKey } from '../threshold/index.ts'
import { type KeyShare, withCertificates } from '../threshold/share.ts'
import { decodeShare } from '../threshold/share-codec.ts'
import { type BackupInput, makeBackup, openBackup, type Restored } from './backup.ts'

const passphrase = utf8('correct horse battery staple')
/** The cheapest that libsodium does. */
const cost = { opslimit: 1, memlimit: 8192 }
const shareOf = (index: number, label = 'backup'): KeyShare => testShares(3, 2, label).get(index) as KeyShare
const inputOf = (index = 1): BackupInput => ({
  share: shareOf(index),
  identitySeed: testIdentitySeed(index),
  voteKey: testVoteKey(index),
  pool: testPool(3),
  passphrase,
  cost,
})

async function failure(run: Promise<unknown>): Promise<PoolError> {
  try {
    await run
  } catch (error) {
    return error as PoolError
  }
  throw new Error('nothing was thrown')
}

let file: Uint8Array = new Uint8Array(0)
beforeAll(async () => {
  await initSodium()
  file = await makeBackup(inputOf(2))
})

describe('a backup', () => {
  test('gives back share, keys and pool under its passphrase', async () => {
    const back = await openBackup(file, passphrase)
    expect(revealShare(back.share)).toEqual(revealShare(shareOf(2)))
    expect(back.share).toMatchObject({ index: 2, restored: true, active: true, address: shareOf(2).address })
    expect(back.identitySeed.expose()).toEqual(testIdentitySeed(2))
    expect(back.voteKey.expose()).toEqual(testVoteKey(2))
    expect(back.pool).toEqual(testPool(3))
    const stored = decodeShare(back.stored, sealingKey(testIdentitySeed(2)))
    expect([stored.restored, hex(stored.epoch)]).toEqual([true, hex(back.share.epoch)])
    back.wipe()
    for (const read of [() => back.identitySeed.expose(), () => back.voteKey.expose(), () => revealShare(back.share)])
      expect(read).toThrow(expect.objectContaining({ code: 'secret-used' }))
  })

  test('is another file each time, and tells nothing in clear', async () => {
    const other = await makeBackup(inputOf(2))
    expect(other.length).toBe(file.length)
    expect(hex(other)).not.toBe(hex(file))
    const clear = Buffer.from(file)
    const share = shareOf(2)
    for (const value of [testIdentitySeed(2), testVoteKey(2), revealShare(share), share.publicKey, utf8('test pool'), passphrase])
      expect(clear.includes(Buffer.from(value))).toBe(false)
  })

  test('prints no secret', async () => {
    const back: Restored = await openBackup(file, passphrase)
    const printed = [JSON.stringify(back), inspect(back, { depth: 9, showHidden: true }), String(back.identitySeed), String(back.voteKey)].join(' ')
    for (const secret of [testIdentitySeed(2), testVoteKey(2), revealShare(back.share)]) {
      const start = secret.subarray(0, 8)
      for (const form of [hex(start).slice(2), [...start].join(','), [...start].join(', ')]) expect(printed).not.toContain(form)
    }
  })

  test('uses the cost of a vault unless told', async () => {
    const { cost: _, ...rest } = inputOf()
    const dear = await makeBackup(rest)
    const view = new DataView(dear.buffer, dear.byteOffset)
    expect([view.getUint32(10), view.getUint32(14)]).toEqual([3, 65_536])
  })
})

describe('is not made', () => {
  it.each<[string, () => Partial<BackupInput>, string]>([
    ['of a share without all certificates', () => ({ share: withCertificates(shareOf(1), new Map()) }), 'certificates-missing'],
    ['of a share with a certificate of somebody else', () => ({ share: withCertificates(shareOf(1), wrongCertificates()) }), 'backup-unusable'],
    ['with the identity of another member', () => ({ identitySeed: testIdentitySeed(2) }), 'backup-other-key'],
    ['with the vote key of another member', () => ({ voteKey: testVoteKey(2) }), 'backup-other-key'],
    ['with the pool of others', () => ({ pool: testPool(4) }), 'backup-other-key'],
    ['with a pool of another threshold', () => ({ pool: testPool(3, 3) }), 'backup-other-key'],
    ['under a passphrase of seven bytes', () => ({ passphrase: utf8('seven77') }), 'invalid-argument'],
    ['at a cost above the cap', () => ({ cost: { opslimit: 1, memlimit: COST_CAP.memlimit + 1024 } }), 'invalid-argument'],
    ['at a cost that is no number', () => ({ cost: { opslimit: Number.NaN, memlimit: 8192 } }), 'invalid-argument'],
  ])('%s', async (_, change, code) => {
    expect((await failure(makeBackup({ ...inputOf(), ...change() }))).code).toBe(code)
  })

  function wrongCertificates(): Map<number, Uint8Array> {
    const { certificates } = shareOf(1)
    return new Map([...certificates, [3, certificates.get(2) as Uint8Array]])
  }

  test('of a share whose secret was erased', async () => {
    const input = inputOf()
    input.share.wipe()
    expect((await failure(makeBackup(input))).code).toBe('secret-used')
  })
})

describe('does not open', () => {
  test('with another passphrase', async () => {
    for (const wrong of ['correct horse battery staplf', 'correct horse battery staple ', '']) {
      expect((await failure(openBackup(file, utf8(wrong)))).code).toBe('backup-wrong-passphrase')
    }
  })

  test('with any one bit changed, in header, contents or checksum', async () => {
    const bit = fc.integer({ min: 0, max: 8 * file.length - 1 })
    const flipped = (at: number): Uint8Array => file.with(at >> 3, (file[at >> 3] as number) ^ (1 << (at & 7)))
    for (let at = 0; at < 8 * 64; at++) expect((await failure(openBackup(flipped(at), passphrase))).code).toBe('backup-damaged')
    await fc.assert(
      fc.asyncProperty(bit, async at => {
        expect((await failure(openBackup(flipped(at), passphrase))).code).toBe('backup-damaged')
      }),
    )
  })

  test('cut off anywhere, with something after it, or empty', async () => {
    for (let length = 0; length < file.length; length += 37)
      expect((await failure(openBackup(file.subarray(0, length), passphrase))).code).toBe('backup-damaged')
    expect((await failure(openBackup(Uint8Array.from([...file, 0]), passphrase))).code).toBe('backup-damaged')
    expect((await failure(openBackup(new Uint8Array(2 ** 20), passphrase))).context.problem).toBe('too long')
  })

  test('as a vault, as another version, or when it asks for more work than any backup', async () => {
    /** A forger can mend the checksum, which is no secret. */
    const forged = async (edit: (bytes: Buffer) => void): Promise<PoolError> => {
      const body = Buffer.from(file.subarray(0, file.length - 32))
      edit(body)
      return failure(openBackup(Uint8Array.from([...body, ...sodium.crypto_generichash(32, body, null)]), passphrase))
    }
    expect((await forged(bytes => bytes.write('SQRVAULT'))).context.problem).toBe('does not begin as such a file does')
    const version = await forged(bytes => bytes.writeUInt8(2, 8))
    expect(version).toMatchObject({ code: 'backup-damaged', context: { problem: 'another version' }, cause: { code: 'malformed-bytes' } })
    expect((await forged(bytes => bytes.writeUInt8(1, 9))).context.problem).toBe('unknown key derivation')
    for (const [at, value] of [
      [10, 17],
      [10, 0],
      [10, 0xffff_ffff],
      [14, COST_CAP.memlimit / 1024 + 1],
      [14, 7],
      [14, 0xffff_ffff],
    ] as const)
      expect((await forged(bytes => bytes.writeUInt32BE(value, at))).context.problem).toBe('asks for more work or memory than any such file')
    // Another cost, salt, nonce or contents are another key or another text: the passphrase does not open that.
    for (const at of [17, 20, 40, 80])
      expect((await forged(bytes => bytes.writeUInt8((bytes[at] as number) ^ 1, at))).code).toBe('backup-wrong-passphrase')
    expect((await forged(bytes => bytes.writeUInt32BE(1, 58))).context.problem).toBe('length')
  })

  test('random bytes, with or without its beginning', async () => {
    const magic = utf8('SQRBCKUP')
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), fc.boolean(), async (bytes, withMagic) => {
        const random = withMagic ? Uint8Array.from([...magic, 1, 2, ...bytes]) : bytes
        expect((await failure(openBackup(random, passphrase))).code).toBe('backup-damaged')
      }),
    )
  })
})

describe('an older generation', () => {
  const { keyId, epoch } = shareOf(2)
  const later = { keyId, epoch: new Uint8Array(32).fill(1), epochNo: 1 }

  test('is refused when a newer one is known, unless told', async () => {
    const error = await failure(openBackup(file, passphrase, { newest: later }))
    expect(error).toMatchObject({ code: 'backup-older-epoch', context: { epochNo: 0, newest: 1 } })
    const back = await openBackup(file, passphrase, { newest: later, allowOlder: true })
    expect(back.share.epochNo).toBe(0)
  })
  test('is not what the newest one itself is, nor an earlier one', async () => {
    expect((await openBackup(file, passphrase, { newest: { keyId, epoch, epochNo: 0 } })).share.index).toBe(2)
    // The same number, but not the generation that the others have.
    expect((await failure(openBackup(file, passphrase, { newest: { ...later, epochNo: 0 } }))).code).toBe('backup-older-epoch')
  })
  test('of another account is refused always', async () => {
    const newest = { ...later, keyId: new Uint8Array(32) }
    expect((await failure(openBackup(file, passphrase, { newest, allowOlder: true }))).code).toBe('backup-other-key')
  })
})
