/**
 * Four scalars side by side: lane i of every vector belongs to scalar i. Ten limbs of 26 bits, each of which is also a pair of digits of 13 bits:
 * i32x4.dot_i16x8_s multiplies two digits with two others and adds, in every lane, in one instruction of every processor. Sums of up to 60 products
 * of digits fit 32 bits, so that carries wait until a whole column is summed. No branch and no address depends on a value.
 */

/** Bytes of ten limbs, and of 20 columns. */
export const LIMB_BYTES: usize = 160
export const COLUMN_BYTES: usize = 320

/** Constants in all lanes: a constant vector takes 18 bytes of code wherever it is used, a load five. */
const CONSTANTS: usize = memory.data<u32>([
  0x3ffffff, 0x3ffffff, 0x3ffffff, 0x3ffffff, 0x1fff, 0x1fff, 0x1fff, 0x1fff, 0x1fff0000, 0x1fff0000, 0x1fff0000, 0x1fff0000, 0x0c0d0e0f, 0x08090a0b,
  0x04050607, 0x00010203, 0x3c9bebf, 0x3c9bebf, 0x3c9bebf, 0x3c9bebf, 0x3685ccb, 0x3685ccb, 0x3685ccb, 0x3685ccb, 0x1fc4402, 0x1fc4402, 0x1fc4402,
  0x1fc4402, 0x6542dd, 0x6542dd, 0x6542dd, 0x6542dd, 0x1455123, 0x1455123, 0x1455123, 0x1455123,
], 16)
/** 26 ones in each lane. */
const LIMB: usize = CONSTANTS
/** The lower digit of a limb, and the upper one of a pair. */
export const LOW: usize = CONSTANTS + 16
export const HIGH: usize = CONSTANTS + 32
/** For a swizzle that reverses 16 bytes. */
const REVERSAL: usize = CONSTANTS + 48
/** The lower five limbs of 2^256 - n; the others are 0. */
const REST: usize = CONSTANTS + 64

/** 2^256 mod n in digits, as pairs (digit k, digit k-1) for k = -8..19. */
const FOLD: usize = memory.data<u16>([
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0x1ebf, 0, 0x1e4d, 0x1ebf, 0x1ccb, 0x1e4d, 0x1b42, 0x1ccb, 0x402, 0x1b42, 0xfe2, 0x402,
  0x2dd, 0xfe2, 0x32a, 0x2dd, 0x1123, 0x32a, 0xa2a, 0x1123, 0, 0xa2a,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
])
/** The pair of k = 0. */
const FOLD_0: usize = FOLD + 32
const LIMBS: usize = memory.data(160, 16)

// @ts-ignore: decorator
@inline
function reversed(bytes: v128): v128 {
  return i8x16.swizzle(bytes, v128.load(REVERSAL))
}

// @ts-ignore: decorator
@inline
function low32(a: v128, b: v128): v128 {
  return v128.shuffle<u32>(a, b, 0, 4, 1, 5)
}

// @ts-ignore: decorator
@inline
function high32(a: v128, b: v128): v128 {
  return v128.shuffle<u32>(a, b, 2, 6, 3, 7)
}

// @ts-ignore: decorator
@inline
function low64(a: v128, b: v128): v128 {
  return v128.shuffle<u64>(a, b, 0, 2)
}

// @ts-ignore: decorator
@inline
function high64(a: v128, b: v128): v128 {
  return v128.shuffle<u64>(a, b, 1, 3)
}

// @ts-ignore: decorator
@inline
function add(a: v128, b: v128): v128 {
  return i32x4.add(a, b)
}

/** The 26 bits that start at bit `shift` of two words. */
// @ts-ignore: decorator
@inline
function across(low: v128, high: v128, shift: i32): v128 {
  return v128.and(v128.or(i32x4.shr_u(low, shift), i32x4.shl(high, 32 - shift)), v128.load(LIMB))
}

/** Reads four scalars of 32 bytes, `stride` apart, into ten limbs. */
export function gather(limbs: usize, at: usize, stride: usize, bigEndian: bool): void {
  let a = v128.load(at)
  let e = v128.load(at, 16)
  at += stride
  let b = v128.load(at)
  let f = v128.load(at, 16)
  at += stride
  let c = v128.load(at)
  let g = v128.load(at, 16)
  at += stride
  let d = v128.load(at)
  let h = v128.load(at, 16)
  if (bigEndian) {
    const a1 = a
    a = reversed(e)
    e = reversed(a1)
    const b1 = b
    b = reversed(f)
    f = reversed(b1)
    const c1 = c
    c = reversed(g)
    g = reversed(c1)
    const d1 = d
    d = reversed(h)
    h = reversed(d1)
  }
  let x = low32(a, b)
  let y = low32(c, d)
  const w0 = low64(x, y)
  const w1 = high64(x, y)
  x = high32(a, b)
  y = high32(c, d)
  const w2 = low64(x, y)
  const w3 = high64(x, y)
  x = low32(e, f)
  y = low32(g, h)
  const w4 = low64(x, y)
  const w5 = high64(x, y)
  x = high32(e, f)
  y = high32(g, h)
  const w6 = low64(x, y)
  const w7 = high64(x, y)
  const mask = v128.load(LIMB)
  v128.store(limbs, v128.and(w0, mask))
  v128.store(limbs, across(w0, w1, 26), 16)
  v128.store(limbs, across(w1, w2, 20), 32)
  v128.store(limbs, across(w2, w3, 14), 48)
  v128.store(limbs, across(w3, w4, 8), 64)
  v128.store(limbs, v128.and(i32x4.shr_u(w4, 2), mask), 80)
  v128.store(limbs, across(w4, w5, 28), 96)
  v128.store(limbs, across(w5, w6, 22), 112)
  v128.store(limbs, across(w6, w7, 16), 128)
  v128.store(limbs, i32x4.shr_u(w7, 10), 144)
}

/** Reads four 128-bit big-endian values, `stride` apart, into five limbs. */
export function gatherHalves(limbs: usize, at: usize, stride: usize): void {
  const a = reversed(v128.load(at))
  const b = reversed(v128.load(at + stride))
  const c = reversed(v128.load(at + stride * 2))
  const d = reversed(v128.load(at + stride * 3))
  let x = low32(a, b)
  let y = low32(c, d)
  const w0 = low64(x, y)
  const w1 = high64(x, y)
  x = high32(a, b)
  y = high32(c, d)
  const w2 = low64(x, y)
  const w3 = high64(x, y)
  v128.store(limbs, v128.and(w0, v128.load(LIMB)))
  v128.store(limbs, across(w0, w1, 26), 16)
  v128.store(limbs, across(w1, w2, 20), 32)
  v128.store(limbs, across(w2, w3, 14), 48)
  v128.store(limbs, i32x4.shr_u(w3, 8), 64)
}

/** Both digits of a limb, as two numbers of 16 bits in each lane. */
// @ts-ignore: decorator
@inline
export function pair(limb: v128): v128 {
  return v128.or(v128.and(limb, v128.load(LOW)), v128.and(i32x4.shl(limb, 3), v128.load(HIGH)))
}

/** Writes four values in [0, 2n), given as ten signed limbs below 2^30, as canonical scalars `stride` apart. */
export function finishLimbs(out: usize, stride: usize, limbs: usize, bigEndian: bool): void {
  let l0 = v128.load(limbs)
  let l1 = v128.load(limbs, 16)
  let l2 = v128.load(limbs, 32)
  let l3 = v128.load(limbs, 48)
  let l4 = v128.load(limbs, 64)
  let l5 = v128.load(limbs, 80)
  let l6 = v128.load(limbs, 96)
  let l7 = v128.load(limbs, 112)
  let l8 = v128.load(limbs, 128)
  let l9 = v128.load(limbs, 144)
  // a value is n or more exactly when value + 2^256 - n reaches 2^256
  const c0 = v128.load(REST)
  const c1 = v128.load(REST, 16)
  const c2 = v128.load(REST, 32)
  const c3 = v128.load(REST, 48)
  const c4 = v128.load(REST, 64)
  let k = i32x4.shr_s(add(l0, c0), 26)
  k = i32x4.shr_s(add(add(l1, c1), k), 26)
  k = i32x4.shr_s(add(add(l2, c2), k), 26)
  k = i32x4.shr_s(add(add(l3, c3), k), 26)
  k = i32x4.shr_s(add(add(l4, c4), k), 26)
  k = i32x4.shr_s(add(l5, k), 26)
  k = i32x4.shr_s(add(l6, k), 26)
  k = i32x4.shr_s(add(l7, k), 26)
  k = i32x4.shr_s(add(l8, k), 26)
  k = i32x4.neg(i32x4.shr_s(add(l9, k), 22))
  const mask = v128.load(LIMB)
  l0 = add(l0, v128.and(c0, k))
  l1 = add(add(l1, v128.and(c1, k)), i32x4.shr_s(l0, 26))
  l0 = v128.and(l0, mask)
  l2 = add(add(l2, v128.and(c2, k)), i32x4.shr_s(l1, 26))
  l1 = v128.and(l1, mask)
  l3 = add(add(l3, v128.and(c3, k)), i32x4.shr_s(l2, 26))
  l2 = v128.and(l2, mask)
  l4 = add(add(l4, v128.and(c4, k)), i32x4.shr_s(l3, 26))
  l3 = v128.and(l3, mask)
  l5 = add(l5, i32x4.shr_s(l4, 26))
  l4 = v128.and(l4, mask)
  l6 = add(l6, i32x4.shr_s(l5, 26))
  l5 = v128.and(l5, mask)
  l7 = add(l7, i32x4.shr_s(l6, 26))
  l6 = v128.and(l6, mask)
  l8 = add(l8, i32x4.shr_s(l7, 26))
  l7 = v128.and(l7, mask)
  l9 = add(l9, i32x4.shr_s(l8, 26))
  l8 = v128.and(l8, mask)
  const w0 = v128.or(l0, i32x4.shl(l1, 26))
  const w1 = v128.or(i32x4.shr_u(l1, 6), i32x4.shl(l2, 20))
  const w2 = v128.or(i32x4.shr_u(l2, 12), i32x4.shl(l3, 14))
  const w3 = v128.or(i32x4.shr_u(l3, 18), i32x4.shl(l4, 8))
  const w4 = v128.or(i32x4.shr_u(l4, 24), v128.or(i32x4.shl(l5, 2), i32x4.shl(l6, 28)))
  const w5 = v128.or(i32x4.shr_u(l6, 4), i32x4.shl(l7, 22))
  const w6 = v128.or(i32x4.shr_u(l7, 10), i32x4.shl(l8, 16))
  const w7 = v128.or(i32x4.shr_u(l8, 16), i32x4.shl(l9, 10))
  let x = low32(w0, w1)
  let y = low32(w2, w3)
  let a = low64(x, y)
  let b = high64(x, y)
  x = high32(w0, w1)
  y = high32(w2, w3)
  let c = low64(x, y)
  let d = high64(x, y)
  x = low32(w4, w5)
  y = low32(w6, w7)
  let e = low64(x, y)
  let f = high64(x, y)
  x = high32(w4, w5)
  y = high32(w6, w7)
  let g = low64(x, y)
  let h = high64(x, y)
  if (bigEndian) {
    const a1 = a
    a = reversed(e)
    e = reversed(a1)
    const b1 = b
    b = reversed(f)
    f = reversed(b1)
    const c1 = c
    c = reversed(g)
    g = reversed(c1)
    const d1 = d
    d = reversed(h)
    h = reversed(d1)
  }
  v128.store(out, a)
  v128.store(out, e, 16)
  out += stride
  v128.store(out, b)
  v128.store(out, f, 16)
  out += stride
  v128.store(out, c)
  v128.store(out, g, 16)
  out += stride
  v128.store(out, d)
  v128.store(out, h, 16)
}

/** Splits ten limbs into 20 columns of one digit each. */
export function columnsOf(columns: usize, limbs: usize): void {
  for (let i = 0; i < 10; i++) {
    const limb = v128.load(limbs + i * 16)
    v128.store(columns + i * 32, v128.and(limb, v128.load(LOW)))
    v128.store(columns + i * 32, i32x4.shr_u(limb, 13), 16)
  }
}

/** Writes four values, given as 20 columns of weight 2^13k below 2^32 - 2^19, mod n as canonical scalars `stride` apart. Overwrites the columns. */
export function finishColumns(out: usize, stride: usize, columns: usize, bigEndian: bool): void {
  const mask = v128.load(LOW)
  let carry = i32x4.splat(0)
  for (let k = 0; k < 304; k += 16) {
    const digit = add(v128.load(columns + k), carry)
    carry = i32x4.shr_u(digit, 13)
    v128.store(columns + k, v128.and(digit, mask))
  }
  // at most 23 bits are above 2^256
  const top = add(v128.load(columns, 304), carry)
  v128.store(columns, v128.and(top, i32x4.splat(0x1ff)), 304)
  const above = pair(i32x4.shr_u(top, 9))
  carry = i32x4.splat(0)
  for (let k = 0; k < 11; k++) {
    const at = columns + k * 16
    const digit = add(add(v128.load(at), carry), i32x4.dot_i16x8_s(above, v128.load32_splat(FOLD_0 + k * 4)))
    carry = i32x4.shr_u(digit, 13)
    v128.store(at, v128.and(digit, mask))
  }
  v128.store(columns, add(v128.load(columns, 176), carry), 176)
  for (let i = 0; i < 10; i++) {
    const at = columns + i * 32
    v128.store(LIMBS + i * 16, add(v128.load(at), i32x4.shl(v128.load(at, 16), 13)))
  }
  finishLimbs(out, stride, LIMBS, bigEndian)
}

/** Adds 2^256 times the five limbs (128 bits) to the columns, mod n. */
export function addHalves(columns: usize, limbs: usize): void {
  const x0 = pair(v128.load(limbs))
  const x1 = pair(v128.load(limbs, 16))
  const x2 = pair(v128.load(limbs, 32))
  const x3 = pair(v128.load(limbs, 48))
  const x4 = pair(v128.load(limbs, 64))
  for (let k = 0; k < 20; k++) {
    const at = columns + k * 16
    const by = FOLD + k * 4
    let sum = add(v128.load(at), i32x4.dot_i16x8_s(x4, v128.load32_splat(by)))
    sum = add(sum, i32x4.dot_i16x8_s(x3, v128.load32_splat(by, 8)))
    sum = add(sum, i32x4.dot_i16x8_s(x2, v128.load32_splat(by, 16)))
    sum = add(sum, i32x4.dot_i16x8_s(x1, v128.load32_splat(by, 24)))
    v128.store(at, add(sum, i32x4.dot_i16x8_s(x0, v128.load32_splat(by, 32))))
  }
}

/** One word of a comparison, from the lowest word upwards: v > n, or v == n and `below`. */
// @ts-ignore: decorator
@inline
function atLeast(v: v128, n: v128, below: v128): v128 {
  return v128.andnot(i32x4.ge_u(v, n), v128.andnot(i32x4.eq(v, n), below))
}

/** -1 where a + b did overflow, or where the carry that came in (-1 or 0) did make the sum 0. */
// @ts-ignore: decorator
@inline
function carryOf(sumBefore: v128, b: v128, sum: v128, carry: v128): v128 {
  return v128.or(v128.not(i32x4.ge_u(sumBefore, b)), v128.and(i32x4.eq(sum, i32x4.splat(0)), carry))
}

/** Four big-endian values of 32 bytes, one after the other, become canonical scalars, in place. Below 2n, so n is subtracted at most once. */
export function reduceFour(at: usize): void {
  let a = reversed(v128.load(at))
  let b = reversed(v128.load(at, 32))
  let c = reversed(v128.load(at, 64))
  let d = reversed(v128.load(at, 96))
  let x = low32(a, b)
  let y = low32(c, d)
  let w4 = low64(x, y)
  let w5 = high64(x, y)
  x = high32(a, b)
  y = high32(c, d)
  let w6 = low64(x, y)
  let w7 = high64(x, y)
  a = reversed(v128.load(at, 16))
  b = reversed(v128.load(at, 48))
  c = reversed(v128.load(at, 80))
  d = reversed(v128.load(at, 112))
  x = low32(a, b)
  y = low32(c, d)
  let w0 = low64(x, y)
  let w1 = high64(x, y)
  x = high32(a, b)
  y = high32(c, d)
  let w2 = low64(x, y)
  let w3 = high64(x, y)
  let ge = i32x4.ge_u(w0, i32x4.splat(0xd0364141))
  ge = atLeast(w1, i32x4.splat(0xbfd25e8c), ge)
  ge = atLeast(w2, i32x4.splat(0xaf48a03b), ge)
  ge = atLeast(w3, i32x4.splat(0xbaaedce6), ge)
  ge = atLeast(w4, i32x4.splat(0xfffffffe), ge)
  ge = v128.and(ge, i32x4.eq(v128.and(v128.and(w5, w6), w7), i32x4.splat(-1)))
  // value - n = value + 2^256 - n without what is carried out of 2^256, and the upper three words are 0 then
  let by = v128.and(i32x4.splat(0x2fc9bebf), ge)
  w0 = i32x4.add(w0, by)
  let carry = v128.not(i32x4.ge_u(w0, by))
  by = v128.and(i32x4.splat(0x402da173), ge)
  x = i32x4.add(w1, by)
  w1 = i32x4.sub(x, carry)
  carry = carryOf(x, by, w1, carry)
  by = v128.and(i32x4.splat(0x50b75fc4), ge)
  x = i32x4.add(w2, by)
  w2 = i32x4.sub(x, carry)
  carry = carryOf(x, by, w2, carry)
  by = v128.and(i32x4.splat(0x45512319), ge)
  x = i32x4.add(w3, by)
  w3 = i32x4.sub(x, carry)
  carry = carryOf(x, by, w3, carry)
  w4 = i32x4.sub(i32x4.sub(w4, ge), carry)
  w5 = v128.andnot(w5, ge)
  w6 = v128.andnot(w6, ge)
  w7 = v128.andnot(w7, ge)
  x = low32(w0, w1)
  y = low32(w2, w3)
  v128.store(at, low64(x, y))
  v128.store(at, high64(x, y), 32)
  x = high32(w0, w1)
  y = high32(w2, w3)
  v128.store(at, low64(x, y), 64)
  v128.store(at, high64(x, y), 96)
  x = low32(w4, w5)
  y = low32(w6, w7)
  v128.store(at, low64(x, y), 16)
  v128.store(at, high64(x, y), 48)
  x = high32(w4, w5)
  y = high32(w6, w7)
  v128.store(at, low64(x, y), 80)
  v128.store(at, high64(x, y), 112)
}

/** Wipes what was computed on the way. */
export function wipeQuads(): void {
  memory.fill(LIMBS, 0, LIMB_BYTES)
}
