/**
 * What can be measured in one thread, by name. Jobs need nothing of a platform but a stopwatch and randomness, so that the same ones run in a
 * process of Node and in a module worker of a browser.
 * @module
 */
import type { Random } from '../core/bytes.ts'
import { dkg } from './dkg.ts'
import { type KernelOperation, kernelOperation, type NobleOperation, nobleOperation } from './kernel.ts'
import { shareMemory, shareSize } from './share.ts'
import { online, signature } from './sign.ts'

export type Job =
  | { readonly job: 'dkg'; readonly threshold: number; readonly members: number }
  /** Preprocessing and both online rounds. `count`: signatures of one sample. */
  | { readonly job: 'sign'; readonly signers: number; readonly count: number }
  /** The online rounds alone, with tuples made before. */
  | { readonly job: 'online'; readonly signers: number; readonly count: number }
  | { readonly job: 'share-size' }
  | { readonly job: 'share-memory' }
  | { readonly job: 'kernel'; readonly operation: KernelOperation; readonly count: number }
  | { readonly job: 'noble'; readonly operation: NobleOperation; readonly count: number }

/** What one run of a job gave. */
export interface Sample {
  /** ms of one operation, of one party where there are several. */
  readonly ms?: number
  /** Other facts, by name. */
  readonly facts?: Readonly<Record<string, number>>
}

/** What jobs need of the platform. */
export interface Platform {
  readonly random: Random
  /** Starts a watch; the returned function gives ms of CPU of the whole process, or of the wall where there is no such count. */
  watch(): () => number
  /** Collects garbage and gives bytes in use of the JavaScript heap and of buffers; absent where that cannot be asked. */
  memory?: (() => number) | undefined
}

/** Runs a job once. @throws {PoolError} what the protocol throws. */
export function runJob(job: Job, platform: Platform): Promise<Sample> {
  switch (job.job) {
    case 'dkg':
      return dkg(job, platform)
    case 'sign':
      return signature(job, platform)
    case 'online':
      return online(job, platform)
    case 'share-size':
      return Promise.resolve(shareSize())
    case 'share-memory':
      return Promise.resolve(shareMemory(platform))
    case 'kernel':
      return Promise.resolve(kernelOperation(job, platform))
    case 'noble':
      return Promise.resolve(nobleOperation(job, platform))
  }
}
