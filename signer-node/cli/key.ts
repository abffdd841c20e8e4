/**
 * `sequorum key`: the life of a member's share.
 * @module
 */
import type { Command } from 'commander'
import type { KeyBackupOptions, KeyRestoreOptions } from './key-backup.ts'
import type { KeyDestroyOptions, KeyRefreshOptions, KeyReshareOptions } from './key-change.ts'
import type { KeyShowOptions } from './key-show.ts'
import type { KeyExportOptions, KeyImportOptions } from './key-whole.ts'
import { integerOption, repeated, urlOption, withEnv } from './options.ts'

const VAULT = 'vault of this member; its signer may run'
const PASSPHRASE = 'owner-only file with the passphrase of the vault; it is asked for at a terminal when it is needed and not given'
const BACKUP_PASSPHRASE = 'owner-only file with the passphrase of the backup; it is asked for at a terminal when it is not given'
const YES = 'go on without asking'
const JSON_RESULT = 'print the result as one JSON object'

/** Adds the commands to the program. */
export function registerKey(program: Command): void {
  const key = program.command('key').description("see, renew, back up, hand over and destroy a member's share of the key")
  registerLooks(key)
  registerChanges(key)
  registerBackups(key)
  registerWhole(key)
}

function registerLooks(key: Command): void {
  withEnv(
    key
      .command('list')
      .description('list the keys of a vault, and of the vaults for next pools beside it, with their generations')
      .requiredOption('--vault <file>', VAULT)
      .option('--passphrase-file <file>', PASSPHRASE)
      .option('--json', JSON_RESULT)
      .action(async (options: KeyShowOptions) => (await import('./key-show.ts')).list(options)),
  )
  withEnv(
    key
      .command('show')
      .description('print what is known of the key: account, members, generation, burned pairs; asks the running signer, else reads the vault')
      .requiredOption('--vault <file>', VAULT)
      .option('--passphrase-file <file>', PASSPHRASE)
      .option('--json', JSON_RESULT)
      .action(async (options: KeyShowOptions) => (await import('./key-show.ts')).show(options)),
  )
  withEnv(
    key
      .command('derive')
      .description('print accounts that follow from the key (BIP-32, not hardened); the same members sign for them')
      .argument('[paths...]', 'm/0, m/0/1 and so on, or batch, state, reward, blob (default: these four)')
      .requiredOption('--vault <file>', VAULT)
      .option('--passphrase-file <file>', PASSPHRASE)
      .option('--json', JSON_RESULT)
      .action(async (paths: string[], options: KeyShowOptions) => (await import('./key-show.ts')).deriveAccounts(paths, options)),
  )
}

function registerChanges(key: Command): void {
  withEnv(
    key
      .command('refresh')
      .description('have all members make new shares of the same account, by the running signer; old shares and backups are void then')
      .requiredOption('--vault <file>', 'vault of this member, whose signer runs')
      .option('--yes', YES)
      .option('--json', JSON_RESULT)
      .action(async (options: KeyRefreshOptions) => (await import('./key-change.ts')).refresh(options)),
  )
  withEnv(
    key
      .command('reshare')
      .description('make the file of the pool that takes over this key: members join, leave or are replaced, or the thresholds change')
      .requiredOption('--vault <file>', VAULT)
      .option('--passphrase-file <file>', PASSPHRASE)
      .requiredOption('--pool <file>', 'file of the pool that has the account now')
      .option('--add <file>', 'invite of a new member, once for each; it gets the next free seat', repeated, [])
      .option('--remove <seat>', 'seat of a member that leaves, once for each', repeated, [])
      .option('--replace <seat=file>', 'seat of a member and the invite of who takes it, also the same person with a new device', repeated, [])
      .option('--threshold <t>', 'shares that make a signature (default: as before, at most the number of members)', integerOption(2, 16))
      .option('--quorum <q>', 'members that agree to a batch before it is signed (default: the smallest that is safe)', integerOption(2, 16))
      .option('--relay <url>', 'address of the relay of the new pool', urlOption('wss', 'ws'))
      .requiredOption('--out <file>', 'where to write the pool file')
      .option('--yes', YES)
      .option('--json', JSON_RESULT)
      .action(async (options: KeyReshareOptions) => (await import('./key-change.ts')).reshare(options)),
  )
  withEnv(
    key
      .command('destroy')
      .description("erase this member's share for good and sign a statement of that, which the others keep")
      .requiredOption('--vault <file>', VAULT)
      .option('--passphrase-file <file>', PASSPHRASE)
      .option('--pool <file>', 'pool file; needed when no signer runs with this vault')
      .option('--yes', YES)
      .option('--json', JSON_RESULT)
      .action(async (options: KeyDestroyOptions) => (await import('./key-change.ts')).destroy(options)),
  )
}

function registerBackups(key: Command): void {
  withEnv(
    key
      .command('backup')
      .description("write this member's identity, vote key and share to one encrypted file, and open it again before it counts as made")
      .requiredOption('--vault <file>', VAULT)
      .option('--passphrase-file <file>', PASSPHRASE)
      .requiredOption('--pool <file>', 'pool file; the backup contains it')
      .option('--backup-passphrase-file <file>', BACKUP_PASSPHRASE)
      .requiredOption('--out <file>', 'where to write the backup')
      .option('--yes', YES)
      .option('--json', JSON_RESULT)
      .action(async (options: KeyBackupOptions) => (await import('./key-backup.ts')).backup(options)),
  )
  withEnv(
    key
      .command('restore')
      .description('make a lost vault anew from a backup, or put the share back into a vault of the same member; it signs after a refresh')
      .requiredOption('--backup <file>', 'the backup')
      .option('--backup-passphrase-file <file>', BACKUP_PASSPHRASE)
      .requiredOption('--vault <file>', 'vault to make, or to put the share into')
      .option(
        '--passphrase-file <file>',
        'owner-only file with the passphrase of the vault, a new one for a new vault; it is asked for when it is not given',
      )
      .option('--pool-out <file>', 'where to write the pool file that the backup contains')
      .option('--allow-older', 'take it also in the place of a share that is newer, which is erased')
      .option('--yes', YES)
      .option('--json', JSON_RESULT)
      .action(async (options: KeyRestoreOptions) => (await import('./key-backup.ts')).restore(options)),
  )
}

function registerWhole(key: Command): void {
  withEnv(
    key
      .command('import')
      .description('write the file with which all signers start to deal an existing key among themselves, in place of making a new one')
      .requiredOption('--pool <file>', 'pool file; the pool must not have a key yet')
      .requiredOption('--vault <file>', 'vault of the member that has the key')
      .option('--passphrase-file <file>', PASSPHRASE)
      .requiredOption('--key-file <file>', 'owner-only file with the key, 32 bytes in hex')
      .requiredOption('--out <file>', 'where to write the file for all members')
      .option('--yes', YES)
      .option('--json', JSON_RESULT)
      .action(async (options: KeyImportOptions) => (await import('./key-whole.ts')).importKey(options)),
  )
  withEnv(
    key
      .command('export')
      .description('put the whole key together for one member; as many operators as the threshold have to ask for the same, within four minutes')
      .requiredOption('--vault <file>', 'vault of this member, whose signer runs')
      .requiredOption('--recipient <seat>', 'seat of the member that gets the key', integerOption(0, 65_535))
      .requiredOption('--signer <seat>', 'seat of a member that sends its part, once for each; as many as the threshold', repeated)
      .requiredOption('--word <word>', 'a word that the operators have agreed on, new for each try')
      .option('--out <file>', 'where the recipient writes the key, owner-only')
      .option('--yes', YES)
      .option('--json', JSON_RESULT)
      .action(async (options: KeyExportOptions) => (await import('./key-whole.ts')).exportKey(options)),
  )
}
