/**
 * The module's size, and how long a process that has never seen it takes to have it ready.
 * @module
 */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { moduleBytes } from '../core/kernel/wasm/instance.ts'
import { median } from './measure.ts'
import type { Result } from './report.ts'

const PROGRAM = fileURLToPath(new URL('./start-up-process.js', import.meta.url))

/** Fresh processes, since an engine keeps the code of modules that it has compiled. */
export async function measureStartUp(processes: number): Promise<Result[]> {
  const times: number[] = []
  for (let i = 0; i < processes; i++) {
    const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM])
    times.push(Number(stdout))
  }
  return [
    { name: 'kernel/bytes', unit: 'bytes', value: moduleBytes().length, controls: [] },
    { name: 'kernel/instantiate', unit: 'ms', value: median(times), controls: [] },
  ]
}
