/**
 * Who caused an abort, and how sure that is.
 * @module
 */
import { type Culprit, type ErrorCode, PoolError } from '../errors.ts'

type Context = PoolError['context']

/** An abort that only `party` can have caused. */
export const accuse = (code: ErrorCode, party: number, context: Context = {}, evidence?: string, cause?: unknown): PoolError =>
  new PoolError(
    code,
    { party, ...context },
    { culprits: [{ party, certainty: 'confirmed', ...(evidence === undefined ? {} : { evidence }) }], ...(cause === undefined ? {} : { cause }) },
  )

/** An abort by one of several parties, or by silence. */
export function suspect(code: ErrorCode, parties: readonly number[], context: Context = {}, evidence?: string): PoolError {
  const culprits = parties.map((party): Culprit => ({ party, certainty: 'suspected', ...(evidence === undefined ? {} : { evidence }) }))
  return new PoolError(code, context, { culprits })
}

/**
 * Runs a check on what `party` sent in `round`. A PoolError comes out with that party as its confirmed culprit; bytes that do not
 * follow their format become `malformed-round`. Anything else is a fault of this program and passes through.
 */
export function attribute<T>(party: number, round: string, check: () => T): T {
  try {
    return check()
  } catch (error) {
    if (!(error instanceof PoolError) || error.kind === 'bug') throw error
    const code = error.code === 'malformed-bytes' ? 'malformed-round' : error.code
    throw accuse(code, party, { round, ...error.context }, error.culprits[0]?.evidence, error)
  }
}

/** The same error with more public facts. */
export const withContext = (error: PoolError, context: Context): PoolError =>
  new PoolError(error.code, { ...error.context, ...context }, { culprits: error.culprits, cause: error.cause ?? error })
