/**
 * Where the demo finds the built page and keeps its logs.
 * @module
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Log } from '../../../core/member/ports.ts'
import { createLog } from '../../log.ts'

/** The page as `npm run build` leaves it, beside the compiled program; undefined when it was not built. */
export function pageDir(): string | undefined {
  const dir = fileURLToPath(new URL('../../../page', import.meta.url))
  return existsSync(join(dir, 'index.html')) ? dir : undefined
}

/** Log files by part, in `dir/logs`. */
export const fileLog =
  (dir: string) =>
  (part: string): Log =>
    createLog({ name: part, file: join(dir, `${part}.log`) })
