/**
 * A thread that runs jobs with one engine. Started by lane.ts.
 * @module
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { parentPort, workerData } from 'node:worker_threads'
import { type KernelName, kernel, selectKernel } from '../core/kernel/index.ts'
import { type Job, type Platform, runJob, type Sample } from './jobs.ts'

export interface LaneSetup {
  readonly engine: KernelName
}
export type FromLane =
  | { readonly kind: 'open'; readonly engine: KernelName }
  | { readonly kind: 'sample'; readonly sample: Sample }
  | { readonly kind: 'failed'; readonly message: string }

const port = parentPort
if (port === null) throw new Error('lane-worker.js runs as a worker thread only')
const post = (message: FromLane): void => port.postMessage(message)
const messageOf = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error))

const platform: Platform = {
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

port.on('message', (job: Job) => {
  runJob(job, platform).then(
    sample => post({ kind: 'sample', sample }),
    (error: unknown) => post({ kind: 'failed', message: messageOf(error) }),
  )
})
try {
  selectKernel((workerData as LaneSetup).engine)
  post({ kind: 'open', engine: kernel.name })
} catch (error) {
  post({ kind: 'failed', message: messageOf(error) })
}
