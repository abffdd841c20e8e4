/**
 * Installs a peer's package into a folder of its own, with npm, without its scripts.
 * @module
 */
import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import type { PeerPackage } from './peer.ts'

/** ms that one installation may take. */
const DEADLINE = 180_000

async function npm(folder: string, ...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)('npm', args, { cwd: folder, timeout: DEADLINE, shell: process.platform === 'win32' })
  return stdout
}

/** The licence by the registry, else by what we know of the package. */
export async function licenceOf(folder: string, { name, version, licence }: PeerPackage): Promise<string> {
  const registered = (await npm(folder, 'view', `${name}@${version}`, 'license').catch(() => '')).trim()
  return registered || licence || 'unknown'
}

/** An empty project in `folder`. */
export async function makeProject(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  await writeFile(`${folder}/package.json`, '{"private":true,"type":"module"}\n')
}

/** Installs; rejects with npm's words when that fails. */
export async function install(folder: string, { name, version }: PeerPackage): Promise<void> {
  await npm(folder, 'install', '--no-audit', '--no-fund', '--ignore-scripts', '--no-save', `${name}@${version}`)
}
