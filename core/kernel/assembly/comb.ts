/**
 * Multiplication of one known point by many secret scalars: a table of d·32^j·P for the odd d up to 31 and the 52 windows j, one entry of each window
 * per scalar, and the sum of these 52 affine points as a tree. All sums of a level share one inversion, with those of the other scalars of the chunk
 * as well; where a level has too few sums to pay for an inversion, the rest is done in Jacobian coordinates. One path serves a single scalar and
 * hundreds.
 *
 *   comb_build(table, affine)                    COMB_BYTES at `table`; about 0.2 ms
 *   comb_subtract(out, table, scalar)            from a Jacobian point
 *   comb_multiply(out, table, scalars, count)    out: packed affine points; scalars: packed 32 bytes, secret, in [1, n)
 *
 * Two partial sums of a scalar cover different windows, so as integers they differ in the power of 2 that divides them; they meet mod n only where
 * their difference or sum is a multiple of n, which takes a scalar made for it (in the last levels of the tree). Then the denominator is 0, and the
 * chunk is done again by complete formulas.
 */
import { ARENA } from './arena'
import { ladder } from './complete'
import { FE, fe_copy, fe_zero } from './field'
import { AFFINE, JACOBIAN, jacobian_add, jacobian_double, negate, sums, to_affine, to_jacobian } from './point'
import { select_odd } from './select'
import { halve_and_add, window_at } from './windows'

const WINDOW: i32 = 5
const WINDOWS: i32 = 52
const ENTRIES: i32 = 16
const STRIDE: usize = 16 * 80

/** Bytes of a table. */
export const COMB_BYTES: usize = 52 * 16 * 80

/** Scalars at a time. */
const CHUNK: i32 = 8
// The arena of a multiplication: selected points, prefixes of the inversion (a level has at most half as many sums as there are points), recoded
// scalars of 40 bytes.
const POINTS: usize = ARENA
const PREFIXES: usize = POINTS + 8 * 52 * 80
const RECODED: usize = PREFIXES + 8 * 26 * 40
const SUMS: usize = RECODED + 8 * 40
const USED: usize = SUMS + 8 * 120 - ARENA

/** Sums from which on an inversion is cheaper than Jacobian coordinates. */
const WORTHWHILE: i32 = 13

/** Mask of a denominator of the current chunk that was 0. */
let exceptional: i32 = 0

/** Table of a public point. */
export function comb_build(table: usize, affine: usize): void {
  // 32^j·P and 2·32^j·P, Jacobian
  const powers = ARENA
  to_jacobian(powers, affine)
  const last = powers + (2 * (WINDOWS as usize) - 1) * JACOBIAN
  for (let at = powers; ; at += 2 * JACOBIAN) {
    jacobian_double(at + JACOBIAN, at)
    if (at + JACOBIAN == last) break
    jacobian_double(at + 2 * JACOBIAN, at + JACOBIAN)
    for (let i = 2; i < WINDOW; i++) jacobian_double(at + 2 * JACOBIAN, at + 2 * JACOBIAN)
  }
  const normal = powers + 2 * (WINDOWS as usize) * JACOBIAN
  const scratch = normal + 2 * (WINDOWS as usize) * AFFINE
  to_affine(normal, powers, 2 * WINDOWS, scratch)
  // The double waits in the last entry, which is the last to be overwritten.
  const step = (ENTRIES as usize) - 1
  for (let j: usize = 0; j < (WINDOWS as usize); j++) {
    copy_affine(table + j * STRIDE, normal + 2 * j * AFFINE)
    copy_affine(table + j * STRIDE + step * AFFINE, normal + (2 * j + 1) * AFFINE)
  }
  for (let e: usize = 1; e < (ENTRIES as usize); e++)
    sums(table + e * AFFINE, table + (e - 1) * AFFINE, table + step * AFFINE, STRIDE, WINDOWS, scratch)
}

/** out = p. */
// @ts-ignore: decorator
@inline
function copy_affine(out: usize, p: usize): void {
  fe_copy(out, p)
  fe_copy(out + FE, p + FE)
}

/** out_i = k_i·P. */
export function comb_multiply(out: usize, table: usize, scalars: usize, count: i32): void {
  for (let done = 0; done < count; done += CHUNK) {
    const rest = count - done
    const size = rest < CHUNK ? rest : CHUNK
    chunk(out + (done as usize) * AFFINE, table, scalars + (done as usize) * 32, size)
  }
  memory.fill(ARENA, 0, USED)
}

/**
 * Selects one point of each window of `size` scalars and adds them up level by level, while a level has enough sums to pay for its inversion.
 * @returns how many are left.
 */
function levels(table: usize, scalars: usize, size: i32): i32 {
  for (let i = 0; i < size; i++) {
    const recoded = RECODED + (i as usize) * 40
    // (k + 2^260 - 1)/2 mod n
    halve_and_add(recoded, scalars + (i as usize) * 32, 0xe1563adfe6691698, 0x87e0873ddd5f4e3f, 9, 0x8000000000000000)
    store<u64>(recoded, 0, 32)
  }
  let to = POINTS
  for (let j = 0; j < WINDOWS; j++) {
    const entries = table + (j as usize) * STRIDE
    for (let i = 0; i < size; i++) {
      select_odd(to, entries, window_at(RECODED + (i as usize) * 40, WINDOW * j, WINDOW), ENTRIES)
      to += AFFINE
    }
  }
  let left = WINDOWS
  exceptional = 0
  while (left > 1) {
    const half = (left + 1) >> 1
    const count = (left - half) * size
    if (count < WORTHWHILE) break
    exceptional |= sums(POINTS, POINTS, POINTS + ((half * size) as usize) * AFFINE, AFFINE, count, PREFIXES)
    left = half
  }
  return left
}

/** Adds up what is left of scalar i of `size`, Jacobian. */
function rest_of(out: usize, i: i32, size: i32, left: i32): void {
  to_jacobian(out, POINTS + (i as usize) * AFFINE)
  for (let j = 1; j < left; j++) jacobian_add(out, out, POINTS + ((j * size + i) as usize) * AFFINE)
}

function chunk(out: usize, table: usize, scalars: usize, size: i32): void {
  const left = levels(table, scalars, size)
  if (left == 1) memory.copy(out, POINTS, (size as usize) * AFFINE)
  else {
    for (let i = 0; i < size; i++) rest_of(SUMS + (i as usize) * JACOBIAN, i, size, left)
    exceptional |= to_affine(out, SUMS, size, PREFIXES)
  }
  // A branch on a secret, taken for scalars that nobody draws.
  if (exceptional) for (let i = 0; i < size; i++) ladder(out + (i as usize) * AFFINE, table, scalars + (i as usize) * 32)
}

/** out = out - k·P, Jacobian; Z = 0 where complete formulas are needed (k = 0 among them). */
export function comb_subtract(out: usize, table: usize, scalar: usize): void {
  const left = levels(table, scalar, 1)
  const end = POINTS + (left as usize) * AFFINE
  for (let point = POINTS; point < end; point += AFFINE) {
    negate(point)
    jacobian_add(out, out, point)
  }
  // A branch on a secret, taken for scalars that nobody draws.
  if (exceptional) fe_zero(out + 2 * FE)
  memory.fill(ARENA, 0, USED)
}
