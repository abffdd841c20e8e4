/**
 * Sums of multiples of points, for public values only: variable time, every case handled by branches. Straus' trick: all terms share the doublings;
 * each scalar is split by the endomorphism (glv.ts), its halves written with digits 0 and ±1 … ±15 of which no five in a row hold more than one that
 * is not 0 (wNAF).
 *
 * There is one sum, kept here: sum_clear() and combine(points, scalars, count) start it, sum_add(affine) adds to it, sum_close(out) gives it, affine.
 */
import { ARENA } from './arena'
import { FE, fe_copy, fe_inv, fe_is_zero, fe_mul, fe_neg, fe_sqr } from './field'
import { endomorphism, split } from './glv'
import { AFFINE, JACOBIAN, jacobian_add, jacobian_double, to_affine, to_jacobian } from './point'
import { odd_multiples } from './variable'

const ENTRIES: usize = 8
/** Terms at a time. */
export const COMBINE_TERMS: i32 = 16
/** Digits of a half: 128 bits and one of carry, up to a multiple of 8. */
const DIGITS: usize = 136

// The arena: behind what odd_multiples uses, the tables of the terms (P, then λP), their digits, common Z and prefixes of their inversion.
const TABLES: usize = ARENA + 2048
const TABLE_BYTES: usize = 8 * 80
const WORDS: usize = TABLES + 16 * 2 * 8 * 80
const COMMON: usize = WORDS + 16 * 2 * 136

const BLOCK: usize = memory.data(560, 16)
const ACCUMULATOR: usize = BLOCK
const NEGATED: usize = BLOCK + JACOBIAN
const HALVES: usize = NEGATED + AFFINE
const POWER: usize = HALVES + 48
const SCRATCH: usize = POWER + 2 * FE
let infinite: bool = true

/** The sum becomes the identity. */
export function sum_clear(): void {
  infinite = true
}

/** Adds an affine point to the sum. */
export function sum_add(p: usize): void {
  if (infinite) {
    to_jacobian(ACCUMULATOR, p)
    infinite = false
    return
  }
  fe_copy(SCRATCH, ACCUMULATOR)
  fe_copy(SCRATCH + FE, ACCUMULATOR + FE)
  fe_copy(SCRATCH + 2 * FE, ACCUMULATOR + 2 * FE)
  jacobian_add(ACCUMULATOR, ACCUMULATOR, p)
  // A reduced element that is 0 mod p is 0 or p: its lowest limb tells nearly always that it is not.
  const low = load<u32>(ACCUMULATOR + 2 * FE)
  if (low != 0 && low != 0x1fff_fc2f) return
  if (!fe_is_zero(ACCUMULATOR + 2 * FE)) return
  // ±p: the same point when y·Z³ = Y
  fe_sqr(POWER, SCRATCH + 2 * FE)
  fe_mul(POWER, POWER, SCRATCH + 2 * FE)
  fe_mul(POWER, POWER, p + FE)
  fe_neg(POWER + FE, SCRATCH + FE)
  for (let i: usize = 0; i < 36; i += 4) store<i32>(POWER + i, load<i32>(POWER + i) + load<i32>(POWER + FE + i))
  if (fe_is_zero(POWER)) jacobian_double(ACCUMULATOR, SCRATCH)
  else infinite = true
}

/** Writes the sum, affine; false for the identity. */
export function sum_close(out: usize): bool {
  if (infinite) return false
  to_affine(out, ACCUMULATOR, 1, SCRATCH)
  return true
}

/** Writes the digits of a half, given as half + 2^128. @returns how many there are. */
function digits(out: usize, half: usize): i32 {
  let low = load<u64>(half)
  let high = load<u64>(half, 8)
  const negative = load<u32>(half, 16) == 0
  if (negative) {
    low = ~low + 1
    high = ~high + (low == 0 ? 1 : 0)
  }
  memory.fill(out, 0, DIGITS)
  let length = 0
  // The carry out of 128 bits, when the number is about 2^128.
  let top: u64 = negative && (low | high) == 0 ? 1 : 0
  for (let i = 0; (low | high | top) != 0; i++) {
    if (low & 1) {
      let digit = (low & 31) as i32
      if (digit >= 16) {
        digit -= 32
        const sum = low + ((-digit) as u64)
        if (sum < low) {
          high++
          if (high == 0) top++
        }
        low = sum
      } else low -= digit as u64
      store<i8>(out + (i as usize), (negative ? -digit : digit) as i8)
      length = i + 1
    }
    low = (low >> 1) | (high << 63)
    high = (high >> 1) | (top << 63)
    top >>= 1
  }
  return length
}

/** Adds digit·(the point that the table is of). */
function add_digit(table: usize, digit: i32): void {
  const entry = table + (((digit < 0 ? -digit : digit) >> 1) as usize) * AFFINE
  if (digit > 0) {
    sum_add(entry)
    return
  }
  fe_copy(NEGATED, entry)
  fe_neg(NEGATED + FE, entry + FE)
  sum_add(NEGATED)
}

/** The tables of all terms, on the curve itself. */
function tables(points: usize, count: usize): void {
  const prefixes = COMMON + count * FE
  for (let i: usize = 0; i < count; i++) odd_multiples(TABLES + i * 2 * TABLE_BYTES, COMMON + i * FE, points + i * AFFINE)
  fe_copy(prefixes, COMMON)
  for (let i: usize = 1; i < count; i++) fe_mul(prefixes + i * FE, prefixes + (i - 1) * FE, COMMON + i * FE)
  const running = prefixes + count * FE
  const inverse = running + FE
  fe_inv(running, prefixes + (count - 1) * FE)
  for (let i: usize = count; i > 0; i--) {
    const table = TABLES + (i - 1) * 2 * TABLE_BYTES
    if (i > 1) fe_mul(inverse, running, prefixes + (i - 2) * FE)
    else fe_copy(inverse, running)
    fe_mul(running, running, COMMON + (i - 1) * FE)
    fe_sqr(POWER, inverse)
    fe_mul(POWER + FE, POWER, inverse)
    for (let e: usize = 0; e < ENTRIES; e++) {
      const entry = table + e * AFFINE
      fe_mul(entry, entry, POWER)
      fe_mul(entry + FE, entry + FE, POWER + FE)
      endomorphism(entry + TABLE_BYTES, entry)
      fe_copy(entry + TABLE_BYTES + FE, entry + FE)
    }
  }
}

/** Sum = Σ k_i·P_i for at most COMBINE_TERMS affine points and scalars below n (32 bytes each); 0 terms are fine. */
export function combine(points: usize, scalars: usize, count: i32): void {
  sum_clear()
  if (count == 0) return
  const size = count as usize
  tables(points, size)
  let length = 0
  for (let i: usize = 0; i < size; i++) {
    split(HALVES, scalars + i * 32)
    length = max<i32>(length, digits(WORDS + 2 * i * DIGITS, HALVES))
    length = max<i32>(length, digits(WORDS + (2 * i + 1) * DIGITS, HALVES + 24))
  }
  for (let at = length - 1; at >= 0; at--) {
    if (!infinite) jacobian_double(ACCUMULATOR, ACCUMULATOR)
    for (let half: usize = 0; half < 2 * size; half++) {
      const digit = load<i8>(WORDS + half * DIGITS + (at as usize)) as i32
      if (digit != 0) add_digit(TABLES + half * TABLE_BYTES, digit)
    }
  }
}
