/**
 * Passphrases come from an owner-only file or a pipe, never from the command line or the environment: both are readable by other processes.
 * @module
 */
import type { Bytes } from '../core/bytes.ts'
import { PoolError } from '../core/errors.ts'
import { exposure, readChecked } from './private-file.ts'

/** Longest passphrase, in bytes; a larger file is some other file. */
const MAX_PASSPHRASE = 4096
const NEWLINE = 0x0a
const RETURN = 0x0d

/**
 * The passphrase in a file, without one trailing newline. `-` is standard input, `/dev/fd/3` a descriptor that the caller has opened; both must be
 * pipes or owner-only files. The caller wipes the result.
 * @throws {PoolError} `passphrase-file` when it is missing, readable by others, empty or too long.
 */
export function readPassphrase(file: string): Bytes {
  const wrong = (problem: string, cause?: unknown): PoolError => new PoolError('passphrase-file', { file, problem }, { cause })
  let bytes: Bytes
  try {
    bytes = readChecked(file === '-' ? '/dev/stdin' : file, stat => {
      const exposed = stat.isFile() ? exposure(stat) : undefined
      if (exposed !== undefined) throw wrong(exposed)
      if (stat.isDirectory()) throw wrong('is a folder')
      if (stat.size > MAX_PASSPHRASE + 2) throw wrong(`longer than ${MAX_PASSPHRASE} bytes`)
    })
  } catch (cause) {
    if (cause instanceof PoolError) throw cause
    throw wrong(`cannot be read (${(cause as NodeJS.ErrnoException).code ?? 'unknown'})`, cause)
  }
  let length = bytes.length
  if (bytes[length - 1] === NEWLINE) length -= bytes[length - 2] === RETURN ? 2 : 1
  if (length === 0) throw wrong('is empty')
  if (length > MAX_PASSPHRASE) throw wrong(`longer than ${MAX_PASSPHRASE} bytes`)
  return bytes.subarray(0, length)
}
