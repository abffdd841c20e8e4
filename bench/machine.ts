/**
 * What a bench runs on.
 * @module
 */
import { cpus, loadavg } from 'node:os'
import type { Machine } from './report.ts'

/** This machine; the load is that of the minute before the call. */
export function thisMachine(kernel: string, platform = `node ${process.version}`): Machine {
  const processors = cpus()
  return { cpu: processors[0]?.model.trim() ?? 'unknown', cores: processors.length, platform, load: loadavg()[0], kernel }
}
