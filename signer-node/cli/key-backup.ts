/**
 * `sequorum key backup|restore`.
 * @module
 */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { wipe } from '../../core/bytes.ts'
import { PoolError } from '../../core/errors.ts'
import { makeBackup, openBackup } from '../../core/member/backup.ts'
import { poolToJson } from '../../core/proposal/pool.ts'
import { readBackup, restoreInto, restoreVault, writeBackup } from '../backup-file.ts'
import { openVault } from '../vault-file.ts'
import { readPool, writeOutput } from './files.ts'
import { factsOf, withVault } from './key-facts.ts'
import { print, printJson } from './output.ts'
import { confirm, passphraseFrom } from './terminal.ts'

interface Common {
  readonly vault: string
  readonly passphraseFile?: string
  readonly backupPassphraseFile?: string
  readonly yes?: boolean
  readonly json?: boolean
}

export type KeyBackupOptions = Common & { readonly pool: string; readonly out: string }

/** @throws {PoolError} `not-confirmed`, `no-key`, `output-file`, `backup-*`, `bad-pool-file`, `vault-*`, `passphrase-file` */
export async function backup({ vault, passphraseFile, backupPassphraseFile, pool: poolFile, out, yes, json }: KeyBackupOptions): Promise<void> {
  const pool = readPool(poolFile)
  if (existsSync(out)) throw new PoolError('output-file', { file: out, problem: 'exists' })
  await withVault({ vault, passphraseFile }, async ({ active: share, identitySeed, voteKey }) => {
    if (share === undefined) throw new PoolError('no-key', { vault })
    await confirm({
      title: `A backup of seat ${share.index} of ${share.address}, generation ${share.epochNo}, is written to ${out}.`,
      irreversible: [
        'whoever has the file and its passphrase has this share, and speaks for this member: a copy cannot be called back',
        'only the next refresh makes the share in it worthless; what it says about the identity stays true until the member is replaced',
      ],
      word: 'backup',
      yes,
    })
    const passphrase = await passphraseFrom(backupPassphraseFile, 'the backup', '--backup-passphrase-file', { fresh: true })
    try {
      writeBackup(out, await makeBackup({ share, identitySeed, voteKey, pool, passphrase }))
    } finally {
      wipe(passphrase)
    }
    const { account, keyId, epoch, epochNo, seat, threshold, members } = factsOf(share, [])
    if (json) return printJson({ ok: true, file: out, pool: pool.name, account, keyId, epoch, epochNo, seat, threshold, members, tested: true })
    print(`backup      ${out}  (test-decrypted)`)
    print(`account     ${account}, generation ${epochNo}`)
    print(`member      seat ${seat} of ${pool.name}, ${threshold} of ${members.length}`)
    print('contains    identity, vote key, share, pool file [encrypted]')
    print('Keep it apart from its passphrase. It is void after the next refresh: make a new one then.')
  })
}

export type KeyRestoreOptions = Common & { readonly backup: string; readonly poolOut?: string; readonly allowOlder?: boolean }

/** @throws {PoolError} `not-confirmed`, `backup-*`, `input-file`, `key-exists`, `vault-*`, `passphrase-file`, `output-file` */
export async function restore(options: KeyRestoreOptions): Promise<void> {
  const { backup: file, vault: path, passphraseFile, backupPassphraseFile, poolOut, allowOlder = false, yes, json } = options
  if (poolOut !== undefined && existsSync(poolOut)) throw new PoolError('output-file', { file: poolOut, problem: 'exists' })
  const bytes = readBackup(file)
  const backupPassphrase = await passphraseFrom(backupPassphraseFile, `the backup ${file}`, '--backup-passphrase-file')
  const restored = await openBackup(bytes, backupPassphrase).finally(() => wipe(backupPassphrase))
  try {
    const { share, pool } = restored
    const present = existsSync(path)
    const guard = existsSync(join(dirname(path), 'guard.db'))
    await confirm({
      title: `Seat ${share.index} of ${pool.name} (${share.address}, generation ${share.epochNo}) comes back in ${path}.`,
      irreversible: [
        'this member runs once: its other vault, if there is one, must never be started again',
        ...(present && allowOlder ? ['the share in this vault is erased, also when it is newer'] : []),
        ...(guard
          ? []
          : [
              'there is no guard.db here: the member has forgotten what it voted for, and is silent at the height at hand and the next one, for a day at most',
            ]),
        'its first refresh voids all backups of earlier generations, of all members',
      ],
      word: 'restore',
      yes,
    })
    const passphrase = await passphraseFrom(passphraseFile, `the vault ${path}`, '--passphrase-file', { fresh: !present })
    try {
      if (present) {
        const vault = await openVault(path, passphrase)
        await restoreInto(vault, restored, { allowOlder }).finally(() => vault.close())
      } else await restoreVault(path, passphrase, restored)
    } finally {
      wipe(passphrase)
    }
    if (poolOut !== undefined) writeOutput(poolOut, `${JSON.stringify(poolToJson(pool), null, 2)}\n`)
    const { account, keyId, epoch, epochNo, seat, threshold, members } = factsOf(share, [])
    const facts = { account, keyId, epoch, epochNo, seat, threshold, members }
    if (json)
      return printJson({
        ok: true,
        vault: path,
        created: !present,
        guard,
        pool: pool.name,
        ...(poolOut === undefined ? {} : { poolFile: poolOut }),
        ...facts,
      })
    print(`vault       ${path}${present ? '' : ' (new)'}`)
    print(`account     ${account}, generation ${epochNo}`)
    print(`member      seat ${seat} of ${pool.name}, ${threshold} of ${members.length}`)
    if (!guard) print('guard       none: the member does not know what it has voted for, so it is silent at the height at hand and the next one')
    if (poolOut !== undefined) print(`pool file   ${poolOut}`)
    print('Start `sequorum signer` with it: it signs after a refresh, which it asks for when all members are there.')
  } finally {
    restored.wipe()
  }
}
