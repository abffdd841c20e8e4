/**
 * Structured logs (pino) from which secrets are kept out twice: values are rendered by what they are, and fields are dropped by their name.
 * @module
 */
import { closeSync, openSync } from 'node:fs'
import { pino } from 'pino'
import { Secret } from '../core/bytes.ts'
import { PoolError } from '../core/errors.ts'
import type { Log, LogLevel } from '../core/member/ports.ts'

/** Plain data: what JSON and a structured clone carry unchanged. */
export type Plain = string | number | boolean | null | readonly Plain[] | { readonly [key: string]: Plain }

const SECRET_NAME = /pass(word|phrase)(?!file)|secret|seed|private|share(s?)$|votekey|datakey|signingkey|credential|authorization|token|mnemonic/i
const DEPTH = 6
const TEXT = 2_000

/**
 * A value as it may be logged: bytes as their length, Secret and instances of classes as their name, URLs without user and query, long text cut.
 * Only plain objects and arrays are looked into, so a key share, a tuple or an identity never prints.
 */
export function plain(value: unknown, depth = DEPTH): Plain {
  if (value === null || value === undefined) return null
  if (typeof value === 'string') return withoutCredentials(value.length > TEXT ? `${value.slice(0, TEXT)}…` : value)
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  if (typeof value === 'boolean') return value
  if (typeof value === 'bigint') return value.toString()
  if (typeof value !== 'object') return `[${typeof value}]`
  if (value instanceof Secret) return `[redacted ${value.label}]`
  if (value instanceof Uint8Array || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`
  if (depth === 0) return '[deep]'
  if (Array.isArray(value)) return value.map(item => plain(item, depth - 1))
  if (value instanceof PoolError) return { code: value.code, message: withoutCredentials(value.message), context: plain(value.context, depth - 1) }
  if (value instanceof Error) return { name: value.name, message: withoutCredentials(value.message) }
  if (value instanceof Set) return plain([...value], depth - 1)
  const prototype = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return `[${(value as object).constructor.name}]`
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, field]) => field !== undefined)
      .map(([key, field]) => [key, isPublic(key, field) ? plain(field, depth - 1) : '[redacted]']),
  )
}

/** Numbers and booleans under a suspicious name are counts and flags. */
const isPublic = (key: string, field: unknown): boolean => typeof field === 'number' || typeof field === 'boolean' || !SECRET_NAME.test(key)

/** `https://user:password@host/path?key=…` keeps scheme and host only. */
function withoutCredentials(text: string): string {
  return text.replace(
    /\b([a-z][a-z0-9+.-]*:\/\/)(?:[^\s/@]*@)?([^\s/?#]+)([^\s?#]*)(\?[^\s#]*)?/gi,
    (_, scheme: string, host: string, path: string) => {
      const isRpcKey = path.split('/').some(part => part.length >= 20)
      return `${scheme}${host}${isRpcKey ? '/…' : path}`
    },
  )
}

export interface LogOptions {
  /** Part that writes, as `name` in every line. */
  readonly name: string
  /** Appended to, made owner-only; default is standard error. */
  readonly file?: string | undefined
  /** Lines below it are dropped; default info. */
  readonly level?: LogLevel | undefined
  /** JSON lines (the default) or text for people. */
  readonly format?: 'json' | 'text' | undefined
}

/** A log of one part of the program. Written synchronously: the line before a crash is the one that matters. */
export function createLog({ name, file, level = 'info', format = 'json' }: LogOptions): Log {
  if (file !== undefined) closeSync(openSync(file, 'a', 0o600))
  if (format === 'text') return textLog(name, level)
  const destination = pino.destination({ dest: file ?? 2, sync: true, append: true, mkdir: true })
  const logger = pino(
    {
      name,
      level,
      base: { name },
      formatters: { level: label => ({ level: label }) },
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: {
        paths: ['*.passphrase', '*.secret', '*.seed', '*.privateKey', '*.share', 'passphrase', 'secret', 'seed', 'privateKey', 'share'],
        censor: '[redacted]',
      },
    },
    destination,
  )
  return (at, event, facts = {}) => logger[at]({ event, ...(plain(facts) as object) })
}

const ORDER: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 }

/** `12:00:00.123 info  relay listening port=8080`, on standard error. */
function textLog(name: string, level: LogLevel): Log {
  return (at, event, facts = {}) => {
    if (ORDER[at] < ORDER[level]) return
    const rendered = Object.entries(plain(facts) as Record<string, Plain>).map(
      ([key, value]) => `${key}=${typeof value === 'object' ? JSON.stringify(value) : value}`,
    )
    process.stderr.write(`${[new Date().toISOString().slice(11, 23), at.padEnd(5), name, event, ...rendered].join(' ')}\n`)
  }
}
