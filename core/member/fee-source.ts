/**
 * The fees that this member would pay now, by its own L1 node. They are asked for while nothing is due, so that nobody waits for them when a batch is to
 * be signed.
 * @module
 */
import { isPoolError } from '../errors.ts'
import { DEFAULT_FEE_POLICY, type Fees, suggestFees } from '../l1/fees.ts'
import type { Clock, L1Reader, Log } from './ports.ts'

/** ms for which an answer stands: less than a block of Ethereum, in which base fees move by an eighth at most. */
const FRESH = 10_000
/** ms after which another one is fetched ahead of its use, and between such attempts. */
const AGEING = 5_000
const PAUSE = 1_000

export interface FeeSource {
  /** Asks now, when the last answer is some seconds old. */
  prefetch(): void
  /** Undefined when the last answer does not stand any more. */
  known(): Fees | undefined
  /** Asks when none is known. Undefined while L1 does not answer. */
  now(): Promise<Fees | undefined>
}

export function createFeeSource({ l1, clock, log }: { l1: Pick<L1Reader, 'fees'>; clock: Clock; log: Log }): FeeSource {
  let answer: { readonly fees: Fees; readonly at: number } | undefined
  let asking: Promise<Fees | undefined> | undefined
  let askedAt = Number.NEGATIVE_INFINITY

  async function ask(): Promise<Fees | undefined> {
    askedAt = clock.now()
    try {
      const fees = suggestFees(await l1.fees(), DEFAULT_FEE_POLICY)
      answer = { fees, at: clock.now() }
      return fees
    } catch (error) {
      if (!isPoolError(error)) throw error
      log('warn', 'sign.no-fees', { code: error.code })
      return undefined
    }
  }

  const youngerThan = (age: number): boolean => answer !== undefined && clock.now() - answer.at < age

  const known = (): Fees | undefined => (youngerThan(FRESH) ? answer?.fees : undefined)

  function asked(): Promise<Fees | undefined> {
    asking ??= ask().finally(() => {
      asking = undefined
    })
    return asking
  }

  return {
    prefetch() {
      if (!youngerThan(AGEING) && clock.now() - askedAt >= PAUSE) asked().catch(() => {})
    },
    known,
    now: async () => known() ?? asked(),
  }
}
