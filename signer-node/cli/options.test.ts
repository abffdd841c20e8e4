import { readFileSync } from 'node:fs'
import { type Command, InvalidArgumentError } from 'commander'
import { afterEach, expect, test, vi } from 'vitest'
import {
  addressOption,
  durationOption,
  EnvCommand,
  envName,
  hashOption,
  integerOption,
  packageVersion,
  repeated,
  urlOption,
  wantsJson,
  withEnv,
} from './options.ts'
import { buildProgram } from './program.ts'

afterEach(() => vi.unstubAllEnvs())

test('values are taken exactly, or refused', () => {
  const integer = integerOption(2, 16)
  expect([integer('2'), integer('16')]).toEqual([2, 16])
  for (const text of ['1', '17', '', ' 3', '3.0', '1e1', '0x3', '-3', '3'.repeat(40)]) expect(() => integer(text)).toThrow(InvalidArgumentError)
  const duration = durationOption(100, 86_400_000)
  expect(['100', '100ms', '24s', '2m', '1h'].map(duration)).toEqual([100, 100, 24_000, 120_000, 3_600_000])
  for (const text of ['99', '1.5s', 's', '', '25h', '5d', '-5s', '5 s']) expect(() => duration(text)).toThrow(InvalidArgumentError)
  const url = urlOption('ws', 'wss')
  expect(url('wss://relay.example/relay')).toBe('wss://relay.example/relay')
  for (const text of ['https://relay.example', 'relay.example', '']) expect(() => url(text)).toThrow(InvalidArgumentError)
  expect(addressOption(`0x${'aB'.repeat(20)}`)).toBe(`0x${'ab'.repeat(20)}`)
  expect(() => addressOption(`0x${'ab'.repeat(19)}`)).toThrow(InvalidArgumentError)
  expect(hashOption(`0x${'aB'.repeat(32)}`)).toBe(`0x${'ab'.repeat(32)}`)
  expect(() => hashOption('0x')).toThrow(InvalidArgumentError)
  expect(repeated('c,d', ['a', 'b'])).toEqual(['a', 'b', 'c', 'd'])
})

function parse(argv: string[], env: Record<string, string>): Record<string, unknown> {
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
  const command = new EnvCommand()
    .option('--l2-chain-id <id>', '', integerOption(1, 1000))
    .option('--member <file>', '', repeated)
    .option('--json', '')
    .option('--port <p>', '', integerOption(0, 65_535), 8080)
  withEnv(command)
    .exitOverride()
    .configureOutput({ writeErr: () => {} })
  return command.parse(argv, { from: 'user' }).opts()
}

test('the environment gives what the command line does not', () => {
  expect(parse([], { SEQUORUM_L2_CHAIN_ID: '7', SEQUORUM_MEMBER: 'a,b', SEQUORUM_JSON: '1', SEQUORUM_PORT: '1' })).toEqual({
    l2ChainId: 7,
    member: ['a', 'b'],
    json: true,
    port: 1,
  })
  expect(parse(['--l2-chain-id', '9', '--member', 'c', '--member', 'd'], { SEQUORUM_L2_CHAIN_ID: '7', SEQUORUM_MEMBER: 'a' })).toMatchObject({
    l2ChainId: 9,
    member: ['c', 'd'],
  })
  expect(() => parse([], { SEQUORUM_L2_CHAIN_ID: 'seven' })).toThrow(/SEQUORUM_L2_CHAIN_ID/)
})

test('an empty variable, and a word for no where there is no value, count as absent', () => {
  for (const off of ['', '0', 'false', 'no', 'off', 'FALSE']) expect(parse([], { SEQUORUM_JSON: off, SEQUORUM_PORT: '' })).toEqual({ port: 8080 })
})

test('JSON is wanted also when the command line cannot be parsed', () => {
  expect(wantsJson(['node', 'main.js', 'nonsense', '--json'], {})).toBe(true)
  expect(wantsJson(['node', 'main.js'], { SEQUORUM_JSON: 'true' })).toBe(true)
  expect(wantsJson(['node', 'main.js'], { SEQUORUM_JSON: '0' })).toBe(false)
  expect(wantsJson(['node', 'main.js'], {})).toBe(false)
})

/** Every command that does something, with its name in full. */
function leaves(command: Command, path: string[] = []): { name: string; command: Command }[] {
  const children = command.commands.filter(child => child.name() !== 'help')
  return children.length === 0 ? [{ name: path.join(' '), command }] : children.flatMap(child => leaves(child, [...path, child.name()]))
}

test('every option of every command has its twin, and both stand in the docs', () => {
  const docs = readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8')
  const commands = leaves(buildProgram())
  expect(commands.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['demo', 'relay', 'signer', 'pool invite', 'pool init', 'pool show', 'decode']),
  )
  for (const { name, command } of commands) {
    expect(docs, name).toContain(`sequorum ${name}`)
    expect(command.description().length, name).toBeGreaterThan(20)
    for (const option of command.options) {
      const long = option.long as string
      expect(option.envVar, `${name} ${long}`).toBe(envName(long))
      expect(option.description.length, `${name} ${long}`).toBeGreaterThan(4)
      expect(docs, `${name} ${long}`).toContain(`${option.flags}\``.replace(/^/, '`'))
      expect(docs, `${name} ${long}`).toContain(option.envVar)
    }
  }
})

test('the version is that of the package', () => {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
  expect(packageVersion()).toBe(version)
})
