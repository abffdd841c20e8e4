/**
 * The life of one process of a member, which can end at any of its await points: before each message leaves, when each message arrives, at each breath, before
 * and after each write to its disk. From then on nothing of it goes out, nothing reaches it, and what it waits for never comes.
 * @module
 */
import type { Bytes } from '../../../core/bytes.ts'
import type { CeremonyContext } from '../../../core/ceremony/context.ts'
import { BROADCAST, frameCodec } from '../../../core/ceremony/frame.ts'
import type { Vault } from '../../../core/member/ports.ts'
import type { KeyShare } from '../../../core/threshold/index.ts'
import { DEAL_ROUNDS, KEYGEN_ROUNDS, signingRounds } from '../../../core/threshold/rounds.ts'

/** What the run of a member that died comes to. */
export const DIED = Symbol('died')

/** Kinds of await points. */
export type PointKind = 'begins' | 'sends' | 'hears' | 'breathes' | 'writes' | 'wrote' | 'ends'

export interface Point {
  readonly kind: PointKind
  /** Round, peer or write. */
  readonly what: string
}

export const show = ({ kind, what }: Point): string => `${kind} ${what}`

export interface Life {
  /** Every point that was met, in order; the last one is where it died, if it did. */
  readonly points: readonly Point[]
  readonly dead: boolean
  /** Meets a point: resolves at once, or never. */
  pass(kind: PointKind, what: string): Promise<void>
  /** The context of a ceremony as this process has it. */
  live(ctx: CeremonyContext<KeyShare>): CeremonyContext<KeyShare>
  /** The vault as this process has it. */
  vault(vault: Vault): Vault
  /** What `run` comes to, or `DIED`. */
  run<T>(run: () => Promise<T>): Promise<T | typeof DIED>
  /** Lets go what is suspended for ever, by failures that nobody sees, so that the secrets it holds are freed. */
  bury(): void
}

const names = new Map([...KEYGEN_ROUNDS, ...DEAL_ROUNDS, ...signingRounds(2)].map(round => [round.id, round.name]))

function nameOf(bytes: Bytes): string {
  const { round, kind } = frameCodec.decode(bytes)
  return `${names.get(round)}${kind === BROADCAST ? '' : ' direct'}`
}

/** @param end Number of the point at which it dies, from 0; undefined for one that lives. */
export function life(end?: number): Life {
  const points: Point[] = []
  const suspended: ((reason: Error) => void)[] = []
  let dead = false
  let died = (): void => {}
  const death = new Promise<typeof DIED>(resolve => {
    died = () => resolve(DIED)
  })
  let buried = (): void => {}
  const burial = new Promise<void>(resolve => {
    buried = resolve
  })

  const never = (): Promise<never> => new Promise((_, reject) => suspended.push(reject))

  /** True when it lives on. */
  function meet(kind: PointKind, what: string): boolean {
    if (dead) return false
    points.push({ kind, what })
    if (points.length - 1 !== end) return true
    dead = true
    died()
    return false
  }

  async function pass(kind: PointKind, what: string): Promise<void> {
    if (!meet(kind, what)) return never()
  }

  /** A write takes place between two points; a dead process begins none. */
  const durable =
    <A extends readonly unknown[]>(what: string, write: (...args: A) => Promise<void>) =>
    async (...args: A): Promise<void> => {
      await pass('writes', what)
      await write(...args)
      await pass('wrote', what)
    }

  return {
    points,
    get dead() {
      return dead
    },
    pass,
    live(ctx) {
      const others = ctx.parties.map(party => party.index).filter(index => index !== ctx.self)
      async function* receive(): AsyncGenerator<{ from: number; bytes: Bytes }> {
        for await (const message of ctx.channel.receive()) {
          await pass('hears', `${nameOf(message.bytes)} of ${message.from}`)
          yield message
        }
      }
      return {
        ...ctx,
        channel: {
          // a death between two receivers of one broadcast is a death like any other
          send(to, bytes) {
            for (const receiver of to === 'all' ? others : [to])
              if (meet('sends', `${nameOf(bytes)} to ${receiver}`)) ctx.channel.send(receiver, bytes)
          },
          receive,
        },
        breathe: () => pass('breathes', ''),
        deadline: {
          expired: Promise.race([burial, ctx.deadline.expired.then(() => (dead ? burial : undefined))]),
        },
      }
    },
    vault: vault => ({
      ...vault,
      savePending: durable('pending share', share => vault.savePending(share)),
      saveActive: durable('active share', share => vault.saveActive(share)),
      dropPending: durable('fewer pending shares', keep => vault.dropPending(keep)),
      eraseShares: durable('no share', () => vault.eraseShares()),
    }),
    async run(run) {
      const lived = (async () => {
        await pass('begins', '')
        const outcome = await run()
        await pass('ends', '')
        return outcome
      })()
      lived.catch(() => undefined)
      return Promise.race([death, lived])
    },
    bury() {
      dead = true
      buried()
      for (const reject of suspended) reject(new Error('buried'))
    },
  }
}
