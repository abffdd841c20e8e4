/**
 * Runs protocols of core/threshold over the relay: opens the encrypted channel, watches patience and presence, reports progress.
 * @module
 */
import { fromHex } from '../bytes.ts'
import type { CeremonyContext, Progress } from '../ceremony/context.ts'
import type { ErrorCode } from '../errors.ts'
import { type Pool, poolHash } from '../proposal/pool.ts'
import type { KeyShare } from '../threshold/index.ts'
import { openCeremony } from './ceremony-link.ts'
import type { Dispatcher } from './dispatcher.ts'
import type { Link } from './link.ts'
import { type Patience, patience } from './patience.ts'
import type { Clock, Log } from './ports.ts'

export interface CeremonyPlan {
  readonly kind: 'keygen' | 'sign'
  /** 32 bytes, chosen by the opener. */
  readonly id: Uint8Array
  /** Seats, this member's among them. */
  readonly seats: readonly number[]
  /** What the parties are here for, 32 bytes: part of the encrypted session's context. */
  readonly payload: Uint8Array
  /** The key that is used; absent while there is none. 32 bytes each. */
  readonly key?: { readonly keyId: Uint8Array; readonly epoch: Uint8Array }
  readonly height?: number
  readonly round?: number
}

export interface CeremonyRun<T> {
  readonly result: Promise<T>
  /** Gives up: the result rejects with `deadline`. */
  stop(): void
}

export interface CeremonyStatus {
  readonly kind: string
  readonly round: string
  readonly missing: readonly number[]
}

export interface CeremonyHost {
  run<T>(plan: CeremonyPlan, protocol: (ctx: CeremonyContext<KeyShare>) => Promise<T>): CeremonyRun<T>
  /** The newest ceremony that is still running. */
  status(): CeremonyStatus | undefined
  /** Presence changed: ceremonies with a party that stays away end early. */
  presence(online: ReadonlySet<number>): void
  close(): void
}

/** A party that went offline gets this long to come back before the ceremony ends, ms. */
const ABSENCE = 2_500

/** Longest silence and longest run of ceremonies, ms. Key generation costs seconds of CPU per peer in the reference kernel. */
export const ceremonyLimits = (members: number) => ({
  keygen: { idle: 60_000 + 8_000 * members, total: 120_000 + 4_000 * members * members },
  sign: { idle: 8_000 + 1_000 * members, total: 30_000 + 4_000 * members },
})

export function createCeremonyHost(input: {
  pool: Pool
  seat: number
  identity: {
    readonly publicKey: Uint8Array
    sign(message: Uint8Array): Uint8Array
    verify(key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean
  }
  link: Link
  dispatcher: Dispatcher
  clock: Clock
  random: (length: number) => Uint8Array
  log: Log
  journal: { pending(share: KeyShare): Promise<void>; burned(peer: number, reason: ErrorCode): Promise<void> }
  /** Longest silence and longest run of a kind, ms. */
  limits: Readonly<Record<CeremonyPlan['kind'], { readonly idle: number; readonly total: number }>>
  onStatus(): void
}): CeremonyHost {
  const { pool, seat, clock, log } = input
  const hash = poolHash(pool)
  interface Running {
    readonly patience: Patience
    status: CeremonyStatus
    absence?: () => void
  }
  const running = new Map<CeremonyPlan, Running>()
  /** By the relay's last word. */
  let present: ReadonlySet<number> | undefined

  function lookForAbsence(plan: CeremonyPlan, entry: Running): void {
    const away = present !== undefined && plan.seats.some(other => other !== seat && !present?.has(other))
    if (!away) {
      entry.absence?.()
      delete entry.absence
    } else if (entry.absence === undefined) entry.absence = clock.after(ABSENCE, () => entry.patience.expire())
  }

  async function perform<T>(plan: CeremonyPlan, wait: Patience, protocol: (ctx: CeremonyContext<KeyShare>) => Promise<T>): Promise<T> {
    const parties = pool.members
      .filter(member => plan.seats.includes(member.seat))
      .map(member => ({ index: member.seat, identity: fromHex(member.identity) }))
    const facts = { ceremony: plan.kind, height: plan.height, round: plan.round, seats: plan.seats }
    log('info', 'ceremony.open', facts)
    const session = await openCeremony({
      link: input.link,
      dispatcher: input.dispatcher,
      kind: plan.kind,
      sessionId: plan.id,
      attempt: 0,
      room: hash,
      keyId: plan.key?.keyId,
      epoch: plan.key?.epoch,
      payload: plan.payload,
      threshold: pool.threshold,
      parties,
      self: seat,
      identity: input.identity,
      random: input.random,
      deadline: wait,
    })
    wait.touch()
    try {
      const result = await protocol({
        self: seat,
        parties,
        sessionId: plan.id,
        poolHash: hash,
        channel: session.channel,
        random: input.random,
        deadline: wait,
        identity: input.identity,
        journal: input.journal,
        breathe: () => new Promise(resolve => clock.after(0, resolve)),
        onProgress: (progress: Progress) => {
          wait.touch()
          const entry = running.get(plan)
          if (entry !== undefined) entry.status = { kind: plan.kind, round: progress.round, missing: progress.missing }
          input.onStatus()
        },
      })
      log('info', 'ceremony.done', facts)
      return result
    } finally {
      session.close()
    }
  }

  return {
    run(plan, protocol) {
      const { idle, total } = input.limits[plan.kind]
      const wait = patience(clock, idle, total)
      const entry: Running = { patience: wait, status: { kind: plan.kind, round: 'hello', missing: plan.seats.filter(other => other !== seat) } }
      running.set(plan, entry)
      lookForAbsence(plan, entry)
      input.onStatus()
      const result = perform(plan, wait, protocol).finally(() => {
        wait.close()
        running.get(plan)?.absence?.()
        running.delete(plan)
        input.onStatus()
      })
      return { result, stop: () => wait.expire() }
    },
    status() {
      return [...running.values()].at(-1)?.status
    },
    presence(online) {
      present = online
      for (const [plan, entry] of running) lookForAbsence(plan, entry)
    },
    close() {
      for (const { patience: wait } of running.values()) wait.expire()
    },
  }
}
