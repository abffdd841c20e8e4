/**
 * Multiplication of known points by secret scalars, four scalars to a group: a table of d·32^j·P for the odd d up to 31 and the 52 windows j (as comb.ts has it,
 * each entry 80 bytes: one lane's words of x and y), and one affine addition per window for all groups of a batch together, with one inversion.
 * Incomplete: the sum of the windows so far meets the next entry only where a multiple of n comes into it, in the last window, for scalars made for it.
 */
import { FE, fe_to_be } from './field'
import { F4, f4_carry, f4_set_be } from './lane-field'
import { a4_doubles, a4_sums, AFFINE4 } from './lane-points'
import { AFFINE, jacobian_double, JACOBIAN, to_affine, to_jacobian } from './point'
import { halve_and_add, window_at } from './windows'

const WINDOW: usize = 5
const WINDOWS: usize = 52
const ENTRIES: usize = 16
const ENTRY: usize = 80
/** Groups that hold one point per window. */
const GROUPS: usize = 13

/** Bytes of a table. */
export const COMB4_BYTES: usize = 52 * 16 * 80
/** Bytes of a recoded scalar. */
export const RECODED: usize = 40
/** Bytes of scratch that the table of a point takes. */
export const COMB4_SCRATCH: usize = 52 * 120 + 52 * 80 + 54 * 40 + 17 * 13 * 320 + 2 * 13 * 160

/** out = an affine point of field.ts in one lane; carry the group afterwards. */
export function setLane(out: usize, lane: usize, affine: usize): void {
  // The lane's own limbs are overwritten after the bytes have been read from the buffer.
  for (let c: usize = 0; c < 2; c++) {
    fe_to_be(BYTES, affine + c * FE)
    f4_set_be(out + c * F4, lane, BYTES)
  }
}

const BYTES: usize = memory.data(32, 16)
/** Four digits. */
const DIGITS: usize = memory.data(16, 16)

/** Table of a public point (affine, of point.ts); `scratch`: COMB4_SCRATCH bytes. */
export function comb4_build(table: usize, affine: usize, scratch: usize): void {
  const powers = scratch
  const normal = powers + WINDOWS * JACOBIAN
  const prefixes = normal + WINDOWS * AFFINE
  const multiples = prefixes + (WINDOWS + 2) * FE
  const row = GROUPS * AFFINE4
  const twice = multiples + ENTRIES * row
  const differences = twice + row
  to_jacobian(powers, affine)
  for (let j: usize = 1; j < WINDOWS; j++) {
    const power = powers + j * JACOBIAN
    jacobian_double(power, power - JACOBIAN)
    for (let i: usize = 1; i < WINDOW; i++) jacobian_double(power, power)
  }
  to_affine(normal, powers, <i32>WINDOWS, prefixes)
  for (let j: usize = 0; j < WINDOWS; j++) setLane(multiples + (j >> 2) * AFFINE4, j & 3, normal + j * AFFINE)
  for (let at = multiples; at < multiples + row; at += F4) f4_carry(at, at)
  a4_doubles(twice, AFFINE4, multiples, AFFINE4, GROUPS, differences, differences + GROUPS * F4)
  for (let e: usize = 0; e < ENTRIES; e++) {
    const entries = multiples + e * row
    if (e > 0) a4_sums(entries, AFFINE4, entries - row, AFFINE4, twice, AFFINE4, GROUPS, differences, differences + GROUPS * F4)
    for (let j: usize = 0; j < WINDOWS; j++) {
      const from = entries + (j >> 2) * AFFINE4 + (j & 3) * 4
      const to = table + (j * ENTRIES + e) * ENTRY
      for (let i: usize = 0; i < ENTRY; i += 4) store<u32>(to + i, load<u32>(from + 4 * i))
    }
  }
}

/** `count` scalars cut into windows, RECODED bytes each. */
export function comb4_recode(out: usize, scalars: usize, count: usize): void {
  for (let i: usize = 0; i < count; i++) {
    // (k + 2^260 - 1)/2 mod n
    halve_and_add(out + i * RECODED, scalars + i * 32, 0xe1563adfe6691698, 0x87e0873ddd5f4e3f, 9, 0x8000000000000000)
    store<u64>(out + i * RECODED, 0, 32)
  }
}

/** Half of a selected entry, ten words: all entries are read. */
// @ts-ignore: decorator
@inline
function selectHalf(out: usize, entries: usize, index: v128, sign: v128): void {
  let v0 = i32x4.splat(0)
  let v1 = v0
  let v2 = v0
  let v3 = v0
  let v4 = v0
  let v5 = v0
  let v6 = v0
  let v7 = v0
  let v8 = v0
  let v9 = v0
  for (let e: usize = 0; e < ENTRIES; e++) {
    const chosen = i32x4.eq(index, i32x4.splat(<i32>e))
    const entry = entries + e * ENTRY
    v0 = v128.or(v0, v128.and(chosen, v128.load_splat<u32>(entry)))
    v1 = v128.or(v1, v128.and(chosen, v128.load_splat<u32>(entry, 4)))
    v2 = v128.or(v2, v128.and(chosen, v128.load_splat<u32>(entry, 8)))
    v3 = v128.or(v3, v128.and(chosen, v128.load_splat<u32>(entry, 12)))
    v4 = v128.or(v4, v128.and(chosen, v128.load_splat<u32>(entry, 16)))
    v5 = v128.or(v5, v128.and(chosen, v128.load_splat<u32>(entry, 20)))
    v6 = v128.or(v6, v128.and(chosen, v128.load_splat<u32>(entry, 24)))
    v7 = v128.or(v7, v128.and(chosen, v128.load_splat<u32>(entry, 28)))
    v8 = v128.or(v8, v128.and(chosen, v128.load_splat<u32>(entry, 32)))
    v9 = v128.or(v9, v128.and(chosen, v128.load_splat<u32>(entry, 36)))
  }
  v128.store(out, i16x8.sub(v128.xor(v0, sign), sign))
  v128.store(out, i16x8.sub(v128.xor(v1, sign), sign), 16)
  v128.store(out, i16x8.sub(v128.xor(v2, sign), sign), 32)
  v128.store(out, i16x8.sub(v128.xor(v3, sign), sign), 48)
  v128.store(out, i16x8.sub(v128.xor(v4, sign), sign), 64)
  v128.store(out, i16x8.sub(v128.xor(v5, sign), sign), 80)
  v128.store(out, i16x8.sub(v128.xor(v6, sign), sign), 96)
  v128.store(out, i16x8.sub(v128.xor(v7, sign), sign), 112)
  v128.store(out, i16x8.sub(v128.xor(v8, sign), sign), 128)
  v128.store(out, i16x8.sub(v128.xor(v9, sign), sign), 144)
}

/** The entries of window j that the four recoded scalars from `first` on select (the last of `count` again for what lies beyond), for each lane its own. */
function select(out: usize, table: usize, j: usize, recoded: usize, first: usize, count: usize): void {
  for (let lane: usize = 0; lane < 4; lane++) {
    store<i32>(DIGITS + 4 * lane, window_at(recoded + min<usize>(first + lane, count - 1) * RECODED, <i32>(WINDOW * j), <i32>WINDOW))
  }
  const digits = v128.load(DIGITS)
  // Digit 2w - 31: entries in falling order and negative below the middle.
  const negative = i32x4.sub(i32x4.shr_u(digits, 4), i32x4.splat(1))
  const index = v128.and(v128.xor(digits, negative), i32x4.splat(15))
  const entries = table + j * ENTRIES * ENTRY
  const none = i32x4.splat(0)
  for (let c: usize = 0; c < 2; c++) selectHalf(out + c * F4, entries + c * (ENTRY / 2), index, c == 0 ? none : negative)
}

/**
 * Products of two tables' points: first the `count` scalars of `one` by the first table, then those of `one` by the second, then those of `two` by the second,
 * each in a whole number of groups, affine. `selected`, `differences` and `prefixes` are as long as the result (affine, elements, elements).
 * @returns -1 when exceptional scalars made the results worthless, else 0.
 */
export function comb4_products(
  out: usize, first: usize, second: usize, one: usize, two: usize, count: usize, selected: usize, differences: usize, prefixes: usize,
): i32 {
  const groups = (count + 3) >> 2
  let failed: i32 = 0
  for (let j: usize = 0; j < WINDOWS; j++) {
    const to = j == 0 ? out : selected
    for (let g: usize = 0; g < groups; g++) {
      select(to + g * AFFINE4, first, j, one, 4 * g, count)
      select(to + (groups + g) * AFFINE4, second, j, one, 4 * g, count)
      select(to + (2 * groups + g) * AFFINE4, second, j, two, 4 * g, count)
    }
    if (j > 0) failed |= a4_sums(out, AFFINE4, out, AFFINE4, selected, AFFINE4, 3 * groups, differences, prefixes)
  }
  return failed
}

/** Zeroes this file's scratch. */
export function wipeComb(): void {
  memory.fill(BYTES, 0, 32)
  memory.fill(DIGITS, 0, 16)
}
