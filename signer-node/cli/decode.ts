/**
 * `sequorum decode`: what is inside a batch, from hex, a file or an L1 transaction.
 * @module
 */
import type { Command } from 'commander'
import { hashOption, integerOption, urlOption, withEnv } from './options.ts'

export interface DecodeOptions {
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
    .action(async (batch: string | undefined, options: DecodeOptions) => (await import('./decode-run.ts')).decode(batch, options))
  withEnv(command)
}
