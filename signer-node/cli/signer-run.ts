/**
 * What `sequorum signer` does.
 * @module
 */
import { asPoolError, PoolError } from '../../core/errors.ts'
import type { MemberEvent } from '../../core/member/events.ts'
import type { Pool } from '../../core/proposal/pool.ts'
import { type Control, startControl } from '../control.ts'
import { parseOffer } from '../key-offer.ts'
import { createLog } from '../log.ts'
import { startMember } from '../member-host.ts'
import { EXIT } from './exit-codes.ts'
import { readJson, readPool } from './files.ts'
import { print, printJson } from './output.ts'
import { onStopRequest } from './signals.ts'
import type { SignerOptions } from './signer.ts'

/** Runs until a signal, or until the member ends. @throws {PoolError} `usage`, `input-file`, `bad-pool-file`, and what `startMember` throws */
export async function runSigner(options: SignerOptions): Promise<void> {
  const stop = onStopRequest()
  const pool = readPool(options.pool)
  const relayUrl = options.relay ?? pool.relay
  if (relayUrl === undefined) throw new PoolError('usage', { problem: 'the pool file names no relay: give --relay URL' })
  const next = options.next === undefined ? undefined : readNext(options.next, options.nextRelay)
  const importing = options.import === undefined ? undefined : { ...parseOffer(readJson(options.import), pool), keyFile: options.importKeyFile }
  let ended = (_error: PoolError | undefined): void => {}
  const gone = new Promise<PoolError | undefined>(resolve => {
    ended = resolve
  })
  const log = createLog({ name: 'member', level: options.logLevel, format: options.json ? 'json' : 'text' })
  let control: Control | undefined
  const member = await startMember({
    pool,
    relayUrl,
    l1Rpc: options.l1,
    vault: options.vault,
    passphraseFile: options.passphraseFile,
    kernel: options.kernel,
    log,
    refresh: { everyBatches: options.refreshEveryBatches, everyDays: options.refreshEveryDays },
    importing,
    next,
    onEvent: (seat, event, ofNext) =>
      options.json ? printJson({ seat, ...(ofNext ? { next: true } : {}), ...event }) : print(`${ofNext ? 'next pool, ' : ''}${lineOf(seat, event)}`),
    onReport: (_, { ceremony }) => control?.progress(ceremony),
    onExit: (_, error) => ended(error),
  })
  control = await startControl({ vault: options.vault, perform: command => member.command(command), log }).catch((error: unknown) => {
    // Signing does not need it.
    log('warn', 'control.unavailable', { reason: asPoolError(error).message })
    return undefined
  })
  const early = stop.isRequested()
  if (!early) {
    if (options.json) printJson({ ok: true, event: 'started', seat: member.seat, pool: pool.name, relay: relayUrl })
    else print(`seat ${member.seat} of ${pool.name} (${pool.threshold} of ${pool.members.length} sign), relay ${relayUrl}`)
  }
  const error = await Promise.race([gone, stop.requested.then(() => undefined)])
  await control?.close()
  if (error !== undefined) throw error
  await member.stop()
  process.exitCode = early ? EXIT.interrupted : EXIT.ok
}

function readNext(file: string, relay: string | undefined): { readonly pool: Pool; readonly relayUrl: string } {
  const pool = readPool(file)
  const relayUrl = relay ?? pool.relay
  if (relayUrl === undefined) throw new PoolError('usage', { problem: 'the next pool file names no relay: give --next-relay URL' })
  return { pool, relayUrl }
}

/** An event as a line for people. */
export function lineOf(seat: number, event: MemberEvent): string {
  switch (event.kind) {
    case 'key':
      return `seat ${seat}: account ${event.account}`
    case 'refreshed':
      return `seat ${seat}: generation ${event.epochNo} of the shares is active`
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
