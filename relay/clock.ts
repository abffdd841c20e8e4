/**
 * The clock of the rotation: computes whose turn it is from the relay's own view of L1 and announces each round when it opens. It only
 * wakes members: they compute turns themselves, so a lying or silent clock costs time, nothing else.
 * @module
 */
import type { Hex } from '../core/ethereum.ts'
import type { Pool } from '../core/proposal/pool.ts'
import { dueAt, type EpochSchedule, epochSchedule, roundAt, roundOpensAt, seedSource } from '../core/proposal/turn.ts'
import type { AnnounceOptions } from './config.ts'
import type { Clock, Log } from './ports.ts'
import type { ChainStore } from './store.ts'

export interface TurnNotice {
  readonly rotationEpoch: number
  readonly height: number
  readonly round: number
  /** ms since 1970. */
  readonly opensAt: number
  /** Seats, the proposer first, then its back-ups in order of rounds. */
  readonly order: readonly number[]
}

export interface RotationClock {
  /** The newest turn that was announced; undefined before the first. */
  readonly current: TurnNotice | undefined
  /** The view of L1 has changed: looks again. */
  update(): Promise<void>
  /** Seat that proposes at (height, round); undefined while the seed of its rotation epoch is not final. */
  proposer(height: number, round: number): Promise<number | undefined>
  stop(): void
}

export interface RotationOptions extends AnnounceOptions {
  readonly pool: Pool
  readonly chain: ChainStore
  readonly clock: Clock
  readonly log: Log
  /** False while the pool has no account: no turn is open then. */
  ready(): boolean
  /** Newest final L1 block. */
  finalized(): number
  /** A round has opened. */
  announced(turn: TurnNotice): void
}

export function startRotation(options: RotationOptions): RotationClock {
  const { pool, chain, clock, log, announce = true, skewMs = 0, tamper = turn => turn } = options
  const { epochLength, roundZero, roundStep, maxBatchDelay } = pool.times
  const seats = new Map<string, number>(pool.members.map(member => [member.vote, member.seat]))
  const members = pool.members.map(member => ({ address: member.vote, weight: member.weight }))
  const schedules = new Map<Hex, EpochSchedule>()
  let current: TurnNotice | undefined
  let cancel: () => void = () => {}
  let stopped = false

  async function seedHash(epoch: number): Promise<Hex | undefined> {
    const source = seedSource(epoch, epochLength)
    if (source.kind === 'genesis') return pool.l1.genesis.hash
    const batch = await chain.batch(source.height)
    return batch?.confirmed && batch.block.number <= options.finalized() ? batch.block.hash : undefined
  }

  async function schedule(height: number): Promise<EpochSchedule | undefined> {
    const epoch = Math.floor(height / epochLength)
    const l1BlockHash = await seedHash(epoch)
    if (l1BlockHash === undefined) return undefined
    const key: Hex = `${l1BlockHash}/${epoch}` as Hex
    let found = schedules.get(key)
    if (found === undefined) {
      found = epochSchedule({ chainId: pool.l2.chainId, epoch, epochLength, members, l1BlockHash })
      schedules.set(key, found)
      for (const oldest of schedules.keys()) if (schedules.size > 8) schedules.delete(oldest)
    }
    return found
  }

  const orderOf = (found: EpochSchedule, height: number): number[] => found.order(height).map(address => seats.get(address) as number)

  async function compute(now: number): Promise<{ turn: TurnNotice; nextAt: number } | undefined> {
    const { confirmed: height } = await chain.nextHeights()
    const found = await schedule(height)
    const previous = height === 0 ? pool.l2.genesisTime : (await chain.batch(height - 1))?.block.timestamp
    if (found === undefined || previous === undefined) return undefined
    const previousAt = previous * 1000
    const rounds = { dueAt: dueAt(previousAt, maxBatchDelay), roundZero, roundStep }
    const round = roundAt(rounds, now)
    const turn: TurnNotice = {
      rotationEpoch: Math.floor(height / epochLength),
      height,
      round,
      opensAt: round === 0 ? previousAt : roundOpensAt(rounds, round),
      order: orderOf(found, height),
    }
    return { turn, nextAt: roundOpensAt(rounds, round + 1) }
  }

  async function update(): Promise<void> {
    cancel()
    if (stopped || !options.ready()) return
    const now = clock.now() + skewMs
    const computed = await compute(now)
    if (computed === undefined || stopped) return
    cancel()
    cancel = clock.after(Math.max(1, computed.nextAt - now), () => void guarded())
    const { height, round } = computed.turn
    if (current !== undefined && current.height === height && current.round === round) return
    current = computed.turn
    if (!announce) return
    log('info', 'turn.announced', { height, round, proposer: current.order[round % current.order.length] })
    options.announced(tamper(current))
  }

  /** For the timer: the store may fail, the clock goes on. */
  async function guarded(): Promise<void> {
    try {
      await update()
    } catch (error) {
      log('error', 'turn.failed', { reason: error instanceof Error ? error.message : String(error) })
      cancel = clock.after(1_000, () => void guarded())
    }
  }

  return {
    get current() {
      return current === undefined ? undefined : tamper(current)
    },
    update,
    async proposer(height, round) {
      const found = await schedule(height)
      if (found === undefined) return undefined
      const order = orderOf(found, height)
      return order[round % order.length]
    },
    stop() {
      stopped = true
      cancel()
    },
  }
}
