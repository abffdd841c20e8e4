/**
 * Envelopes from members to members: checked by header and signature, stored, then delivered. What is inside, nobody here can read.
 * @module
 */
import { type Bytes, equal, fromHex } from '../core/bytes.ts'
import { decodeEnvelope, type Envelope, messageId } from '../core/envelope/header.ts'
import { verifyEnvelope } from '../core/envelope/identity.ts'
import type { Pool } from '../core/proposal/pool.ts'
import { rosterOf } from '../core/proposal/roster.ts'
import type { Limits } from './config.ts'
import { lifetimeOf } from './lifetime.ts'
import type { RefusalCode } from './refusals.ts'
import type { MailboxStore } from './store.ts'

export type PublishOutcome = 'stored' | 'duplicate' | { readonly refused: RefusalCode }

export interface Router {
  /** Resolves when the envelope is on stable storage, or is refused. */
  publish(from: number, envelope: Bytes): Promise<PublishOutcome>
}

export interface RouterOptions {
  readonly pool: Pool
  /** Pool hash. */
  readonly room: Bytes
  readonly mailbox: MailboxStore
  readonly limits: Limits
  readonly now: () => number
  /** The recipient has a new message. */
  wake(seat: number): void
}

export function createRouter({ pool, room, mailbox, limits, now, wake }: RouterOptions): Router {
  const identities = new Map(rosterOf(pool).map(({ seat, identity }) => [seat, fromHex(identity)]))

  function check(from: number, { header, ...rest }: Envelope): RefusalCode | undefined {
    if (!equal(header.room, room)) return 'wrong-room'
    const identity = identities.get(from)
    if (header.from !== from || identity === undefined) return 'wrong-sender'
    if (header.to === from || !identities.has(header.to)) return 'unknown-recipient'
    return verifyEnvelope(identity, { header, ...rest }) ? undefined : 'bad-signature'
  }

  return {
    async publish(from, bytes) {
      const envelope = decode(bytes)
      if (envelope === undefined) return { refused: 'malformed-envelope' }
      const refused = check(from, envelope)
      if (refused !== undefined) return { refused }
      const { header } = envelope
      const lifetime = lifetimeOf(header, now(), limits)
      const outcome = await mailbox.append({ recipient: header.to, id: messageId(header), envelope: bytes, lifetime })
      if (outcome.status === 'conflict') return { refused: 'conflict' }
      if (outcome.status === 'full') return { refused: 'mailbox-full' }
      if (outcome.status === 'stored') wake(header.to)
      return outcome.status
    },
  }
}

function decode(bytes: Bytes): Envelope | undefined {
  try {
    return decodeEnvelope(bytes)
  } catch {
    return undefined
  }
}
