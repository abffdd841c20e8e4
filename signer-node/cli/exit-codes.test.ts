import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { type ErrorCode, errorTable } from '../../core/errors.ts'
import { EXIT, EXIT_MEANING, type ExitName, exitCodeOf } from './exit-codes.ts'

test('the table in the docs is the enum', () => {
  const docs = readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8')
  const rows = [...docs.matchAll(/^\| (\d+) \| (\w+) \| (.+) \|$/gm)].map(([, code, name, meaning]) => [Number(code), name, meaning])
  expect(rows).toEqual((Object.keys(EXIT) as ExitName[]).map(name => [EXIT[name], name, EXIT_MEANING[name]]))
})

test('every error code ends with a documented number other than 0', () => {
  const known = new Set<number>(Object.values(EXIT))
  for (const code of Object.keys(errorTable) as ErrorCode[]) {
    const exit = exitCodeOf(code)
    expect(known.has(exit), code).toBe(true)
    expect(exit, code).not.toBe(EXIT.ok)
    expect(exit, code).not.toBe(EXIT.interrupted)
  }
})

test('the codes that scripts tell apart', () => {
  const of = (...codes: ErrorCode[]) => codes.map(exitCodeOf)
  expect(of('usage', 'invalid-argument', 'relay-config', 'relay-insecure-bind')).toEqual([2, 2, 2, 2])
  expect(of('bad-pool-file', 'bad-invite', 'input-file', 'malformed-batch')).toEqual([3, 3, 3, 3])
  expect(of('vault-passphrase', 'vault-locked', 'vault-io', 'passphrase-file', 'guard-pool')).toEqual([4, 4, 4, 4, 4])
  expect(of('l1-unreachable', 'relay-closed', 'relay-bind')).toEqual([5, 5, 5])
  expect(of('no-anvil')).toEqual([6])
  expect(of('internal', 'deadline', 'member-ended')).toEqual([1, 1, 1])
})
