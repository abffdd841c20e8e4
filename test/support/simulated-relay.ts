/**
 * A relay for whole-pool simulations, in virtual time: mailboxes, transactions, presence, publisher. What it has stored survives `crash`.
 * Frames take time and keep their order within a connection; connections can be cut, frames held back.
 * @module
 */
import { channelIdOf, contentCommitment } from '../../core/batch/content.ts'
import { DEFAULT_LIMITS } from '../../core/batch/limits.ts'
import { decodePoolBatch } from '../../core/batch/summary.ts'
import { type Bytes, equal, fromHex, hex, u64be } from '../../core/bytes.ts'
import { decodeEnvelope, messageId } from '../../core/envelope/header.ts'
import { authDigest, verifyIdentity } from '../../core/envelope/identity.ts'
import { CLOSE, type MemberFrame, type MemberReport, memberFrame, type RelayFrame, relayFrame } from '../../core/envelope/wire.ts'
import { keccak256 } from '../../core/ethereum.ts'
import { type PendingTransaction, track } from '../../core/l1/track.ts'
import { decodeSignedTransaction } from '../../core/l1/transaction.ts'
import type { Clock, Dial, SocketEvents } from '../../core/member/ports.ts'
import { type Pool, poolHash } from '../../core/proposal/pool.ts'
import type { FakeL1 } from './fake-l1.ts'

type FrameOf<K extends MemberFrame['kind']> = Extract<MemberFrame, { kind: K }>
export type TurnAnnouncement = Omit<Extract<RelayFrame, { kind: 'turn' }>, 'kind'>

export interface SimulatedRelayOptions {
  readonly pool: Pool
  readonly clock: Clock
  readonly l1: FakeL1
  /** ms that a frame takes, asked for each. */
  latency(): number
  /** What the relay says about turns each second; undefined says nothing. */
  announce?: ((seat: number) => TurnAnnouncement | undefined) | undefined
}

/** The line of one process: when it dies, nothing passes any more. */
export interface RelayLine {
  readonly dial: Dial
  kill(): void
  /** The process hangs: its connections stay open, and nothing goes through. */
  freeze(): void
}

export interface SimulatedRelay {
  line(): RelayLine
  /** Stops in mid-sentence; what is stored stays. */
  crash(): void
  start(): void
  readonly up: boolean
  /** Cuts the connections of a seat, or all. */
  drop(seat?: number): void
  /** Forgets signed L1 transactions, as after a lost disk. */
  forgetPublications(): void
  /** An L2 transaction that came in by `/rpc`. */
  submitTransaction(raw: Bytes): void
  online(): readonly number[]
  /** Every signed L1 transaction that it was given, with the height that the member named. */
  readonly submissions: readonly { readonly seat: number; readonly height: number; readonly raw: Bytes }[]
  /** Every envelope that it ever stored. */
  readonly envelopes: readonly Bytes[]
  /** Newest report of a seat. */
  report(seat: number): MemberReport | undefined
  /** Refusals it had to answer with: `seat code`. */
  readonly refused: readonly string[]
}

interface Connection {
  readonly events: SocketEvents
  readonly nonce: Bytes
  seat: number | undefined
  open: boolean
  /** False when the member's process is dead. */
  alive: boolean
  /** ms: when the newest frame arrives, per direction. */
  up: number
  down: number
  delivered: number
  transactions: number
}

const ORIGIN = 'ws://relay.simulated'

export function createSimulatedRelay(options: SimulatedRelayOptions): SimulatedRelay {
  const { pool, clock, l1 } = options
  const room = poolHash(pool)
  const seats = new Map(pool.members.map(member => [member.identity, member.seat]))
  const connections = new Set<Connection>()
  // What is on disk:
  const mailboxes = new Map<number, { last: number; messages: { sequence: number; envelope: Bytes }[] }>()
  const known = new Map<string, Bytes>()
  const transactions: { readonly sequence: number; readonly raw: Bytes; readonly hash: string }[] = []
  const claims = new Map<number, string>()
  let publications: (PendingTransaction & { readonly content: string })[] = []
  let landed = new Set<string>()

  const submissions: { seat: number; height: number; raw: Bytes }[] = []
  const envelopes: Bytes[] = []
  const reports = new Map<number, MemberReport>()
  const refusals: string[] = []
  let running = true
  let nonces = 0

  const mailbox = (seat: number): { last: number; messages: { sequence: number; envelope: Bytes }[] } => {
    const found = mailboxes.get(seat) ?? { last: 0, messages: [] }
    mailboxes.set(seat, found)
    return found
  }

  function tell(connection: Connection, frame: RelayFrame): void {
    const bytes = relayFrame.encode(frame)
    connection.down = Math.max(connection.down, clock.now() + options.latency())
    clock.after(connection.down - clock.now(), () => {
      if (connection.open && connection.alive) connection.events.message(bytes)
    })
  }

  const online = (): number[] => [...new Set([...connections].flatMap(({ seat }) => seat ?? []))].sort((a, b) => a - b)
  const everyone = (frame: (connection: Connection) => RelayFrame | undefined): void => {
    for (const connection of connections) {
      if (connection.seat === undefined) continue
      const said = frame(connection)
      if (said !== undefined) tell(connection, said)
    }
  }
  const announcePresence = (): void => everyone(() => ({ kind: 'presence', online: online() }))

  function end(connection: Connection, code: number): void {
    if (!connections.delete(connection)) return
    connection.open = false
    clock.after(1, () => {
      if (connection.alive) connection.events.close(code, 'closed')
    })
    if (connection.seat !== undefined) announcePresence()
  }

  function deliver(connection: Connection): void {
    const { seat } = connection
    if (seat === undefined) return
    for (const message of mailbox(seat).messages)
      if (message.sequence > connection.delivered) {
        connection.delivered = message.sequence
        tell(connection, { kind: 'deliver', ...message })
      }
    for (const { sequence, raw, hash } of transactions)
      if (sequence > connection.transactions) {
        connection.transactions = sequence
        if (!landed.has(hash)) tell(connection, { kind: 'transaction', sequence, raw })
      }
  }

  function authenticate(connection: Connection, frame: FrameOf<'auth'>): number | undefined {
    const seat = seats.get(hex(frame.identity))
    if (seat === undefined || !equal(frame.room, room)) return CLOSE.notInRoster
    const digest = authDigest({ ...frame, origin: ORIGIN, serverNonce: connection.nonce })
    if (!verifyIdentity(frame.identity, digest, frame.signature)) return CLOSE.unauthenticated
    for (const other of [...connections]) if (other !== connection && other.seat === seat) end(other, CLOSE.displaced)
    connection.seat = seat
    const { last } = mailbox(seat)
    connection.delivered = frame.since
    connection.transactions = frame.transactionsSince
    tell(connection, { kind: 'welcome', seat, lastSequence: last, online: online() })
    deliver(connection)
    tell(connection, { kind: 'caughtUp', sequence: last })
    announcePresence()
    return undefined
  }

  /** Stores an envelope; gives a code to refuse with. */
  function publish(from: number, bytes: Bytes): string | undefined {
    const { header } = decodeEnvelope(bytes)
    if (header.from !== from || header.to === from || !pool.members.some(member => member.seat === header.to)) return 'wrong-sender'
    const id = hex(messageId(header))
    const before = known.get(id)
    if (before !== undefined) return equal(before, bytes) ? undefined : 'conflict'
    known.set(id, bytes)
    envelopes.push(bytes)
    const box = mailbox(header.to)
    box.messages.push({ sequence: ++box.last, envelope: bytes })
    for (const connection of connections) if (connection.seat === header.to) deliver(connection)
    return undefined
  }

  function account(): string | undefined {
    const votes = [...claims.values()]
    return votes.find(address => votes.filter(other => other === address).length >= pool.agreementQuorum)
  }

  /** The checks of a publisher that believes nobody; gives a code to refuse with. */
  function submit({ height, content, raw }: FrameOf<'submit'>): string | undefined {
    const mine = account() as `0x${string}` | undefined
    if (mine === undefined) return 'unavailable'
    const { transaction, from, hash } = decodeSignedTransaction(raw)
    if (from !== mine) return 'wrong-account'
    if (transaction.nonce !== height + pool.l1.nonceOffset || transaction.to !== pool.l1.inbox) return 'wrong-nonce'
    const slot = { chainId: pool.l1.chainId, account: mine, nonce: transaction.nonce }
    const { frames, batches } = decodePoolBatch(transaction.data, { maxBytes: DEFAULT_LIMITS.maxBytes })
    const l1OriginHash = batches.at(-1)?.epochHash ?? '0x'
    const right = contentCommitment({ ...slot, inbox: pool.l1.inbox, channelId: channelIdOf(slot), frames, l1OriginHash })
    if (!equal(right, content)) return 'wrong-content'
    if (publications.some(other => other.height === height && other.content !== hex(content))) return 'other-content'
    if (!publications.some(other => other.hash === hash))
      publications = [...publications, { height, nonce: transaction.nonce, raw, hash, sent: false, content: hex(content) }]
    push()
    return undefined
  }

  /** Sends what L1 does not have. */
  function push(): void {
    const mine = account() as `0x${string}` | undefined
    if (mine === undefined || !running) return
    const receipts = new Map(
      l1.blocks.flatMap(block => block.transactions.map(({ hash }) => [hash, { blockNumber: block.number, blockHash: block.hash, succeeded: true }])),
    )
    const latestNonce = l1.nonceOf(mine)
    const view = { head: l1.head.number, confirmations: pool.l1.confirmations, latestNonce, confirmedNonce: latestNonce, receipts, knows: l1.waits }
    for (const action of track(view, publications)) {
      if (action.kind !== 'send' && action.kind !== 'resend') continue
      const { height, nonce, hash, raw } = action.transaction
      // Another signature over the same content is on its way: same fees, so no node would take this one in its place.
      if (publications.some(other => other.nonce === nonce && other.hash !== hash && l1.waits(other.hash))) continue
      l1.send(raw)
      publications = publications.map(publication => (publication.hash === hash ? { ...publication, sent: true } : publication))
      everyone(() => ({ kind: 'l1', height, hash: fromHex(hash), state: 1, blockNumber: 0 }))
    }
  }

  function lookAtL1(): void {
    const settled = l1.blocks.slice(0, Math.max(1, l1.blocks.length - pool.l1.confirmations + 1))
    landed = new Set(settled.flatMap(block => block.transactions.flatMap(({ transaction }) => l2Hashes(transaction.data))))
    push()
  }

  const decoded = new Map<Bytes, readonly string[]>()
  function l2Hashes(data: Bytes): readonly string[] {
    let found = decoded.get(data)
    if (found === undefined) {
      found = decodePoolBatch(data, { maxBytes: DEFAULT_LIMITS.maxBytes }).transactions.map(raw => hex(keccak256(raw)))
      decoded.set(data, found)
    }
    return found
  }

  function receive(connection: Connection, bytes: Bytes): void {
    const frame = memberFrame.decode(bytes)
    const { seat } = connection
    if (seat === undefined) {
      const code = frame.kind === 'auth' ? authenticate(connection, frame) : CLOSE.malformed
      if (code !== undefined) end(connection, code)
      return
    }
    if (frame.kind === 'auth') {
      end(connection, CLOSE.malformed)
      return
    }
    if (frame.kind === 'report') {
      reports.set(seat, JSON.parse(frame.json) as MemberReport)
      return
    }
    if (frame.kind === 'ack') {
      const box = mailbox(seat)
      box.messages = box.messages.filter(message => message.sequence > frame.sequence)
      return
    }
    if (frame.kind === 'submit') submissions.push({ seat, height: frame.height, raw: frame.raw })
    if (frame.kind === 'account') claims.set(seat, hex(frame.address))
    const code = frame.kind === 'publish' ? publish(seat, frame.envelope) : frame.kind === 'submit' ? submit(frame) : undefined
    if (code !== undefined) refusals.push(`${seat} ${code}`)
    const { request } = frame
    tell(connection, code === undefined ? { kind: 'published', request, status: 0 } : { kind: 'refused', request, code, reason: 'simulated' })
  }

  function announceTurns(): void {
    clock.after(1_000, () => {
      if (running)
        everyone(({ seat }) => {
          const turn = options.announce?.(seat as number)
          return turn === undefined ? undefined : { kind: 'turn', ...turn }
        })
      announceTurns()
    })
  }

  l1.onBlock(lookAtL1)
  announceTurns()

  return {
    line() {
      const mine = new Set<Connection>()
      let dead = false
      return {
        dial(events) {
          const connection: Connection = {
            events,
            nonce: keccak256(u64be(++nonces)),
            seat: undefined,
            open: true,
            alive: !dead,
            up: clock.now(),
            down: clock.now(),
            delivered: 0,
            transactions: 0,
          }
          mine.add(connection)
          connections.add(connection)
          if (running) tell(connection, { kind: 'challenge', nonce: connection.nonce, origin: ORIGIN })
          else end(connection, 1006)
          return {
            send(frame) {
              if (dead) return
              connection.up = Math.max(connection.up, clock.now() + options.latency())
              clock.after(connection.up - clock.now(), () => {
                if (connection.open && running) receive(connection, frame)
              })
            },
            close: (code = 1000) => end(connection, code),
          }
        },
        kill() {
          this.freeze()
          for (const connection of mine) end(connection, 1006)
        },
        freeze() {
          dead = true
          for (const connection of mine) connection.alive = false
        },
      }
    },
    crash() {
      running = false
      for (const connection of [...connections]) end(connection, 1006)
    },
    start() {
      running = true
      lookAtL1()
    },
    get up() {
      return running
    },
    drop(seat) {
      for (const connection of [...connections]) if (seat === undefined || connection.seat === seat) end(connection, 1006)
    },
    forgetPublications() {
      publications = []
    },
    submitTransaction(raw) {
      transactions.push({ sequence: transactions.length + 1, raw, hash: hex(keccak256(raw)) })
      for (const connection of connections) if (running) deliver(connection)
    },
    online,
    submissions,
    envelopes,
    report: seat => reports.get(seat),
    refused: refusals,
  }
}
