/**
 * A relay in memory that honours the wire format: challenge, mailboxes with sequences, idempotent publish, resume, acknowledgement,
 * presence. Tests make it misbehave: cut connections, be down, deliver twice, change or split what it passes on.
 * @module
 */
import { type Bytes, equal, hex } from '../../core/bytes.ts'
import { decodeEnvelope, messageId } from '../../core/envelope/header.ts'
import { authDigest, verifyIdentity } from '../../core/envelope/identity.ts'
import { CLOSE, type MemberFrame, memberFrame, type RelayFrame, relayFrame } from '../../core/envelope/wire.ts'
import type { Dial, SocketEvents } from '../../core/member/ports.ts'
import { type Pool, poolHash } from '../../core/proposal/pool.ts'

type Intercept = (envelope: Bytes, route: { readonly from: number; readonly to: number }) => readonly Bytes[]

interface Connection {
  readonly events: SocketEvents
  readonly nonce: Bytes
  seat: number | undefined
  device: Bytes
  open: boolean
}

interface Mailbox {
  last: number
  readonly messages: { readonly sequence: number; readonly envelope: Bytes }[]
}

export interface MemoryRelay {
  readonly dial: Dial
  readonly origin: string
  /** Cuts the connections of a seat, or all; members may come back at once. */
  drop(seat?: number): void
  /** Cuts everything and answers nobody until `up`. What is stored stays. */
  down(): void
  up(): void
  /** Forgets what is stored, as after a lost disk. */
  forget(): void
  /** Last word on each published envelope; what it gives is stored for the recipient in its place. */
  intercept: Intercept
  /** Each delivery is sent twice. */
  twice: boolean
  /** Does what it is asked for but never says so. */
  mute: boolean
  /** Frames that get lost on their way to it. */
  ignore: ((frame: MemberFrame) => boolean) | undefined
  /** Code to refuse requests with, or undefined. */
  refuse: ((frame: MemberFrame) => string | undefined) | undefined
  /** Says something to every authenticated member. */
  say(frame: RelayFrame): void
  /** Says bytes that need not be a frame. */
  sayRaw(bytes: Bytes, seat?: number): void
  /** Every envelope that it ever stored, in order. */
  readonly seen: Bytes[]
  /** Frames that members sent after authentication. */
  readonly frames: MemberFrame[]
  /** Messages that wait for a seat. */
  stored(seat: number): number
  online(): readonly number[]
}

export function createMemoryRelay(pool: Pool, now: () => number): MemoryRelay {
  const origin = 'ws://relay.test'
  const seats = new Map(pool.members.map(member => [member.identity, member.seat]))
  const connections = new Set<Connection>()
  const mailboxes = new Map<number, Mailbox>()
  const known = new Map<string, Bytes>()
  let accepting = true
  let counter = 0

  const mailbox = (seat: number): Mailbox => {
    const found = mailboxes.get(seat) ?? { last: 0, messages: [] }
    mailboxes.set(seat, found)
    return found
  }
  /** Everything arrives a moment later and in order, as over a socket. */
  const post = (connection: Connection, run: () => void): void => {
    void Promise.resolve().then(() => {
      if (connection.open) run()
    })
  }
  const tell = (connection: Connection, frame: RelayFrame): void => post(connection, () => connection.events.message(relayFrame.encode(frame)))
  const online = (): number[] => [...new Set([...connections].flatMap(({ seat }) => (seat === undefined ? [] : [seat])))].sort((a, b) => a - b)
  const announce = (): void => {
    for (const connection of connections) if (connection.seat !== undefined) tell(connection, { kind: 'presence', online: online() })
  }

  function end(connection: Connection, code: number): void {
    if (!connections.delete(connection)) return
    connection.open = false
    void Promise.resolve().then(() => connection.events.close(code, 'closed'))
    if (connection.seat !== undefined) announce()
  }

  function deliver(connection: Connection, message: { readonly sequence: number; readonly envelope: Bytes }): void {
    for (let i = 0; i < (relay.twice ? 2 : 1); i++) tell(connection, { kind: 'deliver', ...message })
  }

  function store(seat: number, envelope: Bytes): void {
    const box = mailbox(seat)
    const message = { sequence: ++box.last, envelope }
    box.messages.push(message)
    relay.seen.push(envelope)
    for (const connection of connections) if (connection.seat === seat) deliver(connection, message)
  }

  /** Gives the code to close with when the claim does not hold. */
  function authenticate(connection: Connection, frame: MemberFrame): number | undefined {
    if (frame.kind !== 'auth') return CLOSE.malformed
    const seat = seats.get(hex(frame.identity))
    const digest = authDigest({ ...frame, origin, serverNonce: connection.nonce })
    if (seat === undefined || !equal(frame.room, poolHash(pool))) return CLOSE.notInRoster
    if (!verifyIdentity(frame.identity, digest, frame.signature)) return CLOSE.unauthenticated
    for (const other of connections) if (other !== connection && other.seat === seat && equal(other.device, frame.device)) end(other, CLOSE.displaced)
    connection.seat = seat
    connection.device = frame.device
    const box = mailbox(seat)
    tell(connection, { kind: 'welcome', seat, lastSequence: box.last, online: online() })
    for (const message of box.messages) if (message.sequence > frame.since) deliver(connection, message)
    tell(connection, { kind: 'caughtUp', sequence: box.last })
    announce()
    return undefined
  }

  function publish(from: number, request: number, bytes: Bytes): RelayFrame {
    const { header } = decodeEnvelope(bytes)
    const id = hex(messageId(header))
    const before = known.get(id)
    if (header.from !== from || !pool.members.some(member => member.seat === header.to))
      return { kind: 'refused', request, code: 'wrong-route', reason: 'not in the roster' }
    if (before !== undefined && !equal(before, bytes)) return { kind: 'refused', request, code: 'conflict', reason: 'other content' }
    if (before === undefined) {
      known.set(id, bytes)
      for (const passed of relay.intercept(bytes, { from, to: header.to })) store(header.to, passed)
    }
    return { kind: 'published', request, status: before === undefined ? 0 : 1 }
  }

  function receive(connection: Connection, bytes: Bytes): void {
    const frame = memberFrame.decode(bytes)
    const { seat } = connection
    if (seat === undefined) {
      const code = authenticate(connection, frame)
      if (code !== undefined) end(connection, code)
      return
    }
    if (relay.ignore?.(frame) === true) return
    relay.frames.push(frame)
    if (frame.kind === 'ack') {
      const box = mailbox(seat)
      while (box.messages.length > 0 && (box.messages[0] as { sequence: number }).sequence <= frame.sequence) box.messages.shift()
    } else if (frame.kind !== 'auth' && frame.kind !== 'report') {
      const { request } = frame
      const code = relay.refuse?.(frame)
      const answer: RelayFrame =
        code !== undefined
          ? { kind: 'refused', request, code, reason: 'told so' }
          : frame.kind === 'publish'
            ? publish(seat, request, frame.envelope)
            : { kind: 'published', request, status: 0 }
      if (!relay.mute) tell(connection, answer)
    }
  }

  const relay: MemoryRelay = {
    origin,
    intercept: envelope => [envelope],
    twice: false,
    mute: false,
    ignore: undefined,
    refuse: undefined,
    seen: [],
    frames: [],
    dial(events) {
      const nonce = new Uint8Array(32)
      new DataView(nonce.buffer).setUint32(0, ++counter)
      new DataView(nonce.buffer).setFloat64(8, now())
      const connection: Connection = { events, nonce, seat: undefined, device: new Uint8Array(16), open: true }
      connections.add(connection)
      if (accepting) {
        post(connection, () => events.open())
        tell(connection, { kind: 'challenge', nonce, origin })
      } else end(connection, 1006)
      return {
        send: frame => post(connection, () => receive(connection, frame)),
        close: (code = 1000) => end(connection, code),
      }
    },
    drop(seat) {
      for (const connection of [...connections]) if (seat === undefined || connection.seat === seat) end(connection, 1006)
    },
    down() {
      accepting = false
      relay.drop()
    },
    up() {
      accepting = true
    },
    forget() {
      mailboxes.clear()
      known.clear()
    },
    say(frame) {
      for (const connection of connections) if (connection.seat !== undefined) tell(connection, frame)
    },
    sayRaw(bytes, seat) {
      for (const connection of connections)
        if (seat === undefined || connection.seat === seat) post(connection, () => connection.events.message(bytes))
    },
    stored: seat => mailbox(seat).messages.length,
    online,
  }
  return relay
}
