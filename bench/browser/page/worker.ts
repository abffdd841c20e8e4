/**
 * A module worker that runs the jobs of the bench with one engine. A worker is one thread, and a job of ours waits for nothing, so that the wall
 * clock counts what the parties compute.
 * @module
 */
import { kernel, selectKernel } from '../../../core/kernel/index.ts'
import { type Platform, runJob } from '../../jobs.ts'
import type { FromWorker, ToWorker } from './api.ts'

/** The worker's side of a worker, which the types of a page do not know. */
const scope = globalThis as unknown as {
  onmessage: (event: { readonly data: ToWorker }) => void
  postMessage(message: FromWorker): void
}

const platform: Platform = {
  random: length => crypto.getRandomValues(new Uint8Array(length)),
  watch() {
    const begin = performance.now()
    return () => performance.now() - begin
  },
}

const failed = (error: unknown): void => scope.postMessage({ failed: error instanceof Error ? (error.stack ?? error.message) : String(error) })

function open(engine: 'wasm' | 'reference'): void {
  selectKernel(engine)
  // The first use builds what is built once.
  kernel.points.validate(kernel.points.base)
  scope.postMessage({ opened: true })
}

scope.onmessage = ({ data }) => {
  try {
    if ('engine' in data) open(data.engine)
    else void runJob(data.job, platform).then(sample => scope.postMessage({ sample }), failed)
  } catch (error) {
    failed(error)
  }
}
