/**
 * A ceremony that is kept open between two protocols: the first one prepares, the second one, minutes later, finds the encrypted channel and
 * its context as they were left. Nothing is expected of anybody in between.
 * @module
 */
import type { CeremonyContext } from '../ceremony/context.ts'
import { routerOf } from '../ceremony/router.ts'
import { asPoolError, PoolError } from '../errors.ts'
import type { KeyShare } from '../threshold/index.ts'
import { type CeremonyPlan, type CeremonyRun, factsOf, type OpenedCeremony, type Running } from './ceremony-plan.ts'
import type { Log } from './ports.ts'

type Context = CeremonyContext<KeyShare>

export interface HeldHooks<T> {
  /** The first protocol is done, and the ceremony is held. Not called when it was gone on with before. */
  ready(value: T): void
  /** It is over and will not be gone on with: its time is up, a party stays away, the channel or the first protocol failed. */
  ended(error: PoolError): void
  /** What the first protocol gave and nobody took: to be erased. */
  discard(value: T): void
}

export interface HeldCeremony<T> {
  /** True once it is over. */
  readonly over: boolean
  /**
   * Goes on with another protocol, as soon as the first one is done; at most once. Patience is that of `next.kind` from now on.
   * The result rejects with `deadline` when the ceremony is over already, with what the first protocol threw, or the second.
   */
  goOn<R>(next: Pick<CeremonyPlan, 'kind' | 'height' | 'round'>, protocol: (ctx: Context, value: T) => Promise<R>): CeremonyRun<R>
  /** Ends it. */
  stop(): void
}

/** A party that went offline gets this long to come back while nothing is expected of it, ms. */
const HELD_ABSENCE = 10_000

/** What the host of ceremonies lends. */
export interface HoldInput<T> {
  readonly entry: Running
  /** ms. */
  readonly ttl: number
  readonly first: (ctx: Context) => Promise<T>
  readonly hooks: HeldHooks<T>
  readonly log: Log
  open(entry: Running, onFailure: (error: PoolError) => void): Promise<OpenedCeremony>
  end(entry: Running): void
  /** Another patience: that of `kind`, or none when only absence is judged anew. */
  goingOn(entry: Running, kind: CeremonyPlan['kind'] | undefined, absenceLimit?: number): void
}

/** Runs `first`, then waits to be gone on with. */
export function hold<T>({ entry, ttl, first, hooks, log, ...host }: HoldInput<T>): HeldCeremony<T> {
  const { plan, patience } = entry
  let next: ((ctx: Context, value: T) => Promise<unknown>) | undefined
  let wake = (): void => {}
  let over = false

  async function live(): Promise<unknown> {
    log('debug', 'ceremony.prepare', factsOf(plan))
    let failure: PoolError | undefined
    const { ctx, close } = await host.open(entry, error => {
      failure = error
      wake()
    })
    try {
      const value = await first(ctx)
      if (next === undefined) {
        const waiting = new Promise<void>(resolve => {
          wake = resolve
        })
        entry.held = true
        patience.rearm(ttl, ttl)
        host.goingOn(entry, undefined, HELD_ABSENCE)
        if (!patience.over && failure === undefined) hooks.ready(value)
        if (failure === undefined) await Promise.race([waiting, patience.expired])
        entry.held = false
      }
      if (next !== undefined && failure === undefined && !patience.over) return await next(ctx, value)
      hooks.discard(value)
      // What waits in the router of the context is wiped; whoever goes on does that at the end.
      routerOf(ctx, plan.seats, []).close()
      throw failure ?? new PoolError('deadline', { ceremony: plan.kind, seats: plan.seats })
    } finally {
      close()
    }
  }

  const life = live().finally(() => {
    over = true
    host.end(entry)
  })
  life.catch((error: unknown) => {
    if (next === undefined) hooks.ended(asPoolError(error))
  })

  return {
    get over() {
      return over || patience.over
    },
    goOn<R>(what: Pick<CeremonyPlan, 'kind' | 'height' | 'round'>, protocol: (ctx: Context, value: T) => Promise<R>): CeremonyRun<R> {
      if (next !== undefined) throw new PoolError('internal', { reason: 'a held ceremony is gone on with twice' })
      if (over || patience.over) return { result: Promise.reject(new PoolError('deadline', { ceremony: what.kind })), stop: () => {} }
      const facts = factsOf({ ...what, seats: plan.seats })
      log('info', 'ceremony.open', { ...facts, held: true })
      next = protocol
      entry.held = false
      host.goingOn(entry, what.kind)
      wake()
      const result = life.then(outcome => {
        log('info', 'ceremony.done', facts)
        return outcome as R
      })
      return { result, stop: () => patience.expire() }
    },
    stop: () => patience.expire(),
  }
}
