/**
 * What the pages of the bench offer to the program that drives the browser.
 * @module
 */
import type { KernelName } from '../../../core/kernel/index.ts'
import type { Job, Sample } from '../../jobs.ts'

export interface BenchApi {
  /** Starts a module worker with that engine; resolves when its kernel is there, with the ms since the page was asked for. */
  open(engine: KernelName): Promise<number>
  run(engine: KernelName, job: Job): Promise<Sample>
}

/** ms from the request for the page until its worker has answered; the bare page has only this. */
export interface BareApi {
  readonly opened: Promise<number>
}

export type ToWorker = { readonly engine: KernelName } | { readonly job: Job }
export type FromWorker = { readonly opened: true } | { readonly sample: Sample } | { readonly failed: string }
