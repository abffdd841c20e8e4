/**
 * The field of secp256k1, four elements at a time: everything around the products of lanes.ts. Internal to the base transfers and the hash to the curve.
 *
 * Group: F4 = 160 bytes, four elements ("lanes") of 20 signed limbs of 13 bits; vector k holds limbs 2k and 2k+1, lane by lane, as pairs of 16 bits.
 * Magnitude: the largest limb in units of 2^12. A product and f4_carry give magnitude 1 (f4_carry: limbs 0 and 2 up to 1.5); sums and differences add up.
 * f4_mul takes |a|·|b| <= 5.8, f4_sqr |a| <= 2.4, f4_carry and f4_canonical |a| <= 6.
 *
 * Masks are vectors of i32, all ones in the lanes where something holds. Constant time throughout: lane numbers, counts and pointers are public, values never
 * meet a branch or an address. Outputs may be written over inputs.
 */
import { fe_from_be, fe_inv, fe_is_zero, fe_mul, fe_to_be } from './field'
import { f4_mul, f4_sqr, f4_wipe_products } from './lanes'

export { f4_mul, f4_sqr } from './lanes'

/** Bytes of a group. */
export const F4: usize = 160
const LIMBS: usize = 20

/** The constants below, one element each as ten words. */
const COMPACT: usize = memory.data<u32>([
  0x1, 0x0, 0x0, 0x0, 0x0, 0x0, 0x0, 0x0, 0x0, 0x0,
  0x2fd10, 0x400, 0x0, 0x0, 0x0, 0x0, 0x0, 0x0, 0x0, 0x0,
  0x7, 0x0, 0x0, 0x0, 0x0, 0x0, 0x0, 0x0, 0x0, 0x0,
  0xca801ee, 0xf2d80a1c, 0x4cbfc14, 0xea20bd6, 0xce8f049, 0xf8680d3a, 0xf224f9eb, 0xe201ba, 0xf15b057c, 0xf6fa5b,
  0xfff5, 0x0, 0x0, 0x0, 0x0, 0x0, 0x0, 0x0, 0x0, 0x0,
  0xf2220533, 0x890f007, 0x72ff405, 0xc790dbc, 0xf74bf3d3, 0x1ecf49d, 0x52bf58f, 0x35cf282, 0xd5ffd66, 0x7f01cc,
  0x6eb, 0x0, 0x0, 0x0, 0x0, 0x0, 0x0, 0x0, 0x0, 0x0,
  0x1e20a59, 0xe54f20c, 0x4eff286, 0x15fd1e, 0xf761f84f, 0xff080ac0, 0x8a0fb39, 0x27df5eb, 0xf814f240, 0x64ff7d,
  0xf5ce05a5, 0xf5aaf39b, 0xf9101d7, 0x9be0143, 0xfe5f64a, 0x4acfbb5, 0xed30957, 0x23e0410, 0x427fe3e, 0x1120a47,
  0xa07f91d, 0x1b60981, 0x7d60401, 0x8e502bf, 0xf7dcf72a, 0x620a86, 0xf43cf783, 0xf3df03b4, 0xf790c48, 0xe606c2,
  0x1c, 0x0, 0x0, 0x0, 0x0, 0x0, 0x0, 0x0, 0x0, 0x0,
], 16)
const CONSTANTS: usize = 11
const CONSTANT_GROUPS: usize = memory.data(1760, 16)

export const ONE: usize = CONSTANT_GROUPS
/** 2^260 mod p. */
export const TWO_260: usize = ONE + F4
export const SEVEN: usize = TWO_260 + F4
/** A cube root of one: (βx, y) = λ·(x, y). */
export const BETA: usize = SEVEN + F4
/** RFC 9380, 8.7: Z = -11, and the curve y² = x³ + A'x + B' that is 3-isogenous to secp256k1. */
export const SWU_Z: usize = BETA + F4
export const SWU_A: usize = SWU_Z + F4
export const SWU_B: usize = SWU_A + F4
/** A square root of -Z. */
export const SWU_ROOT: usize = SWU_B + F4
/** Abscissa of the isogeny's kernel, and the other two constants of Vélu's formulas. */
export const ISOGENY_X: usize = SWU_ROOT + F4
export const ISOGENY_T: usize = ISOGENY_X + F4
export const ISOGENY_U: usize = ISOGENY_T + F4

/** Spreads the constants over the lanes; to be called once before anything else here. */
export function f4_init(): void {
  if (load<u32>(ONE) != 0) return
  for (let i: usize = 0; i < 10 * CONSTANTS; i++) v128.store(CONSTANT_GROUPS + 16 * i, v128.load_splat<u32>(COMPACT + 4 * i))
}

// The following are unrolled; a loop would be taken for small enough to be copied into every caller.

/** out = a. */
export function f4_copy(out: usize, a: usize): void {
  v128.store(out, v128.load(a))
  v128.store(out, v128.load(a, 16), 16)
  v128.store(out, v128.load(a, 32), 32)
  v128.store(out, v128.load(a, 48), 48)
  v128.store(out, v128.load(a, 64), 64)
  v128.store(out, v128.load(a, 80), 80)
  v128.store(out, v128.load(a, 96), 96)
  v128.store(out, v128.load(a, 112), 112)
  v128.store(out, v128.load(a, 128), 128)
  v128.store(out, v128.load(a, 144), 144)
}

/** out = a + b. */
export function f4_add(out: usize, a: usize, b: usize): void {
  v128.store(out, i16x8.add(v128.load(a), v128.load(b)))
  v128.store(out, i16x8.add(v128.load(a, 16), v128.load(b, 16)), 16)
  v128.store(out, i16x8.add(v128.load(a, 32), v128.load(b, 32)), 32)
  v128.store(out, i16x8.add(v128.load(a, 48), v128.load(b, 48)), 48)
  v128.store(out, i16x8.add(v128.load(a, 64), v128.load(b, 64)), 64)
  v128.store(out, i16x8.add(v128.load(a, 80), v128.load(b, 80)), 80)
  v128.store(out, i16x8.add(v128.load(a, 96), v128.load(b, 96)), 96)
  v128.store(out, i16x8.add(v128.load(a, 112), v128.load(b, 112)), 112)
  v128.store(out, i16x8.add(v128.load(a, 128), v128.load(b, 128)), 128)
  v128.store(out, i16x8.add(v128.load(a, 144), v128.load(b, 144)), 144)
}

/** out = a - b. */
export function f4_sub(out: usize, a: usize, b: usize): void {
  v128.store(out, i16x8.sub(v128.load(a), v128.load(b)))
  v128.store(out, i16x8.sub(v128.load(a, 16), v128.load(b, 16)), 16)
  v128.store(out, i16x8.sub(v128.load(a, 32), v128.load(b, 32)), 32)
  v128.store(out, i16x8.sub(v128.load(a, 48), v128.load(b, 48)), 48)
  v128.store(out, i16x8.sub(v128.load(a, 64), v128.load(b, 64)), 64)
  v128.store(out, i16x8.sub(v128.load(a, 80), v128.load(b, 80)), 80)
  v128.store(out, i16x8.sub(v128.load(a, 96), v128.load(b, 96)), 96)
  v128.store(out, i16x8.sub(v128.load(a, 112), v128.load(b, 112)), 112)
  v128.store(out, i16x8.sub(v128.load(a, 128), v128.load(b, 128)), 128)
  v128.store(out, i16x8.sub(v128.load(a, 144), v128.load(b, 144)), 144)
}

/** out = -a in the lanes of the mask, a elsewhere. */
export function f4_negate(out: usize, a: usize, mask: v128): void {
  v128.store(out, i16x8.sub(v128.xor(v128.load(a), mask), mask))
  v128.store(out, i16x8.sub(v128.xor(v128.load(a, 16), mask), mask), 16)
  v128.store(out, i16x8.sub(v128.xor(v128.load(a, 32), mask), mask), 32)
  v128.store(out, i16x8.sub(v128.xor(v128.load(a, 48), mask), mask), 48)
  v128.store(out, i16x8.sub(v128.xor(v128.load(a, 64), mask), mask), 64)
  v128.store(out, i16x8.sub(v128.xor(v128.load(a, 80), mask), mask), 80)
  v128.store(out, i16x8.sub(v128.xor(v128.load(a, 96), mask), mask), 96)
  v128.store(out, i16x8.sub(v128.xor(v128.load(a, 112), mask), mask), 112)
  v128.store(out, i16x8.sub(v128.xor(v128.load(a, 128), mask), mask), 128)
  v128.store(out, i16x8.sub(v128.xor(v128.load(a, 144), mask), mask), 144)
}

/** out = a in the lanes of the mask, b elsewhere. */
export function f4_select(out: usize, a: usize, b: usize, mask: v128): void {
  v128.store(out, v128.bitselect(v128.load(a), v128.load(b), mask))
  v128.store(out, v128.bitselect(v128.load(a, 16), v128.load(b, 16), mask), 16)
  v128.store(out, v128.bitselect(v128.load(a, 32), v128.load(b, 32), mask), 32)
  v128.store(out, v128.bitselect(v128.load(a, 48), v128.load(b, 48), mask), 48)
  v128.store(out, v128.bitselect(v128.load(a, 64), v128.load(b, 64), mask), 64)
  v128.store(out, v128.bitselect(v128.load(a, 80), v128.load(b, 80), mask), 80)
  v128.store(out, v128.bitselect(v128.load(a, 96), v128.load(b, 96), mask), 96)
  v128.store(out, v128.bitselect(v128.load(a, 112), v128.load(b, 112), mask), 112)
  v128.store(out, v128.bitselect(v128.load(a, 128), v128.load(b, 128), mask), 128)
  v128.store(out, v128.bitselect(v128.load(a, 144), v128.load(b, 144), mask), 144)
}

/** out = a, carried. */
export function f4_carry(out: usize, a: usize): void {
  f4_carry_less(out, a, a, 0)
}

/** out = a - times·b, carried: |a| + |times|·|b| <= 6. */
export function f4_carry_less(out: usize, a: usize, b: usize, times: i32): void {
  const factor = i16x8.splat(<i16>times)
  const half = i16x8.splat(4096)
  let previous = i16x8.splat(0)
  for (let i: usize = 0; i < F4; i += 16) {
    const x = i16x8.sub(v128.load(a + i), i16x8.mul(v128.load(b + i), factor))
    const q = i16x8.shr_s(i16x8.add(x, half), 13)
    // Into an odd limb goes the carry of the even limb beside it, into an even limb that of the odd limb before.
    const into = v128.or(i32x4.shl(q, 16), i32x4.shr_u(previous, 16))
    v128.store(out + i, i16x8.add(i16x8.sub(x, i16x8.shl(q, 13)), into))
    previous = q
  }
  // 2^260 = 2^10·2^26 + 2·2^13 - 752
  const top = i32x4.shr_s(previous, 16)
  const low = v128.and(top, i32x4.splat(0xffff))
  v128.store(out, i16x8.add(v128.load(out), i16x8.add(i16x8.mul(low, i32x4.splat(-752)), i32x4.shl(top, 17))))
  v128.store(out, i16x8.add(v128.load(out, 16), v128.and(i32x4.shl(top, 10), i32x4.splat(0xffff))), 16)
}

/** out = a squared `times` times. */
function squareTimes(out: usize, a: usize, times: i32): void {
  f4_sqr(out, a)
  for (let i = 1; i < times; i++) f4_sqr(out, out)
}

// Scratch, wiped by f4_wipe.
const SCRATCH: usize = memory.data(1600, 16)
const SCRATCH_BYTES: usize = 1600
/** Digits of the last f4_canonical: 20 vectors of i32, digit i of all lanes in vector i. */
export const DIGITS: usize = SCRATCH
const OTHER: usize = DIGITS + 320
const T2: usize = OTHER + 320
const T3: usize = T2 + F4
const T22: usize = T3 + F4
const T44: usize = T22 + F4
const T: usize = T44 + F4
// The two conversions share what comes after: 160 bytes.
const BYTES: usize = T + F4

/** out = a^((p-3)/4), |a| <= 2.4. `out` is not `a`. */
export function f4_root(out: usize, a: usize): void {
  f4_sqr(T2, a)
  f4_mul(T2, T2, a)
  f4_sqr(T3, T2)
  f4_mul(T3, T3, a)
  squareTimes(T, T3, 3)
  f4_mul(T, T, T3) // 6 ones
  squareTimes(T, T, 3)
  f4_mul(T, T, T3) // 9
  squareTimes(T, T, 2)
  f4_mul(T, T, T2) // 11
  squareTimes(T22, T, 11)
  f4_mul(T22, T22, T)
  squareTimes(T44, T22, 22)
  f4_mul(T44, T44, T22)
  squareTimes(T, T44, 44)
  f4_mul(out, T, T44) // 88
  squareTimes(T, out, 88)
  f4_mul(T, T, out) // 176
  squareTimes(T, T, 44)
  f4_mul(T, T, T44) // 220
  squareTimes(T, T, 3)
  f4_mul(T, T, T3) // 223
  squareTimes(T, T, 23)
  f4_mul(T, T, T22)
  squareTimes(T, T, 5)
  f4_mul(T, T, a)
  squareTimes(T, T, 3)
  f4_mul(out, T, T2)
}

/** Carries through 20 words of digits, adding `low` to digit 0 and `middle` to digit 2; the last digit keeps what is above 13 bits. */
function chain(out: usize, from: usize, low: v128, middle: v128): v128 {
  const mask = i32x4.splat(8191)
  let carry = low
  for (let i: usize = 0; i < 304; i += 16) {
    let t = i32x4.add(v128.load(from + i), carry)
    if (i == 32) t = i32x4.add(t, middle)
    v128.store(out + i, v128.and(t, mask))
    carry = i32x4.shr_s(t, 13)
  }
  return i32x4.add(v128.load(from, 304), carry)
}

/** DIGITS = a, canonical: in [0, p). */
export function f4_canonical(a: usize): void {
  for (let i: usize = 0; i < F4; i += 16) {
    const x = v128.load(a + i)
    v128.store(DIGITS + 2 * i, i32x4.shr_s(i32x4.shl(x, 16), 16))
    v128.store(DIGITS + 2 * i, i32x4.shr_s(x, 16), 16)
  }
  // 64p = 2^262 - 2^38 - 62528 is added, which makes the value positive; 2^256 = 2^32 + 977 folds the top twice.
  let top = i32x4.add(chain(DIGITS, DIGITS, i32x4.splat(-62528), i32x4.splat(-4096)), i32x4.splat(32768))
  v128.store(DIGITS, v128.and(top, i32x4.splat(511)), 304)
  let fold = i32x4.shr_s(top, 9)
  top = chain(DIGITS, DIGITS, i32x4.mul(fold, i32x4.splat(977)), i32x4.shl(fold, 6))
  v128.store(DIGITS, top, 304)
  // Now below 2^256 + 2^40. At least p exactly when adding 2^256 - p reaches 2^256.
  top = chain(OTHER, DIGITS, i32x4.splat(977), i32x4.splat(64))
  v128.store(OTHER, v128.and(top, i32x4.splat(511)), 304)
  const over = i32x4.gt_s(top, i32x4.splat(511))
  for (let i: usize = 0; i < 320; i += 16) v128.store(DIGITS + i, v128.bitselect(v128.load(OTHER + i), v128.load(DIGITS + i), over))
}

/** @returns the mask of lanes that are 0 mod p. Leaves DIGITS. */
export function f4_is_zero(a: usize): v128 {
  f4_canonical(a)
  let any = v128.load(DIGITS)
  for (let i: usize = 16; i < 320; i += 16) any = v128.or(any, v128.load(DIGITS + i))
  return i32x4.eq(any, i32x4.splat(0))
}

/** @returns the mask of lanes with an odd canonical value. Leaves DIGITS. */
export function f4_is_odd(a: usize): v128 {
  f4_canonical(a)
  return i32x4.neg(v128.and(v128.load(DIGITS), i32x4.splat(1)))
}

/** Writes 32 big-endian bytes to one lane, magnitude 2: carry the group afterwards. */
export function f4_set_be(out: usize, lane: usize, from: usize): void {
  store<u64>(BYTES, bswap(load<u64>(from, 24)))
  store<u64>(BYTES, bswap(load<u64>(from, 16)), 8)
  store<u64>(BYTES, bswap(load<u64>(from, 8)), 16)
  store<u64>(BYTES, bswap(load<u64>(from)), 24)
  store<u64>(BYTES, 0, 32)
  for (let i: usize = 0; i < LIMBS; i++) {
    const bit: usize = 13 * i
    store<u16>(out + (i >> 1) * 16 + lane * 4 + (i & 1) * 2, <u16>((load<u32>(BYTES + (bit >> 3)) >> <u32>(bit & 7)) & 8191))
  }
}

/** Writes one lane of DIGITS as 32 big-endian bytes. */
export function f4_get_be(to: usize, lane: usize): void {
  let bits: u64 = 0
  let held: u64 = 0
  let at: usize = BYTES
  for (let i: usize = 0; i < LIMBS; i++) {
    bits |= (load<u32>(DIGITS + 16 * i + 4 * lane) as u64) << held
    held += 13
    if (held >= 32) {
      store<u32>(at, <u32>bits)
      at += 4
      bits >>= 32
      held -= 32
    }
  }
  store<u64>(to, bswap(load<u64>(BYTES, 24)))
  store<u64>(to, bswap(load<u64>(BYTES, 16)), 8)
  store<u64>(to, bswap(load<u64>(BYTES, 8)), 16)
  store<u64>(to, bswap(load<u64>(BYTES)), 24)
}

// Four elements of field.ts and their prefix products.
const FE: usize = 40
const SINGLE: usize = memory.data(400, 16)
const SINGLE_BYTES: usize = 400
const PREFIX: usize = SINGLE + 4 * FE
const RUNNING: usize = PREFIX + 4 * FE

/** out = 1/a in all four lanes by one inversion; |a| <= 2.4. A zero in any lane makes all of them zero. @returns -1 then, else 0. */
function invertLanes(out: usize, a: usize): i32 {
  f4_canonical(a)
  for (let lane: usize = 0; lane < 4; lane++) {
    const at = SINGLE + lane * FE
    f4_get_be(RUNNING, lane)
    fe_from_be(at, RUNNING)
    if (lane == 0) memory.copy(PREFIX, at, FE)
    else fe_mul(PREFIX + lane * FE, PREFIX + (lane - 1) * FE, at)
  }
  const zero = fe_is_zero(PREFIX + 3 * FE)
  fe_inv(RUNNING, PREFIX + 3 * FE)
  for (let lane: usize = 3; lane > 0; lane--) {
    fe_mul(PREFIX + lane * FE, RUNNING, PREFIX + (lane - 1) * FE)
    fe_mul(RUNNING, RUNNING, SINGLE + lane * FE)
  }
  memory.copy(PREFIX, RUNNING, FE)
  for (let lane: usize = 0; lane < 4; lane++) {
    fe_to_be(RUNNING, PREFIX + lane * FE)
    f4_set_be(out, lane, RUNNING)
  }
  f4_carry(out, out)
  return zero
}

/**
 * Begins an inversion of `count` groups (|values| <= 2.4, `stride` bytes apart) by Montgomery's trick: prefix products to `prefixes`, the inverse of all to
 * `running`. f4_next_inverse then gives the inverses from the last group to the first. One zero among them makes every result zero. @returns -1 then, else 0.
 */
export function f4_begin_inverses(values: usize, stride: usize, count: usize, prefixes: usize, running: usize): i32 {
  f4_copy(prefixes, values)
  for (let i: usize = 1; i < count; i++) f4_mul(prefixes + i * F4, prefixes + (i - 1) * F4, values + i * stride)
  return invertLanes(running, prefixes + (count - 1) * F4)
}

/** out = 1/values[i]; for i from count - 1 down to 0. `out` may be values[i]: it is read first. */
export function f4_next_inverse(out: usize, values: usize, stride: usize, i: usize, prefixes: usize, running: usize): void {
  if (i == 0) {
    f4_copy(out, running)
    return
  }
  // the prefix before this one is not needed any more
  const before = prefixes + (i - 1) * F4
  f4_mul(before, before, running)
  f4_mul(running, running, values + i * stride)
  f4_copy(out, before)
}

/** Zeroes this file's scratch. */
export function f4_wipe(): void {
  memory.fill(SCRATCH, 0, SCRATCH_BYTES)
  memory.fill(SINGLE, 0, SINGLE_BYTES)
  f4_wipe_products()
}
