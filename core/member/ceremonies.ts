/**
 * Runs protocols of core/threshold over the relay: opens the encrypted channel, watches patience and presence, reports progress. A
 * ceremony may be held open after its first protocol, to be gone on with later.
 * @module
 */
import { fromHex } from '../bytes.ts'
import type { CeremonyContext, Progress } from '../ceremony/context.ts'
import type { ErrorCode, PoolError } from '../errors.ts'
import { type Pool, poolHash } from '../proposal/pool.ts'
import { rosterOf } from '../proposal/roster.ts'
import type { KeyShare } from '../threshold/index.ts'
import { openCeremony } from './ceremony-link.ts'
import { type CeremonyPlan, type CeremonyRun, type CeremonyStatus, factsOf, type OpenedCeremony, type Running } from './ceremony-plan.ts'
import type { Dispatcher } from './dispatcher.ts'
import { type HeldCeremony, type HeldHooks, hold } from './held-ceremony.ts'
import type { Link } from './link.ts'
import { patience } from './patience.ts'
import type { Clock, Log } from './ports.ts'

export interface CeremonyHost {
  run<T>(plan: CeremonyPlan, protocol: (ctx: CeremonyContext<KeyShare>) => Promise<T>): CeremonyRun<T>
  /** Runs a first protocol and keeps its channel for at most `ttl` ms after it, for one that goes on from there. */
  hold<T>(plan: CeremonyPlan, ttl: number, first: (ctx: CeremonyContext<KeyShare>) => Promise<T>, hooks: HeldHooks<T>): HeldCeremony<T>
  /** The newest ceremony that is still running, those that are for later use last. */
  status(): CeremonyStatus | undefined
  /** Resolves when no ceremony uses this share. */
  unused(share: KeyShare): Promise<void>
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
  // Operators have to ask for it at every member; hellos are kept for five minutes (dispatcher.ts).
  export: { idle: 240_000, total: 300_000 },
  preprocess: { idle: 6_000 + 1_000 * members, total: 20_000 + 4_000 * members },
})

export interface CeremonyLimit {
  readonly idle: number
  readonly total: number
}

export interface CeremonyHostInput {
  readonly pool: Pool
  readonly seat: number
  readonly identity: {
    readonly publicKey: Uint8Array
    sign(message: Uint8Array): Uint8Array
    verify(key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean
  }
  readonly link: Link
  readonly dispatcher: Dispatcher
  readonly clock: Clock
  readonly random: (length: number) => Uint8Array
  readonly log: Log
  readonly journal: { pending(share: KeyShare): Promise<void>; burned(peer: number, reason: ErrorCode): Promise<void> }
  /** Longest silence and longest run of a kind, ms. Ceremonies that make shares are all like key generation. */
  readonly limits: Readonly<Record<'keygen' | 'sign' | 'preprocess', CeremonyLimit>> & { readonly export?: CeremonyLimit }
  onStatus(): void
}

export function createCeremonyHost(input: CeremonyHostInput): CeremonyHost {
  const { pool, seat, clock, limits } = input
  function limitsOf(kind: CeremonyPlan['kind']): CeremonyLimit {
    if (kind === 'export') return limits.export ?? limits.keygen
    return limits[kind === 'refresh' || kind === 'reshare' ? 'keygen' : kind]
  }
  const hash = poolHash(pool)
  const running = new Set<Running>()
  /** Those who wait for ceremonies to end. */
  let waiting: (() => void)[] = []
  /** By the relay's last word. */
  let present: ReadonlySet<number> | undefined

  function lookForAbsence(entry: Running): void {
    const away = present !== undefined && entry.plan.seats.some(other => other !== seat && !present?.has(other))
    if (!away) {
      entry.absence?.()
      entry.absence = undefined
    } else entry.absence ??= clock.after(entry.absenceLimit, () => entry.patience.expire())
  }

  function begin(plan: CeremonyPlan): Running {
    const { idle, total } = limitsOf(plan.kind)
    const entry: Running = {
      plan,
      patience: patience(clock, idle, total),
      status: { kind: plan.kind, round: 'hello', missing: plan.seats.filter(other => other !== seat) },
      held: false,
      absenceLimit: ABSENCE,
    }
    running.add(entry)
    lookForAbsence(entry)
    input.onStatus()
    return entry
  }

  function end(entry: Running): void {
    entry.patience.close()
    entry.absence?.()
    running.delete(entry)
    const woken = waiting
    waiting = []
    for (const wake of woken) wake()
    input.onStatus()
  }

  async function open(entry: Running, onFailure?: (error: PoolError) => void): Promise<OpenedCeremony> {
    const { plan, patience: wait } = entry
    const parties = rosterOf(pool)
      .filter(entry => plan.seats.includes(entry.seat))
      .map(({ seat: index, identity }) => ({ index, identity: fromHex(identity) }))
      .sort((a, b) => a.index - b.index)
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
      onFailure,
    })
    wait.touch()
    const ctx: CeremonyContext<KeyShare> = {
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
      onProgress(progress: Progress) {
        wait.touch()
        entry.status = { kind: entry.status.kind, round: progress.round, missing: progress.missing }
        input.onStatus()
      },
    }
    return { ctx, close: session.close }
  }

  async function perform<T>(entry: Running, protocol: (ctx: CeremonyContext<KeyShare>) => Promise<T>): Promise<T> {
    const facts = factsOf(entry.plan)
    input.log('info', 'ceremony.open', facts)
    const { ctx, close } = await open(entry)
    try {
      const result = await protocol(ctx)
      input.log('info', 'ceremony.done', facts)
      return result
    } finally {
      close()
    }
  }

  return {
    run(plan, protocol) {
      const entry = begin(plan)
      return { result: perform(entry, protocol).finally(() => end(entry)), stop: () => entry.patience.expire() }
    },
    hold: (plan, ttl, first, hooks) =>
      hold({
        entry: begin(plan),
        ttl,
        first,
        hooks,
        log: input.log,
        open,
        end,
        goingOn(entry, kind, absenceLimit = ABSENCE) {
          entry.absence?.()
          entry.absence = undefined
          entry.absenceLimit = absenceLimit
          if (kind !== undefined) {
            entry.status = { kind, round: entry.status.round, missing: [] }
            entry.patience.rearm(limitsOf(kind).idle, limitsOf(kind).total)
          }
          lookForAbsence(entry)
          input.onStatus()
        },
      }),
    status() {
      const busy = [...running].filter(entry => !entry.held)
      return (busy.filter(entry => entry.status.kind !== 'preprocess').at(-1) ?? busy.at(-1))?.status
    },
    async unused(share) {
      while ([...running].some(entry => entry.plan.key === share))
        await new Promise<void>(resolve => {
          waiting.push(resolve)
        })
    },
    presence(online) {
      present = online
      for (const entry of running) lookForAbsence(entry)
    },
    close() {
      for (const { patience: wait } of running) wait.expire()
    },
  }
}
