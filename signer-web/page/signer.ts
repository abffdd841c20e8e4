/**
 * Starts the worker of a seat and keeps its newest status. The worker's address is a Trusted Types sink: the one policy of this page
 * lets through the worker of this build and nothing else.
 * @module
 */
import { type ReadonlySignal, signal } from '@preact/signals'
import { proxy, type Remote, wrap } from 'comlink'
import type { SeatStatus, SignerApi } from '../api.ts'
import workerUrl from '../worker/entry.ts?worker&url'

export interface Signer {
  readonly api: Remote<SignerApi>
  /** Undefined until the worker has answered. */
  readonly status: ReadonlySignal<SeatStatus | undefined>
  /** Ends the worker, and with it everything secret that this tab holds in memory. */
  terminate(): void
}

interface Policy {
  createScriptURL(url: string): unknown
}
type PolicyFactory = { createPolicy(name: string, rules: Policy): Policy }

/** The worker's address as the browser wants it: a TrustedScriptURL where there are Trusted Types. */
function trusted(url: string): string {
  const { trustedTypes } = globalThis as { trustedTypes?: PolicyFactory }
  const policy = trustedTypes?.createPolicy('sequorum', {
    createScriptURL(candidate) {
      if (candidate !== workerUrl) throw new TypeError('not the worker of this page')
      return candidate
    },
  })
  return (policy?.createScriptURL(url) ?? url) as string
}

/** @param profile which of this browser's seats this tab is. */
export function startSigner(profile: string): Signer {
  const worker = new Worker(trusted(workerUrl), { type: 'module', name: profile })
  const api = wrap<SignerApi>(worker)
  const status = signal<SeatStatus | undefined>(undefined)
  void api.watch(
    proxy((now: SeatStatus) => {
      status.value = now
    }),
  )
  return { api, status, terminate: () => worker.terminate() }
}
