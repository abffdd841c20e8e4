/**
 * `sequorum decode`: what is inside a batch, from hex, a file or an L1 transaction.
 * @module
 */
import type { Command } from 'commander'
import { decodeBatch } from '../../core/batch/summary.ts'
import { type Bytes, fromHex } from '../../core/bytes.ts'
import { PoolError } from '../../core/errors.ts'
import { createL1Client } from '../l1-client.ts'
import { describeBatch, printBatch } from './decode-view.ts'
import { readInput } from './files.ts'
import { hashOption, integerOption, urlOption, withEnv } from './options.ts'
import { printJson } from './output.ts'

interface DecodeOptions {
  readonly l1?: string
  readonly tx?: `0x${string}`
  readonly l2ChainId?: number
  readonly json?: boolean
}

/** Adds the command to the program. */
export function registerDecode(program: Command): void {
  const command = program
    .command('decode')
    .description('print the L2 blocks and transactions of a batch (OP Stack calldata)')
    .argument('[batch]', 'calldata as 0x hex, or a file with hex or raw bytes; - is standard input')
    .option('--l1 <url>', 'L1 node (HTTP JSON-RPC) to read --tx from', urlOption('http', 'https'))
    .option('--tx <hash>', 'L1 transaction whose calldata is the batch', hashOption)
    .option('--l2-chain-id <id>', 'chain id of the rollup, needed for span batches', integerOption(1, Number.MAX_SAFE_INTEGER))
    .option('--json', 'print the result as one JSON object')
    .addHelpText(
      'after',
      '\nExamples:\n  sequorum decode 0x00…\n  sequorum decode batch.hex --json\n  sequorum decode --l1 http://127.0.0.1:8545 --tx 0x…',
    )
    .action((batch: string | undefined, options: DecodeOptions) => decode(batch, options))
  withEnv(command)
}

async function decode(batch: string | undefined, options: DecodeOptions): Promise<void> {
  const calldata = await calldataOf(batch, options)
  const description = describeBatch(decodeBatch(calldata, { chainId: options.l2ChainId }), calldata.length)
  if (options.json) printJson({ ok: true, ...description })
  else printBatch(description)
}

async function calldataOf(batch: string | undefined, { l1, tx }: DecodeOptions): Promise<Bytes> {
  if (batch === undefined && (l1 === undefined || tx === undefined))
    throw new PoolError('usage', { problem: 'give the batch as hex or file, or --l1 URL and --tx HASH' })
  if (batch !== undefined && tx !== undefined) throw new PoolError('usage', { problem: 'give either a batch or --tx, not both' })
  if (l1 !== undefined && tx !== undefined) {
    const found = await createL1Client({ url: l1, inbox: '0x' }).transaction(tx)
    if (found === undefined) throw new PoolError('input-file', { transaction: tx, problem: 'the L1 node does not know it' })
    return fromHex(found.input)
  }
  const text = batch ?? ''
  if (/^0x/i.test(text)) return fromHex(text, 'batch')
  const contents = readInput(text)
  const ascii = contents.toString('latin1').trim()
  return /^(0x)?([0-9a-fA-F]{2})+$/.test(ascii) ? fromHex(ascii, 'batch') : new Uint8Array(contents)
}
