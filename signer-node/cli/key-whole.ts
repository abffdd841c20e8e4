/**
 * `sequorum key import|export`: keys that are whole in one place.
 * @module
 */
import { randomBytes } from 'node:crypto'
import { resolve } from 'node:path'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { wipe } from '../../core/bytes.ts'
import { PoolError } from '../../core/errors.ts'
import { accountAddress } from '../../core/threshold/index.ts'
import { askSigner } from '../control-client.ts'
import { readKeyFile } from '../key-file.ts'
import { offerToJson } from '../key-offer.ts'
import { readPool, writeOutput } from './files.ts'
import { type KeyFacts, withVault } from './key-facts.ts'
import { progressDisplay } from './key-progress.ts'
import { print, printJson } from './output.ts'
import { confirm } from './terminal.ts'

interface Common {
  readonly vault: string
  readonly yes?: boolean
  readonly json?: boolean
}

export type KeyImportOptions = Common & { readonly pool: string; readonly passphraseFile?: string; readonly keyFile: string; readonly out: string }

/** The compressed public key of the one in a file. @throws {PoolError} `key-file` */
function publicKeyOf(file: string): Uint8Array {
  const secret = readKeyFile(file)
  try {
    if (!secp256k1.utils.isValidSecretKey(secret)) throw new PoolError('key-file', { file, problem: 'is no secp256k1 key' })
    return secp256k1.getPublicKey(secret, true)
  } finally {
    wipe(secret)
  }
}

/** @throws {PoolError} `not-confirmed`, `key-exists`, `key-file`, `not-a-member`, `output-file`, `bad-pool-file`, `vault-*`, `passphrase-file` */
export async function importKey({ pool: poolFile, vault, passphraseFile, keyFile, out, yes, json }: KeyImportOptions): Promise<void> {
  const pool = readPool(poolFile)
  if (pool.parent !== undefined) throw new PoolError('usage', { problem: `${poolFile}: this pool takes over an account, so it gets no other` })
  const publicKey = publicKeyOf(keyFile)
  const importer = await withVault({ vault, passphraseFile }, ({ active, identity }) => {
    if (active !== undefined) throw new PoolError('key-exists', { account: active.address })
    const seat = pool.members.find(member => member.identity === identity)?.seat
    if (seat === undefined) throw new PoolError('not-a-member', { identity })
    return seat
  })
  const account = accountAddress(publicKey)
  await confirm({
    title: `All members of ${pool.name} are to deal the key of ${account} among themselves. This writes the file with which they start.`,
    irreversible: [
      'this key was once whole: whoever has a copy, now or from long ago, controls the account for ever, whatever the members do',
      'so destroy every copy once the members have their shares, and better: move what the account owns to one whose key never was whole',
      'a pool has one account: this one takes the place of the key that the members would make',
    ],
    word: 'import',
    yes,
  })
  const offer = offerToJson(pool, { importer, publicKey, chainCode: new Uint8Array(randomBytes(32)) })
  writeOutput(out, `${JSON.stringify(offer, null, 2)}\n`)
  if (json) return printJson({ ok: true, file: out, account, importer, pool: pool.name })
  print(`account     ${account}`)
  print(`importer    seat ${importer}`)
  print(`file        ${out}  (for the members only: it contains the chain code)`)
  print('Every member compares the account and starts `sequorum signer` with --import and this file;')
  print(`seat ${importer} adds --import-key-file ${keyFile}. Then \`sequorum key refresh\`, and destroy that file.`)
}

export type KeyExportOptions = Common & {
  readonly recipient: number
  readonly signer: readonly string[]
  readonly word: string
  readonly out?: string
}

/** @throws {PoolError} `not-confirmed`, `usage`, `signer-not-running`, `output-file`, `deadline`, and what the member says */
export async function exportKey({ vault, recipient, signer, word, out, yes, json = false }: KeyExportOptions): Promise<void> {
  const signers = signer.map(Number).sort((a, b) => a - b)
  const key = (await askSigner(vault, { kind: 'key' })) as unknown as KeyFacts
  if (!signers.every(seat => key.members.includes(seat)) || signers.length !== key.threshold)
    throw new PoolError('usage', { problem: `--signer: give ${key.threshold} of the seats ${key.members.join(', ')}` })
  if ((key.seat === recipient) !== (out !== undefined))
    throw new PoolError('usage', {
      problem: key.seat === recipient ? 'this member gets the key: give --out FILE' : `--out: only seat ${recipient} gets the key`,
    })
  await confirm({
    title: `Seats ${signers.join(', ')} put the whole key of ${key.account} together for seat ${recipient}.`,
    irreversible: [
      `from then on seat ${recipient} alone can sign anything for the account, for ever; no refresh takes that back`,
      'when anything fails after this member has sent its part, take the key as exported',
      'what the pool has promised about this account, that no one holds its key, is over',
    ],
    word: 'export',
    yes,
  })
  const display = progressDisplay(
    [...new Set([recipient, ...signers])].sort((a, b) => a - b),
    json,
  )
  const command = { kind: 'export', recipient, signers, word, ...(out === undefined ? {} : { out: resolve(out) }) } as const
  await askSigner(vault, command, progress => {
    if (progress.kind === 'export') display.show(progress)
  }).finally(display.end)
  if (json) return printJson({ ok: true, account: key.account, recipient, signers, ...(out === undefined ? {} : { file: out }) })
  print(
    out === undefined
      ? `exported    the key of ${key.account} is with seat ${recipient}`
      : `key         ${out}: the whole key of ${key.account}, owner-only`,
  )
}
