/**
 * Folders of tests, outside of the project, gone afterwards.
 * @module
 */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const made: string[] = []

/** A new empty folder, 0700. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'sequorum-process-'))
  made.push(path)
  return path
}

/** Takes all of them away. */
export function removeFolders(): void {
  for (const path of made.splice(0)) rmSync(path, { recursive: true, force: true })
}

/** Every file below a folder. */
export function filesBelow(path: string): string[] {
  return readdirSync(path, { withFileTypes: true, recursive: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))
}
