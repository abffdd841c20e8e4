/**
 * Reduction mod n, the order of secp256k1: n = 2^256 - c with c below 2^129. Nine limbs of 29 bits; products are collected in columns of 64 bits
 * (weight 2^29i) and reduced once. No branch and no address depends on a value.
 */

/** Mask of a limb. */
export const M29: i64 = 0x1fffffff

/** Columns that `settle` takes: 522 bits, room for a sum of 1024 products of scalars. */
export const COLUMNS: i32 = 18
/** Bytes of these columns. */
export const COLUMN_BYTES: usize = 144

// limbs of c
const C0: i64 = 0xfc9bebf
const C1: i64 = 0x16d0b99
const C2: i64 = 0xdd7f110
const C3: i64 = 0x24632a1
const C4: i64 = 0x1455
// limbs of 32c = 2^261 mod n
const F0: i64 = 0x1937d7e0
const F1: i64 = 0xda1732f
const F2: i64 = 0x1afe2201
const F3: i64 = 0x8c6542d
const F4: i64 = 0x28aa2

/** Limbs of n, for differences that must not become negative. */
export const N0: i64 = 0x10364141
export const N1: i64 = 0x1e92f466
export const N2: i64 = 0x12280eef
export const N3: i64 = 0x1db9cd5e
export const N4: i64 = 0x1fffebaa
export const N5: i64 = 0x1fffffff
export const N8: i64 = 0xffffff

/** Limb i (a constant) of 32 little-endian bytes. */
// @ts-ignore: decorator
@inline
export function limb(at: usize, i: i32): i64 {
  const word = i * 29 >> 6
  const shift = i * 29 & 63
  let value = load<u64>(at + word * 8) >> shift
  if (shift > 35 && word < 3) value |= load<u64>(at + word * 8 + 8) << (64 - shift)
  return i == 8 ? <i64>value : <i64>(value & M29)
}

/** Writes the value of nine limbs (signed, not carried) in [0, 2n) as a canonical scalar; 1 when it was n or more, else 0. Constant time. */
export function finish(out: usize, v0: i64, v1: i64, v2: i64, v3: i64, v4: i64, v5: i64, v6: i64, v7: i64, v8: i64): i64 {
  // value >= n exactly when value + c reaches 2^256
  let k = (v0 + C0) >> 29
  k = (v1 + C1 + k) >> 29
  k = (v2 + C2 + k) >> 29
  k = (v3 + C3 + k) >> 29
  k = (v4 + C4 + k) >> 29
  k = (v5 + k) >> 29
  k = (v6 + k) >> 29
  k = (v7 + k) >> 29
  const above = (v8 + k) >> 24
  const mask = -above
  v0 += C0 & mask
  v1 += (C1 & mask) + (v0 >> 29)
  v2 += (C2 & mask) + (v1 >> 29)
  v3 += (C3 & mask) + (v2 >> 29)
  v4 += (C4 & mask) + (v3 >> 29)
  v5 += v4 >> 29
  v6 += v5 >> 29
  v7 += v6 >> 29
  v8 += v7 >> 29
  v2 &= M29
  v4 &= M29
  v6 &= M29
  store<u64>(out, (v0 & M29) | ((v1 & M29) << 29) | (v2 << 58))
  store<u64>(out, (v2 >> 6) | ((v3 & M29) << 23) | (v4 << 52), 8)
  store<u64>(out, (v4 >> 12) | ((v5 & M29) << 17) | (v6 << 46), 16)
  store<u64>(out, (v6 >> 18) | ((v7 & M29) << 11) | (v8 << 40), 24)
  return above
}

/** Adds value·2^bit to the columns; value below 2^34. */
// @ts-ignore: decorator
@inline
export function deposit(columns: usize, bit: i32, value: u64): void {
  const at = columns + bit / 29 * 8
  store<u64>(at, load<u64>(at) + (value << (bit % 29)))
}

/** Writes 18 columns (each below 2^63, together below 2^522) mod n as a canonical scalar. Constant time. */
export function settle(out: usize, columns: usize): void {
  let t0 = load<u64>(columns)
  let t1 = load<u64>(columns, 8) + (t0 >> 29)
  let t2 = load<u64>(columns, 16) + (t1 >> 29)
  let t3 = load<u64>(columns, 24) + (t2 >> 29)
  let t4 = load<u64>(columns, 32) + (t3 >> 29)
  let t5 = load<u64>(columns, 40) + (t4 >> 29)
  let t6 = load<u64>(columns, 48) + (t5 >> 29)
  let t7 = load<u64>(columns, 56) + (t6 >> 29)
  let t8 = load<u64>(columns, 64) + (t7 >> 29)
  let t9 = load<u64>(columns, 72) + (t8 >> 29)
  let t10 = load<u64>(columns, 80) + (t9 >> 29)
  let t11 = load<u64>(columns, 88) + (t10 >> 29)
  let t12 = load<u64>(columns, 96) + (t11 >> 29)
  let t13 = load<u64>(columns, 104) + (t12 >> 29)
  let t14 = load<u64>(columns, 112) + (t13 >> 29)
  let t15 = load<u64>(columns, 120) + (t14 >> 29)
  let t16 = load<u64>(columns, 128) + (t15 >> 29)
  const t17 = load<u64>(columns, 136) + (t16 >> 29)
  t0 &= M29
  t1 &= M29
  t2 &= M29
  t3 &= M29
  t4 &= M29
  t5 &= M29
  t6 &= M29
  t7 &= M29
  t8 &= M29
  t9 &= M29
  t10 &= M29
  t11 &= M29
  t12 &= M29
  t13 &= M29
  t14 &= M29
  t15 &= M29
  t16 &= M29
  // 522 bits to 386: the upper nine limbs times 2^261 mod n
  let u0 = t0 + t9 * F0
  let u1 = t1 + t9 * F1 + t10 * F0 + (u0 >> 29)
  let u2 = t2 + t9 * F2 + t10 * F1 + t11 * F0 + (u1 >> 29)
  let u3 = t3 + t9 * F3 + t10 * F2 + t11 * F1 + t12 * F0 + (u2 >> 29)
  let u4 = t4 + t9 * F4 + t10 * F3 + t11 * F2 + t12 * F1 + t13 * F0 + (u3 >> 29)
  let u5 = t5 + t10 * F4 + t11 * F3 + t12 * F2 + t13 * F1 + t14 * F0 + (u4 >> 29)
  let u6 = t6 + t11 * F4 + t12 * F3 + t13 * F2 + t14 * F1 + t15 * F0 + (u5 >> 29)
  let u7 = t7 + t12 * F4 + t13 * F3 + t14 * F2 + t15 * F1 + t16 * F0 + (u6 >> 29)
  let u8 = t8 + t13 * F4 + t14 * F3 + t15 * F2 + t16 * F1 + t17 * F0 + (u7 >> 29)
  let u9 = t14 * F4 + t15 * F3 + t16 * F2 + t17 * F1 + (u8 >> 29)
  let u10 = t15 * F4 + t16 * F3 + t17 * F2 + (u9 >> 29)
  let u11 = t16 * F4 + t17 * F3 + (u10 >> 29)
  let u12 = t17 * F4 + (u11 >> 29)
  const u13 = u12 >> 29
  u9 &= M29
  u10 &= M29
  u11 &= M29
  u12 &= M29
  // to less than 2^262: five limbs are above 2^261
  u0 = (u0 & M29) + u9 * F0
  u1 = (u1 & M29) + u9 * F1 + u10 * F0 + (u0 >> 29)
  u2 = (u2 & M29) + u9 * F2 + u10 * F1 + u11 * F0 + (u1 >> 29)
  u3 = (u3 & M29) + u9 * F3 + u10 * F2 + u11 * F1 + u12 * F0 + (u2 >> 29)
  u4 = (u4 & M29) + u9 * F4 + u10 * F3 + u11 * F2 + u12 * F1 + u13 * F0 + (u3 >> 29)
  u5 = (u5 & M29) + u10 * F4 + u11 * F3 + u12 * F2 + u13 * F1 + (u4 >> 29)
  u6 = (u6 & M29) + u11 * F4 + u12 * F3 + u13 * F2 + (u5 >> 29)
  u7 = (u7 & M29) + u12 * F4 + u13 * F3 + (u6 >> 29)
  u8 = (u8 & M29) + u13 * F4 + (u7 >> 29)
  // below 2^256 + 2^135: what is left above 2^256, times c
  const q = u8 >> 24
  finish(
    out,
    (u0 & M29) + q * C0,
    (u1 & M29) + q * C1,
    (u2 & M29) + q * C2,
    (u3 & M29) + q * C3,
    (u4 & M29) + q * C4,
    u5 & M29,
    u6 & M29,
    u7 & M29,
    u8 & 0xffffff,
  )
}
