/**
 * `sequorum key list|show|derive`: what only looks.
 * @module
 */
import { existsSync, readdirSync, realpathSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { hex } from '../../core/bytes.ts'
import { isPoolError, PoolError } from '../../core/errors.ts'
import { ACCOUNTS, derive, parsePath, pathText } from '../../core/threshold/index.ts'
import { type KeyFacts, type KeyPlace, keyFacts, withVault } from './key-facts.ts'
import { print, printJson } from './output.ts'

export type KeyShowOptions = KeyPlace & { readonly json?: boolean }

/** The vault itself, and those of next pools beside it. */
function vaultsAt(vault: string): string[] {
  if (!existsSync(vault)) throw new PoolError('vault-missing', { vault })
  const folder = dirname(realpathSync(vault))
  const others = readdirSync(folder)
    .filter(name => name.startsWith('next-'))
    .map(name => join(folder, name, basename(vault)))
    .filter(existsSync)
  return [vault, ...others]
}

/** @throws {PoolError} as `keyFacts` */
export async function list({ vault, json, ...rest }: KeyShowOptions): Promise<void> {
  const found: { vault: string; key: KeyFacts | undefined }[] = []
  for (const path of vaultsAt(vault)) {
    const key = await keyFacts({ ...rest, vault: path }).catch((error: unknown) => {
      if (isPoolError(error, 'no-key') || isPoolError(error, 'key-destroyed')) return undefined
      throw error
    })
    found.push({ vault: path, key })
  }
  if (json) return printJson({ ok: true, vaults: found.map(one => ({ vault: one.vault, key: one.key ?? null })) })
  for (const { vault: path, key } of found) {
    if (key === undefined) {
      print(`${path}: no key`)
      continue
    }
    print(`${key.account}  generation ${key.epochNo}, seat ${key.seat}, ${key.threshold} of ${key.members.length}${stateOf(key)}  ${path}`)
    for (const { epochNo } of key.pending) print(`${' '.repeat(42)}  generation ${epochNo}, pending: not certified by all members`)
  }
}

/** What keeps a share from signing, as words after a comma. */
function stateOf({ restored, superseded, refreshing }: KeyFacts): string {
  const words = [
    ...(restored ? ['restored: signs after a refresh'] : []),
    ...(typeof superseded === 'number' ? [`left behind: the others have generation ${superseded}`] : []),
    ...(refreshing === true ? ['refresh under way'] : []),
  ]
  return words.map(word => `, ${word}`).join('')
}

/** @throws {PoolError} as `keyFacts` */
export async function show({ json, ...place }: KeyShowOptions): Promise<void> {
  const key = await keyFacts(place)
  if (json) return printJson({ ok: true, ...key })
  print(`account     ${key.account}`)
  print(`key id      ${key.keyId}`)
  print(`public key  ${key.publicKey}`)
  print(`shares      ${key.threshold} of ${key.members.length} sign; members ${key.members.join(', ')}; this is seat ${key.seat}`)
  print(`generation  ${key.epochNo}, epoch ${key.epoch}${stateOf(key)}`)
  if (typeof key.activeSince === 'string') print(`active      since ${key.activeSince}, height ${key.activeFromHeight}`)
  for (const { epochNo } of key.pending) print(`pending     generation ${epochNo}: not certified by all members`)
  for (const { members, reason } of key.burned) print(`burned      ${members.join(' and ')} do not sign together: ${reason}; a refresh lifts it`)
  for (const { member, at } of key.lifted ?? []) print(`lifted      burn of ${member}, at ${at}`)
  for (const seat of key.erased ?? []) print(`erased      seat ${seat} has destroyed its share, and signed that`)
  print(`read from   ${key.source === 'signer' ? 'the running signer' : 'the vault'}`)
}

/**
 * Accounts that the same members sign for. Without paths: the named ones.
 * @throws {PoolError} `hardened-path`, `invalid-argument`, `no-key`, `vault-*`, `passphrase-file`
 */
export async function deriveAccounts(paths: readonly string[], { json, ...place }: KeyShowOptions): Promise<void> {
  const wanted = (paths.length === 0 ? Object.keys(ACCOUNTS) : paths).map(text => ({ name: text, path: parsePath(text) }))
  const accounts = await withVault({ passphraseFile: undefined, ...place }, ({ active }) => {
    if (active === undefined) throw new PoolError('no-key', { vault: place.vault })
    return wanted.map(({ name, path }) => {
      const { address, publicKey } = derive(active, path)
      return { name, path: pathText(path), account: address, publicKey: hex(publicKey) }
    })
  })
  if (json) return printJson({ ok: true, accounts })
  for (const { name, path, account, publicKey } of accounts)
    print(`${account}  ${path.padEnd(10)} ${(name === path ? '' : name).padEnd(7)} public key ${publicKey}`)
}
