/**
 * Points of secp256k1, y² = x³ + 7. API for the other files of this folder; nothing here is exported from the module.
 *
 *   affine (AFFINE = 80 bytes):      x at 0, y at FE. Never the identity. y may be negated limb by limb (magnitude 1).
 *   Jacobian (JACOBIAN = 120 bytes): X at 0, Y at FE, Z at 2·FE; x = X/Z², y = Y/Z³. Z = 0: the identity, or a sum that met an exceptional case.
 *
 *   decode(affine, in33) -> mask          encode(out33, affine)
 *   jacobian_double(out, p)               jacobian_add(out, p, affine): incomplete, see there
 *   jacobian_add_ratio(out, p, affine, ratio)
 *   to_affine(out, jacobian, count, scratch) -> mask of a Z that was 0
 *   sums(out, a, b, stride, count, scratch) -> mask   a_i + b_i, affine, incomplete
 *   sums_complete(out, a, b, count, identities, scratch) -> mask   every case
 *
 * Coordinates are secret or public as the caller wishes: constant time, no branch on a value. Outputs may be written over inputs.
 */
import {
  FE,
  fe_batch_inv,
  fe_cmov,
  fe_cneg,
  fe_copy,
  fe_diff_mul,
  fe_diff_mul_sub,
  fe_from_be,
  fe_inv,
  fe_is_odd,
  fe_is_zero,
  fe_mul,
  fe_mul_2,
  fe_mul_diff_sub_mul,
  fe_mul_diff_sub_sqr_2,
  fe_mul_sub,
  fe_neg,
  fe_small,
  fe_sqr,
  fe_sqr_2,
  fe_sqr_3,
  fe_sqr_sub,
  fe_sqr_sub_2,
  fe_sqrt,
  fe_sub,
  fe_to_be,
} from './field'

/** Bytes of an affine point. */
export const AFFINE: usize = 2 * FE
/** Bytes of a Jacobian point. */
export const JACOBIAN: usize = 3 * FE
/** Bytes of an encoded point. */
export const ENCODED: usize = 33

const SCRATCH_BYTES: usize = 10 * 40
const A: usize = memory.data(400, 16)
const B: usize = A + FE
const C: usize = B + FE
const D: usize = C + FE
const E: usize = D + FE
const F: usize = E + FE
const RUNNING: usize = F + FE
const X: usize = RUNNING + FE
const Y: usize = X + FE
const ONE: usize = Y + FE

/** Zeroes this file's scratch. */
export function point_wipe(): void {
  memory.fill(A, 0, SCRATCH_BYTES)
}

/** Reads 33 bytes, SEC1 compressed. @returns the mask of a valid point; the result of an invalid one means nothing. */
export function decode(out: usize, from: usize): i32 {
  const prefix = load<u8>(from) as i32
  const below = fe_from_be(X, from + 1)
  fe_sqr(A, X)
  fe_mul(A, A, X)
  store<i32>(A, load<i32>(A) + 7)
  const square = fe_sqrt(Y, A)
  fe_cneg(Y, -((fe_is_odd(Y) ^ prefix) & 1))
  fe_copy(out, X)
  fe_copy(out + FE, Y)
  const wrong = (prefix & 0xfe) ^ 2
  return ((wrong - 1) >> 31) & below & square
}

/** Writes 33 bytes, SEC1 compressed. */
export function encode(out: usize, affine: usize): void {
  const parity = fe_is_odd(affine + FE)
  fe_to_be(out + 1, affine)
  store<u8>(out, 2 + parity)
}

/** out = p with Z = 1. */
export function to_jacobian(out: usize, affine: usize): void {
  fe_copy(X, affine)
  fe_copy(out + FE, affine + FE)
  fe_copy(out, X)
  fe_small(out + 2 * FE, 1)
}

/** out = 2p; complete, since no point has y = 0. 3 products, 4 squarings. */
export function jacobian_double(out: usize, p: usize): void {
  fe_sqr_2(A, p + FE) // 2Y²
  fe_sqr_3(B, p) // 3X²
  fe_mul_2(C, p, A) // 4XY²
  fe_mul_2(out + 2 * FE, p + FE, p + 2 * FE)
  fe_sqr_sub(out, B, C, C)
  fe_mul_diff_sub_sqr_2(out + FE, B, C, out, A)
}

/**
 * out = p + q, q affine. 8 products, 3 squarings. Z = 0 when p = ±q or Z = 0 before, and stays so through every further double and addition: the one
 * check is at the end.
 */
export function jacobian_add(out: usize, p: usize, q: usize): void {
  jacobian_add_ratio(out, p, q, E)
}

/** The same, and the Z of the result divided by that of p. */
export function jacobian_add_ratio(out: usize, p: usize, q: usize, ratio: usize): void {
  const z = p + 2 * FE
  fe_sqr(A, z)
  fe_mul_sub(ratio, q, A, p) // H = x2·Z² - X
  fe_mul(A, A, z)
  fe_mul_sub(C, q + FE, A, p + FE) // R = y2·Z³ - Y
  fe_mul(out + 2 * FE, z, ratio)
  fe_sqr(A, ratio)
  fe_mul(B, ratio, A) // H³
  fe_mul(D, p, A) // X·H²
  fe_sqr_sub_2(out, C, B, D)
  fe_mul_diff_sub_mul(out + FE, C, D, out, p + FE, B)
}

/**
 * Affine points of `count` Jacobian ones with one inversion; overwrites their Z. `scratch`: count + 2 elements.
 * @returns the mask of a Z = 0, and then every result is worthless.
 */
export function to_affine(out: usize, jacobian: usize, count: i32, scratch: usize): i32 {
  const exceptional = fe_batch_inv(jacobian + 2 * FE, JACOBIAN, count, scratch)
  for (let i = 0; i < count; i++) {
    const from = jacobian + (i as usize) * JACOBIAN
    const to = out + (i as usize) * AFFINE
    fe_sqr(A, from + 2 * FE)
    fe_mul(B, A, from + 2 * FE)
    fe_mul(B, from + FE, B)
    fe_mul(to, from, A)
    fe_copy(to + FE, B)
  }
  return exceptional
}

/**
 * out_i = a_i + b_i for `count` affine points, all three arrays `stride` bytes from item to item, with one inversion: 5 products and 1 squaring each.
 * `out` may be `a` or `b`. `scratch`: count elements. @returns the mask of some a_i = ±b_i; then every result is worthless.
 */
export function sums(out: usize, a: usize, b: usize, stride: usize, count: i32, scratch: usize): i32 {
  if (count <= 0) return 0
  const end = (count as usize) * stride
  let prefix = scratch
  fe_sub(prefix, b, a)
  for (let at = stride; at < end; at += stride) {
    fe_diff_mul(prefix + FE, b + at, a + at, prefix)
    prefix += FE
  }
  const exceptional = fe_is_zero(prefix)
  fe_inv(RUNNING, prefix)
  for (let at = end - stride; at > 0; at -= stride) {
    prefix -= FE
    fe_mul(A, RUNNING, prefix)
    fe_diff_mul(RUNNING, b + at, a + at, RUNNING)
    chord(out + at, a + at, b + at, A)
  }
  chord(out, a, b, RUNNING)
  return exceptional
}

/** out = p + q from 1/(x_q - x_p). */
// @ts-ignore: decorator
@inline
function chord(out: usize, p: usize, q: usize, inverse: usize): void {
  fe_diff_mul(B, q + FE, p + FE, inverse)
  fe_sqr_sub(C, B, p, q)
  fe_diff_mul_sub(out + FE, p, C, B, p + FE)
  fe_copy(out, C)
}

/**
 * out_i = a_i + b_i for packed affine points, every case, with one inversion. identities[i] (a byte) is 1 where the sum is the identity, and out_i is
 * then worthless; else 0. `scratch`: 3·count + 2 elements. @returns the mask of no identity among the sums.
 */
export function sums_complete(out: usize, a: usize, b: usize, count: i32, identities: usize, scratch: usize): i32 {
  const size = count as usize
  const slopes = scratch
  const values = slopes + size * FE
  const prefixes = values + size * FE
  let none: i32 = -1
  fe_small(ONE, 1)
  for (let i: usize = 0; i < size; i++) {
    const p = a + i * AFFINE
    const q = b + i * AFFINE
    const slope = slopes + i * FE
    const value = values + i * FE
    // The slope is (y_q - y_p)/(x_q - x_p), or 3x²/2y of the tangent where p = q.
    fe_sub(value, q, p)
    const sameX = fe_is_zero(value)
    fe_sub(slope, q + FE, p + FE)
    const sameY = fe_is_zero(slope)
    fe_sqr_3(A, p)
    fe_mul_2(B, p + FE, ONE) // 2y
    fe_cmov(slope, A, sameX)
    fe_cmov(value, B, sameX)
    const opposite = sameX & ~sameY
    fe_cmov(value, ONE, opposite)
    none &= ~opposite
    store<u8>(identities + i, opposite & 1)
  }
  fe_batch_inv(values, FE, count, prefixes)
  for (let i: usize = 0; i < size; i++) {
    const p = a + i * AFFINE
    const q = b + i * AFFINE
    fe_mul(B, slopes + i * FE, values + i * FE)
    fe_sqr_sub(C, B, p, q)
    fe_diff_mul_sub(out + i * AFFINE + FE, p, C, B, p + FE)
    fe_copy(out + i * AFFINE, C)
  }
  return none
}

/** p = -p, affine or Jacobian, y reduced. */
export function negate(p: usize): void {
  fe_neg(p + FE, p + FE)
}
