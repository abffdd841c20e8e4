/**
 * Looks at L1 again and again. The asking runs beside the member's queue, so that a slow node keeps nobody from voting and signing; what it
 * answers is taken in through the queue.
 * @module
 */
import { asPoolError, type PoolError } from '../errors.ts'
import type { Following } from './following.ts'
import type { L1News } from './l1-follower.ts'
import type { Clock, L1Reader, Log } from './ports.ts'

export interface L1WatchPorts {
  readonly clock: Clock
  readonly log: Log
  readonly l1: Pick<L1Reader, 'balance'>
  following(): Following | undefined
  /** True once the account was seen to have ether. */
  funded(): boolean
  /** True for the moment in which a batch is agreed on and signed: what L1 says then can wait. */
  busy(): boolean
  /** Queues a task behind what the member is doing. */
  later(task: () => Promise<void>): void
  /** In the queue, when all that L1 had was taken in. */
  looked(found: { readonly changed: boolean; readonly funded: boolean }): Promise<void>
  failed(error: PoolError): void
  /** In the queue, after each look, whatever came of it. */
  settled(): Promise<void>
}

export interface L1Watch {
  /** Looks now, or at once after the look that is under way. */
  look(): void
  close(): void
}

/** ms until the next look after a failure; and at least and at most after one that went well. Faster is waste, slower is late. */
const RETRY = 1_000
const SHORTEST = 250
const LONGEST = 3_000

interface Look {
  readonly following: Following
  readonly news: L1News
  readonly funded: boolean
}

export function createL1Watch(ports: L1WatchPorts): L1Watch {
  const { clock, log } = ports
  let cancel = (): void => {}
  let looking = false
  let again = false
  let closed = false
  let changed = false

  async function ask(following: Following): Promise<Look> {
    const news = await following.follower.read()
    try {
      const funded = ports.funded() || (await ports.l1.balance(following.share.address)) > 0n
      return { following, news, funded }
    } catch (error) {
      return { following, news: { error, ...news }, funded: false }
    }
  }

  async function takeIn({ following: { follower, chain, checkpoints }, news, funded }: Look): Promise<void> {
    changed = follower.apply(news) || changed
    if (news.error !== undefined) throw news.error
    if (news.more) return
    await checkpoints.look(follower, chain)
    const found = { changed, funded }
    changed = false
    await ports.looked(found)
  }

  async function handle(look: Look): Promise<void> {
    let wait = RETRY
    try {
      await takeIn(look)
      wait = look.news.more || again ? 0 : Math.min(LONGEST, Math.max(SHORTEST, look.following.follower.blockInterval * 250))
    } catch (error) {
      const problem = asPoolError(error)
      log('warn', 'l1.poll-failed', { code: problem.code, reason: problem.message })
      ports.failed(problem)
    }
    try {
      await ports.settled()
    } finally {
      // Whatever went wrong, L1 is looked at again.
      looking = false
      if (!closed) cancel = clock.after(wait, unlessBusy)
    }
  }

  /** Once more later, when this is no moment for it. */
  function unlessBusy(): void {
    if (ports.busy()) cancel = clock.after(SHORTEST, begin)
    else begin()
  }

  function begin(): void {
    cancel()
    const following = ports.following()
    if (closed || following === undefined) return
    again = looking
    if (looking) return
    looking = true
    void ask(following).then(look => ports.later(() => handle(look)))
  }

  return {
    look: begin,
    close() {
      closed = true
      cancel()
    },
  }
}
