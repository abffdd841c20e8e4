/**
 * Reading a table of affine points at a secret index: every entry is read, a mask keeps one.
 */

/**
 * out = the multiple 2·digit - (2·entries - 1) of a point, for a digit in [0, 2·entries): entry e of `table` (packed affine points; `entries` is a
 * power of 2) holds the multiple 2e + 1, and y is negated for a digit below the middle.
 */
export function select_odd(out: usize, table: usize, digit: i32, entries: i32): void {
  // Digits below `entries` are negative: -1 for the highest of them, entry 0.
  const negative = (digit - entries) >> 31
  const index = i32x4.splat((digit ^ negative) & (entries - 1))
  const one = i32x4.splat(1)
  let at = i32x4.splat(0)
  let v0 = i32x4.splat(0)
  let v1 = i32x4.splat(0)
  let v2 = i32x4.splat(0)
  let v3 = i32x4.splat(0)
  let v4 = i32x4.splat(0)
  for (let e = 0; e < entries; e++) {
    const mask = i32x4.eq(at, index)
    v0 = v128.or(v0, v128.and(v128.load(table), mask))
    v1 = v128.or(v1, v128.and(v128.load(table, 16), mask))
    v2 = v128.or(v2, v128.and(v128.load(table, 32), mask))
    v3 = v128.or(v3, v128.and(v128.load(table, 48), mask))
    v4 = v128.or(v4, v128.and(v128.load(table, 64), mask))
    at = i32x4.add(at, one)
    table += 80
  }
  // y, from byte 40 on, negated limb by limb
  const sign = i32x4.splat(negative)
  const half = v128.and(sign, i32x4(0, 0, -1, -1))
  v128.store(out, v0)
  v128.store(out, v1, 16)
  v128.store(out, i32x4.sub(v128.xor(v2, half), half), 32)
  v128.store(out, i32x4.sub(v128.xor(v3, sign), sign), 48)
  v128.store(out, i32x4.sub(v128.xor(v4, sign), sign), 64)
}
