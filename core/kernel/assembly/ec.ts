/**
 * The module's exports of the group. Points are 33 bytes, SEC1 compressed, never the identity; scalars are 32 bytes, little-endian, below n. Points
 * are public everywhere, and whether they are valid decides branches; which arguments are secret is said at each export, and those decide none.
 */
import { comb_build, comb_multiply, comb_subtract } from './comb'
import { ladder } from './complete'
import { FE, fe_copy, fe_equal, fe_from_be, fe_wipe } from './field'
import { AFFINE, decode, ENCODED, encode, JACOBIAN, negate, point_wipe, sums_complete, to_affine } from './point'
import { combine, COMBINE_TERMS, sum_add, sum_clear, sum_close } from './public'
import { variable_jacobian, variable_multiply } from './variable'

const BASE_TABLE: usize = memory.data(66560, 16)
/** Points at a time, between bytes and bytes. */
const CHUNK: i32 = 32
const RESULTS: usize = memory.data(80 * 32, 16)
const POINTS: usize = memory.data(80 * 32, 16)
/** Multiples of G in one round of ec_combine_public. */
const MULTIPLES: i32 = 4
const SCALARS: usize = memory.data(32 * 16, 16)
/** x and y of G, big-endian. */
const BASE_POINT: usize = memory.data<u64>([
  0xacbbdcf97e66be79, 0x070b87ce9562a055, 0xd928ce2ddbfc9b02, 0x9817f8165b81f259,
  0x65c4a32677da3a48, 0xa808110efcfba45d, 0x195485a648b417fd, 0xb8d410fb8fd0479c,
])
let ready: bool = false

/** Builds the table of multiples of G. Optional: the first use does it too. */
export function ec_init(): void {
  if (ready) return
  // Entry 0 of the table is G itself. No other memory than the arena's is written: a multiplication may be under way.
  fe_from_be(BASE_TABLE, BASE_POINT)
  fe_from_be(BASE_TABLE + FE, BASE_POINT + 32)
  comb_build(BASE_TABLE, BASE_TABLE)
  ready = true
}

/** The table of multiples of G (comb.ts), built. */
export function base_table(): usize {
  ec_init()
  return BASE_TABLE
}

/** Zeroes what a multiplication left in the scratch of the files it used. */
export function ec_wipe(): void {
  memory.fill(RESULTS, 0, 80 * 32)
  memory.fill(POINTS, 0, 80 * 32)
  point_wipe()
  fe_wipe()
}

/** out_i = k_i·G for secret scalars in [1, n). Constant time in the scalars. */
export function ec_base(out: usize, k: usize, count: i32): void {
  const table = base_table()
  for (let done = 0; done < count; done += CHUNK) {
    const size = min<i32>(CHUNK, count - done)
    comb_multiply(RESULTS, table, k + (done as usize) * 32, size)
    for (let i = 0; i < size; i++) encode(out + ((done + i) as usize) * ENCODED, RESULTS + (i as usize) * AFFINE)
  }
  ec_wipe()
}

/** Writes nothing unless all points are valid. @returns -1, or the index of the first invalid point. */
function times(out: usize, points: usize, k: usize, step: usize, count: i32): i32 {
  if (count > CHUNK) {
    const invalid = ec_validate(points, count)
    if (invalid >= 0) return invalid
  }
  for (let done = 0; done < count; done += CHUNK) {
    const size = min<i32>(CHUNK, count - done)
    const from = points + (done as usize) * ENCODED
    for (let i = 0; i < size; i++) if (!decode(POINTS + (i as usize) * AFFINE, from + (i as usize) * ENCODED)) return i
    variable_multiply(RESULTS, POINTS, k + (done as usize) * step, step, size)
    for (let i = 0; i < size; i++) encode(out + ((done + i) as usize) * ENCODED, RESULTS + (i as usize) * AFFINE)
  }
  ec_wipe()
  return -1
}

/**
 * out_i = k_i·P_i for secret scalars in [1, n). Constant time in the scalars.
 * @returns -1, or the index of the first invalid point (and writes nothing).
 */
export function ec_times(out: usize, points: usize, k: usize, count: i32): i32 {
  return times(out, points, k, 32, count)
}

/** out_i = k·P_i for one secret scalar in [1, n). Constant time in it. @returns -1, or the index of the first invalid point (and writes nothing). */
export function ec_times_same(out: usize, points: usize, k: usize, count: i32): i32 {
  return times(out, points, k, 0, count)
}

/**
 * Whether β·P = c·G + Γ for secret β in [1, n) and c in [0, n). Constant time in both, but for β·P = c·G and c = 0, which take a slower way.
 * @returns 1 or 0; -1 for an invalid point.
 */
export function ec_is_product(beta: usize, point: usize, c: usize, gamma: usize): i32 {
  const p = POINTS
  const difference = RESULTS
  const encoded = RESULTS + JACOBIAN
  const scratch = RESULTS + 2 * JACOBIAN
  if (!decode(p, point)) return -1
  variable_jacobian(difference, p, beta)
  comb_subtract(difference, base_table(), c)
  let equal: i32
  if (to_affine(difference, difference, 1, scratch)) {
    if (!decode(POINTS + AFFINE, gamma)) equal = -1
    else equal = is_product_slowly(beta, p, c, POINTS + AFFINE) & 1
  } else {
    // The same bytes are a point; whether other bytes are one is asked only then.
    encode(encoded, difference)
    let bits: u32 = 0
    for (let i: usize = 0; i < ENCODED; i++) bits |= (load<u8>(encoded + i) ^ load<u8>(gamma + i)) as u32
    if (bits == 0) equal = 1
    else equal = decode(POINTS + AFFINE, gamma) ? 0 : -1
  }
  ec_wipe()
  return equal
}

/** The same by complete formulas. @returns a mask. */
function is_product_slowly(beta: usize, p: usize, c: usize, summand: usize): i32 {
  const left = RESULTS
  const right = RESULTS + AFFINE
  const scratch = RESULTS + 4 * AFFINE
  const identity = scratch + 8 * FE
  ladder(left, p, beta)
  let none: i32 = -1
  if (ladder(right, base_table(), c)) {
    fe_copy(right, summand)
    fe_copy(right + FE, summand + FE)
  } else none = sums_complete(right, right, summand, 1, identity, scratch)
  return none & fe_equal(left, right) & fe_equal(left + FE, right + FE)
}

/** @returns -1, or the index of the first that is not 33 bytes of a point (prefix 2 or 3, x below p, on the curve). */
export function ec_validate(points: usize, count: i32): i32 {
  for (let i = 0; i < count; i++) if (!decode(POINTS, points + (i as usize) * ENCODED)) return i
  return -1
}

/** out = -P for a public point. @returns 1; -1 for an invalid point, and then nothing is written. */
export function ec_negate(out: usize, point: usize): i32 {
  if (!decode(POINTS, point)) return -1
  negate(POINTS)
  encode(out, POINTS)
  return 1
}

/** Whether 33 bytes are those of G. */
function is_base(point: usize): bool {
  if (load<u8>(point) != 2) return false
  for (let i: usize = 0; i < 32; i += 8) if (load<u64>(point + 1 + i) != load<u64>(BASE_POINT + i)) return false
  return true
}

/** @returns whether a scalar is 0. Variable time. */
function is_zero_public(k: usize): bool {
  return (load<u64>(k) | load<u64>(k, 8) | load<u64>(k, 16) | load<u64>(k, 24)) == 0
}

/**
 * out = Σ k_i·P_i for public scalars in [0, n). Variable time.
 * @returns 1; 0 for the identity, -(i + 1) when point i is the first invalid one, and then nothing is written.
 */
export function ec_combine_public(out: usize, points: usize, k: usize, count: i32): i32 {
  const total = RESULTS
  let some = false
  for (let at = 0; at < count; ) {
    let size = 0
    let multiples = 0
    for (; at < count && size < COMBINE_TERMS && multiples < MULTIPLES; at++) {
      const scalar = k + (at as usize) * 32
      const point = points + (at as usize) * ENCODED
      const decoded = POINTS + (size as usize) * AFFINE
      const base = is_base(point)
      if (!base && !decode(decoded, point)) return -(at + 1)
      if (is_zero_public(scalar)) continue
      if (base) {
        multiples++
        comb_multiply(RESULTS + (multiples as usize) * AFFINE, base_table(), scalar, 1)
      } else {
        memory.copy(SCALARS + (size as usize) * 32, scalar, 32)
        size++
      }
    }
    combine(POINTS, SCALARS, size)
    if (some) sum_add(total)
    for (let i = 1; i <= multiples; i++) sum_add(RESULTS + (i as usize) * AFFINE)
    some = sum_close(total)
  }
  if (!some) return 0
  encode(out, total)
  return 1
}

/** out = Σ P_i for public points. Variable time. @returns as ec_combine_public. */
export function ec_sum_public(out: usize, points: usize, count: i32): i32 {
  sum_clear()
  for (let i = 0; i < count; i++) {
    if (!decode(POINTS, points + (i as usize) * ENCODED)) return -(i + 1)
    sum_add(POINTS)
  }
  if (!sum_close(RESULTS)) return 0
  encode(out, RESULTS)
  return 1
}
