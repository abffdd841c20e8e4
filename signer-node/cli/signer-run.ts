/**
 * What `sequorum signer` does.
 * @module
 */
import { PoolError } from '../../core/errors.ts'
import type { MemberEvent } from '../../core/member/events.ts'
import { createLog } from '../log.ts'
import { startMember } from '../member-host.ts'
import { EXIT } from './exit-codes.ts'
import { readPool } from './files.ts'
import { print, printJson } from './output.ts'
import { onStopRequest } from './signals.ts'
import type { SignerOptions } from './signer.ts'

/** Runs until a signal, or until the member ends. @throws {PoolError} `usage`, `input-file`, `bad-pool-file`, and what `startMember` throws */
export async function runSigner(options: SignerOptions): Promise<void> {
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
    kernel: options.kernel,
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
