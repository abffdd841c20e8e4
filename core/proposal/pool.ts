/**
 * The pool: its members, its two thresholds, its chains and its clock. A pool file is JSON; what must be agreed on is hashed over
 * fixed-order binary fields, never over the JSON. Names and relay addresses are hints and stay outside the hash.
 * @module
 */
import * as v from 'valibot'
import { type Bytes, fromHex } from '../bytes.ts'
import { fixed, list, struct, u16, u32, u53, u64, version } from '../codec.ts'
import { PoolError } from '../errors.ts'
import { H } from '../transcript.ts'
import { cycleOf, MAX_CYCLE } from './turn.ts'

/** One signing party. `seat` is its index in ceremonies, 1-based. */
export interface PoolMember {
  readonly seat: number
  /** 32 bytes, hex: Ed25519 identity key. */
  readonly identity: string
  /** Address of the secp256k1 vote key; the member's address in registry and rotation. Lower-case hex. */
  readonly vote: `0x${string}`
  /** Share of turns, 1 <= weight < 2^32. */
  readonly weight: bigint
  readonly name?: string | undefined
}

export interface Pool {
  readonly name: string
  readonly l1: {
    readonly chainId: number
    /** Lower-case hex address. */
    readonly inbox: `0x${string}`
    /** L1 nonce of the account = height + nonceOffset. */
    readonly nonceOffset: number
    /** First L1 origin; members follow L1 from here. */
    readonly genesis: { readonly number: number; readonly hash: `0x${string}`; readonly timestamp: number }
    /** A block counts when it has this many confirmations, its own included. */
    readonly confirmations: number
  }
  readonly l2: {
    readonly chainId: number
    /** Seconds. */
    readonly blockTime: number
    /** Seconds since 1970. */
    readonly genesisTime: number
    /** Seconds by which an L2 block with transactions may be younger than its L1 origin. */
    readonly maxSequencerDrift: number
  }
  /** Shares that make a signature. */
  readonly threshold: number
  /** PREPAREs that let a batch be signed. */
  readonly agreementQuorum: number
  readonly times: {
    /** R0, ms: length of round 0 once a batch is overdue. */
    readonly roundZero: number
    /** dR, ms: by how much each later round is longer. */
    readonly roundStep: number
    /** ms after the previous batch's L1 block until a batch is overdue. */
    readonly maxBatchDelay: number
    /** E: heights of a rotation epoch. */
    readonly epochLength: number
  }
  readonly members: readonly PoolMember[]
  /** The pool that hands its account over to this one; absent in a pool that makes a key of its own. */
  readonly parent?: PoolParent | undefined
  readonly relay?: string | undefined
}

/** What a pool says of the one before it: all that is needed to check what that one's members say about the hand-over. */
export interface PoolParent {
  /** 32 bytes, hex: its pool hash. */
  readonly pool: `0x${string}`
  /** The account that stays, lower-case hex, and its key's id (32 bytes, hex). */
  readonly account: `0x${string}`
  readonly keyId: `0x${string}`
  readonly threshold: number
  readonly agreementQuorum: number
  /** By seat. A member with the same identity in both pools is one person, whatever its seats. */
  readonly members: readonly Pick<PoolMember, 'seat' | 'identity' | 'vote'>[]
}

/** f = floor((n-1)/3): the cheaters that the default quorum is made for. */
export const faultBound = (n: number): number => Math.floor((n - 1) / 3)

/** q = max(t, floor((n + f)/2) + 1). */
export const defaultQuorum = (n: number, threshold = 0): number => Math.max(threshold, Math.floor((n + faultBound(n)) / 2) + 1)

/** Silent members that the pool survives, and cheaters below which it never signs two contents for a height. */
export const resilience = (pool: Pick<Pool, 'members' | 'threshold' | 'agreementQuorum'>): { crashes: number; cheaters: number } => ({
  crashes: pool.members.length - pool.agreementQuorum,
  cheaters: Math.min(2 * pool.agreementQuorum - pool.members.length, pool.threshold) - 1,
})

export const MAX_MEMBERS = 16

/** Address in the room of a pool's parent's member that is no member of the pool: this much above its seat. Seats of a pool with a parent stay below. */
export const DEALER_SEATS = 0x8000

const hash32 = v.pipe(v.string(), v.regex(/^0x[0-9a-f]{64}$/))
const hex32 = v.pipe(
  hash32,
  v.transform(text => text as `0x${string}`),
)
const address = v.pipe(
  v.string(),
  v.regex(/^0x[0-9a-fA-F]{40}$/),
  v.transform(text => text.toLowerCase() as `0x${string}`),
)
/** JSON can say -0, which is not told apart here. */
const integer = (min: number, max: number) =>
  v.pipe(
    v.number(),
    v.safeInteger(),
    v.minValue(min),
    v.maxValue(max),
    v.transform(value => value + 0),
  )
const large = Number.MAX_SAFE_INTEGER
const weight = v.pipe(
  v.union([v.string(), v.number()]),
  v.transform(value => String(value)),
  v.regex(/^[1-9][0-9]{0,9}$/),
  v.transform(value => BigInt(value)),
  v.maxValue(0xffff_ffffn),
)

const poolSchema = v.strictObject({
  version: v.literal(1),
  name: v.pipe(v.string(), v.maxLength(100)),
  l1: v.strictObject({
    chainId: integer(1, large),
    inbox: address,
    nonceOffset: integer(0, large),
    genesis: v.strictObject({
      number: integer(0, large),
      hash: hex32,
      timestamp: integer(0, large),
    }),
    confirmations: integer(1, 1000),
  }),
  l2: v.strictObject({
    chainId: integer(1, large),
    blockTime: integer(1, 3600),
    genesisTime: integer(0, large),
    maxSequencerDrift: integer(1, large),
  }),
  threshold: integer(2, MAX_MEMBERS),
  agreementQuorum: integer(2, MAX_MEMBERS),
  times: v.strictObject({
    roundZero: integer(100, 86_400_000),
    roundStep: integer(0, 86_400_000),
    maxBatchDelay: integer(0, 86_400_000),
    epochLength: integer(1, 1_000_000),
  }),
  members: v.pipe(
    v.array(
      v.strictObject({ seat: integer(1, 65_534), identity: hash32, vote: address, weight, name: v.optional(v.pipe(v.string(), v.maxLength(100))) }),
    ),
    v.minLength(2),
    v.maxLength(MAX_MEMBERS),
  ),
  parent: v.optional(
    v.strictObject({
      pool: hex32,
      account: address,
      keyId: hex32,
      threshold: integer(2, MAX_MEMBERS),
      agreementQuorum: integer(2, MAX_MEMBERS),
      members: v.pipe(
        v.array(v.strictObject({ seat: integer(1, DEALER_SEATS - 1), identity: hash32, vote: address })),
        v.minLength(2),
        v.maxLength(MAX_MEMBERS),
      ),
    }),
  ),
  relay: v.optional(v.pipe(v.string(), v.maxLength(500), v.regex(/^wss?:\/\//))),
})

/**
 * Checks parsed JSON and gives the pool, members sorted by seat.
 * @throws {PoolError} `bad-pool-file` with the path of what is wrong.
 */
export function parsePool(json: unknown): Pool {
  const result = v.safeParse(poolSchema, json)
  if (!result.success) {
    const issue = result.issues[0]
    throw new PoolError('bad-pool-file', { at: v.getDotPath(issue) ?? '(root)', problem: issue.message.slice(0, 300) })
  }
  const { version: _, ...fields } = result.output
  const bySeat = (a: { seat: number }, b: { seat: number }): number => a.seat - b.seat
  const { parent, ...own } = fields
  const before = parent && { parent: { ...parent, members: [...parent.members].sort(bySeat) } }
  const pool: Pool = { ...own, ...before, members: [...fields.members].sort(bySeat) }
  assertPool(pool)
  return pool
}

/** Rules between fields: distinct members, 2 <= t <= n, t <= q <= n, 2q > n, a rotation short enough to compute. */
function assertPool(pool: Pool): void {
  assertCommittee(pool, '')
  if (pool.parent !== undefined) {
    assertCommittee(pool.parent, 'parent.')
    if (pool.members.some(member => member.seat >= DEALER_SEATS)) throw wrong('members.seat', `must be below ${DEALER_SEATS} in a pool with a parent`)
  }
  const { length } = cycleOf(pool.members.map(member => member.weight))
  if (length > MAX_CYCLE) throw wrong('members.weight', `sum / gcd is ${length}, at most ${MAX_CYCLE} is possible: scale the weights down`)
}

const wrong = (at: string, problem: string): PoolError => new PoolError('bad-pool-file', { at, problem })

function assertCommittee({ members, threshold, agreementQuorum }: Pool | PoolParent, prefix: string): void {
  const n = members.length
  for (const key of ['seat', 'identity', 'vote'] as const)
    if (new Set(members.map(member => member[key])).size !== n) throw wrong(`${prefix}members.${key}`, 'two members have the same')
  if (threshold > n) throw wrong(`${prefix}threshold`, `must be 2..${n}`)
  if (agreementQuorum > n || agreementQuorum < threshold || 2 * agreementQuorum <= n)
    throw wrong(`${prefix}agreementQuorum`, `must be at least the threshold, more than half of ${n} members and at most ${n}`)
}

/** The JSON of a pool file. */
export function poolToJson(pool: Pool): Record<string, unknown> {
  return { version: 1, ...pool, members: pool.members.map(member => ({ ...member, weight: member.weight.toString() })) }
}

const hashedFields = {
  l1ChainId: u64,
  inbox: fixed(20),
  nonceOffset: u53,
  genesisNumber: u53,
  genesisHash: fixed(32),
  genesisTimestamp: u53,
  confirmations: u32,
  l2ChainId: u64,
  blockTime: u32,
  genesisTime: u53,
  maxSequencerDrift: u53,
  threshold: u16,
  agreementQuorum: u16,
  roundZero: u32,
  roundStep: u32,
  maxBatchDelay: u32,
  epochLength: u32,
  members: list(struct({ seat: u16, identity: fixed(32), vote: fixed(20), weight: u64 }), MAX_MEMBERS),
}
const hashed = struct({ version: version(1), ...hashedFields })
const hashedWithParent = struct({
  version: version(2),
  ...hashedFields,
  parent: struct({
    pool: fixed(32),
    account: fixed(20),
    keyId: fixed(32),
    threshold: u16,
    agreementQuorum: u16,
    members: list(struct({ seat: u16, identity: fixed(32), vote: fixed(20) }), MAX_MEMBERS),
  }),
})

const hashes = new WeakMap<Pool, Bytes>()

/** 32 bytes that go into every ceremony, envelope and vote of the pool. */
export function poolHash(pool: Pool): Bytes {
  const known = hashes.get(pool) ?? hashOf(pool)
  hashes.set(pool, known)
  return known.slice()
}

function hashOf(pool: Pool): Bytes {
  const fields = {
    l1ChainId: BigInt(pool.l1.chainId),
    inbox: fromHex(pool.l1.inbox),
    nonceOffset: pool.l1.nonceOffset,
    genesisNumber: pool.l1.genesis.number,
    genesisHash: fromHex(pool.l1.genesis.hash),
    genesisTimestamp: pool.l1.genesis.timestamp,
    confirmations: pool.l1.confirmations,
    l2ChainId: BigInt(pool.l2.chainId),
    blockTime: pool.l2.blockTime,
    genesisTime: pool.l2.genesisTime,
    maxSequencerDrift: pool.l2.maxSequencerDrift,
    threshold: pool.threshold,
    agreementQuorum: pool.agreementQuorum,
    ...pool.times,
    members: pool.members.map(member => ({
      seat: member.seat,
      identity: fromHex(member.identity),
      vote: fromHex(member.vote),
      weight: member.weight,
    })),
  }
  const { parent } = pool
  if (parent === undefined) return H('pool', [hashed.encode({ version: 1, ...fields })])
  const { threshold, agreementQuorum } = parent
  const members = parent.members.map(({ seat, identity, vote }) => ({ seat, identity: fromHex(identity), vote: fromHex(vote) }))
  const before = { pool: fromHex(parent.pool), account: fromHex(parent.account), keyId: fromHex(parent.keyId), threshold, agreementQuorum, members }
  return H('pool', [hashedWithParent.encode({ version: 2, ...fields, parent: before })])
}
