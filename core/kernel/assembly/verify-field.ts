/**
 * The verifier's field of secp256k1, p = 2^256 - 2^32 - 977: ten signed limbs of 26 bits (the top one of 22) in 40 bytes. Its own, so that no slip in
 * the signing path's field can hide itself. Everything here is public and takes as long as it takes.
 *
 * |a| is the largest limb in units of 2^26 (the top one: 2^22). Products are reduced: |a| = 1, not canonical. Linear functions work limb by limb without
 * carries, so |a ± b| <= |a| + |b|. A product takes |a|·|b| <= 150, a square |a| <= 12, everything else |a| < 30.
 */
import { integer_from_be, integer_inverse, integer_not_below, MOD_P } from './verify-integers'
import { product, square } from './verify-products'

/** Bytes of an element. */
export const ELEMENT: usize = 40

const LIMBS: usize = 10
const M26: i64 = (1 << 26) - 1
const M22: i32 = (1 << 22) - 1
/** 1/977 mod 2^26. */
const INVERSE_977: i32 = 0x2253531
const CHAIN = memory.data(5 * 40, 16)
const WORDS = memory.data(48, 16)

/** out = a. */
export function copy(out: usize, a: usize): void {
  v128.store(out, v128.load(a))
  v128.store(out, v128.load(a, 16), 16)
  store<u64>(out, load<u64>(a, 32), 32)
}

/** out = value. */
export function small(out: usize, value: i32): void {
  memory.fill(out, 0, ELEMENT)
  store<i32>(out, value)
}

/** out = 2^x·a - 2^y·b. */
export function difference(out: usize, a: usize, x: i32, b: usize, y: i32): void {
  v128.store(out, i32x4.sub(i32x4.shl(v128.load(a), x), i32x4.shl(v128.load(b), y)))
  v128.store(out, i32x4.sub(i32x4.shl(v128.load(a, 16), x), i32x4.shl(v128.load(b, 16), y)), 16)
  v128.store64_lane(out, i32x4.sub(i32x4.shl(v128.load64_zero(a, 32), x), i32x4.shl(v128.load64_zero(b, 32), y)), 0, 32)
}

/** out = factor·a. */
export function multiple(out: usize, a: usize, factor: i32): void {
  const wide = i32x4.splat(factor)
  v128.store(out, i32x4.mul(v128.load(a), wide))
  v128.store(out, i32x4.mul(v128.load(a, 16), wide), 16)
  v128.store64_lane(out, i32x4.mul(v128.load64_zero(a, 32), wide), 0, 32)
}

/** Carries once from the bottom to the top. @returns what stands above 2^256. */
function carry(a: usize, bottom: i64, next: i64): i32 {
  let over = bottom
  for (let i: usize = 0; i < 4 * LIMBS - 4; i += 4) {
    const sum = (load<i32>(a + i) as i64) + over
    store<i32>(a + i, (sum & M26) as i32)
    over = (sum >> 26) + (i == 0 ? next : 0)
  }
  const top = (load<i32>(a, 36) as i64) + over
  store<i32>(a, (top as i32) & M22, 36)
  return (top >> 22) as i32
}

/** a to its one canonical form, in place. */
export function normalize(a: usize): void {
  let over: i64 = 0
  do over = carry(a, over * 977, over << 6)
  while (over != 0)
  // p <= a is rare: then adding 2^256 - p runs over the top
  if (load<i32>(a, 36) == M22 && carry(a, 977, 64) == 0) carry(a, -977, -64)
}

/** Whether a = 0 (mod p). a stays as it is. */
export function is_zero(a: usize): bool {
  // a multiple j·p has -977·j in its lowest limb, and here |j| < 32
  if (((load<i32>(a) * INVERSE_977 + 32) & (M26 as i32)) >= 64) return false
  copy(WORDS, a)
  normalize(WORDS)
  return v128.any_true(v128.or(v128.load(WORDS), v128.load(WORDS, 16))) == false && load<u64>(WORDS, 32) == 0
}

/** Whether a is odd; a canonical. */
export function is_odd(a: usize): bool {
  return (load<i32>(a) & 1) == 1
}

/** Words of 64 bits of a canonical element; 8 bytes after them are overwritten. */
export function to_words(out: usize, a: usize): void {
  memory.fill(out, 0, 40)
  for (let i: usize = 0; i < LIMBS; i++) {
    const at = out + ((26 * i) >> 3)
    store<u64>(at, load<u64>(at) | ((load<i32>(a + 4 * i) as u64) << ((26 * i) & 7)))
  }
}

/** The element of four words, which eight readable bytes follow. */
export function from_words(out: usize, words: usize): void {
  for (let i: usize = 0; i < LIMBS; i++) {
    const mask: u64 = i == 9 ? (M22 as u64) : (M26 as u64)
    store<i32>(out + 4 * i, ((load<u64>(words + ((26 * i) >> 3)) >> ((26 * i) & 7)) & mask) as i32)
  }
}

/** The element of 32 big-endian bytes. @returns false when they are not below p. */
export function from_be(out: usize, bytes: usize): bool {
  integer_from_be(WORDS, bytes)
  from_words(out, WORDS)
  return !integer_not_below(WORDS, MOD_P)
}

/** out = 1/a, 0 to 0. */
export function inverse(out: usize, a: usize): void {
  copy(out, a)
  normalize(out)
  to_words(WORDS, out)
  integer_inverse(WORDS, WORDS, MOD_P)
  from_words(out, WORDS)
}

function squares(out: usize, a: usize, count: i32): void {
  square(out, a)
  for (let i = 1; i < count; i++) square(out, out)
}

/** out = a^(2^count)·b, the step of an addition chain. */
function join(out: usize, a: usize, count: i32, b: usize): void {
  const t = CHAIN
  squares(t, a, count)
  product(out, t, b)
}

/** out = a^((p + 1)/4), a root of a when a has one; out is not a. The exponent is 223 ones, 0, 22 ones, 0000, 11, 00. */
export function root(out: usize, a: usize): void {
  const x2 = CHAIN + ELEMENT
  const x3 = CHAIN + 2 * ELEMENT
  const x22 = CHAIN + 3 * ELEMENT
  const t = CHAIN + 4 * ELEMENT
  join(x2, a, 1, a)
  join(x3, x2, 1, a)
  join(t, x3, 3, x3) // 6 ones
  join(t, t, 3, x3) // 9
  join(t, t, 2, x2) // 11
  join(x22, t, 11, t)
  join(t, x22, 22, x22) // 44
  copy(out, t)
  join(t, t, 44, t) // 88
  join(x3, t, 88, t) // 176
  join(t, x3, 44, out) // 220
  join(x3, x2, 1, a)
  join(t, t, 3, x3) // 223
  join(t, t, 23, x22)
  join(t, t, 6, x2)
  squares(out, t, 2)
}
