/**
 * Integers of 256 bits mod p and mod n for the verifier: four little-endian words of 64 bits. Schoolbook products of 32-bit words, folded by
 * 2^256 = 2^256 - m (mod m); inverses by the almost inverse (Kaliski 1995). Variable time: all of it is public.
 */

/** A modulus: m (32 bytes) | 2^-511 mod m (32 bytes) | 2^256 - m in five words of 32 bits. */
export const MOD_P = memory.data<u32>([
  0xfffffc2f, 0xfffffffe, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff,
  0x14e489f2, 0x5923617c, 0x54fe7773, 0x6c842a66, 0x180a518f, 0x2c0dc27a, 0x3ee28c41, 0x6b847a89,
  977, 1, 0, 0, 0,
], 16)
export const MOD_N = memory.data<u32>([
  0xd0364141, 0xbfd25e8c, 0xaf48a03b, 0xbaaedce6, 0xfffffffe, 0xffffffff, 0xffffffff, 0xffffffff,
  0x3840811d, 0x276629ab, 0x84cc1ec3, 0xf3115e7f, 0x7db1f960, 0x7db0de6b, 0x55105147, 0x5b6795d8,
  0x2fc9bebf, 0x402da173, 0x50b75fc4, 0x45512319, 1,
], 16)

const WIDE = memory.data(17 * 4 + 12, 16)
const HIGH = memory.data(32, 16)

/** out = the integer of 32 big-endian bytes. */
export function integer_from_be(out: usize, bytes: usize): void {
  for (let i: usize = 0; i < 32; i += 8) store<u64>(out + i, bswap<u64>(load<u64>(bytes + 24 - i)))
}

export function integer_copy(out: usize, a: usize): void {
  v128.store(out, v128.load(a))
  v128.store(out, v128.load(a, 16), 16)
}

export function integer_is_zero(a: usize): bool {
  return (load<u64>(a) | load<u64>(a, 8) | load<u64>(a, 16) | load<u64>(a, 24)) == 0
}

/** Whether a >= b. */
export function integer_not_below(a: usize, b: usize): bool {
  for (let i: isize = 24; i >= 0; i -= 8) {
    const x = load<u64>(a + i)
    const y = load<u64>(b + i)
    if (x != y) return x > y
  }
  return true
}

/** out = a - b, wrapping. */
export function integer_subtract(out: usize, a: usize, b: usize): void {
  let borrow: u64 = 0
  for (let i: usize = 0; i < 32; i += 8) {
    const x = load<u64>(a + i)
    const y = load<u64>(b + i)
    const t = x - y
    store<u64>(out + i, t - borrow)
    borrow = u64(x < y) | u64(t < borrow)
  }
}

/** out = a - b mod m, both below m. */
export function mod_subtract(out: usize, a: usize, b: usize, m: usize): void {
  const wraps = !integer_not_below(a, b)
  integer_subtract(out, a, b)
  if (!wraps) return
  let carry: u64 = 0
  for (let i: usize = 0; i < 32; i += 8) {
    const x = load<u64>(out + i)
    const t = x + load<u64>(m + i)
    const sum = t + carry
    carry = u64(t < x) | u64(sum < t)
    store<u64>(out + i, sum)
  }
}

/** WIDE += 2^(32·at)·word·b, b of `count` words. */
function accumulate(at: usize, word: u64, b: usize, count: usize): void {
  let carry: u64 = 0
  let p = WIDE + 4 * at
  for (let j: usize = 0; j < count; j++, p += 4) {
    carry += (load<u32>(p) as u64) + word * (load<u32>(b + 4 * j) as u64)
    store<u32>(p, carry as u32)
    carry >>= 32
  }
  for (; carry != 0; p += 4) {
    carry += load<u32>(p) as u64
    store<u32>(p, carry as u32)
    carry >>= 32
  }
}

function multiply(a: usize, b: usize): void {
  memory.fill(WIDE, 0, 17 * 4)
  for (let i: usize = 0; i < 8; i++) accumulate(i, load<u32>(a + 4 * i) as u64, b, 8)
}

/** out = WIDE mod m. */
function reduce(out: usize, m: usize): void {
  while (!integer_is_zero(WIDE + 32)) {
    integer_copy(HIGH, WIDE + 32)
    memory.fill(WIDE + 32, 0, 36)
    for (let i: usize = 0; i < 8; i++) {
      const word = load<u32>(HIGH + 4 * i) as u64
      if (word != 0) accumulate(i, word, m + 64, 5)
    }
  }
  if (integer_not_below(WIDE, m)) integer_subtract(out, WIDE, m)
  else integer_copy(out, WIDE)
}

/** out = a·b mod m. */
export function mod_multiply(out: usize, a: usize, b: usize, m: usize): void {
  multiply(a, b)
  reduce(out, m)
}

/** out = a mod m. */
export function mod_reduce(out: usize, a: usize, m: usize): void {
  if (integer_not_below(a, m)) integer_subtract(out, a, m)
  else integer_copy(out, a)
}

/** out = a·b / 2^384, rounded to the nearest: the upper words are 0. */
export function multiply_shift(out: usize, a: usize, b: usize): void {
  multiply(a, b)
  accumulate(11, 0x80000000, MOD_P + 68, 1) // 2^383
  store<u64>(out, load<u64>(WIDE, 48))
  store<u64>(out, load<u64>(WIDE, 56), 8)
  store<u64>(out, 0, 16)
  store<u64>(out, 0, 24)
}

/**
 * out = 1/a mod m, 0 to 0; a < m, m odd and prime. Kept: ±a·s = 2^k·v, ∓a·r = 2^k·u and u·s + v·r = m with u odd, so that r and s stay below m. A shift
 * of v shifts r instead of halving s; at v = 1 the inverse is ±s/2^k, and s·2^(511-k) < 2^512 is multiplied by 2^-511.
 */
export function integer_inverse(out: usize, a: usize, m: usize): void {
  if (integer_is_zero(a)) {
    memory.fill(out, 0, 32)
    return
  }
  let u0 = load<u64>(m)
  let u1 = load<u64>(m, 8)
  let u2 = load<u64>(m, 16)
  let u3 = load<u64>(m, 24)
  let v0 = load<u64>(a)
  let v1 = load<u64>(a, 8)
  let v2 = load<u64>(a, 16)
  let v3 = load<u64>(a, 24)
  let r0: u64 = 0
  let r1: u64 = 0
  let r2: u64 = 0
  let r3: u64 = 0
  let s0: u64 = 1
  let s1: u64 = 0
  let s2: u64 = 0
  let s3: u64 = 0
  let k: u64 = 0
  let negative = false
  let t: u64 = 0
  let carry: u64 = 0
  while (true) {
    while (v0 == 0) {
      v0 = v1
      v1 = v2
      v2 = v3
      v3 = 0
      r3 = r2
      r2 = r1
      r1 = r0
      r0 = 0
      k += 64
    }
    const shift = ctz(v0)
    if (shift != 0) {
      const rest = 64 - shift
      v0 = (v0 >> shift) | (v1 << rest)
      v1 = (v1 >> shift) | (v2 << rest)
      v2 = (v2 >> shift) | (v3 << rest)
      v3 >>= shift
      r3 = (r3 << shift) | (r2 >> rest)
      r2 = (r2 << shift) | (r1 >> rest)
      r1 = (r1 << shift) | (r0 >> rest)
      r0 <<= shift
      k += shift
    }
    if (v0 == 1 && (v1 | v2 | v3) == 0) break
    if (u3 > v3 || (u3 == v3 && (u2 > v2 || (u2 == v2 && (u1 > v1 || (u1 == v1 && u0 > v0)))))) {
      t = u0; u0 = v0; v0 = t
      t = u1; u1 = v1; v1 = t
      t = u2; u2 = v2; v2 = t
      t = u3; u3 = v3; v3 = t
      t = r0; r0 = s0; s0 = t
      t = r1; r1 = s1; s1 = t
      t = r2; r2 = s2; s2 = t
      t = r3; r3 = s3; s3 = t
      negative = !negative
    }
    // v -= u
    carry = u64(v0 < u0)
    v0 -= u0
    t = v1 - u1
    const borrow1 = u64(v1 < u1) | u64(t < carry)
    v1 = t - carry
    t = v2 - u2
    const borrow2 = u64(v2 < u2) | u64(t < borrow1)
    v2 = t - borrow1
    v3 = v3 - u3 - borrow2
    // s += r
    s0 += r0
    carry = u64(s0 < r0)
    t = s1 + r1
    s1 = t + carry
    carry = u64(t < r1) | u64(s1 < t)
    t = s2 + r2
    s2 = t + carry
    carry = u64(t < r2) | u64(s2 < t)
    s3 = s3 + r3 + carry
  }
  memory.fill(WIDE, 0, 17 * 4)
  const left = 511 - k
  const bits = left & 63
  const at = WIDE + ((left >> 6) as usize) * 8
  // s < 2^(k + 1), so words that would fall beyond the end are zeros
  store<u64>(at, s0 << bits)
  const past = WIDE + 64
  if (bits == 0) {
    if (at + 8 < past) store<u64>(at, s1, 8)
    if (at + 16 < past) store<u64>(at, s2, 16)
    if (at + 24 < past) store<u64>(at, s3, 24)
  } else {
    const rest = 64 - bits
    if (at + 8 < past) store<u64>(at, (s1 << bits) | (s0 >> rest), 8)
    if (at + 16 < past) store<u64>(at, (s2 << bits) | (s1 >> rest), 16)
    if (at + 24 < past) store<u64>(at, (s3 << bits) | (s2 >> rest), 24)
    if (at + 32 < past) store<u64>(at, s3 >> rest, 32)
  }
  reduce(out, m)
  mod_multiply(out, out, m + 32, m)
  if (negative) integer_subtract(out, m, out)
}
