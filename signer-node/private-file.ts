/**
 * Files that only their owner may read: written whole or not at all, refused when others could read them.
 * @module
 */
import {
  closeSync,
  fstatSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  type Stats,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import type { Bytes } from '../core/bytes.ts'

/** Windows has no such modes; its access lists are the operator's business. */
const HAS_MODES = process.platform !== 'win32'

/** What is wrong with owner or mode, in words; undefined when only this user can use it. */
export function exposure(stat: Stats): string | undefined {
  if (!HAS_MODES) return undefined
  const uid = process.geteuid?.()
  if (uid !== undefined && stat.uid !== uid) return 'belongs to another user'
  return (stat.mode & 0o077) === 0 ? undefined : `mode is ${(stat.mode & 0o777).toString(8).padStart(4, '0')}`
}

/** Makes the folder of a file, 0700, unless it is there. Gives {@link exposure} of it. */
export function privateFolder(file: string): string | undefined {
  const folder = dirname(file)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  return exposure(statSync(folder))
}

/** Reads a file through one descriptor, so that what was checked is what is read. `check` throws to refuse. */
export function readChecked(file: string, check: (stat: Stats) => void): Bytes {
  const fd = openSync(file, 'r')
  try {
    check(fstatSync(fd))
    return new Uint8Array(readFileSync(fd))
  } finally {
    closeSync(fd)
  }
}

function writeSynced(file: string, bytes: Bytes): void {
  const fd = openSync(file, 'w', 0o600)
  try {
    for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

/** Makes names in a folder durable. */
export function syncFolder(folder: string): void {
  if (!HAS_MODES) return
  const fd = openSync(folder, 'r')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

/** The name of an unfinished write. One writer at a time is the caller's duty (the vault lock). */
export const temporaryName = (file: string): string => `${file}.tmp`

/** Replaces a file, 0600: temporary file in the same folder, fsync, rename, fsync of the folder. A crash leaves the old file or the new one. */
export function replaceFile(file: string, bytes: Bytes): void {
  writeSynced(temporaryName(file), bytes)
  renameSync(temporaryName(file), file)
  syncFolder(dirname(file))
}

/** Writes a new file, 0600, in the same way. Throws `EEXIST` when there is one. */
export function createFile(file: string, bytes: Bytes): void {
  const temporary = temporaryName(file)
  writeSynced(temporary, bytes)
  try {
    linkSync(temporary, file)
  } finally {
    unlinkSync(temporary)
  }
  syncFolder(dirname(file))
}
