/**
 * What jobs need, by Node.
 * @module
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Platform } from './jobs.ts'

export const nodePlatform: Platform = {
  random: length => crypto.getRandomValues(new Uint8Array(length)),
  // CPU of the whole process: its collector and compiler threads work for the job as well. Nothing else of this process runs meanwhile.
  watch() {
    const before = process.cpuUsage()
    return () => {
      const { user, system } = process.cpuUsage(before)
      return (user + system) / 1000
    }
  },
  memory() {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    collect()
    collect()
    const { heapUsed, arrayBuffers } = process.memoryUsage()
    return heapUsed + arrayBuffers
  },
}
