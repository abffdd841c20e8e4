/**
 * `sequorum relay`: the mailbox, rotation clock, transaction intake and L1 publisher of one pool.
 * @module
 */
import type { Command } from 'commander'
import { integerOption, repeated, urlOption, withEnv, wordOption } from './options.ts'

export interface RelayOptions {
  readonly pool: string
  readonly l1: string
  readonly data: string
  readonly host: string
  readonly port: number
  readonly tlsCert?: string
  readonly tlsKey?: string
  readonly behindProxy?: boolean
  readonly publicUrl?: string
  readonly page?: string
  readonly pageL1?: readonly string[]
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error'
  readonly json?: boolean
}

/** Adds the command to the program. */
export function registerRelay(program: Command): void {
  const command = program
    .command('relay')
    .description('carry messages of a pool, keep the pace of its turns, take L2 transactions in and publish signed batches; holds no share')
    .requiredOption('--pool <file>', 'pool file')
    .requiredOption('--l1 <url>', 'L1 node (HTTP JSON-RPC) to publish to', urlOption('http', 'https'))
    .requiredOption('--data <dir>', 'folder of the durable store; made when missing, one relay each')
    .option('--host <address>', 'address to listen on; anything but this machine needs TLS or --behind-proxy', '127.0.0.1')
    .option('--port <p>', 'port to listen on, 0 for any', integerOption(0, 65_535), 8080)
    .option('--tls-cert <file>', 'certificate chain, PEM')
    .option('--tls-key <file>', 'private key of the certificate, PEM')
    .option('--behind-proxy', 'a proxy in front does TLS and sets X-Forwarded-For')
    .option('--public-url <url>', 'how members reach it from outside', urlOption('wss', 'ws'))
    .option('--page <dir>', 'folder of the built page (default: the one of this package)')
    .option('--page-l1 <url>', 'L1 node that members in tabs may use, once for each; the page shows it to everybody', repeated)
    .option('--log-level <level>', 'debug, info, warn or error; the log goes to standard error', wordOption('debug', 'info', 'warn', 'error'), 'info')
    .option('--json', 'log as JSON lines; print one JSON object when it listens')
    .action(async (options: RelayOptions) => (await import('./relay-run.ts')).runRelay(options))
  withEnv(command)
}
