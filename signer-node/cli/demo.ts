/**
 * `sequorum demo`: a whole pool on one machine. It composes the parts that otherwise run apart (L1 node, relay, members), and adds money and traffic.
 * @module
 */
import type { Command } from 'commander'
import { addressOption, integerOption, urlOption, withEnv, wordOption } from './options.ts'

/** Adds the command to the program. */
export function registerDemo(program: Command): void {
  const command = program
    .command('demo')
    .description('run a whole pool on this machine: L1 node, relay, members, traffic, and a page to watch it')
    .option('--members <n>', 'members of the pool, 2..16 (default: 3, or those of --data)', integerOption(2, 16))
    .option('--threshold <t>', 'shares that make a signature, 2..members (default: the agreement quorum; 2 of 3, 4 of 5)', integerOption(2, 16))
    .option('--tabs <n>', 'leave the last n seats to browser tabs, and print a link for each', integerOption(1, 16))
    .option('--batches <k>', 'exit once K batches are confirmed; the last line of stdout is then one JSON object', integerOption(1, 1_000_000))
    .option('--port <p>', 'port of relay and page on 127.0.0.1, 0 for any', integerOption(0, 65_535), 0)
    .option('--l1 <url>', 'use this L1 node (HTTP JSON-RPC) instead of starting one', urlOption('http', 'https'))
    .option('--inbox <address>', 'address that batches are sent to', addressOption)
    .option('--seed-account-key-file <file>', 'owner-only file with the private key that funds the account on a foreign L1')
    .option('--data <dir>', 'keep keys, heights and chains here, and go on from them next time')
    .option(
      '--kernel <name>',
      'arithmetic of the members: wasm or reference (default: wasm where the platform has 128-bit SIMD)',
      wordOption('wasm', 'reference'),
    )
    .option('--page <dir>', 'folder of the built page (default: the one of this package)')
    .option('--json', 'machines read this: progress on stderr, JSON on stdout')
    .action(async options => (await import('./demo/run.ts')).runDemo(options))
  withEnv(command)
}
