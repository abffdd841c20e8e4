/**
 * Ceremony parties in one place: what one sends the other has at once, without a copy. No faults and no clock, so that a measurement
 * holds the protocol and nothing else. (test/support/network.ts is the one with faults.)
 * @module
 */
import type { Bytes, Random } from '../core/bytes.ts'
import type { CeremonyContext } from '../core/ceremony/context.ts'
import { identityFromSeed, initSodium, type MemberIdentity } from '../core/envelope/identity.ts'
import type { KeyShare } from '../core/threshold/share.ts'
import { testIdentitySeed, testParty } from '../test/support/identity.ts'
import { labelled } from '../test/support/random.ts'

export interface Parties {
  /** Runs `party` for everybody at once. @throws what the first of them throws. */
  run<T>(party: (ctx: CeremonyContext<KeyShare>) => Promise<T>): Promise<T[]>
  /** Bytes that one party has sent to another so far. */
  sent(from: number, to: number): number
  /** Begins a new count, and a new session for the next run. */
  renew(): void
}

type Arrival = { readonly from: number; readonly bytes: Bytes }

class Inbox {
  readonly #queue: Arrival[] = []
  #wake = (): void => {}
  push(arrival: Arrival): void {
    this.#queue.push(arrival)
    this.#wake()
  }
  async *read(): AsyncGenerator<Arrival> {
    for (;;) {
      const next = this.#queue.shift()
      if (next !== undefined) yield next
      else
        await new Promise<void>(resolve => {
          this.#wake = resolve
        })
    }
  }
}

const identities = new Map<number, MemberIdentity>()
function identityOf(seat: number): MemberIdentity {
  const known = identities.get(seat) ?? identityFromSeed(testIdentitySeed(seat))
  identities.set(seat, known)
  return known
}

/** Parties in these seats, with the identities of `testParty`, real signatures and system randomness. */
export async function openParties(seats: readonly number[], random: Random): Promise<Parties> {
  await initSodium()
  const members = seats.map(testParty)
  const poolHash = labelled('pool')
  const never = new Promise<void>(() => {})
  const counts = new Map<string, number>()
  let sessionId = random(32)

  function contextOf(self: number, inboxes: ReadonlyMap<number, Inbox>): CeremonyContext<KeyShare> {
    const others = seats.filter(seat => seat !== self)
    return {
      self,
      parties: members,
      sessionId,
      poolHash,
      random,
      deadline: { expired: never },
      identity: identityOf(self),
      channel: {
        send(to, bytes) {
          for (const peer of to === 'all' ? others : [to]) {
            const key = `${self}>${peer}`
            counts.set(key, (counts.get(key) ?? 0) + bytes.length)
            inboxes.get(peer)?.push({ from: self, bytes })
          }
        },
        receive: () => (inboxes.get(self) as Inbox).read(),
      },
      journal: { pending: async () => {}, burned: async () => {} },
    }
  }

  return {
    run(party) {
      const inboxes = new Map(seats.map(seat => [seat, new Inbox()]))
      return Promise.all(seats.map(seat => party(contextOf(seat, inboxes))))
    },
    sent: (from, to) => counts.get(`${from}>${to}`) ?? 0,
    renew() {
      counts.clear()
      sessionId = random(32)
    },
  }
}
