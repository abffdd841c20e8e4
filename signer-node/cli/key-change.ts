/**
 * `sequorum key refresh|destroy|reshare`: what makes shares of today worthless.
 * @module
 */
import { wipe } from '../../core/bytes.ts'
import { PoolError } from '../../core/errors.ts'
import { poolToJson } from '../../core/proposal/pool.ts'
import { askIfRunning, askSigner } from '../control-client.ts'
import { destroyOffline, erasedSeatsOffline } from '../destroy.ts'
import { readPool, writeOutput } from './files.ts'
import { type KeyFacts, type KeyPlace, keyFacts } from './key-facts.ts'
import { progressDisplay } from './key-progress.ts'
import { print, printJson } from './output.ts'
import { nextPool, type PoolNextOptions } from './pool-next.ts'
import { printPool } from './pool-summary.ts'
import { confirm, passphraseFrom } from './terminal.ts'

interface Common {
  readonly yes?: boolean
  readonly json?: boolean
}

export type KeyRefreshOptions = Common & { readonly vault: string }

/** @throws {PoolError} `not-confirmed`, `signer-not-running`, `refresh-refused` and what a refresh throws */
export async function refresh({ vault, yes, json = false }: KeyRefreshOptions): Promise<void> {
  const before = (await askSigner(vault, { kind: 'key' })) as unknown as KeyFacts
  await confirm({
    title: `New shares of ${before.account} for all ${before.members.length} members; the account stays. All have to be there.`,
    irreversible: [
      `every member erases its share of generation ${before.epochNo}`,
      'backups of that generation are of no use any more: make new ones',
      ...before.burned.map(
        ({ members, reason }) => `members ${members.join(' and ')}, burned for ${reason}, sign together again: have that examined first`,
      ),
    ],
    word: 'refresh',
    yes,
  })
  const display = progressDisplay(before.members, json)
  const facts = await askSigner(vault, { kind: 'refresh' }, progress => {
    // Batches are signed meanwhile.
    if (progress.kind === 'refresh') display.show(progress)
  }).finally(display.end)
  if (json) return printJson({ ok: true, ...facts, before: { epoch: before.epoch, epochNo: before.epochNo } })
  print(`account     ${facts.account}, unchanged`)
  print(`generation  ${before.epochNo} -> ${facts.epochNo}`)
  print('Backups of earlier generations are void: make a new one (`sequorum key backup`).')
}

export type KeyDestroyOptions = Common & KeyPlace & { readonly pool?: string }

/** @throws {PoolError} `not-confirmed`, `no-key`, `key-destroyed`, `usage`, `vault-*`, `guard-*`, `passphrase-file` */
export async function destroy({ vault, passphraseFile, pool: poolFile, yes, json = false }: KeyDestroyOptions): Promise<void> {
  const running = (await askIfRunning(vault, { kind: 'key' })) as KeyFacts | undefined
  const pool = running === undefined && poolFile !== undefined ? readPool(poolFile) : undefined
  if (running === undefined && pool === undefined)
    throw new PoolError('usage', { problem: 'no signer runs with this vault: give --pool FILE too, so that its guard can be told' })
  const key = running ?? (await keyFacts({ vault, ...(passphraseFile === undefined ? {} : { passphraseFile }) }))
  const erased = key.erased ?? (pool === undefined ? [] : await erasedSeatsOffline(vault, pool))
  const left = key.members.length - 1 - erased.filter(seat => seat !== key.seat).length
  await confirm({
    title: `Seat ${key.seat} gives up its share of ${key.account} for good and signs a statement of that for the others.`,
    irreversible: [
      'the share is erased, with all pending ones; this member never signs for the account again',
      left >= key.threshold
        ? `${left} members with shares are left; a signature needs ${key.threshold}`
        : `the other ${left} members are fewer than the ${key.threshold} that a signature needs: THE ACCOUNT IS LOST, with all that it owns`,
      'backups of this member still hold the share: destroy them as well',
    ],
    word: 'destroy',
    yes,
  })
  if (pool === undefined) {
    const facts = await askSigner(vault, { kind: 'destroy' })
    if (json) return printJson({ ok: true, ...facts })
    return print(`destroyed   generation ${facts.epochNo} of ${facts.account}; the others were told`)
  }
  const passphrase = await passphraseFrom(passphraseFile, `the vault ${vault}`, '--passphrase-file')
  try {
    const proof = await destroyOffline({ vault, passphrase, pool })
    if (json) return printJson({ ok: true, account: key.account, keyId: key.keyId, epoch: key.epoch, epochNo: key.epochNo, destroyed: true, proof })
    print(`destroyed   generation ${key.epochNo} of ${key.account}`)
    print(`proof       ${proof}`)
    print('The signer tells the others when it runs next; or hand them the proof.')
  } finally {
    wipe(passphrase)
  }
}

export type KeyReshareOptions = Common & KeyPlace & Omit<PoolNextOptions, 'account' | 'keyId'> & { readonly out: string }

/** @throws {PoolError} `not-confirmed`, `output-file`, and what `keyFacts` and `nextPool` throw */
export async function reshare({ vault, passphraseFile, out, yes, json = false, ...change }: KeyReshareOptions): Promise<void> {
  const key = await keyFacts({ vault, ...(passphraseFile === undefined ? {} : { passphraseFile }) })
  const made = await nextPool({ ...change, account: key.account, keyId: key.keyId })
  await confirm({
    title: `A pool of ${made.members.length} members, ${made.threshold} of whom sign, takes over ${key.account}. This writes its file; nothing happens before members start with it.`,
    irreversible: [
      'once enough members have started with this file, they promise to be silent in the present pool from a height on, and erase their present shares afterwards',
      'members that are not in the file cannot sign any more then; their backups and those of all others are void',
      'members may promise themselves to one next pool only: another file for the same pool is refused then',
    ],
    word: 'reshare',
    yes,
  })
  writeOutput(out, `${JSON.stringify(poolToJson(made), null, 2)}\n`)
  printPool(made, { json, file: out })
  if (json) return
  print()
  print('Hand the file to everybody, those who leave too. Then:')
  print('  members of the present pool   stop `sequorum signer` and start it again, with the same options and with')
  print(`                                --next ${out}`)
  print('  new members                   sequorum signer --pool (that file) --vault … --passphrase-file … --l1 …')
  print('  a relay for it                sequorum relay --pool (that file) --l1 … --data …')
}
