/**
 * From field elements to points of secp256k1, four hashes at a time (RFC 9380: 8.7, 6.6.2 and appendices E.1 and F.2): each of the two elements of a hash to
 * the isogenous curve y² = x³ + A'x + B', the two points added there, and the sum taken through the 3-isogeny. The isogeny is a homomorphism, so one evaluation
 * serves both, and in Vélu's form its denominators are h² and h³ with h = x - x_kernel: the result is Jacobian with Z = 3h, without an inversion.
 * Constant time: what is hashed may be secret. The one branch is on an event that no input reaches but by a collision of the hash.
 */
import { EXPANDED, wipeHash } from './sha256'
import { j4_double, JACOBIAN4 } from './lane-points'
import {
  F4, f4_add, f4_carry, f4_carry_less, f4_copy, f4_is_odd, f4_is_zero, f4_mul, f4_negate, f4_root, f4_select, f4_sqr, f4_sub, f4_wipe,
  ISOGENY_T, ISOGENY_U, ISOGENY_X, ONE, SWU_A, SWU_B, SWU_ROOT, SWU_Z, TWO_260,
} from './lane-field'

const SCRATCH: usize = memory.data(2400, 16)
const SCRATCH_BYTES: usize = 2400
const U0: usize = SCRATCH
const U1: usize = U0 + F4
// A mapped point: numerator and denominator of x, and y.
const P0: usize = U1 + F4
const P1: usize = P0 + 3 * F4
const A: usize = P1 + 3 * F4
const B: usize = A + F4
const C: usize = B + F4
const D: usize = C + F4
const E: usize = D + F4
const V: usize = E + F4
const W: usize = V + F4

/** Zeroes the scratch of hashing to the curve. */
export function wipeMap(): void {
  memory.fill(SCRATCH, 0, SCRATCH_BYTES)
  wipeHash()
  f4_wipe()
}

/** The limb of bits `bit` … `bit` + 12 of twelve word vectors, the most significant first. */
function limb(words: usize, bit: usize): v128 {
  const at = words + 176 - 16 * (bit >> 5)
  const shift = <i32>(bit & 31)
  let x = v128.shr<u32>(v128.load(at), shift)
  if (shift > 19 && at > words) x = v128.or(x, v128.shl<u32>(v128.load(at - 16), 32 - shift))
  return v128.and(x, i32x4.splat(8191))
}

/** `pairs` vectors of limbs from bit `bit` on. */
function limbs(out: usize, words: usize, bit: usize, pairs: usize): void {
  for (const end = out + 16 * pairs; out < end; out += 16, bit += 26) v128.store(out, v128.or(limb(words, bit), i32x4.shl(limb(words, bit + 13), 16)))
}

/** hash_to_field: 48 bytes mod p. */
function reduceWide(out: usize, words: usize): void {
  memory.fill(A, 0, F4)
  limbs(A, words, 260, 5)
  limbs(B, words, 0, 10)
  f4_mul(A, A, TWO_260)
  f4_add(A, A, B)
  f4_carry(out, A)
}

/** Simplified SWU for A'B' != 0, straight-line (F.2), with sqrt_ratio for p = 3 mod 4 (F.2.1.2). out: numerator and denominator of x, and y. */
function simplifiedSwu(out: usize, u: usize): void {
  const denominator = out + F4
  f4_sqr(A, u)
  f4_mul(A, A, SWU_Z) // Zu²
  f4_sqr(B, A)
  f4_add(B, B, A) // Z²u⁴ + Zu²
  f4_add(C, B, ONE)
  f4_mul(C, C, SWU_B) // numerator of x1
  const exceptional = f4_is_zero(B)
  f4_negate(B, B, i32x4.splat(-1))
  f4_select(B, SWU_Z, B, exceptional)
  f4_mul(denominator, B, SWU_A)
  f4_sqr(B, C)
  f4_sqr(D, denominator)
  f4_mul(E, D, SWU_A)
  f4_add(B, B, E)
  f4_mul(B, B, C)
  f4_mul(D, D, denominator) // v, the denominator of g(x1)
  f4_mul(E, D, SWU_B)
  f4_add(B, B, E) // u, its numerator
  // sqrt_ratio
  f4_sqr(E, D)
  f4_mul(V, B, D)
  f4_mul(E, E, V) // u·v³
  f4_root(W, E)
  f4_mul(W, W, V)
  f4_sqr(E, W)
  f4_mul(E, E, D)
  f4_sub(E, E, B)
  const square = f4_is_zero(E)
  f4_mul(E, W, SWU_ROOT)
  // x2 = Zu²·x1, y2 = Zu³·y1
  f4_mul(E, E, A)
  f4_mul(E, E, u)
  f4_mul(A, A, C)
  f4_select(out, C, A, square)
  f4_select(W, W, E, square)
  const flip = v128.xor(f4_is_odd(u), f4_is_odd(W))
  f4_negate(out + 2 * F4, W, flip)
}

/**
 * The sum of P0 and P1 on the isogenous curve, Jacobian: with x = n/d, D = d0·d1, H = n1·d0 - n0·d1, R = (y1 - y0)·D², Z = H·D:
 * X = R² - 2V - H³D with V = n0·d1·H²D, Y = R·(V - X) - y0·H³D³.
 */
function sumOfMapped(out: usize): void {
  f4_mul(A, P0, P1 + F4) // n0·d1
  f4_mul(B, P1, P0 + F4)
  f4_sub(B, B, A) // H
  f4_mul(C, P0 + F4, P1 + F4) // D
  f4_sqr(D, C)
  f4_sub(E, P1 + 2 * F4, P0 + 2 * F4)
  f4_mul(E, E, D) // R
  f4_mul(out + 2 * F4, B, C)
  f4_sqr(V, B)
  f4_mul(V, V, C) // H²D
  f4_mul(A, A, V) // V
  f4_mul(B, B, V) // H³D
  f4_mul(D, D, B)
  f4_mul(D, D, P0 + 2 * F4) // y0·H³D³
  f4_sqr(C, E)
  f4_sub(C, C, B)
  f4_carry_less(out, C, A, 2)
  f4_sub(A, A, out)
  f4_mul(A, A, E)
  f4_carry_less(out + F4, A, D, 1)
}

/** The 3-isogeny to secp256k1: with h = x - x_kernel, X = h³ + x_kernel·h² + t·h + u, Y = y·(h³ - t·h - 2u), Z = 3h. Its kernel goes to Z = 0. */
function isogeny(p: usize): void {
  const z = p + 2 * F4
  f4_sqr(A, z)
  f4_sqr(B, A)
  f4_mul(C, B, A)
  f4_mul(C, C, ISOGENY_U) // u·Z⁶
  f4_mul(B, B, ISOGENY_T)
  f4_mul(A, A, ISOGENY_X)
  f4_carry_less(D, p, A, 1) // h·Z²
  f4_mul(B, B, D) // t·h·…
  f4_mul(z, z, D)
  f4_carry_less(z, z, z, -2)
  f4_sqr(E, D)
  f4_mul(A, A, E)
  f4_mul(D, D, E) // h³
  f4_sub(E, D, B)
  f4_carry_less(E, E, C, 2)
  f4_mul(p + F4, p + F4, E)
  f4_add(A, A, B)
  f4_add(A, A, C)
  f4_carry_less(p, A, D, -1)
}

/** out = the points of the four pairs of field elements at U0 and U1. Z = 0 stands for the identity. @returns the mask of identities. */
function mapBoth(out: usize): v128 {
  simplifiedSwu(P0, U0)
  simplifiedSwu(P1, U1)
  sumOfMapped(out)
  isogeny(out)
  const zero = f4_is_zero(out + 2 * F4)
  if (!v128.any_true(zero)) return zero
  // Where both are the same point, the double of its image.
  f4_mul(A, P0, P1 + F4)
  f4_mul(B, P1, P0 + F4)
  f4_sub(A, A, B)
  f4_sub(B, P0 + 2 * F4, P1 + 2 * F4)
  const same = v128.and(f4_is_zero(A), f4_is_zero(B))
  // n/d and y as Jacobian (n·d, y·d³, d)
  f4_mul(P0, P0, P0 + F4)
  f4_sqr(A, P0 + F4)
  f4_mul(A, A, P0 + F4)
  f4_mul(P1, P0 + 2 * F4, A)
  f4_copy(P0 + 2 * F4, P0 + F4)
  f4_copy(P0 + F4, P1)
  isogeny(P0)
  j4_double(P0, P0)
  for (let i: usize = 0; i < JACOBIAN4; i += F4) f4_select(out + i, P0 + i, out + i, same)
  return v128.andnot(zero, same)
}

/** out = the four points (Jacobian) that EXPANDED hashes to, with both elements of each hash. @returns the mask of identities. */
export function mapExpanded(out: usize): v128 {
  reduceWide(U0, EXPANDED)
  reduceWide(U1, EXPANDED + 192)
  return mapBoth(out)
}

/** The same for given field elements, packed pairs of 48 big-endian bytes as hash_to_field reads them: for tests of what no hash reaches. */
export function mapGiven(out: usize, pairs: usize): v128 {
  for (let i: usize = 0; i < 24; i++) {
    for (let lane: usize = 0; lane < 4; lane++) store<u32>(EXPANDED + 16 * i + 4 * lane, bswap<u32>(load<u32>(pairs + 96 * lane + 4 * i)))
  }
  return mapExpanded(out)
}
