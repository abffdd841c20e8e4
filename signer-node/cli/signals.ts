/**
 * SIGINT and SIGTERM: the first asks for an orderly end, the second ends at once.
 * @module
 */
import { EXIT } from './exit-codes.ts'

export interface StopRequest {
  /** Resolves at the first signal. */
  readonly requested: Promise<void>
  readonly isRequested: () => boolean
}

/** Listens from now on. */
export function onStopRequest(): StopRequest {
  let requested = false
  return {
    isRequested: () => requested,
    requested: new Promise(resolve => {
      const handle = (): void => {
        if (requested) process.exit(EXIT.interrupted)
        requested = true
        resolve()
      }
      process.on('SIGINT', handle)
      process.on('SIGTERM', handle)
    }),
  }
}
