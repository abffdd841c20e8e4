/**
 * Points of secp256k1, four at a time, over lane-field.ts. Affine groups are x | y (2 F4), Jacobian ones X | Y | Z (3 F4), x = X/Z², y = Y/Z³; all coordinates
 * have magnitude 1 but for limbs 0 and 2, which a carry leaves up to 1.5. With these, by intervals over all formulas here and in map.ts, no column of a product
 * exceeds 0.75·2^31. Constant time; secret or public as the caller wishes. Outputs may be written over inputs.
 */
import { F4, f4_add, f4_begin_inverses, f4_carry_less, f4_copy, f4_mul, f4_next_inverse, f4_sqr, f4_sub } from './lane-field'

/** Bytes of an affine group. */
export const AFFINE4: usize = 2 * F4
/** Bytes of a Jacobian group. */
export const JACOBIAN4: usize = 3 * F4

const SCRATCH: usize = memory.data(1280, 16)
const SCRATCH_BYTES: usize = 1280
const A: usize = SCRATCH
const B: usize = A + F4
const C: usize = B + F4
const D: usize = C + F4
/** The two differences of the last addition: both zero in a lane mean equal points, the first alone opposite ones. */
export const H: usize = D + F4
export const R: usize = H + F4
const T: usize = R + F4
/** Product of all denominators, inverted. */
const RUNNING: usize = T + F4

/** Zeroes this file's scratch. */
export function wipePoints(): void {
  memory.fill(SCRATCH, 0, SCRATCH_BYTES)
}

/** out = 2p; complete, since no point has y = 0. */
export function j4_double(out: usize, p: usize): void {
  const y = p + F4
  const z = p + 2 * F4
  f4_sqr(A, p)
  f4_carry_less(A, A, A, -2) // 3X²
  f4_sqr(B, y)
  f4_add(B, B, B) // 2Y²
  f4_add(C, p, p)
  f4_mul(C, C, B) // 4XY²
  f4_sqr(B, B)
  f4_add(B, B, B) // 8Y⁴
  f4_add(D, y, y)
  f4_mul(out + 2 * F4, D, z)
  f4_sqr(T, A)
  f4_carry_less(out, T, C, 2)
  f4_sub(C, C, out)
  f4_mul(C, C, A)
  f4_carry_less(out + F4, C, B, 1)
}

/** out = p + q, q affine, for p = ±q and p = O see H and R: then Z = 0. 8 products, 3 squarings. */
export function j4_add(out: usize, p: usize, q: usize): void {
  const y = p + F4
  const z = p + 2 * F4
  f4_sqr(A, z)
  f4_mul(H, q, A)
  f4_sub(H, H, p) // U2 - X1
  f4_mul(A, A, z)
  f4_mul(A, A, q + F4)
  f4_sub(R, A, y) // S2 - Y1
  f4_mul(out + 2 * F4, z, H)
  f4_sqr(A, H)
  f4_mul(B, A, H) // H³
  f4_mul(A, A, p) // X1·H²
  f4_mul(C, B, y) // Y1·H³
  f4_sqr(D, R)
  f4_sub(D, D, B)
  f4_carry_less(out, D, A, 2)
  f4_sub(A, A, out)
  f4_mul(A, A, R)
  f4_carry_less(out + F4, A, C, 1)
}

/** out = p + q from the inverse of x_q - x_p; all affine. */
function chord(out: usize, p: usize, q: usize, inverse: usize): void {
  f4_sub(A, q + F4, p + F4)
  f4_mul(A, A, inverse)
  f4_sqr(B, A)
  f4_sub(B, B, p)
  f4_carry_less(B, B, q, 1)
  f4_sub(C, p, B)
  f4_mul(C, C, A)
  f4_carry_less(out + F4, C, p + F4, 1)
  f4_copy(out, B)
}

/**
 * out_i = p_i + q_i for `count` affine groups with one inversion. `differences` and `prefixes`: count elements each. Incomplete.
 * @returns -1 when some p_i = ±q_i, and then every result is worthless, else 0.
 */
export function a4_sums(out: usize, outStride: usize, p: usize, pStride: usize, q: usize, qStride: usize, count: usize, differences: usize, prefixes: usize): i32 {
  for (let i: usize = 0; i < count; i++) f4_sub(differences + i * F4, q + i * qStride, p + i * pStride)
  const zero = f4_begin_inverses(differences, F4, count, prefixes, RUNNING)
  for (let i = count; i > 0; i--) {
    const at = i - 1
    f4_next_inverse(T, differences, F4, at, prefixes, RUNNING)
    chord(out + at * outStride, p + at * pStride, q + at * qStride, T)
  }
  return zero
}

/** out_i = 2·p_i for `count` affine groups with one inversion; scratch as for a4_sums. */
export function a4_doubles(out: usize, outStride: usize, p: usize, pStride: usize, count: usize, differences: usize, prefixes: usize): void {
  for (let i: usize = 0; i < count; i++) f4_add(differences + i * F4, p + i * pStride + F4, p + i * pStride + F4)
  f4_begin_inverses(differences, F4, count, prefixes, RUNNING)
  for (let i = count; i > 0; i--) {
    const at = i - 1
    f4_next_inverse(T, differences, F4, at, prefixes, RUNNING)
    const from = p + at * pStride
    f4_sqr(A, from)
    f4_carry_less(A, A, A, -2)
    f4_mul(A, A, T)
    f4_sqr(B, A)
    f4_carry_less(B, B, from, 2)
    f4_sub(C, from, B)
    f4_mul(C, C, A)
    f4_carry_less(out + at * outStride + F4, C, from + F4, 1)
    f4_copy(out + at * outStride, B)
  }
}

/** Affine groups of `count` Jacobian ones with one inversion; `prefixes`: count elements. @returns -1 when some Z = 0, and then every result is worthless, else 0. */
export function a4_from_jacobian(out: usize, p: usize, count: usize, prefixes: usize): i32 {
  const zero = f4_begin_inverses(p + 2 * F4, JACOBIAN4, count, prefixes, RUNNING)
  for (let i = count; i > 0; i--) {
    const from = p + (i - 1) * JACOBIAN4
    const to = out + (i - 1) * AFFINE4
    f4_next_inverse(T, p + 2 * F4, JACOBIAN4, i - 1, prefixes, RUNNING)
    f4_sqr(A, T)
    f4_mul(T, T, A)
    f4_mul(T, T, from + F4)
    f4_mul(to, from, A)
    f4_copy(to + F4, T)
  }
  return zero
}
