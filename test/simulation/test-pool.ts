/** Pools for simulations: fixed identities and vote keys, times of seconds. */
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { type Bytes, hex } from '../../core/bytes.ts'
import { keccak256 } from '../../core/ethereum.ts'
import { defaultQuorum, type Pool } from '../../core/proposal/pool.ts'
import type { FakeBlock } from '../support/fake-l1.ts'
import { testParty } from '../support/identity.ts'
import { labelled } from '../support/random.ts'

export const L1_CHAIN = 31_337
export const L2_CHAIN = 42_069
export const INBOX = '0xff00000000000000000000000000000000000042'

/** 32-byte vote key of a seat. */
export const testVoteKey = (seat: number): Bytes => labelled('vote', seat)
const voteAddress = (seat: number): `0x${string}` => hex(keccak256(secp256k1.getPublicKey(testVoteKey(seat), false).subarray(1)).subarray(12))

export interface PoolShape {
  readonly n: number
  readonly t: number
  /** q; the default of the pool when absent. */
  readonly q?: number | undefined
  readonly confirmations?: number | undefined
  readonly nonceOffset?: number | undefined
  readonly epochLength?: number | undefined
  readonly maxBatchDelay?: number | undefined
  readonly roundZero?: number | undefined
  readonly roundStep?: number | undefined
}

/** R0 = 4 s, dR = 1 s, a batch every 2 s. */
export function testPool(shape: PoolShape, genesis: FakeBlock): Pool {
  const { n, t, q = defaultQuorum(n, t) } = shape
  return {
    name: `simulated ${t} of ${n}`,
    l1: {
      chainId: L1_CHAIN,
      inbox: INBOX,
      nonceOffset: shape.nonceOffset ?? 0,
      genesis: { number: genesis.number, hash: genesis.hash, timestamp: genesis.timestamp },
      confirmations: shape.confirmations ?? 1,
    },
    l2: { chainId: L2_CHAIN, blockTime: 1, genesisTime: genesis.timestamp, maxSequencerDrift: 600 },
    threshold: t,
    agreementQuorum: q,
    times: {
      roundZero: shape.roundZero ?? 4_000,
      roundStep: shape.roundStep ?? 1_000,
      maxBatchDelay: shape.maxBatchDelay ?? 2_000,
      epochLength: shape.epochLength ?? 4,
    },
    members: Array.from({ length: n }, (_, i) => ({
      seat: i + 1,
      identity: hex(testParty(i + 1).identity),
      vote: voteAddress(i + 1),
      weight: 1n,
      name: `member ${i + 1}`,
    })),
  }
}
