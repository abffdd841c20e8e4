/**
 * What comes from the room, to whom it is for; and what a peer that appears may have missed.
 * @module
 */
import type { Bytes } from '../bytes.ts'
import { asPoolError } from '../errors.ts'
import type { Prepare, Proposal } from '../proposal/messages.ts'
import { DEALER_SEATS, type Pool } from '../proposal/pool.ts'
import type { Agreement } from './agreement.ts'
import { type HeightState, voteKey } from './height.ts'
import type { KeyLife } from './key-life.ts'
import type { KeySetup } from './key-setup.ts'
import { type RoomMessage, type RoomMessageOf, roomMessage } from './messages.ts'
import type { Log } from './ports.ts'
import type { Signing } from './signing.ts'
import type { Takeover } from './takeover.ts'
import type { TuplePool } from './tuples.ts'
import type { Turn } from './turns.ts'

export interface RoutingPorts {
  readonly pool: Pool
  readonly seat: number
  readonly keys: KeySetup
  readonly agreement: Agreement
  readonly signing: Signing
  readonly tuples: TuplePool
  /** Of a pool that takes over the account of another. */
  readonly takeover: Takeover | undefined
  readonly life: KeyLife
  readonly log: Log
  /** The share of a peer is of another generation than before. */
  peerChanged(peer: number): Promise<void>
  say(to: number, message: RoomMessage): void
  /** Next height that L1 has not taken; undefined while this member has no key or has not read L1 yet. */
  nextHeight(): number | undefined
  heightState(height: number): Promise<HeightState>
  turnAt(height: number): Turn | undefined
  /** This member has promised to say nothing about the height. */
  isSilent(height: number): boolean
  /** A peer is ahead of this member's view of L1. */
  behind(): void
  /** The height at hand may have something to do. */
  tick(): Promise<void>
}

/** What someone who belongs to the parent only may say. */
const OF_DEALERS: ReadonlySet<RoomMessage['kind']> = new Set<RoomMessage['kind']>(['holder', 'retired', 'waiting'])

type HeightMessage = RoomMessageOf<'proposal' | 'prepare' | 'locked' | 'commit' | 'sign' | 'signed'>

/** Handles one message of the room; what does not decode is logged and dropped. */
export async function route(ports: RoutingPorts, from: number, bytes: Bytes): Promise<void> {
  const { keys, log } = ports
  let message: RoomMessage
  try {
    message = roomMessage.decode(bytes)
  } catch (error) {
    return log('warn', 'room.malformed', { from, code: asPoolError(error).code })
  }
  if (from >= DEALER_SEATS && !OF_DEALERS.has(message.kind)) return log('warn', 'room.not-for-dealers', { from, kind: message.kind })
  switch (message.kind) {
    case 'status':
      ports.takeover?.heard(from, message)
      keys.heard(from, message)
      if (ports.life.heard(from, message)) await ports.peerChanged(from)
      return catchUp(ports, from, message.nextHeight)
    case 'keygen':
    case 'reshare':
      return keys.invited(from, message)
    case 'keyCertificate':
      await keys.certificate(message)
      return ports.life.certificate(message)
    case 'refresh':
    case 'refreshRefused':
    case 'burned':
    case 'erased':
      return ports.life.take(from, message)
    case 'holder':
    case 'handOver':
    case 'retired':
    case 'waiting':
      return ports.takeover?.take(from, message)
    case 'refusal':
      return log('info', 'proposal.refused-by', { from, height: message.height, round: message.round, reason: message.reason })
    case 'preprocess':
      return ports.tuples.invited(from, message)
    case 'gone':
      return gone(ports, from, message.ceremony)
    default:
      return aboutHeight(ports, from, message)
  }
}

/** The tuple of a peer is no more: neither is ours, and a signature that was begun with it is begun again. */
async function gone({ tuples, signing, nextHeight, heightState }: RoutingPorts, from: number, ceremony: Bytes): Promise<void> {
  tuples.gone(from, ceremony)
  const height = nextHeight()
  if (height !== undefined) signing.gone(await heightState(height), from, ceremony)
}

async function aboutHeight(ports: RoutingPorts, from: number, message: HeightMessage): Promise<void> {
  const { agreement, signing } = ports
  const height = heightOf(message)
  const next = ports.nextHeight()
  if (next === undefined || height < next || height > next + 1 || ports.isSilent(height)) return
  const state = await ports.heightState(height)
  switch (message.kind) {
    case 'proposal':
      await proposed(ports, state, from, message)
      if (height > next) ports.behind()
      break
    case 'prepare':
      await agreement.prepare(state, from, message)
      break
    case 'locked':
      await agreement.locked(state, message)
      break
    case 'commit':
      await agreement.commit(state, from, message)
      break
    case 'sign':
      if (state.signed === undefined) await signing.request(state, from, message)
      break
    case 'signed':
      await signing.result(state, message)
      break
  }
  if (height === ports.nextHeight()) await ports.tick()
}

/** A proposal with its proposer's vote, and with whom it would sign. */
async function proposed({ agreement, signing }: RoutingPorts, state: HeightState, from: number, message: RoomMessageOf<'proposal'>): Promise<void> {
  if (state.signed !== undefined) return
  const { proposal, vote, sign } = message
  if (vote !== undefined) await agreement.prepare(state, from, { kind: 'prepare', prepare: vote })
  if (sign !== undefined) signing.announced(state, from, proposal, sign)
  await agreement.consider(state, from, proposal)
}

/** Hands a peer that has just appeared what it may have missed of the height at hand. */
async function catchUp(ports: RoutingPorts, peer: number, peersNext: number): Promise<void> {
  const height = ports.nextHeight()
  if (height === undefined || height !== peersNext) return
  const state = await ports.heightState(height)
  const { signed, agreed, voted } = state
  if (signed !== undefined) {
    const { round, content = new Uint8Array(32), signers, raw } = signed
    return ports.say(peer, { kind: 'signed', height, round, content, signers: [...signers], raw })
  }
  if (agreed !== undefined) ports.say(peer, { kind: 'locked', certificate: agreed.certificate, proposal: agreed.proposal })
  const turn = ports.turnAt(height)
  const current = turn === undefined ? undefined : voted.get(turn.round)
  if (turn !== undefined && current !== undefined && turn.proposer(turn.round).seat === ports.seat)
    ports.say(peer, { kind: 'proposal', proposal: current, vote: ownVote(state, current, ports.seat), sign: undefined })
}

/** The vote that went out with a proposal. */
function ownVote({ prepares }: HeightState, { height, round, content }: Proposal, seat: number): Prepare | undefined {
  const signature = prepares.get(voteKey(round, content))?.get(seat)
  return signature === undefined ? undefined : { height, round, content, seat, signature }
}

/** The height that a message is about. */
function heightOf(message: HeightMessage): number {
  switch (message.kind) {
    case 'proposal':
      return message.proposal.height
    case 'prepare':
      return message.prepare.height
    case 'locked':
      return message.proposal.height
    default:
      return message.height
  }
}
