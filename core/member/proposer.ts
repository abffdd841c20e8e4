/**
 * What a member proposes in its turn: the content it is locked on or knows a certificate for, else a new batch from its own pool.
 * @module
 */
import { buildBlocks } from '../batch/builder.ts'
import { channelIdOf, contentCommitment } from '../batch/content.ts'
import { DEFAULT_LIMITS } from '../batch/limits.ts'
import type { Deflate } from '../batch/op-stack/zlib.ts'
import { encodeBlocks } from '../batch/summary.ts'
import { fromHex } from '../bytes.ts'
import type { Proposal } from '../proposal/messages.ts'
import type { Pool } from '../proposal/pool.ts'
import { signProposal } from '../proposal/vote.ts'
import type { TransactionPool } from '../transaction/pool.ts'
import type { HeightState } from './height.ts'
import type { L1Follower } from './l1-follower.ts'
import type { L2Chain } from './l2-chain.ts'

export interface Made {
  readonly proposal: Proposal
  readonly blocks: number
  readonly transactions: number
}

/** The transactions of one batch are read from the pool up to these bounds; what does not fit waits. */
const READY = { count: 5_000, bytes: DEFAULT_LIMITS.maxBytes, gas: 1_000_000_000n }

/** A proposal for (height, round), signed; undefined when no new L2 block is due yet. `now` in ms. */
export function makeProposal(input: {
  pool: Pool
  voteSecret: Uint8Array
  deflate: Deflate
  account: `0x${string}`
  state: HeightState
  round: number
  chain: L2Chain
  follower: L1Follower
  mempool: TransactionPool
  now: number
}): Made | undefined {
  const { pool, state, round, chain } = input
  const { height } = state
  if (state.agreed !== undefined) {
    const { certificate, proposal: earlier } = state.agreed
    const { origin, payload, content } = earlier
    const unsigned = { height, round, content, origin, payload, justification: { validRound: certificate.round, certificate } }
    return { proposal: { ...unsigned, signature: signProposal(unsigned, pool, input.voteSecret) }, blocks: 0, transactions: 0 }
  }
  const { blocks, included } = buildBlocks({
    parent: chain.head,
    nonceOf: sender => chain.nonceOf(sender),
    transactions: input.mempool.ready(READY, sender => chain.nonceOf(sender)),
    until: Math.floor(input.now / 1000),
    blockTime: pool.l2.blockTime,
    origins: input.follower.origins(chain.head.l1Origin.number),
    maxSequencerDrift: pool.l2.maxSequencerDrift,
    limits: DEFAULT_LIMITS,
  })
  const last = blocks.at(-1)
  if (last === undefined) return undefined
  const slot = { chainId: pool.l1.chainId, account: input.account, nonce: height + pool.l1.nonceOffset }
  const channelId = channelIdOf(slot)
  const { calldata, frames } = encodeBlocks(blocks, channelId, input.deflate)
  const content = contentCommitment({ ...slot, inbox: pool.l1.inbox, channelId, frames, l1OriginHash: last.l1Origin.hash })
  const origin = { number: last.l1Origin.number, hash: fromHex(last.l1Origin.hash) }
  const unsigned = { height, round, content, origin, payload: calldata, justification: undefined }
  return {
    proposal: { ...unsigned, signature: signProposal(unsigned, pool, input.voteSecret) },
    blocks: blocks.length,
    transactions: included.length,
  }
}
