/**
 * What a cheater can do with a field of a message, or with a message as a whole.
 * @module
 */
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { type Bytes, bigintToBytes, bytesToBigint, concat, type Random, u32be } from '../../core/bytes.ts'
import { MAX_BODY } from '../../core/ceremony/frame.ts'
import type { AnyRound } from '../../core/ceremony/router.ts'
import { CURVE_ORDER } from '../../core/transcript.ts'
import { flip } from '../support/index.ts'

/** What the same place holds elsewhere. */
export interface Elsewhere {
  readonly session?: Bytes | undefined
  readonly party?: Bytes | undefined
  readonly epoch?: Bytes | undefined
}

/** Another value for a field. */
export interface ValueMutation {
  readonly name: string
  /** Fields it is for, by what they are; all but headers, lists and bodies unless told. */
  readonly meanings?: readonly string[]
  /** Undefined, or the value itself, when it cannot be done here. */
  change(value: Bytes, elsewhere: Elsewhere, random: Random): Bytes | undefined
}

const PLAIN = ['scalar', 'point', 'hash', 'nonce', 'signature', 'bytes', 'count', 'echo']
const filled = (value: Bytes, byte: number): Bytes => new Uint8Array(value.length).fill(byte)
const scalar = (value: bigint): Bytes => bigintToBytes(((value % CURVE_ORDER) + CURVE_ORDER) % CURVE_ORDER, 32)

/** A point of the curve from a scalar. */
const point = (k: bigint): Bytes => secp256k1.Point.BASE.multiply(k).toBytes(true)

/** True for a compressed point of the curve, by @noble/curves. */
export function isPoint(bytes: Bytes): boolean {
  if (bytes.length !== 33 || (bytes[0] !== 2 && bytes[0] !== 3)) return false
  try {
    secp256k1.Point.fromBytes(bytes)
    return true
  } catch {
    return false
  }
}

/** False for bytes that cannot be what the field is: a scalar not below the order, a point that is none. */
export function isValid(meaning: string, value: Bytes): boolean {
  if (meaning === 'scalar') return bytesToBigint(value) < CURVE_ORDER
  if (meaning === 'point') return isPoint(value)
  return true
}

export const VALUE_MUTATIONS: readonly ValueMutation[] = [
  { name: 'first bit flipped', change: value => flip(value) },
  { name: 'last bit flipped', change: value => flip(value, value.length - 1) },
  {
    name: 'a bit flipped',
    change(value, _, random) {
      const [a, b, bit] = random(3) as unknown as [number, number, number]
      const out = value.slice()
      const at = (256 * a + b) % value.length
      out[at] = (out[at] as number) ^ (1 << (bit % 8))
      return out
    },
  },
  { name: 'zero', change: value => filled(value, 0) },
  { name: 'all ones', change: value => filled(value, 0xff) },
  { name: 'random', meanings: ['hash', 'nonce', 'signature', 'bytes', 'echo'], change: (value, _, random) => random(value.length) },
  { name: 'the order n', meanings: ['scalar'], change: () => bigintToBytes(CURVE_ORDER, 32) },
  { name: 'n + 1', meanings: ['scalar'], change: () => bigintToBytes(CURVE_ORDER + 1n, 32) },
  {
    name: 'the same mod n',
    meanings: ['scalar'],
    change: value => (bytesToBigint(value) + CURVE_ORDER < 1n << 256n ? bigintToBytes(bytesToBigint(value) + CURVE_ORDER, 32) : undefined),
  },
  { name: 'one more', meanings: ['scalar'], change: value => scalar(bytesToBigint(value) + 1n) },
  { name: 'negated', meanings: ['scalar'], change: value => scalar(-bytesToBigint(value)) },
  { name: 'another scalar', meanings: ['scalar'], change: (_, __, random) => scalar(bytesToBigint(random(48))) },
  { name: 'another point', meanings: ['point'], change: (_, __, random) => point((bytesToBigint(random(48)) % (CURVE_ORDER - 1n)) + 1n) },
  { name: 'the generator', meanings: ['point'], change: () => point(1n) },
  { name: 'identity, SEC 1 padded', meanings: ['point'], change: () => new Uint8Array(33) },
  { name: 'x that is on no curve point', meanings: ['point'], change: () => concat(Uint8Array.of(2), new Uint8Array(32)) },
  { name: 'x above the field', meanings: ['point'], change: () => concat(Uint8Array.of(3), filled(new Uint8Array(32), 0xff)) },
  { name: 'prefix of an uncompressed point', meanings: ['point'], change: value => concat(Uint8Array.of(4), value.subarray(1)) },
  { name: 'one more', meanings: ['count'], change: value => u32be(Number(bytesToBigint(value)) + 1) },
  { name: 'one less', meanings: ['count'], change: value => (bytesToBigint(value) === 0n ? undefined : u32be(Number(bytesToBigint(value)) - 1)) },
  { name: 'one item less', meanings: ['list'], change: value => resized(value, -1) },
  { name: 'one item more', meanings: ['list'], change: value => resized(value, 1) },
  { name: 'items reversed', meanings: ['list'], change: value => concat(value.subarray(0, 4), ...itemsOf(value).reverse()) },
  { name: 'no items', meanings: ['list'], change: () => u32be(0) },
  { name: 'a point and nothing else', meanings: ['list'], change: () => concat(u32be(1), point(7n)) },
  ...(['session', 'party', 'epoch'] as const).map(
    (where): ValueMutation => ({
      name: `of another ${where}`,
      meanings: [...PLAIN, 'list', 'body', 'frame'],
      change: (_, elsewhere) => elsewhere[where],
    }),
  ),
]

/** Items of an encoded list, which have equal lengths. */
function itemsOf(list: Bytes): Bytes[] {
  const count = Number(bytesToBigint(list.subarray(0, 4)))
  if (count === 0) return []
  const size = (list.length - 4) / count
  return Array.from({ length: count }, (_, i) => list.subarray(4 + i * size, 4 + (i + 1) * size))
}

function resized(list: Bytes, by: 1 | -1): Bytes {
  const items = itemsOf(list)
  const [first] = items
  if (first === undefined) return list
  const out = by === 1 ? [...items, first] : items.slice(0, -1)
  return concat(u32be(out.length), ...out)
}

/** Mutations for a field of this meaning. */
export const mutationsFor = (meaning: string): ValueMutation[] => VALUE_MUTATIONS.filter(({ meanings = PLAIN }) => meanings.includes(meaning))

/** One delivery in place of a message. */
export interface Parcel {
  readonly bytes: Bytes
  /** Held back until nothing else is under way. */
  readonly late?: boolean
}

/** Something else in place of a message; `early` is sent before anything else of the ceremony. */
export interface MessageMutation {
  readonly name: string
  readonly verdict: 'malformed' | 'absent' | 'unnoticed' | 'contradiction'
  deliver(frame: Bytes, random: Random): readonly Parcel[]
  readonly early?: boolean
}

export const MESSAGE_MUTATIONS: readonly MessageMutation[] = [
  { name: 'a byte short', verdict: 'malformed', deliver: frame => [{ bytes: frame.subarray(0, frame.length - 1) }] },
  { name: 'a byte long', verdict: 'malformed', deliver: (frame, random) => [{ bytes: concat(frame, random(1)) }] },
  { name: 'without a body', verdict: 'malformed', deliver: frame => [{ bytes: frame.subarray(0, 35) }] },
  { name: 'header cut short', verdict: 'absent', deliver: frame => [{ bytes: frame.subarray(0, 34) }] },
  { name: 'nothing at all', verdict: 'absent', deliver: () => [{ bytes: new Uint8Array(0) }] },
  { name: 'longer than any message', verdict: 'absent', deliver: frame => [{ bytes: concat(frame, new Uint8Array(MAX_BODY)) }] },
  { name: 'withheld', verdict: 'absent', deliver: () => [] },
  { name: 'sent twice', verdict: 'unnoticed', deliver: frame => [{ bytes: frame }, { bytes: frame }] },
  { name: 'late', verdict: 'unnoticed', deliver: frame => [{ bytes: frame, late: true }] },
  { name: 'before all others', verdict: 'unnoticed', early: true, deliver: frame => [{ bytes: frame }] },
  { name: 'contradicted', verdict: 'contradiction', deliver: frame => [{ bytes: frame }, { bytes: flip(frame, frame.length - 1) }] },
]

/** Another byte in a header. `kinds` are the two frame kinds of the round that would take it. */
export const HEADER_VALUES = {
  version: [0, 2, 255],
  kind: [0, 1, 2, 255],
  /** Ids of all rounds of the protocol, and of none. */
  round: (rounds: readonly AnyRound[]): number[] => [...rounds.map(round => round.id), 0, 255, 15],
} as const
