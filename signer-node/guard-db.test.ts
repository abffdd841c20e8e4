import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'libsql'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { emptyRecord, type HeightRecord } from '../core/proposal/lock.ts'
import { testPool } from '../test/support/pool.ts'
import { KEPT_HEIGHTS, openGuard, openGuardBeside } from './guard-db.ts'

const POOL = new Uint8Array(32).fill(1)
let folder = ''
let file = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'guard-'))
  file = join(folder, 'guard.db')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const content = new Uint8Array(32).fill(9)
const record: HeightRecord = {
  ...emptyRecord(5),
  votedRound: 2,
  votedContent: content,
  lockedRound: 2,
  lockedContent: content,
  signed: [{ round: 2, content, sighash: new Uint8Array(32).fill(3), maxFeePerGas: 10n ** 12n, maxPriorityFeePerGas: 1n }],
}

test('everything written is there after a reopening', async () => {
  const guard = openGuard(file, POOL)
  expect(await guard.highest()).toBeUndefined()
  expect(await guard.read(5)).toBeUndefined()
  await guard.write({ ...record, votedRound: 0, signed: [] })
  await guard.writeLock(record, Uint8Array.of(3))
  await guard.write({ ...record, height: 3 })
  await guard.saveSigned(5, Uint8Array.of(1, 2))
  await guard.saveCheckpoint(Uint8Array.of(4))
  await guard.saveCheckpoint(Uint8Array.of(5, 5))
  expect(await guard.nextCounter()).toBe(1n)
  guard.close()

  const again = openGuard(file, POOL)
  expect(await again.read(5)).toMatchObject(record)
  expect(await again.highest()).toBe(5)
  expect(await again.signed(5)).toEqual(Uint8Array.of(1, 2))
  expect(await again.signed(4)).toBeUndefined()
  expect(await again.proposal(5)).toEqual(Uint8Array.of(3))
  expect(await again.checkpoint()).toEqual(Uint8Array.of(5, 5))
  expect(await again.nextCounter()).toBe(2n)
  again.close()
  expect(statSync(file).mode & 0o777).toBe(0o600)
})

test('what a process wrote before it was killed is there', async () => {
  const guardModule = new URL('../dist/signer-node/guard-db.js', import.meta.url).href
  const lockModule = new URL('../dist/core/proposal/lock.js', import.meta.url).href
  const script = `
    const { openGuard } = await import(${JSON.stringify(guardModule)})
    const { emptyRecord } = await import(${JSON.stringify(lockModule)})
    const guard = openGuard(${JSON.stringify(file)}, new Uint8Array(32).fill(1))
    await guard.write({ ...emptyRecord(7), votedRound: 1, votedContent: new Uint8Array(32).fill(9) })
    await guard.nextCounter()
    process.kill(process.pid, 'SIGKILL')`
  const child = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' })
  expect(child.signal, child.stderr).toBe('SIGKILL')
  const guard = openGuard(file, POOL)
  expect(await guard.read(7)).toMatchObject({ height: 7, votedRound: 1, votedContent: content })
  expect(await guard.nextCounter()).toBe(2n)
  guard.close()
})

test('the guard of another pool, of another version or in use is refused', () => {
  const guard = openGuard(file, POOL)
  expect(() => openGuard(file, POOL)).toThrow(expect.objectContaining({ code: 'guard-locked' }))
  guard.close()
  expect(() => openGuard(file, new Uint8Array(32).fill(2))).toThrow(expect.objectContaining({ code: 'guard-pool' }))
  const db = new Database(file)
  db.exec("UPDATE meta SET value = x'09' WHERE key = 'version'")
  db.close()
  expect(() => openGuard(file, POOL)).toThrow(expect.objectContaining({ code: 'guard-version', context: { file, has: 9 } }))
})

test('a closed guard throws; it never says that there was no vote', async () => {
  const guard = openGuard(file, POOL)
  await guard.write(record)
  guard.close()
  guard.close()
  for (const call of [() => guard.read(5), () => guard.highest(), () => guard.write(record), () => guard.nextCounter(), () => guard.checkpoint()])
    await expect(call()).rejects.toMatchObject({ code: 'guard-io' })
})

test('a record that is not one is an error, not an empty record', async () => {
  openGuard(file, POOL).close()
  const db = new Database(file)
  db.exec("INSERT INTO record (height, value) VALUES (1, x'010203')")
  db.close()
  const guard = openGuard(file, POOL)
  await expect(guard.read(1)).rejects.toMatchObject({ code: 'malformed-bytes' })
  guard.close()
})

test('old proposals and transactions go, records stay', async () => {
  const guard = openGuard(file, POOL)
  for (const height of [0, 1, KEPT_HEIGHTS, KEPT_HEIGHTS + 1]) {
    await guard.writeLock({ ...record, height }, Uint8Array.of(1))
    await guard.saveSigned(height, Uint8Array.of(1))
  }
  expect(await guard.proposal(0)).toBeUndefined()
  expect(await guard.signed(0)).toBeUndefined()
  expect(await guard.proposal(1)).toEqual(Uint8Array.of(1))
  expect(await guard.read(0)).toBeDefined()
  guard.close()
})

test('a guard that is made for a vault with a share is one in the place of a lost one; any other is not', async () => {
  const pool = testPool(3)
  const events: string[] = []
  const ports = { now: () => 1_795_000_000_000, log: (_: string, event: string) => void events.push(event) }
  const without = { activeShare: () => undefined }
  const withShare = { activeShare: () => Uint8Array.of(1) }

  const first = await openGuardBeside(without, file, pool, ports)
  expect(await first.fact('silence')).toBeUndefined()
  first.close()
  // The key came later, as it does.
  const second = await openGuardBeside(withShare, file, pool, ports)
  expect([await second.fact('silence'), await second.read(7)]).toEqual([undefined, undefined])
  second.close()

  rmSync(file)
  const third = await openGuardBeside(withShare, file, pool, ports)
  expect((await third.read(7))?.votedRound).toBe(0xffff_fffe)
  third.close()
  const fourth = await openGuardBeside(withShare, file, pool, ports)
  expect((await fourth.read(8))?.votedRound).toBe(0xffff_fffe)
  expect(await fourth.read(9)).toBeUndefined()
  await fourth.write({ ...emptyRecord(9), votedRound: 0 })
  expect(await fourth.highest()).toBe(9)
  fourth.close()
  expect(events).toEqual(['guard.lost'])
})
