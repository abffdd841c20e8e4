/**
 * Scalars of the verifier as digits: the split along the curve's endomorphism (Gallant, Lambert, Vanstone 2001) and windowed non-adjacent form. Public.
 */
import { integer_not_below, integer_subtract, MOD_N, mod_multiply, mod_subtract, multiply_shift } from './verify-integers'

/** Digits of a number below 2^128: one more for the last carry. */
export const DIGITS: usize = 130

/** Short vectors of the lattice of (a, b) with a + b·λ = 0 (mod n): 2^384·b2/n and -2^384·b1/n rounded, -b1 and -b2 mod n, λ; then (n - 1)/2. */
const G1 = memory.data<u32>([0x45dbb031, 0xe893209a, 0x71e8ca7f, 0x3daa8a14, 0x9284eb15, 0xe86c90e4, 0xa7d46bcd, 0x3086d221], 16)
const G2 = memory.data<u32>([0x8ac47f71, 0x1571b4ae, 0x9df506c6, 0x221208ac, 0x0abfe4c4, 0x6f547fa9, 0x010e8828, 0xe4437ed6], 16)
const MINUS_B1 = memory.data<u32>([0x0abfe4c3, 0x6f547fa9, 0x010e8828, 0xe4437ed6, 0, 0, 0, 0], 16)
const MINUS_B2 = memory.data<u32>([0x3db1562c, 0xd765cda8, 0x0774346d, 0x8a280ac5, 0xfffffffe, 0xffffffff, 0xffffffff, 0xffffffff], 16)
const LAMBDA = memory.data<u32>([0x1b23bd72, 0xdf02967c, 0x20816678, 0x122e22ea, 0x8812645a, 0xa5261c02, 0xc05c30e0, 0x5363ad4c], 16)
export const HALF_N = memory.data<u32>([0x681b20a0, 0xdfe92f46, 0x57a4501d, 0x5d576e73, 0xffffffff, 0xffffffff, 0xffffffff, 0x7fffffff], 16)

const C1 = memory.data(32, 16)
const C2 = memory.data(32, 16)

/** k = k1 + k2·λ (mod n) with |k1|, |k2| < 2^128, as magnitudes. @returns bit 0 when k1 is negative, bit 1 when k2 is. */
export function split(k1: usize, k2: usize, k: usize): i32 {
  multiply_shift(C1, k, G1)
  multiply_shift(C2, k, G2)
  mod_multiply(C1, C1, MINUS_B1, MOD_N)
  mod_multiply(C2, C2, MINUS_B2, MOD_N)
  integer_subtract(C1, MOD_N, C1)
  mod_subtract(k2, C2, C1, MOD_N)
  mod_multiply(C2, k2, LAMBDA, MOD_N)
  mod_subtract(k1, k, C2, MOD_N)
  return i32(magnitude(k1)) | (i32(magnitude(k2)) << 1)
}

/** a to the smaller of a and n - a. @returns whether it was the second. */
function magnitude(a: usize): bool {
  if (integer_not_below(HALF_N, a)) return false
  integer_subtract(a, MOD_N, a)
  return true
}

/** Digits of the 128-bit number at k (16 bytes), each 0 or odd and below 2^(width - 1) in size, no two nonzero within `width`. */
export function recode(digits: usize, k: usize, width: i32): void {
  memory.fill(digits, 0, DIGITS)
  const low = load<u64>(k)
  const high = load<u64>(k, 8)
  let carry = 0
  for (let at: i32 = 0; at < (DIGITS as i32); ) {
    const rest = (at < 64 ? (low >> at) | (at == 0 ? (0 as u64) : high << (64 - at)) : at < 128 ? high >> (at - 64) : (0 as u64)) as i32
    if ((rest & 1) == carry) {
      at++
      continue
    }
    const word = (rest & ((1 << width) - 1)) + carry
    carry = (word >> (width - 1)) & 1
    store<i8>(digits + at, (word - (carry << width)) as i8)
    at += width
  }
}
