/**
 * Starts a relay as an operator does: a pool file, a data directory, a log on stderr or in a file. The command line and the demo call
 * this; reading arguments is theirs.
 * @module
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import pino from 'pino'
import { asPoolError, PoolError } from '../core/errors.ts'
import { type Pool, parsePool } from '../core/proposal/pool.ts'
import type { RelayConfig } from './config.ts'
import type { Log, LogLevel } from './ports.ts'
import { createRelay, type Relay } from './relay.ts'

export interface StartOptions extends Omit<RelayConfig, 'pool' | 'log'> {
  /** A pool, or the path of a pool file. */
  readonly pool: Pool | string
  /** Lines below this level are not written; default info. */
  readonly logLevel?: LogLevel | undefined
  /** `stderr`, the default, a file path, or a function of the caller. */
  readonly log?: 'stderr' | { readonly file: string } | Log | undefined
}

/**
 * @throws {PoolError} like `createRelay`; `bad-pool-file`, `relay-config` when the pool file cannot be read
 */
export async function startRelay(options: StartOptions): Promise<Relay> {
  const pool = typeof options.pool === 'string' ? await readPool(options.pool) : options.pool
  const log = typeof options.log === 'function' ? options.log : pinoLog(options)
  return createRelay({ ...options, pool, log })
}

async function readPool(path: string): Promise<Pool> {
  let json: unknown
  try {
    json = JSON.parse(await readFile(path, 'utf8'))
  } catch (error) {
    throw new PoolError(
      'relay-config',
      { setting: 'pool', problem: `the file cannot be read: ${asPoolError(error).context.reason ?? ''}` },
      { cause: error },
    )
  }
  return parsePool(json)
}

/** Structured lines by pino: one JSON object with `event` and the facts. */
function pinoLog({ log = 'stderr', logLevel = 'info' }: Pick<StartOptions, 'log' | 'logLevel'>): Log {
  const destination =
    typeof log === 'object' ? pino.destination({ dest: log.file, mkdir: true, mode: 0o600, sync: true }) : pino.destination({ dest: 2, sync: true })
  const logger = pino({ level: logLevel, base: null }, destination)
  return (level, event, facts) => logger[level]({ event, ...facts })
}

/** Where a relay keeps its log when it is asked to write one beside its data. */
export const logFileIn = (dataDir: string): string => join(dataDir, 'relay.log')
