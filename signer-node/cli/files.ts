/**
 * Files that the commands read and write for people: pool files, invites, batches.
 * @module
 */
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { PoolError } from '../../core/errors.ts'
import { type Pool, parsePool } from '../../core/proposal/pool.ts'

/** Larger files are some other file. */
const MAX_INPUT = 4 * 1024 * 1024

/** The bytes of a file; `-` is standard input. @throws {PoolError} `input-file`. */
export function readInput(file: string): Buffer {
  const wrong = (problem: string): PoolError => new PoolError('input-file', { file, problem })
  try {
    const stat = file === '-' ? undefined : statSync(file)
    if (stat?.isDirectory()) throw wrong('is a folder')
    if (stat !== undefined && stat.size > MAX_INPUT) throw wrong(`larger than ${MAX_INPUT} bytes`)
    return readFileSync(file === '-' ? 0 : file)
  } catch (error) {
    if (error instanceof PoolError) throw error
    throw wrong((error as NodeJS.ErrnoException).code === 'ENOENT' ? 'does not exist' : `cannot be read (${(error as NodeJS.ErrnoException).code})`)
  }
}

/** Parsed JSON of a file. @throws {PoolError} `input-file`. */
export function readJson(file: string): unknown {
  try {
    return JSON.parse(readInput(file).toString('utf8'))
  } catch (error) {
    if (error instanceof PoolError) throw error
    throw new PoolError('input-file', { file, problem: 'is not JSON' })
  }
}

/** The pool of a pool file. @throws {PoolError} `input-file`, `bad-pool-file`. */
export const readPool = (file: string): Pool => parsePool(readJson(file))

/** Writes a new file of public contents. @throws {PoolError} `output-file` when there is one, unless `force`. */
export function writeOutput(file: string, contents: string, { force = false } = {}): void {
  try {
    writeFileSync(file, contents, { flag: force ? 'w' : 'wx' })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new PoolError('output-file', { file, problem: code === 'EEXIST' ? 'exists' : `cannot be written (${code})` })
  }
}
