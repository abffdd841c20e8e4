/**
 * A member's view of L1 and of the pool's chain at a final L1 block, so that a restart reads L1 from there and not from genesis.
 * @module
 */
import { type Bytes, equal, fromHex, hex } from '../bytes.ts'
import { fixed, list, malformed, struct, u53, version } from '../codec.ts'
import type { Hex } from '../ethereum.ts'
import { type Pool, poolHash } from '../proposal/pool.ts'
import type { FollowerStart, L1Follower, L1Header } from './l1-follower.ts'
import type { ChainStart, L2Chain } from './l2-chain.ts'
import type { GuardStore } from './ports.ts'

export interface Checkpoint {
  readonly follower: FollowerStart
  readonly chain: ChainStart
}

const header = struct({ number: u53, hash: fixed(32), timestamp: u53 })
/** After an outage the pool's newest block may have an L1 origin that is this far behind; then no checkpoint is taken for a while. */
const MAX_HEADERS = 8_192

const stored = struct({
  version: version(1),
  pool: fixed(32),
  account: fixed(20),
  /** Consecutive, oldest first; the last one is final. */
  headers: list(header, MAX_HEADERS),
  nextHeight: u53,
  inclusions: list(struct({ height: u53, hash: fixed(32), block: header }), 100_000),
  head: struct({ number: u53, hash: fixed(32), timestamp: u53, originNumber: u53, originHash: fixed(32) }),
  nonces: list(struct({ sender: fixed(20), nonce: u53 }), 0xffff_ffff),
})

const packHeader = (value: L1Header) => ({ number: value.number, hash: fromHex(value.hash), timestamp: value.timestamp })
const unpackHeader = (value: ReturnType<typeof packHeader>): L1Header => ({ number: value.number, hash: hex(value.hash), timestamp: value.timestamp })

export function encodeCheckpoint(pool: Pool, account: Hex, { follower, chain }: Checkpoint): Bytes {
  const { head } = chain
  return stored.encode({
    version: 1,
    pool: poolHash(pool),
    account: fromHex(account),
    headers: follower.headers.map(packHeader),
    nextHeight: follower.nextHeight,
    inclusions: follower.inclusions.map(({ height, hash, block }) => ({ height, hash: fromHex(hash), block: packHeader(block) })),
    head: {
      number: head.number,
      hash: fromHex(head.hash),
      timestamp: head.timestamp,
      originNumber: head.l1Origin.number,
      originHash: fromHex(head.l1Origin.hash),
    },
    nonces: [...chain.nonces].map(([sender, nonce]) => ({ sender: fromHex(sender), nonce })),
  })
}

/** @throws {PoolError} `malformed-bytes`, also for a checkpoint of another pool or account. */
export function decodeCheckpoint(pool: Pool, account: Hex, bytes: Bytes): Checkpoint {
  const { head, ...rest } = stored.decode(bytes)
  if (!equal(rest.pool, poolHash(pool)) || !equal(rest.account, fromHex(account))) throw malformed('checkpoint of another pool')
  if (rest.headers.length === 0) throw malformed('checkpoint without a block')
  return {
    follower: {
      headers: rest.headers.map(unpackHeader),
      nextHeight: rest.nextHeight,
      inclusions: rest.inclusions.map(({ height, hash, block }) => ({ height, hash: hex(hash), block: unpackHeader(block) })),
    },
    chain: {
      head: {
        number: head.number,
        hash: hex(head.hash),
        timestamp: head.timestamp,
        l1Origin: { number: head.originNumber, hash: hex(head.originHash) },
      },
      nonces: new Map(rest.nonces.map(({ sender, nonce }) => [hex(sender), nonce])),
    },
  }
}

/** Heights between checkpoints. */
const EVERY = 32

/** Takes checkpoints while a member runs: a picture of its state every so many heights, stored once its newest block is final. */
export interface Checkpoints {
  /** After each look at L1. */
  look(follower: L1Follower, chain: L2Chain): Promise<void>
}

export function takeCheckpoints(input: { pool: Pool; account: Hex; store: Pick<GuardStore, 'saveCheckpoint'> }): Checkpoints {
  const { pool, account, store } = input
  let last = 0
  let waiting: { readonly tip: L1Header; readonly nextHeight: number; readonly bytes: Bytes } | undefined
  return {
    async look(follower, chain) {
      if (waiting !== undefined && follower.finalized >= waiting.tip.number) {
        if (follower.header(waiting.tip.number)?.hash === waiting.tip.hash) {
          await store.saveCheckpoint(waiting.bytes)
          last = waiting.nextHeight
        }
        waiting = undefined
      }
      if (waiting !== undefined || follower.nextHeight < last + EVERY) return
      // The seed of a rotation epoch comes from up to two epochs back.
      const kept = Math.max(0, follower.nextHeight - 2 * pool.times.epochLength - 2)
      const picture = { follower: follower.snapshot(chain.head.l1Origin.number, kept), chain: chain.snapshot() }
      if (picture.follower.headers.length > MAX_HEADERS) return
      waiting = { tip: follower.tip, nextHeight: follower.nextHeight, bytes: encodeCheckpoint(pool, account, picture) }
    },
  }
}
