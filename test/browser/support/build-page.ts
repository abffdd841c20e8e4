/**
 * Builds the page once for all browser tests, from the sources as they are now, the way `npm run build` does.
 * @module
 */
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    /** Folder of the built page. */
    readonly pageDir: string
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const pageDir = await mkdtemp(join(tmpdir(), 'sequorum-page-'))
  const vite = resolve('node_modules/vite/bin/vite.js')
  // In a process of its own: vitest's NODE_ENV would make a development build.
  const env = { ...process.env, NODE_ENV: 'production', VITEST: '' }
  await promisify(execFile)(process.execPath, [vite, 'build', '--outDir', pageDir, '--emptyOutDir', '--logLevel', 'warn'], { env })
  project.provide('pageDir', pageDir)
  return () => rm(pageDir, { recursive: true, force: true })
}
