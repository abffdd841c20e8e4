/**
 * `sequorum signer`: one headless member, its share in a worker thread.
 * @module
 */
import type { Command } from 'commander'
import { PoolError } from '../../core/errors.ts'
import type { MemberEvent } from '../../core/member/events.ts'
import { createLog } from '../log.ts'
import { startMember } from '../member-host.ts'
import { EXIT } from './exit-codes.ts'
import { readPool } from './files.ts'
import { urlOption, withEnv, wordOption } from './options.ts'
import { print, printJson } from './output.ts'
import { onStopRequest } from './signals.ts'

interface SignerOptions {
  readonly relay?: string
  readonly pool: string
  readonly vault: string
  readonly passphraseFile: string
  readonly l1: string
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
    .option('--log-level <level>', 'debug, info, warn or error; the log goes to standard error', wordOption('debug', 'info', 'warn', 'error'), 'info')
    .option('--json', 'log as JSON lines; print events as one JSON object a line')
    .action((options: SignerOptions) => runSigner(options))
  withEnv(command)
}

async function runSigner(options: SignerOptions): Promise<void> {
  const stop = onStopRequest()
  const pool = readPool(options.pool)
  const relayUrl = options.relay ?? pool.relay
  if (relayUrl === undefined) throw new PoolError('usage', { problem: 'the pool file names no relay: give --relay URL' })
  let ended = (_error: PoolError | undefined): void => {}
  const gone = new Promise<PoolError | undefined>(resolve => {
    ended = resolve
  })
  const member = await startMember({
    pool,
    relayUrl,
    l1Rpc: options.l1,
    vault: options.vault,
    passphraseFile: options.passphraseFile,
    log: createLog({ name: 'member', level: options.logLevel, format: options.json ? 'json' : 'text' }),
    onEvent: (seat, event) => (options.json ? printJson({ seat, ...event }) : print(lineOf(seat, event))),
    onExit: (_, error) => ended(error),
  })
  const early = stop.isRequested()
  if (!early) {
    if (options.json) printJson({ ok: true, event: 'started', seat: member.seat, pool: pool.name, relay: relayUrl })
    else print(`seat ${member.seat} of ${pool.name} (${pool.threshold} of ${pool.members.length} sign), relay ${relayUrl}`)
  }
  const error = await Promise.race([gone, stop.requested.then(() => undefined)])
  if (error !== undefined) throw error
  await member.stop()
  process.exitCode = early ? EXIT.interrupted : EXIT.ok
}

/** An event as a line for people. */
export function lineOf(seat: number, event: MemberEvent): string {
  switch (event.kind) {
    case 'key':
      return `seat ${seat}: account ${event.account}`
    case 'proposed':
      return `seat ${seat}: proposed height ${event.height} in round ${event.round}: ${event.transactions} transactions in ${event.blocks} blocks`
    case 'refused':
      return `seat ${seat}: refused height ${event.height}, round ${event.round}: ${event.reason}`
    case 'agreed':
      return `seat ${seat}: height ${event.height} agreed in round ${event.round} with ${event.votes} votes`
    case 'signed':
      return `seat ${seat}: height ${event.height} signed by ${event.signers.join('+') || 'others'} in ${event.latencyMs} ms, ${event.hash}`
    case 'batch':
      return `seat ${seat}: height ${event.height} in L1 block ${event.l1Block}: ${event.transactions.length} transactions in ${event.l2Blocks} blocks, ${event.hash}`
    case 'reorg':
      return `seat ${seat}: L1 was reorganised from block ${event.from}`
  }
}
