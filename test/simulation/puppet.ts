/**
 * A member that cheats: it holds the identity, vote key and connection of a seat, follows L1 and the pool's chain as the others do, and says
 * what a test tells it to say.
 */
import { blockHash, type L2Block } from '../../core/batch/block.ts'
import { buildBlocks } from '../../core/batch/builder.ts'
import { channelIdOf, contentCommitment } from '../../core/batch/content.ts'
import { DEFAULT_LIMITS } from '../../core/batch/limits.ts'
import { pakoDeflate } from '../../core/batch/op-stack/zlib.ts'
import { encodeBlocks } from '../../core/batch/summary.ts'
import { fromHex } from '../../core/bytes.ts'
import { identityFromSeed, initSodium } from '../../core/envelope/identity.ts'
import { createDispatcher } from '../../core/member/dispatcher.ts'
import { followL1 } from '../../core/member/l1-follower.ts'
import { createL2Chain } from '../../core/member/l2-chain.ts'
import { connectRelay } from '../../core/member/link.ts'
import { type RoomMessage, type RoomMessageOf, roomMessage } from '../../core/member/messages.ts'
import { openRoom } from '../../core/member/room.ts'
import { type Turn, turnsOf } from '../../core/member/turns.ts'
import type { Proposal } from '../../core/proposal/messages.ts'
import { signPrepare, signProposal, type UnsignedProposal } from '../../core/proposal/vote.ts'
import { defaultRules } from '../../core/transaction/admission.ts'
import { parseTransaction } from '../../core/transaction/parse.ts'
import { TransactionPool } from '../../core/transaction/pool.ts'
import { testIdentitySeed } from '../support/identity.ts'
import { testVoteKey } from '../support/pool.ts'
import { seededRandom } from '../support/random.ts'
import type { World } from './world.ts'

/** A proposal without a vote or a plan to sign it. */
export const BARE = { kind: 'proposal', vote: undefined, sign: undefined } as const

export interface Puppet {
  readonly seat: number
  readonly others: readonly number[]
  /** What the others said to it. */
  readonly heard: readonly { readonly from: number; readonly message: RoomMessage }[]
  readonly nextHeight: number
  /** Called with whatever it hears. */
  react: (from: number, message: RoomMessage) => void
  turn(): Turn | undefined
  say(to: number | 'all', message: RoomMessage): void
  sayBytes(to: number | 'all', bytes: Uint8Array): void
  /** An honest proposal for the next height, its blocks changed; signed by this seat. */
  make(round: number, change?: (blocks: L2Block[]) => L2Block[], fields?: Partial<UnsignedProposal>): Proposal
  sign(proposal: UnsignedProposal): Proposal
  prepare(slot: Pick<Proposal, 'height' | 'round' | 'content'>): RoomMessageOf<'prepare'>
  /** Reasons that a seat gave for refusing something of a round. */
  refusals(from: number, height: number, round: number): readonly string[]
  /** Ends its connection, so that the member itself can come back. */
  leave(): void
}

/** Blocks whose parent hashes are right again after a change. */
export function relinked(blocks: readonly L2Block[]): L2Block[] {
  const out: L2Block[] = []
  for (const block of blocks) {
    const before = out.at(-1)
    out.push(before === undefined ? block : { ...block, parentHash: blockHash(before) })
  }
  return out
}

export async function createPuppet(world: World, seat: number): Promise<Puppet> {
  await initSodium()
  const { pool, time } = world
  const account = world.account() as `0x${string}`
  const log = (): void => {}
  const identity = identityFromSeed(testIdentitySeed(seat))
  const random = seededRandom(`puppet ${seat}`)
  const link = connectRelay({ dial: world.relay.line().dial, clock: time, random, identity, pool, seat, log })
  const dispatcher = createDispatcher(link)
  const room = openRoom({ link, dispatcher, pool, seat, identity, clock: time, random, log })
  const mempool = new TransactionPool(defaultRules(pool.l2.chainId))
  const heard: { from: number; message: RoomMessage }[] = []
  const chain = createL2Chain(pool, number => follower.header(number))
  const follower = followL1({
    l1: world.l1.reader(),
    pool,
    account,
    log,
    needed: () => 0,
    events: {
      included({ height, data }) {
        const applied = chain.apply(height, data)
        mempool.remove((applied?.transactions ?? []).map(({ hash }) => hash))
      },
      reorged: from => void chain.undo(from),
    },
  })
  const turns = turnsOf(pool, follower)
  room.onMessage((from, bytes) => {
    const message = roomMessage.decode(bytes)
    heard.push({ from, message })
    puppet.react(from, message)
  })
  link.onTransaction(raw => void mempool.add(parseTransaction(raw), sender => chain.nonceOf(sender)))
  link.start()
  function poll(): void {
    void follower.poll().then(() => time.after(100, poll))
  }
  poll()

  const sign = (proposal: UnsignedProposal): Proposal => ({ ...proposal, signature: signProposal(proposal, pool, testVoteKey(seat)) })
  const sayBytes = (to: number | 'all', bytes: Uint8Array): void => room.send(to, bytes)

  const puppet: Puppet = {
    seat,
    react: () => {},
    others: pool.members.map(member => member.seat).filter(other => other !== seat),
    heard,
    get nextHeight() {
      return follower.nextHeight
    },
    turn: () => turns.at(follower.nextHeight, time.now()),
    say: (to, message) => sayBytes(to, roomMessage.encode(message)),
    sayBytes,
    sign,
    make(round, change = blocks => blocks, fields = {}) {
      const nonceOf = (sender: `0x${string}`): number => chain.nonceOf(sender)
      const honest = buildBlocks({
        parent: chain.head,
        nonceOf,
        transactions: mempool.ready({ count: 1_000, bytes: DEFAULT_LIMITS.maxBytes, gas: 1_000_000_000n }, nonceOf),
        until: Math.floor(time.now() / 1000),
        blockTime: pool.l2.blockTime,
        origins: follower.origins(chain.head.l1Origin.number),
        maxSequencerDrift: pool.l2.maxSequencerDrift,
        limits: DEFAULT_LIMITS,
      })
      const blocks = change(honest.blocks)
      const height = follower.nextHeight
      const slot = { chainId: pool.l1.chainId, account, nonce: height + pool.l1.nonceOffset }
      const channelId = channelIdOf(slot)
      const { calldata, frames } = encodeBlocks(blocks, channelId, pakoDeflate)
      const last = (blocks.at(-1) as L2Block).l1Origin
      const content = contentCommitment({ ...slot, inbox: pool.l1.inbox, channelId, frames, l1OriginHash: last.hash })
      const origin = { number: last.number, hash: fromHex(last.hash) }
      return sign({ height, round, content, origin, payload: calldata, justification: undefined, ...fields })
    },
    prepare({ height, round, content }) {
      return {
        kind: 'prepare',
        prepare: { height, round, content, seat, signature: signPrepare({ height, round, content }, pool, testVoteKey(seat)) },
      }
    },
    refusals: (from, height, round) =>
      heard.flatMap(({ from: who, message }) =>
        who === from && message.kind === 'refusal' && message.height === height && message.round === round ? [message.reason] : [],
      ),
    leave() {
      room.close()
      dispatcher.close()
      link.close()
    },
  }
  return puppet
}
