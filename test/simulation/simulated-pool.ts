/** Pools for simulations: identities and vote keys of the test pool, times of seconds, the genesis of a fake L1. */
import { defaultQuorum, type Pool } from '../../core/proposal/pool.ts'
import type { FakeBlock } from '../support/fake-l1.ts'
import { testPool } from '../support/pool.ts'

export const L1_CHAIN = 31_337
export const L2_CHAIN = 42_069
export const INBOX = '0xff00000000000000000000000000000000000042'

export interface PoolShape {
  readonly n: number
  readonly t: number
  /** q; the default of the pool when absent. */
  readonly q?: number | undefined
  readonly confirmations?: number | undefined
  readonly nonceOffset?: number | undefined
  readonly epochLength?: number | undefined
  /** ms, as in the pool file. */
  readonly maxBatchDelay?: number | undefined
  readonly roundZero?: number | undefined
  readonly roundStep?: number | undefined
}

/** R0 = 4 s, dR = 1 s, a batch every 2 s unless told otherwise. */
export function simulatedPool(shape: PoolShape, genesis: FakeBlock): Pool {
  const { n, t, q = defaultQuorum(n, t) } = shape
  const { number, hash, timestamp } = genesis
  return testPool(n, t, {
    name: `simulated ${t} of ${n}`,
    l1: {
      chainId: L1_CHAIN,
      inbox: INBOX,
      nonceOffset: shape.nonceOffset ?? 0,
      genesis: { number, hash, timestamp },
      confirmations: shape.confirmations ?? 1,
    },
    l2: { chainId: L2_CHAIN, blockTime: 1, genesisTime: timestamp, maxSequencerDrift: 600 },
    agreementQuorum: q,
    times: {
      roundZero: shape.roundZero ?? 4_000,
      roundStep: shape.roundStep ?? 1_000,
      maxBatchDelay: shape.maxBatchDelay ?? 2_000,
      epochLength: shape.epochLength ?? 4,
    },
  })
}
