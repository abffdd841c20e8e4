/**
 * Where anvil is: the npm package of this platform, else $ANVIL, else the PATH.
 * @module
 */
import { accessSync, constants, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, join } from 'node:path'
import { PoolError } from '../core/errors.ts'

/** The packages that hold nothing but the binary. */
const PACKAGES = ['@foundry-rs/anvil-linux-amd64']

function executable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return statSync(file).isFile()
  } catch {
    return false
  }
}

function fromPackage(name: string): string | undefined {
  try {
    return createRequire(import.meta.url).resolve(`${name}/bin/anvil`)
  } catch {
    return undefined
  }
}

/**
 * The first anvil that can be run.
 * @throws {PoolError} `no-anvil`, also when $ANVIL is needed and names no program.
 */
export function findAnvil(env: NodeJS.ProcessEnv = process.env, packages: readonly string[] = PACKAGES): string {
  const packed = packages.map(fromPackage).find(file => file !== undefined && executable(file))
  if (packed !== undefined) return packed
  const named = env.ANVIL
  if (named !== undefined && named !== '') {
    if (executable(named)) return named
    throw new PoolError('no-anvil', { ANVIL: named, problem: 'is not a program' })
  }
  const name = process.platform === 'win32' ? 'anvil.exe' : 'anvil'
  const found = (env.PATH ?? '')
    .split(delimiter)
    .filter(folder => folder !== '')
    .map(folder => join(folder, name))
    .find(executable)
  if (found === undefined) throw new PoolError('no-anvil', { platform: `${process.platform}-${process.arch}` })
  return found
}
