/**
 * Multiplication of public points by secret scalars. Each scalar is split by the endomorphism into two halves of 33 signed odd digits; the two table
 * entries of a window (d·P and d'·λP) are added first, for all windows at once in affine coordinates, so that the loop of doublings has one addition
 * a window.
 *
 *   variable_multiply(out, points, scalars, step, count)   points and out packed affine, points public; scalars `step` bytes apart (0: one for all),
 *                                                          secret, in [1, n)
 *   variable_jacobian(out, p, scalar)                      one of them, Jacobian
 *
 * The table of a point is made on an isomorphic curve where its entries are affine without an inversion (their common Z is put back at the end): no
 * formula here uses the constant of the curve. Two windows' sums differ as integers of Z[λ], and meet mod n only at the end of the loop for scalars
 * made for it: then Z = 0, and the multiplication is done again by complete formulas.
 */
import { ARENA } from './arena'
import { ladder } from './complete'
import { FE, fe_copy, fe_mul, fe_sqr } from './field'
import { endomorphism, glv_wipe, split } from './glv'
import { AFFINE, JACOBIAN, jacobian_add, jacobian_add_ratio, jacobian_double, sums, to_affine, to_jacobian } from './point'
import { select_odd } from './select'
import { halve_and_add, window_at } from './windows'

const WINDOW: i32 = 4
const WINDOWS: i32 = 33
const ENTRIES: i32 = 8

/** Points at a time. */
const CHUNK: i32 = 4

// The arena: ratios of one table, sums (odd_multiples uses these two, 800 bytes), two tables per point, the selected entries of all (both halves),
// prefixes of the inversion (at least 6), halves of a scalar, common Z of each.
const RATIOS: usize = ARENA
const SUMS: usize = RATIOS + 8 * 40
const TABLES: usize = SUMS + 4 * 120
const TABLE_BYTES: usize = 8 * 80
const FIRST: usize = TABLES + 4 * 2 * 8 * 80
const SECOND: usize = FIRST + 4 * 33 * 80
const PREFIXES: usize = SECOND + 4 * 33 * 80
const HALVES: usize = PREFIXES + 4 * 33 * 40
const COMMON: usize = HALVES + 48 + 8
const USED: usize = COMMON + 4 * 40 - ARENA

/**
 * Table of P, 3P … 15P, affine on the curve where the Z written at `common` is 1: on the curve itself their coordinates are x/Z² and y/Z³. Uses the
 * first 800 bytes of the arena.
 */
export function odd_multiples(table: usize, common: usize, p: usize): void {
  const twice = SUMS
  const sum = SUMS + JACOBIAN
  to_jacobian(sum, p)
  jacobian_double(twice, sum)
  const z = twice + 2 * FE
  // P on the curve where the double is affine
  fe_sqr(common, z)
  fe_mul(sum, p, common)
  fe_mul(common, common, z)
  fe_mul(sum + FE, p + FE, common)
  fe_copy(table, sum)
  fe_copy(table + FE, sum + FE)
  for (let e: usize = 1; e < (ENTRIES as usize); e++) {
    jacobian_add_ratio(sum, sum, twice, RATIOS + e * FE)
    fe_copy(table + e * AFFINE, sum)
    fe_copy(table + e * AFFINE + FE, sum + FE)
  }
  fe_mul(common, z, sum + 2 * FE)
  // Every entry to the Z of the last
  const scale = twice
  const power = twice + FE
  for (let e: usize = (ENTRIES as usize) - 1; e > 0; e--) {
    const entry = table + (e - 1) * AFFINE
    if (e == (ENTRIES as usize) - 1) fe_copy(scale, RATIOS + e * FE)
    else fe_mul(scale, scale, RATIOS + e * FE)
    fe_sqr(power, scale)
    fe_mul(entry, entry, power)
    fe_mul(power, power, scale)
    fe_mul(entry + FE, entry + FE, power)
  }
}

/** The same for λP, behind the table of P. */
function build_endomorphism(table: usize): void {
  for (let e: usize = 0; e < (ENTRIES as usize); e++) {
    endomorphism(table + TABLE_BYTES + e * AFFINE, table + e * AFFINE)
    fe_copy(table + TABLE_BYTES + e * AFFINE + FE, table + e * AFFINE + FE)
  }
}

/** Selects the entries of every window of scalar i. */
function select_entries(i: i32, scalar: usize): void {
  const shifted = RATIOS
  // (k + (2^132 - 2^129 - 1)(1 + λ))/2 mod n
  halve_and_add(shifted, scalar, 0xb9a37d9953f62c2e, 0x19f36d7a32da3575, 0x990ac3a5ca749c09, 0xbb58ec9e87d71e35)
  split(HALVES, shifted)
  const table = TABLES + (i as usize) * 2 * TABLE_BYTES
  for (let j = 0; j < WINDOWS; j++) {
    const at = ((i * WINDOWS + j) as usize) * AFFINE
    select_odd(FIRST + at, table, window_at(HALVES, WINDOW * j, WINDOW), ENTRIES)
    select_odd(SECOND + at, table + TABLE_BYTES, window_at(HALVES + 24, WINDOW * j, WINDOW), ENTRIES)
  }
}

/** Leaves k_i·P_i, Jacobian, at SUMS for up to CHUNK points; Z = 0 where complete formulas are needed. */
function multiply_chunk(points: usize, scalars: usize, step: usize, size: i32): void {
  for (let i = 0; i < size; i++) {
    const table = TABLES + (i as usize) * 2 * TABLE_BYTES
    odd_multiples(table, COMMON + (i as usize) * FE, points + (i as usize) * AFFINE)
    build_endomorphism(table)
  }
  for (let i = 0; i < size; i++) select_entries(i, scalars + (i as usize) * step)
  sums(FIRST, FIRST, SECOND, AFFINE, size * WINDOWS, PREFIXES)
  const end = SUMS + (size as usize) * JACOBIAN
  let window = FIRST + ((WINDOWS - 1) as usize) * AFFINE
  for (let sum = SUMS; sum < end; sum += JACOBIAN) {
    to_jacobian(sum, window)
    window += (WINDOWS as usize) * AFFINE
  }
  for (let j = WINDOWS - 2; j >= 0; j--) {
    for (let sum = SUMS; sum < end; sum += JACOBIAN) for (let d = 0; d < WINDOW; d++) jacobian_double(sum, sum)
    window = FIRST + (j as usize) * AFFINE
    for (let sum = SUMS; sum < end; sum += JACOBIAN) {
      jacobian_add(sum, sum, window)
      window += (WINDOWS as usize) * AFFINE
    }
  }
  let common = COMMON
  for (let sum = SUMS; sum < end; sum += JACOBIAN) {
    fe_mul(sum + 2 * FE, sum + 2 * FE, common)
    common += FE
  }
}

/** out_i = k_i·P_i. */
export function variable_multiply(out: usize, points: usize, scalars: usize, step: usize, count: i32): void {
  for (let done = 0; done < count; done += CHUNK) {
    const rest = count - done
    const size = rest < CHUNK ? rest : CHUNK
    const from = points + (done as usize) * AFFINE
    const to = out + (done as usize) * AFFINE
    const secrets = scalars + (done as usize) * step
    multiply_chunk(from, secrets, step, size)
    // A branch on a secret, taken for scalars that nobody draws.
    if (to_affine(SUMS, SUMS, size, PREFIXES)) {
      for (let i: usize = 0; i < (size as usize); i++) ladder(SUMS + i * AFFINE, from + i * AFFINE, secrets + i * step)
    }
    memory.copy(to, SUMS, (size as usize) * AFFINE)
  }
  variable_wipe()
}

/** out = k·P, Jacobian; Z = 0 where complete formulas are needed. For one product that is only compared. */
export function variable_jacobian(out: usize, p: usize, scalar: usize): void {
  multiply_chunk(p, scalar, 0, 1)
  memory.copy(out, SUMS, JACOBIAN)
  variable_wipe()
}

function variable_wipe(): void {
  memory.fill(ARENA, 0, USED)
  glv_wipe()
}
