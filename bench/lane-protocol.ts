/**
 * What a lane's process says to the one that started it: `open` once, then an answer to each job.
 * @module
 */
import type { Job, Sample } from './jobs.ts'

export type FromLane =
  | { readonly kind: 'open' }
  | { readonly kind: 'sample'; readonly sample: Sample }
  | { readonly kind: 'failed'; readonly message: string }

const post = (message: FromLane): void => void process.send?.(message)
const failed = (error: unknown): void => post({ kind: 'failed', message: error instanceof Error ? (error.stack ?? error.message) : String(error) })

/** Opens what runs jobs, and runs those that come. Ends with the process that started this one. */
export function serveLane(open: () => ((job: Job) => Promise<Sample>) | Promise<(job: Job) => Promise<Sample>>): void {
  process.on('disconnect', () => process.exit(0))
  Promise.resolve()
    .then(open)
    .then(run => {
      process.on('message', (job: Job) => void run(job).then(sample => post({ kind: 'sample', sample }), failed))
      post({ kind: 'open' })
    }, failed)
}
