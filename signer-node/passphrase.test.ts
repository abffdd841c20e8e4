import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readPassphrase } from './passphrase.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'passphrase-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function file(contents: string, mode = 0o600): string {
  const path = join(folder, `${Math.abs(contents.length)}-${mode}`)
  rmSync(path, { force: true })
  writeFileSync(path, contents, { mode })
  return path
}
const text = (path: string): string => new TextDecoder().decode(readPassphrase(path))
const refused = expect.objectContaining({ code: 'passphrase-file' })

test('one trailing newline is not part of it', () => {
  expect(text(file('open sesame'))).toBe('open sesame')
  expect(text(file('open sesame\n'))).toBe('open sesame')
  expect(text(file('open sesame\r\n'))).toBe('open sesame')
  expect(text(file(' open  sesame \n\n'))).toBe(' open  sesame \n')
})

test('a file that others could read, is empty, too long, a folder or absent is refused', () => {
  expect(() => readPassphrase(file('open sesame', 0o640))).toThrow(refused)
  expect(() => readPassphrase(file(''))).toThrow(refused)
  expect(() => readPassphrase(file('\n'))).toThrow(refused)
  expect(() => readPassphrase(file('x'.repeat(5000)))).toThrow(refused)
  expect(() => readPassphrase(folder)).toThrow(refused)
  expect(() => readPassphrase(join(folder, 'absent'))).toThrow(refused)
})

test('an open descriptor works', () => {
  const fd = openSync(file('through a descriptor\n'), 'r')
  expect(text(`/dev/fd/${fd}`)).toBe('through a descriptor')
  closeSync(fd)
})

test('errors do not hold the passphrase', () => {
  const path = file('the secret words', 0o644)
  try {
    readPassphrase(path)
    expect.unreachable()
  } catch (error) {
    expect(JSON.stringify(error)).not.toContain('secret words')
    expect(String(error)).not.toContain('secret words')
  }
})
