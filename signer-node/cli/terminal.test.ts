import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { progressDisplay, progressLine } from './key-progress.ts'
import { confirm, passphraseFrom, type Terminal } from './terminal.ts'

/** A person who types each line as soon as a question stands on the screen. */
function person(...lines: readonly string[]): Terminal & { screen(): string; readonly modes: boolean[]; readonly codes: number[] } {
  const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: (on: boolean) => void modes.push(on) })
  const stderr = Object.assign(new PassThrough(), { isTTY: true })
  const modes: boolean[] = []
  const codes: number[] = []
  let shown = ''
  const rest = [...lines]
  stderr.setEncoding('utf8').on('data', (text: string) => {
    shown += text
    const line = text.endsWith(': ') ? rest.shift() : undefined
    if (line !== undefined) stdin.write(line)
  })
  return { stdin, stderr, exit: code => void codes.push(code), screen: () => shown, modes, codes }
}

const DESTROY = { title: 'It goes.', irreversible: ['the share is erased', 'for good'], word: 'destroy', yes: false }

test('what cannot be undone is named, and the word has to be typed', async () => {
  const willing = person('destroy\r')
  await confirm(DESTROY, willing)
  expect(willing.screen()).toBe('It goes.\n\nThis cannot be undone:\n  - the share is erased\n  - for good\n\nType "destroy" to go on: destroy\n')
  // Left as it was found.
  expect(willing.modes).toEqual([true, false])
  for (const typed of ['yes\r', '\r', 'destroyer\r', '\x04'])
    await expect(confirm(DESTROY, person(typed))).rejects.toMatchObject({ code: 'not-confirmed' })
  // Mistyped and mended.
  await confirm(DESTROY, person('destrß\x7foy\n'))
})

test('nobody is asked with --yes, and nobody can be asked without a terminal', async () => {
  const nobody = Object.assign(person(), { stdin: new PassThrough() })
  await confirm({ ...DESTROY, yes: true }, nobody)
  expect(nobody.screen()).toBe('')
  await expect(confirm(DESTROY, nobody)).rejects.toMatchObject({ code: 'not-confirmed', context: { problem: expect.stringContaining('--yes') } })
  await expect(passphraseFrom(undefined, 'the backup', '--backup-passphrase-file', {}, nobody)).rejects.toMatchObject({
    code: 'usage',
    context: { problem: expect.stringContaining('--backup-passphrase-file') },
  })
})

test('Ctrl-C ends the program', async () => {
  const gone = person('dest\x03')
  void confirm(DESTROY, gone)
  await expect.poll(() => gone.codes).toEqual([130])
  expect(gone.modes).toEqual([true, false])
})

test('a passphrase is not shown; a new one is asked for until it is typed twice', async () => {
  const text = async (terminal: Terminal, fresh: boolean): Promise<string> =>
    Buffer.from(await passphraseFrom(undefined, 'the backup', '--x', { fresh }, terminal)).toString('utf8')
  const once = person('pässphrase of a test\r')
  expect(await text(once, false)).toBe('pässphrase of a test')
  expect(once.screen()).toBe('Passphrase of the backup: \n')
  const twice = person('one of them\r', 'another one\r', 'the same\r', 'the same\r')
  expect(await text(twice, true)).toBe('the same')
  expect(twice.screen()).toContain('These differ')
  expect(twice.screen()).not.toMatch(/one of them|another one|the same\n/)
  // Both typed ahead.
  expect(await text(person('pasted text\npasted text\n'), true)).toBe('pasted text')
  await expect(text(person('\r'), false)).rejects.toMatchObject({ code: 'passphrase-file' })
})

test('progress names every seat, and whom it waits for', () => {
  expect(progressLine({ kind: 'refresh', round: 'D1', missing: [3] }, [1, 3, 7])).toBe('refresh D1   1 ✓  3 …  7 ✓')
  const said = (isTTY: boolean, json: boolean): string => {
    const lines: string[] = []
    const display = progressDisplay([1, 2], json, { isTTY, write: part => void lines.push(part) })
    display.show({ kind: 'refresh', round: 'D1', missing: [2] })
    display.show({ kind: 'refresh', round: 'D1', missing: [] })
    display.show({ kind: 'refresh', round: 'D2', missing: [2] })
    display.end()
    return lines.join('')
  }
  expect(said(false, false)).toBe('refresh D1   1 ✓  2 …\nrefresh D1   1 ✓  2 ✓\nrefresh D2   1 ✓  2 …\n')
  // A finished round stays to be read.
  expect(said(true, false).replaceAll('\x1b[2K', '')).toBe('\rrefresh D1   1 ✓  2 …\rrefresh D1   1 ✓  2 ✓\nrefresh D2   1 ✓  2 …\n')
  expect(
    said(true, true)
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as unknown)[0],
  ).toEqual({
    progress: { kind: 'refresh', round: 'D1', missing: [2] },
  })
})
