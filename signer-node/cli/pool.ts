/**
 * `sequorum pool`: invites of members, and the pool file made from them.
 * @module
 */
import type { Command } from 'commander'
import { addressOption, durationOption, hashOption, integerOption, repeated, urlOption, withEnv } from './options.ts'
import type { PoolInitOptions } from './pool-init.ts'
import type { PoolNextOptions } from './pool-next.ts'

const DAY = 86_400_000
const LARGE = Number.MAX_SAFE_INTEGER

/** Adds the commands to the program. */
export function registerPool(program: Command): void {
  const pool = program.command('pool').description('make and read the files that a pool begins with')
  registerInvite(pool)
  registerInit(pool)
  registerNext(pool)
  registerShow(pool)
}

export interface InviteOptions {
  readonly vault: string
  readonly passphraseFile: string
  readonly name: string
  readonly weight: number
  readonly out?: string
  readonly json?: boolean
}

function registerInvite(pool: Command): void {
  const command = pool
    .command('invite')
    .description("write a member's public entry (identity key, vote address) for whoever makes the pool file; makes the vault when there is none")
    .requiredOption('--vault <file>', 'vault of this member; it is made when it does not exist, in a folder of its own (0700)')
    .requiredOption('--passphrase-file <file>', 'owner-only file with the passphrase of the vault; - is standard input, /dev/fd/N an open pipe')
    .option('--name <text>', 'name of this member, for people', '')
    .option('--weight <n>', 'share of turns', integerOption(1, 0xffff_ffff), 1)
    .option('--out <file>', 'where to write the invite; default is standard output')
    .option('--json', 'print the result as one JSON object')
    .action(async (options: InviteOptions) => (await import('./pool-run.ts')).invite(options))
  withEnv(command)
}

function registerInit(pool: Command): void {
  const command = pool
    .command('init')
    .description('make a pool file from the invites of its members')
    .option('--name <text>', 'name of the pool, for people', 'pool')
    .option('--l1 <url>', 'L1 node (HTTP JSON-RPC) that chain id and first block are read from', urlOption('http', 'https'))
    .option('--chain-id <id>', 'L1 chain id; checked against --l1 when both are given', integerOption(1, LARGE))
    .option('--genesis-number <n>', 'L1 block that the pool starts from (default: the newest final one of --l1)', integerOption(0, LARGE))
    .option('--genesis-hash <hash>', 'its hash; only without --l1', hashOption)
    .option('--genesis-timestamp <seconds>', 'its timestamp; only without --l1', integerOption(0, LARGE))
    .requiredOption('--inbox <address>', 'L1 address that batches are sent to', addressOption)
    .option('--nonce-offset <n>', 'L1 nonce of the first batch', integerOption(0, LARGE), 0)
    .requiredOption('--member <file>', 'invite of a member, once for each; seats follow the order', repeated)
    .option('--threshold <t>', 'shares that make a signature (default: the agreement quorum; 2 of 3, 4 of 5)', integerOption(2, 16))
    .option('--quorum <q>', 'members that agree to a batch before it is signed (default: the smallest that is safe)', integerOption(2, 16))
    .requiredOption('--l2-chain-id <id>', 'chain id of the rollup', integerOption(1, LARGE))
    .option('--block-time <seconds>', 'seconds between L2 blocks', integerOption(1, 3600), 2)
    .option('--genesis-time <seconds>', 'time of the first L2 block, seconds since 1970 (default: two minutes from now)', integerOption(0, LARGE))
    .option(
      '--max-sequencer-drift <seconds>',
      'by how much an L2 block with transactions may be younger than its L1 origin',
      integerOption(1, LARGE),
      1_800,
    )
    .option('--epoch-length <heights>', 'heights of a rotation epoch', integerOption(1, 1_000_000), 64)
    .option('--round-zero <time>', 'how long the scheduled sequencer may be silent once a batch is overdue', durationOption(100, DAY), 24_000)
    .option('--round-step <time>', 'by how much each later round is longer', durationOption(0, DAY), 12_000)
    .option('--max-batch-delay <time>', 'when a batch is overdue, counted from the one before it', durationOption(0, DAY), 60_000)
    .option('--confirmations <n>', 'L1 blocks until a batch counts, its own included', integerOption(1, 1000), 3)
    .option('--relay <url>', 'address of the relay, as a hint for members', urlOption('wss', 'ws'))
    .requiredOption('--out <file>', 'where to write the pool file')
    .option('--json', 'print the result as one JSON object')
    .action(async (options: PoolInitOptions & { out: string; json?: boolean }) => (await import('./pool-run.ts')).init(options))
  withEnv(command)
}

function registerNext(pool: Command): void {
  const command = pool
    .command('next')
    .description('make the file of the pool that takes an account over: members join, leave or are replaced, or the thresholds change')
    .requiredOption('--pool <file>', 'file of the pool that has the account now')
    .requiredOption('--account <address>', 'the account; `sequorum key show` prints it', addressOption)
    .requiredOption('--key-id <hash>', "the key's id; `sequorum key show` prints it", hashOption)
    .option('--add <file>', 'invite of a new member, once for each; it gets the next free seat', repeated, [])
    .option('--remove <seat>', 'seat of a member that leaves, once for each', repeated, [])
    .option('--replace <seat=file>', 'seat of a member and the invite of who takes it, also the same person with a new device', repeated, [])
    .option('--threshold <t>', 'shares that make a signature (default: as before, at most the number of members)', integerOption(2, 16))
    .option('--quorum <q>', 'members that agree to a batch before it is signed (default: the smallest that is safe)', integerOption(2, 16))
    .option('--relay <url>', 'address of the relay of the new pool', urlOption('wss', 'ws'))
    .requiredOption('--out <file>', 'where to write the pool file')
    .option('--json', 'print the result as one JSON object')
    .action(async (options: PoolNextOptions & { out: string; json?: boolean }) => (await import('./pool-run.ts')).next(options))
  withEnv(command)
}

function registerShow(pool: Command): void {
  const command = pool
    .command('show')
    .description('check a pool file and print what it says')
    .argument('<file>', 'pool file; - is standard input')
    .option('--json', 'print the result as one JSON object')
    .action(async (file: string, options: { json?: boolean }) => (await import('./pool-run.ts')).show(file, options))
  withEnv(command)
}
