/**
 * Parsers of option values, and the environment twin of every option.
 * @module
 */
import { readFileSync } from 'node:fs'
import { Command, InvalidArgumentError, Option } from 'commander'

/** A decimal integer within [min, max]. */
export const integerOption =
  (min: number, max: number) =>
  (text: string): number => {
    const value = Number(text)
    if (!/^\d{1,16}$/.test(text) || value < min || value > max) throw new InvalidArgumentError(`It must be an integer in ${min}..${max}.`)
    return value
  }

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }

/** `500ms`, `24s`, `2m`, `1h`, or a bare number of ms. Gives ms. */
export const durationOption =
  (min: number, max: number) =>
  (text: string): number => {
    const [, digits, unit = 'ms'] = /^(\d{1,12})(ms|s|m|h)?$/.exec(text) ?? []
    const value = Number(digits) * (UNITS[unit] ?? Number.NaN)
    if (!(value >= min && value <= max)) throw new InvalidArgumentError(`It must be a time such as 500ms, 24s or 2m, from ${min} to ${max} ms.`)
    return value
  }

/** An URL of one of these protocols (`['http', 'https']`). */
export const urlOption =
  (...protocols: readonly string[]) =>
  (text: string): string => {
    if (!URL.canParse(text) || !protocols.includes(new URL(text).protocol.slice(0, -1)))
      throw new InvalidArgumentError(`It must be an address like ${protocols[0]}://host:port.`)
    return text
  }

/** A 20-byte address, as lower-case hex. */
export function addressOption(text: string): `0x${string}` {
  if (!/^0x[0-9a-fA-F]{40}$/.test(text)) throw new InvalidArgumentError('It must be 0x and 40 hex digits.')
  return text.toLowerCase() as `0x${string}`
}

/** A 32-byte hash, as lower-case hex. */
export function hashOption(text: string): `0x${string}` {
  if (!/^0x[0-9a-fA-F]{64}$/.test(text)) throw new InvalidArgumentError('It must be 0x and 64 hex digits.')
  return text.toLowerCase() as `0x${string}`
}

/** One of these words. */
export const wordOption =
  <W extends string>(...words: readonly W[]) =>
  (text: string): W => {
    const found = words.find(word => word === text)
    if (found === undefined) throw new InvalidArgumentError(`It must be one of ${words.join(', ')}.`)
    return found
  }

/** An option that may be given again and again, or once with commas (the form of its environment twin). */
export const repeated = (text: string, previous: readonly string[] = []): readonly string[] => [
  ...previous,
  ...text.split(',').filter(part => part !== ''),
]

/** `--l2-chain-id` → `SEQUORUM_L2_CHAIN_ID`. */
export const envName = (long: string): string =>
  `SEQUORUM_${long
    .replace(/^--(no-)?/, '')
    .replaceAll('-', '_')
    .toUpperCase()}`

/** Words that leave an option as it is when they stand in the environment. */
const OFF = new Set(['', '0', 'false', 'no', 'off'])

/** A command whose options all have a twin in the environment. commander binds the twin when an option is added, not later. */
export class EnvCommand extends Command {
  override createCommand(name?: string): EnvCommand {
    return new EnvCommand(name)
  }
  override createOption(flags: string, description?: string): Option {
    const option = new Option(flags, description)
    return option.long === undefined || option.long === null || option.long === '--version' ? option : option.env(envName(option.long))
  }
}

/**
 * Makes the environment mean what people expect: an empty variable counts as absent, and so does `0`, `false`, `no` or `off` for an option without a
 * value. Call it after the last option of an {@link EnvCommand}.
 */
export function withEnv(command: Command): Command {
  for (const option of command.options) {
    const name = option.envVar
    const value = name === undefined ? undefined : process.env[name]
    if (name === undefined || value === undefined) continue
    if (value === '' || (option.isBoolean() && OFF.has(value.toLowerCase()))) delete process.env[name]
  }
  return command
}

/** True when `--json` was asked for, also on a command line that could not be parsed. */
export const wantsJson = (argv: readonly string[], env: NodeJS.ProcessEnv = process.env): boolean =>
  argv.includes('--json') || !OFF.has((env.SEQUORUM_JSON ?? '').toLowerCase())

/** The version in package.json, found upwards from this file: sources and dist lie at different depths. */
export function packageVersion(): string {
  for (let folder = new URL('.', import.meta.url); ; folder = new URL('..', folder)) {
    try {
      const found = JSON.parse(readFileSync(new URL('package.json', folder), 'utf8')) as { name?: string; version?: string }
      if (found.name === 'sequorum' && found.version !== undefined) return found.version
    } catch {
      // Not in this folder.
    }
    if (new URL('..', folder).href === folder.href) return 'unknown'
  }
}
