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
  /** Of the worker that runs now. */
  readonly api: Remote<SignerApi>
  /** Undefined until the worker has answered. */
  readonly status: ReadonlySignal<SeatStatus | undefined>
  /** Ends the member in order, then the worker, and with it everything secret that this tab holds in memory; a new one starts. */
  lock(): Promise<void>
  /** Ends the worker at once: its stores bear that at any moment. */
  halt(): void
  /** Starts a worker when there is none. */
  start(): void
}

interface Policy {
  createScriptURL(url: string): unknown
}
type PolicyFactory = { createPolicy(name: string, rules: Policy): Policy }

/** ms that a member has to say goodbye. */
const GOODBYE = 3_000

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
  const address = trusted(workerUrl)
  const status = signal<SeatStatus | undefined>(undefined)
  let running = begin()

  function begin(): { readonly worker: Worker; readonly api: Remote<SignerApi> } {
    const worker = new Worker(address, { type: 'module', name: profile })
    const api = wrap<SignerApi>(worker)
    void api.watch(
      proxy((now: SeatStatus) => {
        if (running.worker === worker) status.value = now
      }),
    )
    return { worker, api }
  }

  let halted = false
  function halt(): void {
    running.worker.terminate()
    halted = true
    status.value = undefined
  }
  function start(): void {
    if (!halted) return
    halted = false
    running = begin()
  }
  return {
    get api() {
      return running.api
    },
    status,
    async lock() {
      const ending = running
      await Promise.race([ending.api.lock(), new Promise(resolve => setTimeout(resolve, GOODBYE))])
      if (running !== ending || halted) return
      halt()
      start()
    },
    halt,
    start,
  }
}
