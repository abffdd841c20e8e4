/**
 * Sums of products in which both factors change from row to row: Σ g_j·r_j, four rows at a time, lane by lane. A product is a convolution of digits
 * into 39 columns; columns are carried after every third block and reduced mod n once, at the end.
 */
import { deposit } from './order'
import { HIGH, LIMB_BYTES, LOW, pair } from './quads'

/** Columns of a sum: those of a product and two for its carries. */
const SUM_COLUMNS: i32 = 41
/** Bytes of a sum. */
export const SUM_BYTES: usize = 656

/** Digits (m, m-1) of the second factor for m = 0..20. */
const PAIRS: usize = memory.data(336, 16)

// @ts-ignore: decorator
@inline
function add(a: v128, b: v128): v128 {
  return i32x4.add(a, b)
}

// @ts-ignore: decorator
@inline
function dot(a: v128, b: v128): v128 {
  return i32x4.dot_i16x8_s(a, b)
}

function pairsOf(limbs: usize): void {
  const low = v128.load(LOW)
  const high = v128.load(HIGH)
  let before = i32x4.splat(0)
  for (let i: usize = 0; i < LIMB_BYTES; i += 16) {
    const limb = v128.load(limbs + i)
    v128.store(PAIRS + i * 2, v128.or(v128.and(limb, low), before))
    v128.store(PAIRS + i * 2, v128.or(i32x4.shr_u(limb, 13), v128.and(i32x4.shl(limb, 16), high)), 16)
    before = v128.and(i32x4.shl(limb, 3), high)
  }
  v128.store(PAIRS, before, 320)
}

/** Adds the products of four scalars with four others (ten limbs each) to a sum. Each column grows by less than 2^30.4. Constant time. */
export function addWeighted(sums: usize, weights: usize, limbs: usize): void {
  pairsOf(limbs)
  // five pairs of the first factor, then the other five, ten columns further on
  addHalf(sums, weights)
  addHalf(sums + 160, weights + 80)
}

function addHalf(sums: usize, weights: usize): void {
  const g0 = pair(v128.load(weights))
  const g1 = pair(v128.load(weights, 16))
  const g2 = pair(v128.load(weights, 32))
  const g3 = pair(v128.load(weights, 48))
  const g4 = pair(v128.load(weights, 64))
  let s: v128
  s = v128.load(sums)
  s = add(s, dot(g0, v128.load(PAIRS)))
  v128.store(sums, s)
  s = v128.load(sums, 16)
  s = add(s, dot(g0, v128.load(PAIRS, 16)))
  v128.store(sums, s, 16)
  s = v128.load(sums, 32)
  s = add(s, dot(g0, v128.load(PAIRS, 32)))
  s = add(s, dot(g1, v128.load(PAIRS)))
  v128.store(sums, s, 32)
  s = v128.load(sums, 48)
  s = add(s, dot(g0, v128.load(PAIRS, 48)))
  s = add(s, dot(g1, v128.load(PAIRS, 16)))
  v128.store(sums, s, 48)
  s = v128.load(sums, 64)
  s = add(s, dot(g0, v128.load(PAIRS, 64)))
  s = add(s, dot(g1, v128.load(PAIRS, 32)))
  s = add(s, dot(g2, v128.load(PAIRS)))
  v128.store(sums, s, 64)
  s = v128.load(sums, 80)
  s = add(s, dot(g0, v128.load(PAIRS, 80)))
  s = add(s, dot(g1, v128.load(PAIRS, 48)))
  s = add(s, dot(g2, v128.load(PAIRS, 16)))
  v128.store(sums, s, 80)
  s = v128.load(sums, 96)
  s = add(s, dot(g0, v128.load(PAIRS, 96)))
  s = add(s, dot(g1, v128.load(PAIRS, 64)))
  s = add(s, dot(g2, v128.load(PAIRS, 32)))
  s = add(s, dot(g3, v128.load(PAIRS)))
  v128.store(sums, s, 96)
  s = v128.load(sums, 112)
  s = add(s, dot(g0, v128.load(PAIRS, 112)))
  s = add(s, dot(g1, v128.load(PAIRS, 80)))
  s = add(s, dot(g2, v128.load(PAIRS, 48)))
  s = add(s, dot(g3, v128.load(PAIRS, 16)))
  v128.store(sums, s, 112)
  s = v128.load(sums, 128)
  s = add(s, dot(g0, v128.load(PAIRS, 128)))
  s = add(s, dot(g1, v128.load(PAIRS, 96)))
  s = add(s, dot(g2, v128.load(PAIRS, 64)))
  s = add(s, dot(g3, v128.load(PAIRS, 32)))
  s = add(s, dot(g4, v128.load(PAIRS)))
  v128.store(sums, s, 128)
  s = v128.load(sums, 144)
  s = add(s, dot(g0, v128.load(PAIRS, 144)))
  s = add(s, dot(g1, v128.load(PAIRS, 112)))
  s = add(s, dot(g2, v128.load(PAIRS, 80)))
  s = add(s, dot(g3, v128.load(PAIRS, 48)))
  s = add(s, dot(g4, v128.load(PAIRS, 16)))
  v128.store(sums, s, 144)
  s = v128.load(sums, 160)
  s = add(s, dot(g0, v128.load(PAIRS, 160)))
  s = add(s, dot(g1, v128.load(PAIRS, 128)))
  s = add(s, dot(g2, v128.load(PAIRS, 96)))
  s = add(s, dot(g3, v128.load(PAIRS, 64)))
  s = add(s, dot(g4, v128.load(PAIRS, 32)))
  v128.store(sums, s, 160)
  s = v128.load(sums, 176)
  s = add(s, dot(g0, v128.load(PAIRS, 176)))
  s = add(s, dot(g1, v128.load(PAIRS, 144)))
  s = add(s, dot(g2, v128.load(PAIRS, 112)))
  s = add(s, dot(g3, v128.load(PAIRS, 80)))
  s = add(s, dot(g4, v128.load(PAIRS, 48)))
  v128.store(sums, s, 176)
  s = v128.load(sums, 192)
  s = add(s, dot(g0, v128.load(PAIRS, 192)))
  s = add(s, dot(g1, v128.load(PAIRS, 160)))
  s = add(s, dot(g2, v128.load(PAIRS, 128)))
  s = add(s, dot(g3, v128.load(PAIRS, 96)))
  s = add(s, dot(g4, v128.load(PAIRS, 64)))
  v128.store(sums, s, 192)
  s = v128.load(sums, 208)
  s = add(s, dot(g0, v128.load(PAIRS, 208)))
  s = add(s, dot(g1, v128.load(PAIRS, 176)))
  s = add(s, dot(g2, v128.load(PAIRS, 144)))
  s = add(s, dot(g3, v128.load(PAIRS, 112)))
  s = add(s, dot(g4, v128.load(PAIRS, 80)))
  v128.store(sums, s, 208)
  s = v128.load(sums, 224)
  s = add(s, dot(g0, v128.load(PAIRS, 224)))
  s = add(s, dot(g1, v128.load(PAIRS, 192)))
  s = add(s, dot(g2, v128.load(PAIRS, 160)))
  s = add(s, dot(g3, v128.load(PAIRS, 128)))
  s = add(s, dot(g4, v128.load(PAIRS, 96)))
  v128.store(sums, s, 224)
  s = v128.load(sums, 240)
  s = add(s, dot(g0, v128.load(PAIRS, 240)))
  s = add(s, dot(g1, v128.load(PAIRS, 208)))
  s = add(s, dot(g2, v128.load(PAIRS, 176)))
  s = add(s, dot(g3, v128.load(PAIRS, 144)))
  s = add(s, dot(g4, v128.load(PAIRS, 112)))
  v128.store(sums, s, 240)
  s = v128.load(sums, 256)
  s = add(s, dot(g0, v128.load(PAIRS, 256)))
  s = add(s, dot(g1, v128.load(PAIRS, 224)))
  s = add(s, dot(g2, v128.load(PAIRS, 192)))
  s = add(s, dot(g3, v128.load(PAIRS, 160)))
  s = add(s, dot(g4, v128.load(PAIRS, 128)))
  v128.store(sums, s, 256)
  s = v128.load(sums, 272)
  s = add(s, dot(g0, v128.load(PAIRS, 272)))
  s = add(s, dot(g1, v128.load(PAIRS, 240)))
  s = add(s, dot(g2, v128.load(PAIRS, 208)))
  s = add(s, dot(g3, v128.load(PAIRS, 176)))
  s = add(s, dot(g4, v128.load(PAIRS, 144)))
  v128.store(sums, s, 272)
  s = v128.load(sums, 288)
  s = add(s, dot(g0, v128.load(PAIRS, 288)))
  s = add(s, dot(g1, v128.load(PAIRS, 256)))
  s = add(s, dot(g2, v128.load(PAIRS, 224)))
  s = add(s, dot(g3, v128.load(PAIRS, 192)))
  s = add(s, dot(g4, v128.load(PAIRS, 160)))
  v128.store(sums, s, 288)
  s = v128.load(sums, 304)
  s = add(s, dot(g0, v128.load(PAIRS, 304)))
  s = add(s, dot(g1, v128.load(PAIRS, 272)))
  s = add(s, dot(g2, v128.load(PAIRS, 240)))
  s = add(s, dot(g3, v128.load(PAIRS, 208)))
  s = add(s, dot(g4, v128.load(PAIRS, 176)))
  v128.store(sums, s, 304)
  s = v128.load(sums, 320)
  s = add(s, dot(g0, v128.load(PAIRS, 320)))
  s = add(s, dot(g1, v128.load(PAIRS, 288)))
  s = add(s, dot(g2, v128.load(PAIRS, 256)))
  s = add(s, dot(g3, v128.load(PAIRS, 224)))
  s = add(s, dot(g4, v128.load(PAIRS, 192)))
  v128.store(sums, s, 320)
  s = v128.load(sums, 336)
  s = add(s, dot(g1, v128.load(PAIRS, 304)))
  s = add(s, dot(g2, v128.load(PAIRS, 272)))
  s = add(s, dot(g3, v128.load(PAIRS, 240)))
  s = add(s, dot(g4, v128.load(PAIRS, 208)))
  v128.store(sums, s, 336)
  s = v128.load(sums, 352)
  s = add(s, dot(g1, v128.load(PAIRS, 320)))
  s = add(s, dot(g2, v128.load(PAIRS, 288)))
  s = add(s, dot(g3, v128.load(PAIRS, 256)))
  s = add(s, dot(g4, v128.load(PAIRS, 224)))
  v128.store(sums, s, 352)
  s = v128.load(sums, 368)
  s = add(s, dot(g2, v128.load(PAIRS, 304)))
  s = add(s, dot(g3, v128.load(PAIRS, 272)))
  s = add(s, dot(g4, v128.load(PAIRS, 240)))
  v128.store(sums, s, 368)
  s = v128.load(sums, 384)
  s = add(s, dot(g2, v128.load(PAIRS, 320)))
  s = add(s, dot(g3, v128.load(PAIRS, 288)))
  s = add(s, dot(g4, v128.load(PAIRS, 256)))
  v128.store(sums, s, 384)
  s = v128.load(sums, 400)
  s = add(s, dot(g3, v128.load(PAIRS, 304)))
  s = add(s, dot(g4, v128.load(PAIRS, 272)))
  v128.store(sums, s, 400)
  s = v128.load(sums, 416)
  s = add(s, dot(g3, v128.load(PAIRS, 320)))
  s = add(s, dot(g4, v128.load(PAIRS, 288)))
  v128.store(sums, s, 416)
  s = v128.load(sums, 432)
  s = add(s, dot(g4, v128.load(PAIRS, 304)))
  v128.store(sums, s, 432)
  s = v128.load(sums, 448)
  s = add(s, dot(g4, v128.load(PAIRS, 320)))
  v128.store(sums, s, 448)
}

/** Carries every column into the next, so that three more products fit. */
export function carryWeighted(sums: usize): void {
  let carry = i32x4.splat(0)
  for (let k = 0; k < SUM_COLUMNS; k++, sums += 16) {
    const column = v128.load(sums)
    v128.store(sums, add(v128.and(column, v128.load(LOW)), carry))
    carry = i32x4.shr_u(column, 13)
  }
}

/** Adds the four lanes of a carried sum to the columns of `settle`. */
export function collectWeighted(columns: usize, sums: usize): void {
  for (let k = 0; k < SUM_COLUMNS; k++, sums += 16) {
    const lanes = <u64>load<u32>(sums) + load<u32>(sums, 4) + load<u32>(sums, 8) + load<u32>(sums, 12)
    deposit(columns, k * 13, lanes)
  }
}

/** Wipes what was computed on the way. */
export function wipeWeighted(): void {
  memory.fill(PAIRS, 0, 336)
}
