/**
 * What the commands of `sequorum pool` do.
 * @module
 */
import { existsSync } from 'node:fs'
import { wipe } from '../../core/bytes.ts'
import { poolToJson } from '../../core/proposal/pool.ts'
import { readPassphrase } from '../passphrase.ts'
import { createVault, openVault } from '../vault-file.ts'
import { readPool, writeOutput } from './files.ts'
import { makeInvite } from './invite.ts'
import { print, printJson } from './output.ts'
import type { InviteOptions } from './pool.ts'
import { initPool, type PoolInitOptions } from './pool-init.ts'
import { nextPool, type PoolNextOptions } from './pool-next.ts'
import { printPool } from './pool-summary.ts'

/** @throws {PoolError} `passphrase-file`, `vault-*`, `output-file` */
export async function invite({ vault: path, passphraseFile, name, weight, out, json }: InviteOptions): Promise<void> {
  const passphrase = readPassphrase(passphraseFile)
  const created = !existsSync(path)
  try {
    if (created) await createVault(path, passphrase)
    const vault = await openVault(path, passphrase)
    const text = makeInvite(vault, { weight: BigInt(weight), name })
    vault.close()
    if (out !== undefined) writeOutput(out, text)
    if (json) return printJson({ ok: true, vault: path, created, ...(out === undefined ? {} : { file: out }), invite: JSON.parse(text) })
    if (out === undefined) return void process.stdout.write(text)
    print(`vault     ${path}${created ? ' (new: keep a copy, and the passphrase apart from it)' : ''}`)
    print(`identity  ${vault.entry.identity}`)
    print(`vote      ${vault.entry.vote}`)
    print(`invite    ${out}  (public; hand it to whoever runs \`sequorum pool init\`)`)
  } finally {
    wipe(passphrase)
  }
}

/** @throws {PoolError} `output-file`, and what `initPool` throws */
export async function init({ out, json, ...options }: PoolInitOptions & { out: string; json?: boolean }): Promise<void> {
  const made = await initPool(options)
  writeOutput(out, `${JSON.stringify(poolToJson(made), null, 2)}\n`)
  printPool(made, { json, file: out })
}

/** @throws {PoolError} `output-file`, and what `nextPool` throws */
export async function next({ out, json, ...options }: PoolNextOptions & { out: string; json?: boolean }): Promise<void> {
  const made = await nextPool(options)
  writeOutput(out, `${JSON.stringify(poolToJson(made), null, 2)}\n`)
  printPool(made, { json, file: out })
}

/** @throws {PoolError} `input-file`, `bad-pool-file` */
export const show = (file: string, { json }: { json?: boolean }): void => printPool(readPool(file), { json, file })
