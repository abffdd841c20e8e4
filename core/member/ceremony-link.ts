/**
 * A ceremony's channel over the relay: hellos, transcript echo and a ready barrier first, then sealed messages. The relay sees who
 * talks to whom and how much, nothing else.
 * @module
 */
import { type Bytes, type Random, wipe } from '../bytes.ts'
import { suspect } from '../ceremony/blame.ts'
import type { Channel, Deadline, Party } from '../ceremony/context.ts'
import { NOTHING } from '../envelope/context.ts'
import type { Envelope } from '../envelope/header.ts'
import { initSodium, type MemberIdentity } from '../envelope/identity.ts'
import { createSession, type DropReason } from '../envelope/session.ts'
import { asPoolError, PoolError } from '../errors.ts'
import type { Dispatcher } from './dispatcher.ts'
import type { Link } from './link.ts'
import { createMailbox } from './mailbox.ts'

export interface CeremonyOptions {
  readonly link: Link
  readonly dispatcher: Dispatcher
  /** Name of the protocol; parties that mean different protocols never get a channel. */
  readonly kind: string
  /** 32 bytes. */
  readonly sessionId: Bytes
  /** A party that lost its keys joins again under a higher one, together with all others. */
  readonly attempt: number
  /** 32 bytes: pool hash. */
  readonly room: Bytes
  /** 32 bytes each; absent before there is a key. */
  readonly keyId?: Bytes | undefined
  readonly epoch?: Bytes | undefined
  /** 32 bytes: digest of what the ceremony is about; absent for nothing. */
  readonly payload?: Bytes | undefined
  readonly threshold: number
  readonly parties: readonly Party[]
  readonly self: number
  readonly identity: Pick<MemberIdentity, 'publicKey' | 'sign'>
  readonly random: Random
  readonly deadline: Deadline
  /** The open session has failed, and with it the channel. For who holds a channel without reading from it. */
  readonly onFailure?: ((error: PoolError) => void) | undefined
}

export interface OpenCeremony {
  readonly channel: Channel
  /** Wipes the keys. The channel ends; nothing more is sent. */
  close(): void
}

/** Reasons that tell a user why a party never became ready. */
const TELLING: ReadonlySet<DropReason> = new Set<DropReason>(['wrong-context', 'malformed-hello', 'weak-key', 'bad-signature'])

/**
 * Opens the session and resolves when every party has shown that it saw the same hellos and holds the keys.
 * @throws {PoolError} `deadline` naming who is missing for `hello` or `ready`, `transcript-mismatch`, `equivocation`, `bad-seal`,
 * `relay-refused`, `relay-closed`, `bad-parties`, `invalid-argument`. After opening, failures of the session end the channel with the same codes.
 */
export async function openCeremony(options: CeremonyOptions): Promise<OpenCeremony> {
  await initSodium()
  const { link, self, sessionId, attempt } = options
  const session = createSession({
    kind: options.kind,
    context: {
      keyId: options.keyId ?? NOTHING,
      epoch: options.epoch ?? NOTHING,
      threshold: options.threshold,
      payload: options.payload ?? NOTHING,
    },
    room: options.room,
    session: sessionId,
    attempt,
    parties: options.parties,
    self,
    identity: options.identity,
    random: options.random,
  })
  const others = options.parties.map(party => party.index).filter(index => index !== self)
  const arrived = createMailbox<{ readonly from: number; readonly bytes: Bytes }>()
  const noticed = new Map<number, DropReason>()
  let settle: { resolve(): void; reject(error: PoolError): void } | undefined
  const opened = new Promise<void>((resolve, reject) => {
    settle = { resolve, reject }
  })
  let failure: PoolError | undefined
  let established = false
  let unroute = (): void => {}

  function end(error: PoolError): void {
    if (failure !== undefined) return
    failure = error
    unroute()
    session.close()
    arrived.fail(error)
    settle?.reject(error)
    if (established) options.onFailure?.(error)
  }

  function publish(envelope: Envelope): void {
    link.publish(envelope).catch((error: unknown) => end(asPoolError(error)))
  }

  function take(envelope: Envelope): void {
    for (const event of session.receive(envelope)) {
      if (event.kind === 'send') publish(event.envelope)
      else if (event.kind === 'message') arrived.push({ from: event.from, bytes: event.bytes })
      else if (event.kind === 'established') {
        established = true
        settle?.resolve()
      } else if (event.kind === 'failed') end(event.error)
      else {
        if (TELLING.has(event.reason)) noticed.set(event.from, event.reason)
        link.log('debug', 'envelope.dropped', { reason: event.reason, from: event.from, ceremony: options.kind })
      }
    }
  }

  function missing(): PoolError {
    const { stage, seats } = session.missing()
    const why = seats.filter(seat => noticed.has(seat)).map(seat => `${seat}: ${noticed.get(seat)}`)
    const facts = { ceremony: options.kind, round: stage, missing: seats, dropped: why.length === 0 ? undefined : why }
    return suspect('deadline', seats, facts, `silent in ${stage}`)
  }

  let waiting = true
  void options.deadline.expired.then(() => {
    if (waiting) end(missing())
  })
  for (const envelope of session.hello()) publish(envelope)
  unroute = options.dispatcher.open({ session: sessionId, attempt }, take)
  // What was kept for this session may have ended it already.
  if (failure !== undefined) unroute()
  try {
    await opened
  } finally {
    waiting = false
  }

  const deliver = (to: number, bytes: Bytes): void => {
    for (const envelope of session.seal(to, bytes)) publish(envelope)
  }
  return {
    channel: {
      send(to, bytes) {
        if (failure !== undefined) throw new PoolError('channel-closed', { reason: failure.code }, { cause: failure })
        for (const peer of to === 'all' ? others : [to]) deliver(peer, bytes)
      },
      receive: () => arrived.items(),
    },
    close() {
      if (failure !== undefined) return
      failure = new PoolError('channel-closed')
      unroute()
      session.close()
      wipe(...arrived.clear().map(({ bytes }) => bytes))
      arrived.end()
    },
  }
}
