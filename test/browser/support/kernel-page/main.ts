/** Starts the worker and leaves what it will say where the test looks. */
const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' })
const said = new Promise(resolve => {
  worker.onmessage = ({ data }) => resolve(data)
  worker.onerror = event => resolve({ problem: event.message })
})
Object.assign(globalThis, { said })
