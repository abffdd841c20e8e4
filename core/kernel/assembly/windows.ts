/**
 * Scalars cut into windows of signed odd digits, so that no digit is zero and every scalar takes the same additions. For digits d_j = 2·w_j - (2^w -
 * 1) with w_j in [0, 2^w): Σ d_j·2^(wj) = 2·v - (2^l - 1) where v = Σ w_j·2^(wj) and l is the length of all windows together. Constant time: scalars
 * are secret.
 */

/** The order of the curve, words of 64 bits from the lowest. */
export const N0: u64 = 0xbfd25e8cd0364141
export const N1: u64 = 0xbaaedce6af48a03b
export const N2: u64 = 0xfffffffffffffffe
export const N3: u64 = 0xffffffffffffffff

/** The carry of a + b + carry. */
// @ts-ignore: decorator
@inline
export function carry_of(a: u64, b: u64, sum: u64): u64 {
  return ((a & b) | ((a | b) & ~sum)) >> 63
}

/** The borrow of a - b - borrow. */
// @ts-ignore: decorator
@inline
export function borrow_of(a: u64, b: u64, difference: u64): u64 {
  return ((~a & b) | ((~a | b) & difference)) >> 63
}

/** out = k/2 + c mod n, for k and c = (c3 … c0) below n. 32 little-endian bytes. */
export function halve_and_add(out: usize, k: usize, c0: u64, c1: u64, c2: u64, c3: u64): void {
  // k + n if k is odd, then shifted by one bit
  const odd: u64 = -(load<u64>(k) & 1)
  let a0 = load<u64>(k)
  let a1 = load<u64>(k, 8)
  let a2 = load<u64>(k, 16)
  let a3 = load<u64>(k, 24)
  let s0 = a0 + (N0 & odd)
  let carry = carry_of(a0, N0 & odd, s0)
  let s1 = a1 + (N1 & odd) + carry
  carry = carry_of(a1, N1 & odd, s1)
  let s2 = a2 + (N2 & odd) + carry
  carry = carry_of(a2, N2 & odd, s2)
  let s3 = a3 + (N3 & odd) + carry
  carry = carry_of(a3, N3 & odd, s3)
  a0 = (s0 >> 1) | (s1 << 63)
  a1 = (s1 >> 1) | (s2 << 63)
  a2 = (s2 >> 1) | (s3 << 63)
  a3 = (s3 >> 1) | (carry << 63)
  // plus c
  s0 = a0 + c0
  carry = carry_of(a0, c0, s0)
  s1 = a1 + c1 + carry
  carry = carry_of(a1, c1, s1)
  s2 = a2 + c2 + carry
  carry = carry_of(a2, c2, s2)
  s3 = a3 + c3 + carry
  const over = carry_of(a3, c3, s3)
  // minus n unless that is negative
  a0 = s0 - N0
  let borrow = borrow_of(s0, N0, a0)
  a1 = s1 - N1 - borrow
  borrow = borrow_of(s1, N1, a1)
  a2 = s2 - N2 - borrow
  borrow = borrow_of(s2, N2, a2)
  a3 = s3 - N3 - borrow
  borrow = borrow_of(s3, N3, a3)
  const keep: u64 = -(borrow & (over ^ 1))
  store<u64>(out, (s0 & keep) | (a0 & ~keep))
  store<u64>(out, (s1 & keep) | (a1 & ~keep), 8)
  store<u64>(out, (s2 & keep) | (a2 & ~keep), 16)
  store<u64>(out, (s3 & keep) | (a3 & ~keep), 24)
}

/** `bits` bits (at most 25) of a byte string from bit `at` on; up to 4 bytes are read. */
// @ts-ignore: decorator
@inline
export function window_at(from: usize, at: i32, bits: i32): i32 {
  return ((load<u32>(from + ((at >> 3) as usize)) >> (at & 7)) & ((1 << bits) - 1)) as i32
}
