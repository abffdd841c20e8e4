/**
 * One height under an adversary that owns the network and f members: it decides who sees which proposal, vote and certificate when, restarts honest
 * members, proposes anything in its own rounds and votes for everything. Honest members are the functions of core/proposal/lock.ts over one record
 * each. Then the network becomes synchronous. Not a proof: a search for runs that sign two contents, or none.
 */
import { type Bytes, equal, hex, u32be } from '../../core/bytes.ts'
import { PoolError } from '../../core/errors.ts'
import { silentRecord } from '../../core/member/silence.ts'
import { authorizeSigning, emptyRecord, type HeightRecord, lock, mayLock, vote } from '../../core/proposal/lock.ts'
import type { Certificate } from '../../core/proposal/messages.ts'
import type { Pool } from '../../core/proposal/pool.ts'

/** `rules`: as written. The others each leave one of them out, so that the search can be seen to find something. */
export type Variant =
  | 'rules'
  /** A restart loses the record. */
  | 'no-database'
  /** A restart loses the record of one member, and of no other. */
  | 'one-forgets'
  /** The same, and that member keeps silent from then on (core/member/silence.ts): this is as the rules are. */
  | 'one-forgets-and-is-silent'
  /** Only ever votes for the first content seen; never moves. */
  | 'first-seen'
  /** Signature shares of different rounds combine. */
  | 'shares-of-any-round'
  /** A certificate locks, and lets sign, also after a vote in a later round. */
  | 'late-locks'
  /** With t below q: signs as soon as it is locked itself, not when q members are. */
  | 'no-commits'

export interface Setting {
  readonly seed: number
  readonly n: number
  /** Members that cheat; q = floor((n + f)/2) + 1. */
  readonly f: number
  /** Shares that make a signature; q when left out. */
  readonly t?: number | undefined
  readonly variant: Variant
}

export interface Result {
  /** Contents with a complete signature. */
  readonly signed: number
  /** Rounds from the first synchronous one to the first signature; undefined when there was none. */
  readonly rounds: number | undefined
}

const HEIGHT = 0
const contentOf = (id: number): Bytes => {
  const bytes = new Uint8Array(32)
  bytes.set(u32be(id))
  return bytes
}

/** Mulberry32: small, seeded, good enough to pick actions. Gives numbers in [0, 1). */
export function generator(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

interface Honest {
  readonly seat: number
  record: HeightRecord
  /** Newest certificate it knows of, in memory. */
  newest: Certificate | undefined
  first: Bytes | undefined
}

interface Shown {
  readonly round: number
  readonly content: Bytes
  readonly justification: { readonly validRound: number; readonly certificate: Certificate } | undefined
}

export function simulate({ seed, n, f, variant, ...rest }: Setting): Result {
  const random = generator(seed)
  const below = (limit: number): number => Math.floor(random() * limit)
  const pick = <T>(values: readonly T[]): T => values[below(values.length)] as T
  const q = Math.floor((n + f) / 2) + 1
  const t = rest.t ?? q
  const order = Array.from({ length: n }, (_, seat) => seat)
  for (let i = n - 1; i > 0; i--) {
    const j = below(i + 1)
    ;[order[i], order[j]] = [order[j] as number, order[i] as number]
  }
  const honest: Honest[] = Array.from({ length: n - f }, (_, i) => ({
    seat: f + i,
    record: emptyRecord(HEIGHT),
    newest: undefined,
    first: undefined,
  }))
  const leaderOf = (round: number): Honest | undefined => honest.find(member => member.seat === order[round % n])

  /** Honest votes, locks and signature shares by round and content. */
  const votes = new Map<string, { round: number; content: Bytes; seats: Set<number> }>()
  const locks = new Map<string, Set<number>>()
  const shares = new Map<string, { content: Bytes; seats: Set<number> }>()
  const proposals = new Map<number, Shown>()
  let fresh = 0

  const key = (round: number, content: Bytes): string => `${round}/${hex(content)}`
  const verify = (_: Pool, { round, content }: Certificate): void => {
    if ((votes.get(key(round, content))?.seats.size ?? 0) + f < q) throw new PoolError('invalid-certificate')
  }
  const pool = {} as Pool
  const certificates = (): Certificate[] =>
    [...votes.values()].filter(({ seats }) => seats.size + f >= q).map(({ round, content }) => ({ height: HEIGHT, round, content, prepares: [] }))

  /** What an honest leader says, from what it knows. */
  function honestProposal(leader: Honest, round: number): Shown {
    const { newest } = leader
    if (newest !== undefined) return { round, content: newest.content, justification: { validRound: newest.round, certificate: newest } }
    return { round, content: contentOf(1_000 + fresh++), justification: undefined }
  }
  function cheatersProposal(round: number): Shown {
    const known = certificates().filter(certificate => certificate.round < round)
    const contents = [contentOf(0), contentOf(1), ...[...votes.values()].map(({ content }) => content)]
    if (known.length === 0 || random() < 0.4) return { round, content: pick(contents), justification: undefined }
    const certificate = pick(known)
    return { round, content: certificate.content, justification: { validRound: certificate.round, certificate } }
  }

  function see(member: Honest, shown: Shown): void {
    if (variant === 'first-seen') {
      member.first ??= shown.content
      if (!equal(member.first, shown.content)) return
    }
    const outcome = vote(member.record, { height: HEIGHT, ...shown }, { pool, verify })
    if ('refuse' in outcome) return
    member.record = outcome.record
    const at = key(shown.round, shown.content)
    const entry = votes.get(at) ?? { round: shown.round, content: shown.content, seats: new Set() }
    entry.seats.add(member.seat)
    votes.set(at, entry)
  }

  const learn = (member: Honest, certificate: Certificate): void => {
    if (certificate.round > (member.newest?.round ?? -1)) member.newest = certificate
  }

  /** A certificate arrives with a request to sign. */
  function sign(member: Honest, certificate: Certificate): void {
    learn(member, certificate)
    const { votedRound } = member.record
    const judged = variant === 'late-locks' ? { ...member.record, votedRound: -1 } : member.record
    if (!mayLock(judged, certificate)) return
    const locked = lock(judged, certificate)
    member.record = { ...locked, votedRound }
    const { round, content } = certificate
    const lockers = locks.get(key(round, content)) ?? new Set()
    lockers.add(member.seat)
    locks.set(key(round, content), lockers)
    // What `commit` messages tell in a pool with t below q; cheaters say that they locked whenever it suits them.
    if (t < q && variant !== 'no-commits' && lockers.size + f < q) return
    const outcome = authorizeSigning(locked, { round, content, sighash: content, maxFeePerGas: 1n, maxPriorityFeePerGas: 1n })
    if ('refuse' in outcome) return
    member.record = { ...outcome.record, votedRound }
    const at = variant === 'shares-of-any-round' ? hex(content) : key(round, content)
    const entry = shares.get(at) ?? { content, seats: new Set() }
    entry.seats.add(member.seat)
    shares.set(at, entry)
  }

  function restart(member: Honest): void {
    const forgets = variant === 'no-database' || (variant.startsWith('one-forgets') && member === honest[0])
    if (forgets) member.record = variant === 'one-forgets-and-is-silent' ? silentRecord(HEIGHT) : emptyRecord(HEIGHT)
    member.newest = member.record.certificate
  }

  const signed = (): number => new Set([...shares.values()].filter(({ seats }) => seats.size + f >= t).map(({ content }) => hex(content))).size

  // ── the adversary's time ──
  let round = 0
  const start = (): void => {
    const leader = leaderOf(round)
    if (leader !== undefined) proposals.set(round, honestProposal(leader, round))
  }
  start()
  const steps = below(24 * n)
  for (let step = 0; step < steps; step++) {
    const member = pick(honest)
    const dice = random()
    if (dice < 0.1) {
      round++
      start()
    } else if (dice < 0.6) {
      const at = random() < 0.7 ? round : below(round + 1)
      const own = proposals.get(at)
      see(member, leaderOf(at) === undefined ? cheatersProposal(at) : (own as Shown))
    } else if (dice < 0.95) {
      const known = certificates()
      if (known.length > 0) (random() < 0.8 ? sign : learn)(member, pick(known))
    } else restart(member)
  }

  // ── synchrony: what one honest member knows all do, cheaters' rounds pass, an honest leader's proposal reaches everyone ──
  let rounds: number | undefined
  const first = round + 1
  for (round = first; round < first + 2 * n + 2; round++) {
    const best = honest.map(member => member.newest).reduce((a, b) => ((b?.round ?? -1) > (a?.round ?? -1) ? b : a), undefined)
    if (best !== undefined) for (const member of honest) learn(member, best)
    const leader = leaderOf(round)
    const shown = leader === undefined ? undefined : honestProposal(leader, round)
    for (const member of honest) see(member, shown ?? cheatersProposal(round))
    const mine = certificates().filter(certificate => certificate.round === round)
    // Twice: the first pass locks, which with t below q has to come before anyone signs.
    for (const certificate of [...mine, ...mine]) for (const member of honest) if (shown !== undefined || random() < 0.5) sign(member, certificate)
    if (rounds === undefined && signed() > 0) rounds = round - first
  }
  return { signed: signed(), rounds }
}

export interface Tally {
  readonly runs: number
  readonly twice: number
  readonly stuck: number
  /** Longest wait for a signature after synchrony, rounds. */
  readonly longest: number
  /** Seed of the first run that signed two contents or none. */
  readonly firstBad: number | undefined
}

/** Runs with seeds `seed`, `seed + 1`, … */
export function tally(setting: Setting, runs: number): Tally {
  let [twice, stuck, longest] = [0, 0, 0]
  let firstBad: number | undefined
  for (let i = 0; i < runs; i++) {
    const result = simulate({ ...setting, seed: setting.seed + i })
    if (result.signed > 1) twice++
    if (result.rounds === undefined) stuck++
    else longest = Math.max(longest, result.rounds)
    if (result.signed !== 1) firstBad ??= setting.seed + i
  }
  return { runs, twice, stuck, longest, firstBad }
}

/** Pools that are searched. */
export const SHAPES: readonly Pick<Setting, 'n' | 'f' | 't'>[] = [
  { n: 4, f: 1 },
  { n: 7, f: 2 },
  { n: 3, f: 0 },
  { n: 5, f: 1 },
  { n: 5, f: 1, t: 3 },
  { n: 5, f: 1, t: 2 },
  { n: 7, f: 2, t: 3 },
]

export const shapeName = ({ n, f, t }: Pick<Setting, 'n' | 'f' | 't'>): string => `n=${n} f=${f}${t === undefined ? '' : ` t=${t}`}`
