/**
 * Waiting for conditions of other processes.
 * @module
 */
import { setTimeout as pause } from 'node:timers/promises'

export interface Patience {
  /** ms until it gives up. */
  readonly within?: number
  /** ms between looks. */
  readonly every?: number
  /** Told in the error: what there was instead. */
  readonly instead?: () => string
  /** Ends the wait early: gives the reason why it can no longer come true. */
  readonly hopeless?: () => string | undefined
}

/** Looks until `probe` gives something else than undefined or false; an error that it throws counts as "not yet". */
export async function until<T>(
  what: string,
  probe: () => Promise<T | undefined | false> | T | undefined | false,
  patience: Patience = {},
): Promise<T> {
  const { within = 60_000, every = 40, instead = () => '', hopeless = () => undefined } = patience
  const deadline = Date.now() + within
  let problem = ''
  for (;;) {
    try {
      const found = await probe()
      if (found !== undefined && found !== false) return found
      problem = ''
    } catch (error) {
      problem = error instanceof Error ? `; last error: ${error.message}` : ''
    }
    const lost = hopeless()
    if (lost !== undefined) throw new Error(`waited for ${what}, which can no longer happen: ${lost}${problem}\n${instead()}`)
    if (Date.now() > deadline) throw new Error(`waited ${within} ms for ${what}${problem}\n${instead()}`)
    await pause(every)
  }
}
