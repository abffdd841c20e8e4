/**
 * The page: one module worker for each engine, and nothing else.
 * @module
 */
import type { KernelName } from '../../../core/kernel/index.ts'
import type { BenchApi, FromWorker, ToWorker } from './api.ts'

const workers = new Map<KernelName, Worker>()

function ask(worker: Worker, message: ToWorker): Promise<FromWorker> {
  return new Promise((resolve, reject) => {
    worker.onmessage = (event: MessageEvent<FromWorker>) => ('failed' in event.data ? reject(new Error(event.data.failed)) : resolve(event.data))
    worker.onerror = event => reject(new Error(event.message))
    worker.postMessage(message)
  })
}

const api: BenchApi = {
  async open(engine) {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' })
    await ask(worker, { engine })
    workers.set(engine, worker)
    return performance.now()
  },
  async run(engine, job) {
    const worker = workers.get(engine)
    if (worker === undefined) throw new Error(`no worker with ${engine}`)
    const answer = await ask(worker, { job })
    return 'sample' in answer ? answer.sample : {}
  },
}
Object.assign(globalThis, { bench: api })
