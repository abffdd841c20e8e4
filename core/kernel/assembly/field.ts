/**
 * The field of secp256k1, p = 2^256 - 2^32 - 977. API for the other files of this folder; nothing here is exported from the module.
 *
 * Element: FE = 40 bytes in memory (4-byte aligned), nine signed 32-bit limbs, value Σ l_i·2^(29i), the last four bytes unused (but written by
 * fe_copy/fe_cmov).
 *
 * Magnitude: |a| is the largest |l_i| in units of 2^29 (the top limb in units of 2^24). Every product, fe_carry, fe_normalize, fe_from_be, fe_inv,
 * fe_sqrt … gives a *reduced* element: limbs in [0, 2^29) up to ±2^16 in limb 2 (so: magnitude 1, and not canonical). fe_add, fe_sub and fe_neg are
 * limb by limb without a carry:
 *   reduced - reduced has magnitude 1, -reduced has magnitude 1, reduced + reduced has magnitude 2; in general |a ± b| <= |a| + |b|.
 * What a product takes: |a|·|b| < 4 (sum over the products of a fused one, factors included). Linear terms of fused products: at most 64 in total.
 * What everything else takes: limbs that fit 32 bits, |a| < 4.
 *
 * Constant time throughout: no branch, no address and no loop bound depends on a value. Masks are i32, all ones (-1) for true and 0 for false.
 * Outputs may be written over inputs.
 *
 *   products (generated):  fe_mul(out, a, b)   fe_sqr(out, a)   fe_sqr_times(out, a, n)   and the fused ones, see field-products.ts
 *   linear:                fe_add(out, a, b)   fe_sub(out, a, b)   fe_neg(out, a)   fe_times_small(out, a, factor)   fe_carry(out, a)
 *   bytes:                 fe_from_be(out, in32) -> mask of in < p   fe_to_be(out32, a)
 *   tests:                 fe_is_zero(a) -> mask   fe_equal(a, b) -> mask   fe_is_odd(a) -> 0/1   (of the canonical value)
 *   selection:             fe_copy(out, a)   fe_cmov(out, a, mask)   fe_cneg(out, mask)
 *   powers:                fe_inv(out, a) (0 to 0)   fe_pow_p34(out, a) = a^((p-3)/4)   fe_sqrt(out, a) -> mask of a square
 *                          fe_batch_inv(values, stride, count, scratch)
 *
 * sqrt_ratio(u, v) of RFC 9380 F.2.1.2: y = u·v·(u·v³)^((p-3)/4); u/v is a square exactly when y²·v = u.
 */
import { fe_inv } from './field-inverse'
import { fe_mul, fe_sqr, fe_sqr_times } from './field-products'

export { fe_inv } from './field-inverse'
export {
  fe_diff_mul,
  fe_diff_mul_sub,
  fe_mul,
  fe_mul_2,
  fe_mul_diff_sub_mul,
  fe_mul_diff_sub_sqr_2,
  fe_mul_sub,
  fe_sqr,
  fe_sqr_2,
  fe_sqr_3,
  fe_sqr_sub,
  fe_sqr_sub_2,
  fe_sqr_times,
} from './field-products'

/** Bytes of an element. */
export const FE: usize = 40

const LIMBS = 9
const M29: i64 = (1 << 29) - 1
const M24: i64 = (1 << 24) - 1
const FOLD256: i64 = 977

/** out = a. */
export function fe_copy(out: usize, a: usize): void {
  v128.store(out, v128.load(a))
  v128.store(out, v128.load(a, 16), 16)
  store<u64>(out, load<u64>(a, 32), 32)
}

/** out = 0. */
export function fe_zero(out: usize): void {
  memory.fill(out, 0, FE)
}

/** out = value, 0 <= value < 2^29. */
export function fe_small(out: usize, value: i32): void {
  memory.fill(out, 0, FE)
  store<i32>(out, value)
}

/** out = a + b. */
export function fe_add(out: usize, a: usize, b: usize): void {
  v128.store(out, i32x4.add(v128.load(a), v128.load(b)))
  v128.store(out, i32x4.add(v128.load(a, 16), v128.load(b, 16)), 16)
  store<i32>(out, load<i32>(a, 32) + load<i32>(b, 32), 32)
}

/** out = a - b. */
export function fe_sub(out: usize, a: usize, b: usize): void {
  v128.store(out, i32x4.sub(v128.load(a), v128.load(b)))
  v128.store(out, i32x4.sub(v128.load(a, 16), v128.load(b, 16)), 16)
  store<i32>(out, load<i32>(a, 32) - load<i32>(b, 32), 32)
}

/** out = -a. */
export function fe_neg(out: usize, a: usize): void {
  v128.store(out, i32x4.neg(v128.load(a)))
  v128.store(out, i32x4.neg(v128.load(a, 16)), 16)
  store<i32>(out, -load<i32>(a, 32), 32)
}

/** out = a·factor, limb by limb: |a|·|factor| < 4. */
export function fe_times_small(out: usize, a: usize, factor: i32): void {
  for (let i: usize = 0; i < 4 * LIMBS; i += 4) store<i32>(out + i, load<i32>(a + i) * factor)
}

/** out = -out where the mask is set. */
export function fe_cneg(out: usize, mask: i32): void {
  const wide = i32x4.splat(mask)
  v128.store(out, i32x4.sub(v128.xor(v128.load(out), wide), wide))
  v128.store(out, i32x4.sub(v128.xor(v128.load(out, 16), wide), wide), 16)
  store<i32>(out, (load<i32>(out, 32) ^ mask) - mask, 32)
}

/** out = a where the mask is set. */
export function fe_cmov(out: usize, a: usize, mask: i32): void {
  const wide = i32x4.splat(mask)
  v128.store(out, v128.bitselect(v128.load(a), v128.load(out), wide))
  v128.store(out, v128.bitselect(v128.load(a, 16), v128.load(out, 16), wide), 16)
  const long = mask as i64
  store<i64>(out, load<i64>(out, 32) ^ ((load<i64>(out, 32) ^ load<i64>(a, 32)) & long), 32)
}

/** One pass of carries over nine limbs held in memory, the bits beyond 2^256 folded in at the bottom. @returns what was folded. */
function pass(a: usize, fold: i64): i64 {
  let carry: i64 = fold * FOLD256
  let next: i64 = fold << 3
  for (let i: usize = 0; i < 4 * (LIMBS - 1); i += 4) {
    const v = (load<i32>(a + i) as i64) + carry
    store<i32>(a + i, (v & M29) as i32)
    carry = (v >> 29) + next
    next = 0
  }
  const v = (load<i32>(a, 32) as i64) + carry
  store<i32>(a, (v & M24) as i32, 32)
  return v >> 24
}

/** out = a, reduced. */
export function fe_carry(out: usize, a: usize): void {
  if (out != a) fe_copy(out, a)
  const fold = pass(out, 0)
  // What is folded here is below 2^8: limbs 0 and 1 grow by less than 2^18.
  const low = (load<i32>(out) as i64) + fold * FOLD256
  const middle = (load<i32>(out, 4) as i64) + (fold << 3) + (low >> 29)
  store<i32>(out, (low & M29) as i32)
  store<i32>(out, (middle & M29) as i32, 4)
  store<i32>(out, load<i32>(out, 8) + ((middle >> 29) as i32), 8)
}

/** out = a, canonical: in [0, p), every limb in its range. */
export function fe_normalize(out: usize, a: usize): void {
  if (out != a) fe_copy(out, a)
  // The second fold is -1, 0 or 1, and the third pass then stays inside 256 bits.
  pass(out, pass(out, pass(out, 0)))
  // At least p exactly when adding 2^256 - p runs over.
  let carry: i64 = FOLD256
  let next: i64 = 8
  for (let i: usize = 0; i < 4 * (LIMBS - 1); i += 4) {
    carry = (((load<i32>(out + i) as i64) + carry) >> 29) + next
    next = 0
  }
  const over = ((load<i32>(out, 32) as i64) + carry) >> 24
  pass(out, over)
}

/** out = the 32 big-endian bytes at `from` mod p, reduced. @returns the mask of a value below p. */
export function fe_from_be(out: usize, from: usize): i32 {
  const w3 = bswap(load<u64>(from))
  const w2 = bswap(load<u64>(from, 8))
  const w1 = bswap(load<u64>(from, 16))
  const w0 = bswap(load<u64>(from, 24))
  const m: u64 = (1 << 29) - 1
  store<u32>(out, (w0 & m) as u32)
  store<u32>(out, ((w0 >> 29) & m) as u32, 4)
  store<u32>(out, (((w0 >> 58) | (w1 << 6)) & m) as u32, 8)
  store<u32>(out, ((w1 >> 23) & m) as u32, 12)
  store<u32>(out, (((w1 >> 52) | (w2 << 12)) & m) as u32, 16)
  store<u32>(out, ((w2 >> 17) & m) as u32, 20)
  store<u32>(out, (((w2 >> 46) | (w3 << 18)) & m) as u32, 24)
  store<u32>(out, ((w3 >> 11) & m) as u32, 28)
  store<u64>(out, w3 >> 40, 32)
  // At least p: the three high words all ones, and the lowest no smaller than that of p. The borrow of w0 - p0 is its top bit.
  const p0: u64 = 0xffff_fffe_ffff_fc2f
  const below = (~w0 & p0) | ((~w0 | p0) & (w0 - p0))
  const gap = ~(w1 & w2 & w3)
  return -((((gap | -gap) | below) >> 63) as i32)
}

/** Writes a, canonical, as 32 big-endian bytes. */
export function fe_to_be(to: usize, a: usize): void {
  fe_normalize(CANONICAL, a)
  const l0 = load<u32>(CANONICAL) as u64
  const l1 = load<u32>(CANONICAL, 4) as u64
  const l2 = load<u32>(CANONICAL, 8) as u64
  const l3 = load<u32>(CANONICAL, 12) as u64
  const l4 = load<u32>(CANONICAL, 16) as u64
  const l5 = load<u32>(CANONICAL, 20) as u64
  const l6 = load<u32>(CANONICAL, 24) as u64
  const l7 = load<u32>(CANONICAL, 28) as u64
  const l8 = load<u32>(CANONICAL, 32) as u64
  store<u64>(to, bswap((l6 >> 18) | (l7 << 11) | (l8 << 40)))
  store<u64>(to, bswap((l4 >> 12) | (l5 << 17) | (l6 << 46)), 8)
  store<u64>(to, bswap((l2 >> 6) | (l3 << 23) | (l4 << 52)), 16)
  store<u64>(to, bswap(l0 | (l1 << 29) | (l2 << 58)), 24)
}

/** @returns the mask of a = 0 mod p. */
export function fe_is_zero(a: usize): i32 {
  fe_normalize(CANONICAL, a)
  let bits: u32 = 0
  for (let i: usize = 0; i < 4 * LIMBS; i += 4) bits |= load<u32>(CANONICAL + i)
  return (((bits | -bits) >> 31) as i32) - 1
}

/** @returns the mask of a = b mod p; |a - b| < 4. */
export function fe_equal(a: usize, b: usize): i32 {
  fe_sub(CANONICAL, a, b)
  return fe_is_zero(CANONICAL)
}

/** @returns the lowest bit of the canonical value, 0 or 1. */
export function fe_is_odd(a: usize): i32 {
  fe_normalize(CANONICAL, a)
  return load<i32>(CANONICAL) & 1
}

/** Zeroes this file's scratch: called at the end of every export that computed on a secret. */
export function fe_wipe(): void {
  memory.fill(CANONICAL, 0, FE + POWERS_BYTES)
}

const POWERS_BYTES: usize = 8 * 40
// One block, so that one fill wipes it.
const CANONICAL: usize = memory.data(360, 16)
const X: usize = CANONICAL + FE
const X2: usize = X + FE
const X3: usize = X2 + FE
const X22: usize = X3 + FE
const T: usize = X22 + FE
const U: usize = T + FE
const ROOT: usize = U + FE

/** T = X^(2^223 - 1), and X2, X3, X22 the powers of X to 2^2 - 1, 2^3 - 1, 2^22 - 1: what the exponent (p - 3)/4 begins with. */
function runs_of_ones(a: usize): void {
  fe_copy(X, a)
  fe_sqr(X2, X)
  fe_mul(X2, X2, X)
  fe_sqr(X3, X2)
  fe_mul(X3, X3, X)
  fe_sqr_times(T, X3, 3)
  fe_mul(T, T, X3) // 6
  fe_sqr_times(T, T, 3)
  fe_mul(T, T, X3) // 9
  fe_sqr_times(T, T, 2)
  fe_mul(T, T, X2) // 11
  fe_sqr_times(X22, T, 11)
  fe_mul(X22, X22, T)
  fe_sqr_times(T, X22, 22)
  fe_mul(U, T, X22) // 44
  fe_sqr_times(T, U, 44)
  fe_mul(ROOT, T, U) // 88
  fe_sqr_times(T, ROOT, 88)
  fe_mul(T, T, ROOT) // 176
  fe_sqr_times(T, T, 44)
  fe_mul(T, T, U) // 220
  fe_sqr_times(T, T, 3)
  fe_mul(T, T, X3)
}

/** out = a^((p-3)/4); |a| < 2. */
export function fe_pow_p34(out: usize, a: usize): void {
  runs_of_ones(a)
  fe_sqr_times(T, T, 23)
  fe_mul(T, T, X22)
  fe_sqr_times(T, T, 5)
  fe_mul(T, T, X)
  fe_sqr_times(T, T, 3)
  fe_mul(out, T, X2)
}

/** out = a^((p+1)/4), a square root of a if it has one; |a| < 2. @returns the mask of a being a square (0 is one). */
export function fe_sqrt(out: usize, a: usize): i32 {
  fe_pow_p34(T, a)
  fe_mul(T, T, X)
  fe_sqr(U, T)
  const square = fe_equal(U, X)
  fe_copy(out, T)
  return square
}

/**
 * Inverts `count` elements (|a| < 2) in place, `stride` bytes apart, with one inversion (Montgomery's trick); `scratch` holds count + 2 elements and
 * is the caller's to wipe. One zero among them makes every result zero. @returns the mask of that having happened.
 */
export function fe_batch_inv(values: usize, stride: usize, count: i32, scratch: usize): i32 {
  if (count <= 0) return 0
  const running = scratch
  const entry = scratch + FE
  const prefixes = entry + FE
  fe_copy(prefixes, values)
  for (let i = 1; i < count; i++) fe_mul(prefixes + (i as usize) * FE, prefixes + ((i - 1) as usize) * FE, values + (i as usize) * stride)
  fe_inv(running, prefixes + ((count - 1) as usize) * FE)
  for (let i = count - 1; i > 0; i--) {
    const value = values + (i as usize) * stride
    fe_mul(entry, running, prefixes + ((i - 1) as usize) * FE)
    fe_mul(running, running, value)
    fe_copy(value, entry)
  }
  fe_copy(values, running)
  return fe_is_zero(prefixes + ((count - 1) as usize) * FE)
}
