import { describe, expect, it } from 'vitest'
import { isPoolError } from '../errors.ts'
import { parsePool } from '../proposal/pool.ts'
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint, takeCheckpoints } from './checkpoint.ts'
import type { L1Follower, L1Header } from './l1-follower.ts'
import type { L2Chain } from './l2-chain.ts'

const word = (byte: number): `0x${string}` => `0x${byte.toString(16).padStart(2, '0').repeat(32)}`
const address = (byte: number): `0x${string}` => `0x${byte.toString(16).padStart(2, '0').repeat(20)}`
const block = (number: number): L1Header => ({ number, hash: word(number), timestamp: 1_000 + number })

const pool = (l2ChainId = 7) =>
  parsePool({
    version: 1,
    name: 'p',
    l1: { chainId: 1, inbox: address(9), nonceOffset: 0, genesis: { number: 0, hash: word(0), timestamp: 1_000 }, confirmations: 1 },
    l2: { chainId: l2ChainId, blockTime: 1, genesisTime: 1_000, maxSequencerDrift: 600 },
    threshold: 2,
    agreementQuorum: 2,
    times: { roundZero: 3_000, roundStep: 1_000, maxBatchDelay: 3_000, epochLength: 4 },
    members: [1, 2].map(seat => ({ seat, identity: word(seat), vote: address(seat), weight: 1 })),
  })

const checkpoint: Checkpoint = {
  follower: { headers: [block(3), block(4)], nextHeight: 5, inclusions: [{ height: 4, hash: word(77), block: block(4) }] },
  chain: { head: { number: 9, hash: word(50), timestamp: 1_009, l1Origin: { number: 3, hash: word(3) } }, nonces: new Map([[address(4), 6]]) },
}

describe('checkpoint', () => {
  it('comes back as it was stored, for the same pool and account only', () => {
    const bytes = encodeCheckpoint(pool(), address(8), checkpoint)
    expect(decodeCheckpoint(pool(), address(8), bytes)).toEqual(checkpoint)
    for (const [other, account] of [
      [pool(8), address(8)],
      [pool(), address(7)],
    ] as const) {
      let error: unknown
      try {
        decodeCheckpoint(other, account, bytes)
      } catch (thrown) {
        error = thrown
      }
      expect(isPoolError(error, 'malformed-bytes')).toBe(true)
    }
  })

  it('is stored when its newest block is final, and never when that block was reorganised away', async () => {
    const saved: Uint8Array[] = []
    const store = { saveCheckpoint: async (bytes: Uint8Array) => void saved.push(bytes) }
    const chain = { ...checkpoint.chain, snapshot: () => checkpoint.chain } as unknown as L2Chain
    let tip = block(40)
    let finalized = 0
    const follower = {
      get tip() {
        return tip
      },
      get finalized() {
        return finalized
      },
      nextHeight: 32,
      header: (number: number) => (number === tip.number ? tip : undefined),
      snapshot: () => checkpoint.follower,
    } as unknown as L1Follower
    const checkpoints = takeCheckpoints({ pool: pool(), account: address(8), store })
    await checkpoints.look(follower, chain)
    tip = { ...tip, hash: word(99) }
    finalized = 40
    await checkpoints.look(follower, chain)
    expect(saved).toHaveLength(0)
    await checkpoints.look(follower, chain)
    expect(saved).toHaveLength(1)
    await checkpoints.look(follower, chain)
    expect(saved).toHaveLength(1)
  })
})
