/**
 * A member's side of the relay protocol with nothing in between: tests of the relay say exactly what they mean to say, and wait for
 * frames, never for time.
 * @module
 */
import { type ClientOptions, WebSocket } from 'ws'
import { type Bytes, fromHex } from '../../core/bytes.ts'
import { type Envelope, encodeEnvelope } from '../../core/envelope/header.ts'
import { authDigest, identityFromSeed, initSodium, type MemberIdentity, signEnvelope } from '../../core/envelope/identity.ts'
import { type MemberFrame, memberFrame, type RelayFrame, relayFrame } from '../../core/envelope/wire.ts'
import { type Pool, poolHash } from '../../core/proposal/pool.ts'
import { testIdentitySeed } from './identity.ts'
import { labelled } from './random.ts'

type FrameOf<K extends RelayFrame['kind']> = Extract<RelayFrame, { kind: K }>
export type AuthFields = Omit<Extract<MemberFrame, { kind: 'auth' }>, 'kind'>

/** A socket that speaks frames. */
export interface RawClient {
  /** Everything heard so far. */
  readonly heard: RelayFrame[]
  readonly socket: WebSocket
  send(frame: MemberFrame): void
  /** The first frame of a kind (that fits) heard or yet to come; fails when the connection ends before. */
  wait<K extends RelayFrame['kind']>(kind: K, fits?: (frame: FrameOf<K>) => boolean): Promise<FrameOf<K>>
  /** How it ended. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>
  close(): Promise<void>
}

export async function dialRaw(url: string, options: ClientOptions = {}): Promise<RawClient> {
  await initSodium()
  const socket = new WebSocket(url, { perMessageDeflate: false, ...options })
  const heard: RelayFrame[] = []
  const waiters = new Set<() => void>()
  let ended = false
  socket.on('message', data => {
    heard.push(relayFrame.decode(new Uint8Array(data as Buffer)))
    for (const check of [...waiters]) check()
  })
  const closed = new Promise<{ code: number; reason: string }>(resolve => {
    socket.on('close', (code, reason) => {
      ended = true
      resolve({ code, reason: reason.toString() })
      for (const check of [...waiters]) check()
    })
  })
  const opened = new Promise<void>((resolve, reject) => {
    socket.on('open', resolve)
    socket.on('error', reject)
  })
  await opened
  return {
    heard,
    socket,
    send: frame => socket.send(memberFrame.encode(frame)),
    wait: (kind, fits = () => true) =>
      new Promise((resolve, reject) => {
        const check = (): void => {
          const found = heard.find((frame): frame is FrameOf<typeof kind> => frame.kind === kind && fits(frame as FrameOf<typeof kind>))
          if (found === undefined && !ended) return
          waiters.delete(check)
          if (found !== undefined) resolve(found)
          else reject(new Error(`the connection ended before a ${kind} frame`))
        }
        waiters.add(check)
        check()
      }),
    closed,
    async close() {
      socket.close()
      await closed
    },
  }
}

/** What a member sends, with every field right unless changed. */
export function authFields(input: {
  pool: Pool
  identity: MemberIdentity
  challenge: FrameOf<'challenge'>
  now: number
  change?: Partial<AuthFields>
}): AuthFields {
  const claim = {
    room: poolHash(input.pool),
    identity: input.identity.publicKey,
    device: labelled('device').slice(0, 16),
    clientNonce: labelled('client nonce'),
    time: input.now,
    ...input.change,
  }
  const signature = input.identity.sign(authDigest({ ...claim, origin: input.challenge.origin, serverNonce: input.challenge.nonce }))
  return { since: 0, transactionsSince: 0, signature, ...claim }
}

/** An authenticated member. */
export interface TestMember extends RawClient {
  readonly seat: number
  readonly identity: MemberIdentity
  readonly welcome: FrameOf<'welcome'>
  /** Sends a request and gives the answer. */
  ask(
    frame:
      | Omit<Extract<MemberFrame, { kind: 'submit' }>, 'request'>
      | Omit<Extract<MemberFrame, { kind: 'account' }>, 'request'>
      | Omit<Extract<MemberFrame, { kind: 'publish' }>, 'request'>,
  ): Promise<Answer>
  /** Publishes a body to a seat. */
  publish(to: number, body: Bytes, change?: Partial<Envelope['header']>): Promise<Answer>
  /** The same, ready to be changed before it is sent. */
  envelope(to: number, body: Bytes, change?: Partial<Envelope['header']>): Envelope
  /** The next `count` deliveries after those already taken. */
  deliveries(count: number): Promise<FrameOf<'deliver'>[]>
}
export type Answer = FrameOf<'published'> | FrameOf<'refused'>

export interface JoinOptions {
  readonly since?: number
  readonly transactionsSince?: number
  /** ms since 1970; default the machine's clock. */
  readonly now?: number
  readonly socket?: ClientOptions
  /** Number of the test identity; default the seat. */
  readonly identity?: number
}

let requests = 0
let sequences = 0

/** Connects and authenticates a seat of a test pool. */
export async function joinRelay(url: string, pool: Pool, seat: number, options: JoinOptions = {}): Promise<TestMember> {
  const raw = await dialRaw(url, options.socket)
  const identity = identityFromSeed(testIdentitySeed(options.identity ?? seat))
  const challenge = await raw.wait('challenge')
  const change = { since: options.since ?? 0, transactionsSince: options.transactionsSince ?? 0 }
  raw.send({ kind: 'auth', ...authFields({ pool, identity, challenge, now: options.now ?? Date.now(), change }) })
  const welcome = await raw.wait('welcome')
  let taken = 0

  const envelope: TestMember['envelope'] = (to, body, change = {}) =>
    signEnvelope(
      identity,
      { kind: 'message', room: poolHash(pool), session: labelled('session'), attempt: 0, from: seat, to, sequence: sequences++, ...change },
      body,
    )
  const ask: TestMember['ask'] = async frame => {
    const request = ++requests
    raw.send({ ...frame, request } as MemberFrame)
    const isMine = (answer: { readonly request: number }): boolean => answer.request === request
    return Promise.race([raw.wait('published', isMine), raw.wait('refused', isMine)])
  }
  return {
    ...raw,
    seat,
    identity,
    welcome,
    ask,
    envelope,
    publish: (to, body, change) => ask({ kind: 'publish', envelope: encodeEnvelope(envelope(to, body, change)) }),
    async deliveries(count) {
      const wanted = taken + count
      const all = (): FrameOf<'deliver'>[] => raw.heard.filter(frame => frame.kind === 'deliver')
      await raw.wait('deliver', () => all().length >= wanted)
      const from = taken
      taken = wanted
      return all().slice(from, wanted)
    },
  }
}

/** Bytes of a seat's public identity key. */
export const identityKey = (pool: Pool, seat: number): Bytes => fromHex(pool.members.find(member => member.seat === seat)?.identity ?? '')
