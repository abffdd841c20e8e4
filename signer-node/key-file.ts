/**
 * Whole private keys in files: 32 bytes in hex, owner-only. Never as strings: those cannot be erased.
 * @module
 */
import { closeSync, fsyncSync, openSync, unlinkSync, writeSync } from 'node:fs'
import { type Bytes, wipe } from '../core/bytes.ts'
import { PoolError } from '../core/errors.ts'
import { exposure, readChecked } from './private-file.ts'

const DIGITS = new TextEncoder().encode('0123456789abcdef')
const SPACE = new Set([0x09, 0x0a, 0x0d, 0x20])

const nibble = (byte: number | undefined): number => {
  if (byte === undefined) return -1
  const lower = byte >= 0x41 && byte <= 0x46 ? byte + 0x20 : byte
  return DIGITS.indexOf(lower)
}

/** The key in a file, with or without 0x. The caller wipes it. @throws {PoolError} `key-file` */
export function readKeyFile(file: string): Bytes {
  const wrong = (problem: string, cause?: unknown): PoolError => new PoolError('key-file', { file, problem }, { cause })
  let text: Bytes
  try {
    text = readChecked(file, stat => {
      const exposed = stat.isFile() ? exposure(stat) : undefined
      if (exposed !== undefined) throw wrong(exposed)
      if (stat.isDirectory() || stat.size > 1024) throw wrong('is no key file')
    })
  } catch (cause) {
    if (cause instanceof PoolError) throw cause
    throw wrong(`cannot be read (${(cause as NodeJS.ErrnoException).code ?? 'unknown'})`, cause)
  }
  try {
    let from = 0
    let to = text.length
    while (from < to && SPACE.has(text[from] as number)) from++
    while (to > from && SPACE.has(text[to - 1] as number)) to--
    if (text[from] === 0x30 && (text[from + 1] === 0x78 || text[from + 1] === 0x58)) from += 2
    const key = new Uint8Array(32)
    for (let i = 0; i < 32; i++) {
      const high = nibble(text[from + 2 * i])
      const low = nibble(text[from + 2 * i + 1])
      if (to - from !== 64 || high < 0 || low < 0) {
        wipe(key)
        throw wrong('is not one private key of 32 bytes in hex')
      }
      key[i] = high * 16 + low
    }
    return key
  } finally {
    wipe(text)
  }
}

/**
 * Makes the file first, so that a key that nobody can store is never asked for; then writes what `make` gives, or takes the file away again.
 * @throws {PoolError} `output-file`, and what `make` throws
 */
export async function writeKeyFile(file: string, make: () => Promise<Bytes | undefined>): Promise<void> {
  const failed = (cause: unknown): PoolError => {
    const code = (cause as NodeJS.ErrnoException).code
    return new PoolError('output-file', { file, problem: code === 'EEXIST' ? 'exists' : `cannot be written (${code ?? 'unknown'})` }, { cause })
  }
  let fd: number
  try {
    fd = openSync(file, 'wx', 0o600)
  } catch (cause) {
    throw failed(cause)
  }
  let kept = false
  try {
    const key = await make()
    if (key === undefined) throw new PoolError('internal', { reason: 'no key came of it' })
    const text = new Uint8Array(67)
    text.set([0x30, 0x78])
    for (const [i, byte] of key.entries()) text.set([DIGITS[byte >> 4] as number, DIGITS[byte & 15] as number], 2 + 2 * i)
    text[66] = 0x0a
    wipe(key)
    try {
      for (let done = 0; done < text.length; ) done += writeSync(fd, text, done)
      fsyncSync(fd)
      kept = true
    } catch (cause) {
      throw failed(cause)
    } finally {
      wipe(text)
    }
  } finally {
    closeSync(fd)
    if (!kept) unlinkSync(file)
  }
}
