import { createHash } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import sodium from 'libsodium-wrappers'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { initSodium } from '../core/envelope/identity.ts'
import type { PoolError } from '../core/errors.ts'
import { createVault, openVault, readVaultEntry } from './vault-file.ts'
import { MAX_PENDING, unsealVault } from './vault-format.ts'
import { LOCK_STALE } from './vault-lock.ts'

const PASSPHRASE = 'correct horse battery staple'
/** The cheapest that libsodium does; recorded in the file. */
const cost = { opslimit: 1, memlimit: 8192 }

let folder = ''
let path = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vault-'))
  path = join(folder, 'vault')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const codeOf = async (run: Promise<unknown>): Promise<string> =>
  run.then(
    () => 'no error',
    (error: PoolError) => error.code,
  )

describe('contents', () => {
  test('come back as they were saved, in the next opening too', async () => {
    const entry = await createVault(path, PASSPHRASE, { cost })
    const vault = await openVault(path, PASSPHRASE)
    expect(vault.entry).toEqual(entry)
    expect(vault.activeShare()).toBeUndefined()
    expect(vault.pendingShares()).toEqual([])
    const seed = vault.identitySeed.slice()
    const voteKey = vault.voteKey.slice()
    await vault.savePending(Uint8Array.of(1))
    await vault.savePending(Uint8Array.of(2, 2))
    await vault.saveActive(new Uint8Array(100_000).fill(7))
    vault.close()

    const again = await openVault(path, PASSPHRASE)
    expect(again.entry).toEqual(entry)
    expect(again.identitySeed).toEqual(seed)
    expect(again.voteKey).toEqual(voteKey)
    expect(again.activeShare()).toEqual(new Uint8Array(100_000).fill(7))
    expect(again.pendingShares()).toEqual([Uint8Array.of(2, 2), Uint8Array.of(1)])
    await again.dropPending(share => share.length === 2)
    again.close()
    const last = await openVault(path, PASSPHRASE)
    expect(last.pendingShares()).toEqual([Uint8Array.of(2, 2)])
    await last.dropPending()
    expect(last.pendingShares()).toEqual([])
    last.close()
  })

  test('erases all shares and nothing else', async () => {
    await createVault(path, PASSPHRASE, { cost })
    const vault = await openVault(path, PASSPHRASE)
    const { entry } = vault
    await vault.saveActive(Uint8Array.of(1))
    await vault.savePending(Uint8Array.of(2))
    await vault.eraseShares()
    expect([vault.activeShare(), vault.pendingShares()]).toEqual([undefined, []])
    vault.close()
    const again = await openVault(path, PASSPHRASE)
    expect([again.entry, again.activeShare(), again.pendingShares()]).toEqual([entry, undefined, []])
    again.close()
  })

  test('two vaults have different keys', async () => {
    const one = await createVault(path, PASSPHRASE, { cost })
    const two = await createVault(join(folder, 'other'), PASSPHRASE, { cost })
    expect(one.identity).not.toBe(two.identity)
    expect(one.vote).not.toBe(two.vote)
  })

  test('a wiped seed of the member is never written back', async () => {
    await createVault(path, PASSPHRASE, { cost })
    const vault = await openVault(path, PASSPHRASE)
    const seed = vault.identitySeed.slice()
    vault.identitySeed.fill(0)
    await vault.saveActive(Uint8Array.of(1))
    vault.close()
    const again = await openVault(path, PASSPHRASE)
    expect(again.identitySeed).toEqual(seed)
    again.close()
  })

  test('the caller may wipe a share that it has saved, and what it was given', async () => {
    await createVault(path, PASSPHRASE, { cost })
    const vault = await openVault(path, PASSPHRASE)
    const share = Uint8Array.of(1, 2, 3)
    await vault.saveActive(share)
    share.fill(0)
    vault.activeShare()?.fill(0)
    expect(vault.activeShare()).toEqual(Uint8Array.of(1, 2, 3))
    vault.close()
  })

  test('pending shares beyond the limit push out the oldest', async () => {
    await createVault(path, PASSPHRASE, { cost })
    const vault = await openVault(path, PASSPHRASE)
    for (let i = 0; i <= MAX_PENDING; i++) await vault.savePending(Uint8Array.of(i))
    expect(vault.pendingShares()).toHaveLength(MAX_PENDING)
    expect(vault.pendingShares()[0]).toEqual(Uint8Array.of(MAX_PENDING))
    expect(vault.pendingShares().at(-1)).toEqual(Uint8Array.of(1))
    vault.close()
  })

  test('closing erases and ends it', async () => {
    await createVault(path, PASSPHRASE, { cost })
    const vault = await openVault(path, PASSPHRASE)
    vault.close()
    vault.close()
    expect(vault.identitySeed).toEqual(new Uint8Array(32))
    expect(vault.voteKey).toEqual(new Uint8Array(32))
    expect(() => vault.activeShare()).toThrow(expect.objectContaining({ code: 'vault-closed' }))
    expect(await codeOf(vault.saveActive(Uint8Array.of(1)))).toBe('vault-closed')
    expect(await codeOf(vault.dropPending())).toBe('vault-closed')
  })

  test('nothing of the contents is in the file in clear', async () => {
    await createVault(path, PASSPHRASE, { cost })
    const vault = await openVault(path, PASSPHRASE)
    const marker = sodium.randombytes_buf(32)
    await vault.saveActive(marker)
    const file = readFileSync(path)
    for (const secret of [marker, vault.identitySeed, vault.voteKey]) expect(file.includes(Buffer.from(secret))).toBe(false)
    vault.close()
  })
})

describe('what does not open', () => {
  test('another passphrase', async () => {
    await createVault(path, PASSPHRASE, { cost })
    expect(await codeOf(openVault(path, `${PASSPHRASE} `))).toBe('vault-passphrase')
    expect(await codeOf(openVault(path, ''))).toBe('vault-passphrase')
    // The lock was given back.
    ;(await openVault(path, PASSPHRASE)).close()
  })

  test('no file, a folder, a second vault in its place, a passphrase that is too short', async () => {
    expect(await codeOf(openVault(path, PASSPHRASE))).toBe('vault-missing')
    expect(await codeOf(createVault(path, 'seven77', { cost }))).toBe('passphrase-file')
    await createVault(path, PASSPHRASE, { cost })
    expect(await codeOf(createVault(path, PASSPHRASE, { cost }))).toBe('vault-exists')
    mkdirSync(join(folder, 'folder'))
    expect(await codeOf(openVault(join(folder, 'folder'), PASSPHRASE))).toBe('vault-permissions')
  })

  test('a file cut off anywhere, or with any bit of any byte of the header changed', async () => {
    await createVault(path, PASSPHRASE, { cost })
    const whole = readFileSync(path)
    await initSodium()
    const passphrase = new TextEncoder().encode(PASSPHRASE)
    const problem = (file: Uint8Array): string => {
      try {
        unsealVault(file, passphrase)
        return 'opened'
      } catch (error) {
        return (error as PoolError).code
      }
    }
    expect(problem(whole)).toBe('opened')
    for (let length = 0; length < whole.length; length += 50) expect(problem(whole.subarray(0, length))).toBe('vault-damaged')
    expect(problem(Buffer.concat([whole, Buffer.of(0)]))).toBe('vault-damaged')
    for (let at = 0; at < whole.length; at++) {
      const flipped = Uint8Array.from(whole)
      flipped[at] = (flipped[at] as number) ^ (1 << (at % 8))
      expect(problem(flipped)).toBe('vault-damaged')
    }
  })

  test('a forged file whose checksum fits: changed contents, or a demand for more work than any vault', async () => {
    await createVault(path, PASSPHRASE, { cost })
    const whole = readFileSync(path)
    const forged = (edit: (file: Buffer) => void): Uint8Array => {
      const body = Buffer.from(whole.subarray(0, whole.length - 32))
      edit(body)
      return Buffer.concat([body, sodium.crypto_generichash(32, body, null)])
    }
    const passphrase = new TextEncoder().encode(PASSPHRASE)
    const failing = (file: Uint8Array): PoolError => {
      try {
        unsealVault(file, passphrase)
      } catch (error) {
        return error as PoolError
      }
      throw new Error('opened')
    }
    expect(failing(forged(file => file.writeUInt32BE(0xffff_ffff, 14))).context.problem).toBe('asks for more work or memory than any vault')
    expect(failing(forged(file => file.writeUInt32BE(1_000_000, 10))).context.problem).toBe('asks for more work or memory than any vault')
    expect(failing(forged(file => file.writeUInt8(9, 9))).context.problem).toBe('unknown key derivation')
    expect(failing(forged(file => file.writeUInt8(2, 8))).code).toBe('vault-damaged')
    expect(failing(forged(file => file.writeUInt8((file.at(-1) as number) ^ 1, file.length - 1))).context.problem).toBe('contents do not decrypt')
    // A lower cost in the header is another wrapping key: no downgrade.
    expect(failing(forged(file => file.writeUInt32BE(16, 14))).code).toBe('vault-passphrase')
  })

  test('random bytes', async () => {
    await initSodium()
    const magic = new TextEncoder().encode('SQRVAULT')
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.boolean(), (bytes, withMagic) => {
        const file = withMagic ? Buffer.concat([magic, bytes]) : bytes
        expect(() => unsealVault(file, Uint8Array.of(1))).toThrow(expect.objectContaining({ code: 'vault-damaged' }))
      }),
    )
  })
})

describe('rights', () => {
  test('the file is 0600 in a folder of 0700, after a save as well', async () => {
    const nested = join(folder, 'a', 'b', 'vault')
    await createVault(nested, PASSPHRASE, { cost })
    expect(statSync(join(folder, 'a', 'b')).mode & 0o777).toBe(0o700)
    expect(statSync(nested).mode & 0o777).toBe(0o600)
    const vault = await openVault(nested, PASSPHRASE)
    await vault.saveActive(Uint8Array.of(1))
    vault.close()
    expect(statSync(nested).mode & 0o777).toBe(0o600)
  })

  test('a file or folder that others may use is refused', async () => {
    await createVault(path, PASSPHRASE, { cost })
    chmodSync(path, 0o640)
    expect(await codeOf(openVault(path, PASSPHRASE))).toBe('vault-permissions')
    chmodSync(path, 0o600)
    chmodSync(folder, 0o755)
    expect(await codeOf(openVault(path, PASSPHRASE))).toBe('vault-permissions')
    expect(await codeOf(createVault(join(folder, 'new'), PASSPHRASE, { cost }))).toBe('vault-permissions')
    chmodSync(folder, 0o700)
    ;(await openVault(path, PASSPHRASE)).close()
  })
})

describe('atomic writes', () => {
  test('an unfinished write of a holder that died is ignored and cleared away', async () => {
    const entry = await createVault(path, PASSPHRASE, { cost })
    writeFileSync(`${path}.tmp`, readFileSync(path).subarray(0, 100))
    expect(await readVaultEntry(path, PASSPHRASE)).toEqual(entry)
    expect(readdirSync(folder)).toEqual(['vault'])
  })

  test('a save that fails leaves the file as it was', async () => {
    await createVault(path, PASSPHRASE, { cost })
    const vault = await openVault(path, PASSPHRASE)
    const before = createHash('sha256').update(readFileSync(path)).digest('hex')
    // A folder in the place of the temporary file: the write cannot begin.
    mkdirSync(`${path}.tmp`)
    expect(await codeOf(vault.saveActive(Uint8Array.of(1)))).toBe('vault-io')
    expect(createHash('sha256').update(readFileSync(path)).digest('hex')).toBe(before)
    expect(vault.activeShare()).toBeUndefined()
    rmSync(`${path}.tmp`, { recursive: true })
    await vault.saveActive(Uint8Array.of(1))
    vault.close()
  })
})

describe('lock', () => {
  /** A lock as another process would leave it. */
  function foreignLock(fields: { pid?: number; host?: string; start?: string }, ageMs: number): void {
    writeFileSync(`${path}.lock`, JSON.stringify({ pid: process.pid, host: hostname(), start: '', thread: 0, token: 'theirs', ...fields }))
    const then = new Date(Date.now() - ageMs)
    utimesSync(`${path}.lock`, then, then)
  }

  test('a second opening is refused and names the holder, until the first is closed', async () => {
    await createVault(path, PASSPHRASE, { cost })
    const vault = await openVault(path, PASSPHRASE)
    await expect(openVault(path, PASSPHRASE)).rejects.toMatchObject({ code: 'vault-locked', context: { pid: process.pid } })
    vault.close()
    expect(existsSync(`${path}.lock`)).toBe(false)
    ;(await openVault(path, PASSPHRASE)).close()
  })

  test('ends with its process, at once on the same machine', async () => {
    await createVault(path, PASSPHRASE, { cost })
    // 2^22 is the highest pid of Linux.
    foreignLock({ pid: 4_194_304 + 1 }, 0)
    ;(await openVault(path, PASSPHRASE)).close()
    // The pid belongs to a later process.
    foreignLock({ pid: process.pid, start: '1' }, 0)
    ;(await openVault(path, PASSPHRASE)).close()
  })

  test('of a live process or of another machine ends when it is no longer touched', async () => {
    await createVault(path, PASSPHRASE, { cost })
    for (const holder of [{ pid: process.pid }, { pid: 1, host: 'elsewhere' }]) {
      foreignLock(holder, 0)
      expect(await codeOf(openVault(path, PASSPHRASE))).toBe('vault-locked')
      foreignLock(holder, LOCK_STALE + 1)
      ;(await openVault(path, PASSPHRASE)).close()
    }
    expect(readdirSync(folder)).toEqual(['vault'])
  })

  test('that another process has taken ends every save of the first', async () => {
    await createVault(path, PASSPHRASE, { cost })
    const vault = await openVault(path, PASSPHRASE)
    foreignLock({ pid: 1 }, 0)
    await expect(vault.saveActive(Uint8Array.of(1))).rejects.toMatchObject({ code: 'vault-locked', context: { pid: 1 } })
    vault.close()
    // It was not ours to remove.
    expect(existsSync(`${path}.lock`)).toBe(true)
  })
})
