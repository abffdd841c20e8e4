/**
 * Processes that run jobs: one engine, or one peer, in each, so that the CPU time of one is that of its parties and nothing else. Lanes are asked
 * one at a time.
 * @module
 */
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { KernelName } from '../core/kernel/index.ts'
import type { Job, Sample } from './jobs.ts'
import type { FromLane } from './lane-protocol.ts'
import type { Runner } from './run-figures.ts'

/** Somewhere that jobs run. `run` rejects with what the job throws. */
export interface Lane extends Runner {
  close(): Promise<void>
}

/** Starts a program that speaks `FromLane`. Rejects when it cannot open. */
export async function openProcess(program: URL, args: readonly string[]): Promise<Lane> {
  // What packages print is not for the reader of the table.
  const child = fork(fileURLToPath(program), args, { serialization: 'advanced', stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })
  const next = (): Promise<FromLane> =>
    new Promise((resolve, reject) => {
      const ended = (code: number | null): void => reject(new Error(`the process has ended with ${code ?? 'a signal'}`))
      child.once('exit', ended)
      child.once('message', message => {
        child.off('exit', ended)
        resolve(message as FromLane)
      })
    })
  const ended = new Promise<void>(resolve => child.once('exit', () => resolve()))
  const close = async (): Promise<void> => {
    if (child.connected) child.disconnect()
    await ended
  }
  const first = await next()
  if (first.kind === 'failed') {
    await close()
    throw new Error(first.message)
  }
  return {
    async run(job: Job): Promise<Sample> {
      const answer = next()
      child.send(job)
      const got = await answer
      if (got.kind === 'sample') return got.sample
      throw new Error(got.kind === 'failed' ? got.message : 'the lane answered out of turn')
    },
    close,
  }
}

/** A process with that engine. Rejects when the engine does not run here. */
export const openLane = (engine: KernelName): Promise<Lane> => openProcess(new URL('./lane-process.js', import.meta.url), [engine])
