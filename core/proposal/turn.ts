/**
 * Whose turn it is: smooth weighted round robin over a frozen member set, its phase taken from a finalized L1 block hash. Pure functions;
 * a member that has just started computes any turn without history (docs/agreement.md, Turns).
 * @module
 */
import { assertInteger, type Bytes, bytesToBigint, compare, concat, fromHex, hex, u16be, u64be, utf8 } from '../bytes.ts'
import { PoolError } from '../errors.ts'
import { type Hex, keccak256 } from '../ethereum.ts'

export interface RotationMember {
  /** 20 bytes, hex: address of the vote key. */
  readonly address: string
  /** 1 <= weight < 2^32; decimal digits when a string. */
  readonly weight: bigint | number | string
}

export interface RotationInput {
  /** L2 chain id. */
  readonly chainId: number | bigint
  readonly epoch: number
  /** E: heights of a rotation epoch. */
  readonly epochLength: number
  readonly members: readonly RotationMember[]
  /** 32 bytes, hex: B_e, the block that seeds this epoch. */
  readonly l1BlockHash: string
}

export interface EpochSchedule {
  readonly registryRoot: Hex
  readonly seed: Hex
  /** L: slots after which the rotation repeats. */
  readonly cycleLength: number
  /** k0: where in the cycle the epoch begins. */
  readonly offset: number
  /** Address of the proposer of (height, round). @throws {PoolError} `invalid-argument` outside the epoch. */
  proposer(height: number, round: number): Hex
  /** All members: the scheduled one, then its back-ups in order of rounds. */
  order(height: number): readonly Hex[]
}

const REGISTRY_TAG = utf8('sequorum/registry/v1')
const ROTATION_TAG = utf8('sequorum/rotation/v1')
/** A cycle is held as a list; weights whose gcd leaves a longer one are refused. */
export const MAX_CYCLE = 1_000_000

interface Seat {
  readonly address: Hex
  readonly bytes: Bytes
  readonly weight: bigint
}

/** The schedule of one rotation epoch. @throws {PoolError} `invalid-argument`. */
export function epochSchedule(input: RotationInput): EpochSchedule {
  const { epoch, epochLength } = input
  assertInteger(epoch, 'epoch', 0, Number.MAX_SAFE_INTEGER)
  assertInteger(epochLength, 'epochLength', 1, 0xffff_ffff)
  const seats = seatsOf(input.members)
  const where = concat(chainIdBytes(input.chainId), u64be(epoch))
  const entries = seats.flatMap(seat => [seat.bytes, u64be(seat.weight)])
  const root = keccak256(concat(REGISTRY_TAG, where, u16be(seats.length), ...entries))
  const blockHash = fromHex(input.l1BlockHash, 'l1BlockHash')
  if (blockHash.length !== 32) throw new PoolError('invalid-argument', { title: 'l1BlockHash', expected: '32 bytes' })
  const seed = keccak256(concat(ROTATION_TAG, where, root, blockHash))
  const cycle = smoothCycle(seats)
  const offset = Number(bytesToBigint(seed) % BigInt(cycle.length))

  function order(height: number): readonly Hex[] {
    const first = epoch * epochLength
    assertInteger(height, 'height', first, first + epochLength - 1)
    const start = (offset + (height - first)) % cycle.length
    const seen = new Set<Hex>()
    for (let step = 0; seen.size < seats.length; step++) seen.add((cycle[(start + step) % cycle.length] as Seat).address)
    return [...seen]
  }

  return {
    registryRoot: hex(root),
    seed: hex(seed),
    cycleLength: cycle.length,
    offset,
    order,
    proposer(height, round) {
      assertInteger(round, 'round', 0, 0xffff_ffff)
      return order(height)[round % seats.length] as Hex
    },
  }
}

function chainIdBytes(chainId: number | bigint): Bytes {
  if (typeof chainId === 'number') assertInteger(chainId, 'chainId', 0, Number.MAX_SAFE_INTEGER)
  if (BigInt(chainId) < 0n || BigInt(chainId) >= 1n << 64n)
    throw new PoolError('invalid-argument', { title: 'chainId', expected: 'integer in 0..2^64-1' })
  return u64be(chainId)
}

function seatsOf(members: readonly RotationMember[]): Seat[] {
  if (members.length === 0) throw new PoolError('invalid-argument', { title: 'members', expected: 'at least one' })
  const seats = members.map(({ address, weight }) => {
    const bytes = fromHex(address, 'address')
    if (bytes.length !== 20) throw new PoolError('invalid-argument', { title: 'address', expected: '20 bytes' })
    if (!/^[1-9][0-9]*$/.test(String(weight)) || BigInt(weight) >= 1n << 32n)
      throw new PoolError('invalid-argument', { title: 'weight', expected: 'integer in 1..2^32-1', got: String(weight) })
    return { address: hex(bytes), bytes, weight: BigInt(weight) }
  })
  if (new Set(seats.map(seat => seat.address)).size !== seats.length)
    throw new PoolError('invalid-argument', { title: 'members', expected: 'distinct addresses' })
  return seats.sort((a, b) => compare(a.bytes, b.bytes))
}

/** L slots in which each member stands exactly weight/gcd times, as evenly as smooth weighted round robin spreads them; ties go to the lowest address. */
function smoothCycle(seats: readonly Seat[]): readonly Seat[] {
  const { divisor, length } = cycleOf(seats.map(seat => seat.weight))
  if (length > MAX_CYCLE)
    throw new PoolError('invalid-argument', { title: 'weights', expected: `sum / gcd of at most ${MAX_CYCLE}; scale them down`, got: length })
  // Priorities stay within n L of zero: exact as numbers.
  const entries = seats.map(seat => ({ seat, weight: Number(seat.weight / divisor), priority: 0 }))
  const slots = Number(length)
  const cycle: Seat[] = []
  for (let slot = 0; slot < slots; slot++) {
    for (const entry of entries) entry.priority += entry.weight
    const chosen = entries.reduce((best, entry) => (entry.priority > best.priority ? entry : best))
    chosen.priority -= slots
    cycle.push(chosen.seat)
  }
  return cycle
}

/** gcd of the weights, and L = sum / gcd: the slots after which their rotation repeats. */
export function cycleOf(weights: readonly bigint[]): { readonly divisor: bigint; readonly length: bigint } {
  const divisor = weights.reduce(gcd, 0n)
  return { divisor, length: weights.reduce((sum, weight) => sum + weight, 0n) / divisor }
}

const gcd = (a: bigint, b: bigint): bigint => (b === 0n ? a : gcd(b, a % b))

/**
 * What seeds a rotation epoch: the pool's genesis for the first two, then the L1 block that includes height (e-1)E - 1, which has to be final
 * before the epoch begins.
 */
export function seedSource(epoch: number, epochLength: number): { readonly kind: 'genesis' } | { readonly kind: 'height'; readonly height: number } {
  return epoch < 2 ? { kind: 'genesis' } : { kind: 'height', height: (epoch - 1) * epochLength - 1 }
}

/** The clock of one height, ms. `dueAt` is D_h. */
export interface RoundClock {
  readonly dueAt: number
  /** R0. */
  readonly roundZero: number
  /** dR. */
  readonly roundStep: number
}

/** D_h: when the batch after one that L1 included at `previousAt` is overdue. All ms. */
export const dueAt = (previousAt: number, maxBatchDelay: number): number => previousAt + maxBatchDelay

/** open(h, r) = D_h + r R0 + dR r(r-1)/2, for r >= 1; round 0 may propose from the previous batch on. */
export const roundOpensAt = ({ dueAt: due, roundZero, roundStep }: RoundClock, round: number): number =>
  due + round * roundZero + (roundStep * round * (round - 1)) / 2

/** The newest round that is open at `now`. */
export function roundAt(clock: RoundClock, now: number): number {
  const late = now - clock.dueAt
  if (late < clock.roundZero) return 0
  // Largest r with r R0 + dR r(r-1)/2 <= late, from the quadratic, then corrected for rounding.
  const { roundZero, roundStep } = clock
  const half = roundZero - roundStep / 2
  let round = roundStep === 0 ? Math.floor(late / roundZero) : Math.floor((Math.sqrt(half * half + 2 * roundStep * late) - half) / roundStep)
  while (roundOpensAt(clock, round + 1) <= now) round++
  while (round > 0 && roundOpensAt(clock, round) > now) round--
  return round
}
