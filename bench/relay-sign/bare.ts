/**
 * Bare round trips: a second relay of the same build on the same machine, and two threads that do nothing but pass a small message to and fro.
 * @module
 */
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { poolToJson } from '../../core/proposal/pool.ts'
import { createRelay } from '../../relay/relay.ts'
import { testPool } from '../../test/support/pool.ts'
import type { BareRequest, BareSetup, FromBare } from './bare-worker.ts'

export interface Bare {
  /** Times of so many round trips, ms, each after a rest of so many ms. */
  measure(count: number, rest: number): Promise<readonly number[]>
  close(): Promise<void>
}

export async function openBare(dir: string, l1Rpc: string): Promise<Bare> {
  const pool = testPool(2)
  const relay = await createRelay({ pool, host: '127.0.0.1', port: 0, dataDir: join(dir, 'bare-relay'), l1Rpc, log: () => {} })
  const open = (seat: number): { worker: Worker; connected: Promise<void> } => {
    const setup: BareSetup = { pool: poolToJson(pool), relayUrl: relay.socketUrl, seat }
    const worker = new Worker(new URL('./bare-worker.js', import.meta.url), { workerData: setup })
    const connected = new Promise<void>((resolve, reject) => {
      worker.once('error', reject)
      worker.on('message', (message: FromBare) => (message.kind === 'connected' ? resolve() : undefined))
    })
    return { worker, connected }
  }
  const ends = [open(1), open(2)] as const
  await Promise.all(ends.map(end => end.connected))
  const [{ worker }] = ends
  return {
    measure: (count, rest) =>
      new Promise(resolve => {
        const heard = (message: FromBare): void => {
          if (message.kind !== 'times') return
          worker.off('message', heard)
          resolve(message.times)
        }
        worker.on('message', heard)
        worker.postMessage({ count, rest } satisfies BareRequest)
      }),
    async close() {
      const leaving = ends.map(end => new Promise<void>(resolve => end.worker.once('exit', () => resolve())))
      for (const end of ends) end.worker.postMessage('stop')
      await Promise.all(leaving)
      await relay.close()
    },
  }
}
