/**
 * The control for start-up: a page with a module worker that does nothing but answer.
 * @module
 */
import type { BareApi } from './api.ts'

const api: BareApi = {
  opened: new Promise(resolve => {
    const worker = new Worker(new URL('./bare-worker.ts', import.meta.url), { type: 'module' })
    worker.onmessage = () => resolve(performance.now())
    worker.postMessage('open')
  }),
}
Object.assign(globalThis, { bare: api })
