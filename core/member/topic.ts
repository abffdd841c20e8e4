/**
 * One kind of news and who wants it.
 * @module
 */
import { asPoolError } from '../errors.ts'
import type { Log } from './ports.ts'

/** Adds a handler; the returned function takes it away. */
export type Subscribe<A extends readonly unknown[]> = (handler: (...args: A) => void) => () => void

export interface Topic<A extends readonly unknown[]> {
  readonly subscribe: Subscribe<A>
  /** Calls every handler; one that throws is logged and does not keep the others from being called. */
  emit(...args: A): void
}

export function createTopic<A extends readonly unknown[]>(name: string, log: Log): Topic<A> {
  const handlers = new Set<(...args: A) => void>()
  return {
    subscribe(handler) {
      handlers.add(handler)
      return () => handlers.delete(handler)
    },
    emit(...args) {
      for (const handler of [...handlers])
        try {
          handler(...args)
        } catch (error) {
          log('error', 'handler.failed', { topic: name, ...asPoolError(error).toJSON() })
        }
    },
  }
}
