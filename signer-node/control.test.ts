import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { PoolError } from '../core/errors.ts'
import { type Control, startControl } from './control.ts'
import { askIfRunning, askSigner } from './control-client.ts'
import { type ControlCommand, type ControlProgress, MAX_REQUEST } from './control-protocol.ts'

let folder = ''
let vault = ''
const open: Control[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'control-'))
  vault = join(folder, 'vault')
  writeFileSync(vault, '', { mode: 0o600 })
})
afterEach(async () => {
  await Promise.all(open.splice(0).map(control => control.close()))
  rmSync(folder, { recursive: true, force: true })
})

async function start(perform: (command: ControlCommand) => Promise<Record<string, unknown>>): Promise<Control> {
  const control = await startControl({ vault, perform })
  open.push(control)
  return control
}

/** Says something by hand and gives the lines that come back until the signer ends the connection, or `count` of them are there. */
function talk(path: string, text: string | Buffer, count = Number.POSITIVE_INFINITY): Promise<Record<string, unknown>[]> {
  return new Promise((resolve, reject) => {
    const socket = connect(path, () => void socket.write(text))
    let heard = ''
    const lines = (): string[] => heard.split('\n').slice(0, -1)
    socket.setEncoding('utf8').on('data', part => {
      heard += part
      if (lines().length >= count) socket.destroy()
    })
    socket.on('error', reject)
    socket.on('close', () => resolve(lines().map(line => JSON.parse(line) as Record<string, unknown>)))
  })
}

test('carries commands, their progress and their results', async () => {
  const asked: ControlCommand[] = []
  const control: Control = await start(async command => {
    const { kind } = command
    asked.push(command)
    if (kind === 'key') return { account: '0xaa', epochNo: 3 }
    control.progress({ kind: 'refresh', round: 'R1', missing: [2, 3] })
    control.progress({ kind: 'refresh', round: 'R1', missing: [2, 3] })
    control.progress(undefined)
    control.progress({ kind: 'refresh', round: 'R2', missing: [3] })
    return { epochNo: 4 }
  })
  expect(await askSigner(vault, { kind: 'key' })).toEqual({ account: '0xaa', epochNo: 3 })
  const progress: ControlProgress[] = []
  expect(await askSigner(vault, { kind: 'refresh' }, one => progress.push(one))).toEqual({ epochNo: 4 })
  expect(progress).toEqual([
    { kind: 'refresh', round: 'R1', missing: [2, 3] },
    { kind: 'refresh', round: 'R2', missing: [3] },
  ])
  const sent = { kind: 'export', recipient: 1, signers: [2, 3], word: 'w', out: '/x' } as const
  await askSigner(vault, sent)
  expect(asked).toEqual([{ kind: 'key' }, { kind: 'refresh' }, sent])
})

test('carries errors with code, context and culprits', async () => {
  await start(async () => {
    throw new PoolError('vole-check', { round: 'P2' }, { culprits: [{ party: 2, certainty: 'suspected', evidence: 'check' }] })
  })
  const error = await askSigner(vault, { kind: 'refresh' }).catch((thrown: unknown) => thrown as PoolError)
  expect(error).toBeInstanceOf(PoolError)
  expect(error).toMatchObject({ code: 'vole-check', context: { round: 'P2' }, culprits: [{ party: 2, certainty: 'suspected', evidence: 'check' }] })
})

test('only the owner can open the socket; it is gone when the signer ends', async () => {
  const control = await start(async () => ({}))
  expect(statSync(control.path).mode & 0o777).toBe(0o600)
  await control.close()
  expect(existsSync(control.path)).toBe(false)
  expect(await askIfRunning(vault, { kind: 'key' })).toBeUndefined()
  await expect(askSigner(vault, { kind: 'key' })).rejects.toMatchObject({ code: 'signer-not-running' })
  await expect(askSigner(join(folder, 'none'), { kind: 'key' })).rejects.toMatchObject({ code: 'vault-missing' })
})

test('a socket that a killed signer left is replaced, one that answers is not', async () => {
  const path = `${vault}.sock`
  const killed = spawnSync(process.execPath, [
    '-e',
    `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`,
  ])
  expect(killed.signal).toBe('SIGKILL')
  expect(statSync(path).isSocket()).toBe(true)
  expect(await askIfRunning(vault, { kind: 'key' })).toBeUndefined()
  await start(async () => ({ who: 'first' }))
  await expect(startControl({ vault, perform: async () => ({ who: 'second' }) })).rejects.toMatchObject({
    code: 'control-socket',
    context: { problem: 'another process answers there' },
  })
  expect(await askSigner(vault, { kind: 'key' })).toEqual({ who: 'first' })
})

test('a request that is not understood gets an error with its id, and the connection goes on', async () => {
  const { path } = await start(async () => ({ fine: true }))
  const lines = [
    'nonsense',
    '[]',
    'null',
    '{"command":{"kind":"key"}}',
    '{"id":-1,"command":{"kind":"key"}}',
    '{"id":7,"command":{"kind":"steal"}}',
    '{"id":8}',
    '{"id":8,"command":{"kind":"export","recipient":1,"signers":[2,"3"],"word":"w"}}',
  ]
  const replies = await talk(path, `${[...lines, '{"id":9,"command":{"kind":"key"}}'].join('\n')}\n`, lines.length + 1)
  expect(replies.map(({ id, ok, code }) => [id, ok, code])).toEqual([
    ...[null, null, null, null, null, 7, 8, 8].map(id => [id, false, 'control-request']),
    [9, true, undefined],
  ])
})

test('a line that does not end is refused at its limit', async () => {
  const { path } = await start(async () => ({}))
  const replies = await talk(path, Buffer.alloc(MAX_REQUEST + 1, 0x20))
  expect(replies).toMatchObject([{ id: null, ok: false, code: 'control-request' }])
  expect(await askSigner(vault, { kind: 'key' })).toEqual({})
})

test('requests that are open at the same time are told apart, and bounded', async () => {
  let release = (): void => {}
  const held = new Promise<void>(resolve => {
    release = resolve
  })
  const { path } = await start(async ({ kind }) => {
    if (kind === 'key') release()
    else await held
    return { kind }
  })
  const line = (id: number, kind: string): string => `${JSON.stringify({ id, command: { kind } })}\n`
  const replies = await talk(path, [line(1, 'refresh'), line(1, 'refresh'), line(2, 'key'), line(3, 'refresh')].join(''), 4)
  expect(replies.map(({ id, ok, kind, code }) => [id, ok, ok === true ? kind : code])).toEqual(
    expect.arrayContaining([
      [1, false, 'control-request'],
      [2, true, 'key'],
      [1, true, 'refresh'],
      [3, true, 'refresh'],
    ]),
  )
})

test('who asks hears when the signer ends before it has answered', async () => {
  const control: Control = await start(
    () =>
      new Promise(() => {
        void control.close()
      }),
  )
  await expect(askSigner(vault, { kind: 'refresh' })).rejects.toMatchObject({ code: 'control-ended' })
})

test('a path that no socket can have is an error that says so', async () => {
  const deep = join(folder, 'x'.repeat(100))
  mkdirSync(deep)
  vault = join(deep, 'vault')
  writeFileSync(vault, '')
  await expect(startControl({ vault, perform: async () => ({}) })).rejects.toMatchObject({ code: 'control-socket' })
})
