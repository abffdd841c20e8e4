/**
 * What a member that has a key follows: L1 through its own node, the pool's chain that grows out of it, and the turns that come of both.
 * @module
 */
import { isPoolError } from '../errors.ts'
import type { Pool } from '../proposal/pool.ts'
import type { KeyShare } from '../threshold/index.ts'
import { type Checkpoint, type Checkpoints, decodeCheckpoint, takeCheckpoints } from './checkpoint.ts'
import type { MemberEvent } from './events.ts'
import type { Intake } from './intake.ts'
import { followL1, type Inclusion, type L1Follower } from './l1-follower.ts'
import { createL2Chain, type L2Chain } from './l2-chain.ts'
import type { GuardStore, L1Reader, Log } from './ports.ts'
import { type Turns, turnsOf } from './turns.ts'

export interface Following {
  readonly share: KeyShare
  readonly follower: L1Follower
  readonly chain: L2Chain
  readonly turns: Turns
  readonly checkpoints: Checkpoints
}

/** Begins at the stored checkpoint, or at the pool's genesis. */
export async function startFollowing(input: {
  pool: Pool
  share: KeyShare
  l1: L1Reader
  guard: GuardStore
  intake: Intake
  log: Log
  emit(event: MemberEvent): void
  /** L1 has taken the height; called before anything else happens with it. */
  taken(height: number): void
  /** False while what is read has been there before this member started. */
  synced(): boolean
}): Promise<Following> {
  const { pool, share, intake, log, emit } = input
  const start = await storedCheckpoint(input)
  const chain: L2Chain = createL2Chain(pool, number => follower.header(number), start?.chain, intake.parse)

  function included({ height, hash, block, data }: Inclusion): void {
    input.taken(height)
    const applied = chain.apply(height, data)
    if (applied === undefined) log('warn', 'batch.ignored', { height, hash })
    const transactions = applied?.transactions ?? []
    intake.confirmed(transactions, chain)
    emit({
      kind: 'batch',
      height,
      nonce: height + pool.l1.nonceOffset,
      hash,
      l1Block: block.number,
      l2Blocks: applied?.blocks ?? 0,
      transactions: transactions.map(transaction => transaction.hash),
      replayed: !input.synced(),
    })
  }

  const follower: L1Follower = followL1({
    l1: input.l1,
    pool,
    account: share.address,
    log,
    start: start?.follower,
    needed: () => chain.head.l1Origin.number,
    events: {
      included,
      reorged(from) {
        intake.returned(chain.undo(from), chain)
        emit({ kind: 'reorg', from })
      },
    },
  })
  return {
    share,
    follower,
    chain,
    turns: turnsOf(pool, follower),
    checkpoints: takeCheckpoints({ pool, account: share.address, store: input.guard }),
  }
}

/** A checkpoint that cannot be read costs a longer way through L1, nothing else. */
async function storedCheckpoint({
  pool,
  share,
  guard,
  log,
}: {
  pool: Pool
  share: KeyShare
  guard: GuardStore
  log: Log
}): Promise<Checkpoint | undefined> {
  const stored = await guard.checkpoint()
  if (stored === undefined) return undefined
  try {
    return decodeCheckpoint(pool, share.address, stored)
  } catch (error) {
    if (!isPoolError(error)) throw error
    log('warn', 'checkpoint.ignored', { code: error.code, reason: error.message })
    return undefined
  }
}
