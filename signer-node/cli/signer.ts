/**
 * `sequorum signer`: one headless member, its share in a worker thread.
 * @module
 */
import type { Command } from 'commander'
import { integerOption, urlOption, withEnv, wordOption } from './options.ts'

export interface SignerOptions {
  readonly relay?: string
  readonly pool: string
  readonly vault: string
  readonly passphraseFile: string
  readonly l1: string
  readonly refreshEveryBatches?: number
  readonly refreshEveryDays?: number
  readonly import?: string
  readonly importKeyFile?: string
  readonly next?: string
  readonly nextRelay?: string
  readonly kernel?: 'wasm' | 'reference'
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error'
  readonly json?: boolean
}

/** Adds the command to the program. */
export function registerSigner(program: Command): void {
  const command = program
    .command('signer')
    .description('run one member of a pool: take turns, check what others propose, co-sign; its seat is found by the identity in the vault')
    .option('--relay <url>', 'address of the relay (default: the one in the pool file)', urlOption('wss', 'ws'))
    .requiredOption('--pool <file>', 'pool file; the same for all members')
    .requiredOption('--vault <file>', 'vault of this member; guard.db is kept beside it and must never be deleted or copied')
    .requiredOption('--passphrase-file <file>', 'owner-only file with the passphrase of the vault; - is standard input, /dev/fd/N an open pipe')
    .requiredOption('--l1 <url>', "this member's own L1 node (HTTP JSON-RPC)", urlOption('http', 'https'))
    .option('--refresh-every-batches <n>', 'have new shares made after so many batches (default: never)', integerOption(1, 1_000_000_000))
    .option('--refresh-every-days <n>', 'have new shares made after so many days (default: never)', integerOption(1, 3_650))
    .option('--import <file>', 'deal an existing key in place of making one: the file of `key import`, the same for all members')
    .option('--import-key-file <file>', 'owner-only file with that key, at the member that has it')
    .option('--next <file>', 'file of the pool that takes over the account (`pool next`): serve both until it has')
    .option('--next-relay <url>', 'its relay (default: the one in that file)', urlOption('wss', 'ws'))
    .option('--kernel <name>', 'arithmetic: wasm or reference (default: wasm where the platform has 128-bit SIMD)', wordOption('wasm', 'reference'))
    .option('--log-level <level>', 'debug, info, warn or error; the log goes to standard error', wordOption('debug', 'info', 'warn', 'error'), 'info')
    .option('--json', 'log as JSON lines; print events as one JSON object a line')
    .action(async (options: SignerOptions) => (await import('./signer-run.ts')).runSigner(options))
  withEnv(command)
}
