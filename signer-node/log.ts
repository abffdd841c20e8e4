/**
 * Structured logs (pino) from which secrets are kept out twice: values are rendered by what they are, and fields are dropped by their name.
 * @module
 */
import { closeSync, openSync } from 'node:fs'
import { pino } from 'pino'
import type { Log, LogLevel } from '../core/member/ports.ts'
import { type Plain, plain } from './plain.ts'

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
