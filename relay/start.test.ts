import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { poolToJson } from '../core/proposal/pool.ts'
import { testPool } from '../test/support/pool.ts'
import { logFileIn, startRelay } from './start.ts'

const cleanups: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const undo of cleanups.splice(0).reverse()) await undo()
})

function directory(): string {
  const path = mkdtempSync(join(tmpdir(), 'sequorum-start-'))
  cleanups.push(() => rmSync(path, { recursive: true }))
  return path
}
const l1Rpc = 'http://127.0.0.1:9/secret-key'

it('starts from a pool file and writes an owner-only log of JSON lines', async () => {
  const place = directory()
  const pool = join(place, 'pool.json')
  writeFileSync(pool, JSON.stringify(poolToJson(testPool(3))))
  const file = logFileIn(place)
  const relay = await startRelay({ pool, l1Rpc, log: { file } })
  cleanups.push(() => relay.close())
  expect((await relay.snapshot()).pool.name).toBe('test pool')
  await relay.close()
  const lines = readFileSync(file, 'utf8').trim().split('\n')
  expect(lines.map(line => (JSON.parse(line) as { event: string }).event)).toEqual(expect.arrayContaining(['relay.listening', 'relay.stopped']))
  expect(lines.join()).not.toContain('secret-key')
  expect(statSync(file).mode & 0o077).toBe(0)
})

it.each([
  ['a file that is not there', undefined, 'relay-config'],
  ['a file that is no JSON', '{', 'relay-config'],
  ['a file that is no pool', '{}', 'bad-pool-file'],
])('does not start from %s', async (_, text, code) => {
  const pool = join(directory(), 'pool.json')
  if (text !== undefined) writeFileSync(pool, text)
  await expect(startRelay({ pool, l1Rpc, log: () => {} })).rejects.toMatchObject({ code })
})
