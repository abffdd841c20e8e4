/**
 * Pools for tests, with the fixed identities and vote keys of their seats.
 * @module
 */
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { type Bytes, hex } from '../../core/bytes.ts'
import { keccak256 } from '../../core/ethereum.ts'
import { defaultQuorum, type Pool, parsePool } from '../../core/proposal/pool.ts'
import { testParty } from './identity.ts'
import { labelled } from './random.ts'

/** 32-byte secp256k1 vote key of a seat. */
export const testVoteKey = (index: number): Bytes => labelled('vote key', index)

const addressOf = (secret: Bytes): `0x${string}` => hex(keccak256(secp256k1.getPublicKey(secret, false).slice(1)).slice(12))

/** Seats 1..n with equal weights; times of a demo. */
export function testPool(n: number, threshold = 2, change: Record<string, unknown> = {}): Pool {
  return parsePool({
    version: 1,
    name: 'test pool',
    l1: {
      chainId: 31337,
      inbox: `0x${'ff'.repeat(20)}`,
      nonceOffset: 0,
      genesis: { number: 0, hash: hex(labelled('genesis')), timestamp: 1_750_000_000 },
      confirmations: 1,
    },
    l2: { chainId: 4242, blockTime: 1, genesisTime: 1_750_000_000, maxSequencerDrift: 600 },
    threshold,
    agreementQuorum: defaultQuorum(n, threshold),
    times: { roundZero: 3_000, roundStep: 1_000, maxBatchDelay: 1_000, epochLength: 8 },
    members: Array.from({ length: n }, (_, i) => ({
      seat: i + 1,
      identity: hex(testParty(i + 1).identity),
      vote: addressOf(testVoteKey(i + 1)),
      weight: 1,
    })),
    ...change,
  })
}
