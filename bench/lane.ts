/**
 * One engine in a thread of its own, since a thread has one engine for its life. Lanes are asked one at a time.
 * @module
 */
import { Worker } from 'node:worker_threads'
import type { KernelName } from '../core/kernel/index.ts'
import type { Job, Sample } from './jobs.ts'
import type { FromLane, LaneSetup } from './lane-worker.ts'

/** Somewhere that jobs run. */
export interface Lane {
  readonly engine: KernelName
  /** Rejects with what the job throws. */
  run(job: Job): Promise<Sample>
  close(): Promise<void>
}

/** Starts a thread with that engine. Rejects when the engine does not run here. */
export async function openLane(engine: KernelName): Promise<Lane> {
  const worker = new Worker(new URL('./lane-worker.js', import.meta.url), { workerData: { engine } satisfies LaneSetup })
  const next = (): Promise<FromLane> =>
    new Promise((resolve, reject) => {
      worker.once('message', resolve)
      worker.once('error', reject)
    })
  const close = async (): Promise<void> => void (await worker.terminate())
  const first = await next()
  if (first.kind === 'failed') {
    await close()
    throw new Error(first.message)
  }
  return {
    engine,
    async run(job) {
      const answer = next()
      worker.postMessage(job)
      const got = await answer
      if (got.kind === 'sample') return got.sample
      throw new Error(got.kind === 'failed' ? got.message : 'the lane answered out of turn')
    },
    close,
  }
}
