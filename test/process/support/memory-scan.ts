/**
 * Reads another process's memory, as a debugger or a thief with the same user would.
 * @module
 */
import { closeSync, openSync, readFileSync, readSync } from 'node:fs'

export interface Region {
  readonly start: number
  readonly bytes: number
  /** What the kernel of the system says it is: a file, `[heap]`, `[stack]`, or empty. */
  readonly name: string
}

/** Everything that a process may read and write, or only read. */
export function regionsOf(pid: number): Region[] {
  return readFileSync(`/proc/${pid}/maps`, 'utf8')
    .trim()
    .split('\n')
    .map(line => /^([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ \S+ *(.*)$/.exec(line))
    .filter(match => match?.[3]?.startsWith('r') === true && !['[vvar]', '[vsyscall]'].includes(match[4] ?? ''))
    .map(match => {
      const [start, end] = [Number.parseInt(match?.[1] ?? '', 16), Number.parseInt(match?.[2] ?? '', 16)]
      return { start, bytes: end - start, name: match?.[4] ?? '' }
    })
}

const CHUNK = 16 * 1024 * 1024
/** Longer than anything that is searched for, so that nothing is missed between two chunks. */
const OVERLAP = 4096

/** Calls `visit` with the content of each region, piece by piece. Pages that cannot be read are left out. */
export function scan(pid: number, visit: (content: Buffer, region: Region) => void): { readonly scanned: number } {
  const file = openSync(`/proc/${pid}/mem`, 'r')
  let scanned = 0
  try {
    for (const region of regionsOf(pid))
      for (let at = 0; at < region.bytes; at += CHUNK) {
        const length = Math.min(CHUNK + OVERLAP, region.bytes - at)
        const content = Buffer.alloc(length)
        try {
          const read = readSync(file, content, 0, length, region.start + at)
          scanned += Math.min(read, CHUNK)
          visit(content.subarray(0, read), region)
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'EIO' && (error as NodeJS.ErrnoException).code !== 'EFAULT') throw error
        }
      }
  } finally {
    closeSync(file)
  }
  return { scanned }
}
