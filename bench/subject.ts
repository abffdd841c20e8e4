/**
 * The engine that a bench measures.
 * @module
 */
import type { KernelName } from '../core/kernel/index.ts'
import { type Lane, openLane } from './lane.ts'

export interface Subject {
  readonly engine: KernelName
  readonly lane: Lane
}

/** The engine that was asked for; else the compiled one, or its twin where that does not run. */
export async function openSubject(engine: KernelName | undefined, note: (text: string) => void): Promise<Subject> {
  if (engine !== undefined) return { engine, lane: await openLane(engine) }
  try {
    return { engine: 'wasm', lane: await openLane('wasm') }
  } catch (error) {
    note(`the compiled kernel does not run here, so the reference is measured: ${error instanceof Error ? error.message.split('\n')[0] : error}`)
    return { engine: 'reference', lane: await openLane('reference') }
  }
}
