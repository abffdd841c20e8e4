/**
 * The endomorphism of secp256k1 (Gallant, Lambert, Vanstone, CRYPTO 2001): λ·(x, y) = (β·x, y), and a scalar k is s1 + λ·s2 mod n with |s1|, |s2| <
 * 2^128.
 *
 * The lattice of (a, b) with a + λ·b = 0 mod n has the basis (a1, -b1), (a2, a1). With c1 = round(k·a1/n), c2 = round(k·b1/n): s1 = k - c1·a1 -
 * c2·a2, s2 = c1·b1 - c2·a1. The quotients come from reciprocals of 384 bits: g1 = round(2^384·a1/n), g2 = round(2^384·b1/n). Constant time: k is
 * secret.
 */
import { fe_mul } from './field'

/** Words of 32 bits, lowest first. */
const G1: usize = memory.data<u32>([0x45dbb031, 0xe893209a, 0x71e8ca7f, 0x3daa8a14, 0x9284eb15, 0xe86c90e4, 0xa7d46bcd, 0x3086d221])
const G2: usize = memory.data<u32>([0x8ac47f71, 0x1571b4ae, 0x9df506c6, 0x221208ac, 0x0abfe4c4, 0x6f547fa9, 0x010e8828, 0xe4437ed6])
/** -a1, -a2 and b1 mod 2^160. */
const MINUS_A1: usize = memory.data<u32>([0x6d7b14eb, 0x17936f1b, 0x582b9432, 0xcf792dde, 0xffffffff])
const MINUS_A2: usize = memory.data<u32>([0x62bb3028, 0xa83eef72, 0x571d0c09, 0xeb35af08, 0xfffffffe])
const B1: usize = memory.data<u32>([0x0abfe4c3, 0x6f547fa9, 0x010e8828, 0xe4437ed6, 0x00000000])
/** β as a field element. */
const BETA: usize = memory.data<u32>([294978030, 164323651, 492987760, 9628197, 55482831, 63919642, 474069393, 91008896, 8055146, 0])

const WIDE: usize = memory.data(96, 16)
const C1: usize = WIDE + 64
const C2: usize = WIDE + 80

/** c (16 bytes) = round(k·g / 2^384). */
function quotient(c: usize, k: usize, g: usize): void {
  memory.fill(WIDE, 0, 64)
  for (let i: usize = 0; i < 32; i += 4) {
    const word = load<u32>(k + i) as u64
    let carry: u64 = 0
    for (let j: usize = 0; j < 32; j += 4) {
      const sum = word * (load<u32>(g + j) as u64) + (load<u32>(WIDE + i + j) as u64) + carry
      store<u32>(WIDE + i + j, sum as u32)
      carry = sum >> 32
    }
    store<u32>(WIDE + i, carry as u32, 32)
  }
  // Rounded by the highest bit that is cut off; a quotient is below 2^128.
  const low = load<u64>(WIDE, 48)
  const sum = low + ((load<u32>(WIDE, 44) >> 31) as u64)
  store<u64>(c, sum)
  store<u64>(c, load<u64>(WIDE, 56) + ((low & ~sum) >> 63), 8)
}

/** out (20 bytes) += c (16 bytes)·b (20 bytes) mod 2^160. */
function accumulate(out: usize, c: usize, b: usize): void {
  for (let i: usize = 0; i < 16; i += 4) {
    const word = load<u32>(c + i) as u64
    let carry: u64 = 0
    for (let j: usize = 0; i + j < 20; j += 4) {
      const sum = word * (load<u32>(b + j) as u64) + (load<u32>(out + i + j) as u64) + carry
      store<u32>(out + i + j, sum as u32)
      carry = sum >> 32
    }
  }
}

/** Writes s1 + 2^128 and s2 + 2^128, both in [0, 2^129), 24 bytes each, for a scalar k of 32 bytes below n. */
export function split(out: usize, k: usize): void {
  quotient(C1, k, G1)
  quotient(C2, k, G2)
  memory.fill(out, 0, 48)
  memory.copy(out, k, 20)
  store<u32>(out, load<u32>(out, 16) + 1, 16)
  accumulate(out, C1, MINUS_A1)
  accumulate(out, C2, MINUS_A2)
  store<u32>(out, 1, 40)
  accumulate(out + 24, C1, B1)
  accumulate(out + 24, C2, MINUS_A1)
}

/** out = β·x. */
export function endomorphism(out: usize, x: usize): void {
  fe_mul(out, x, BETA)
}

/** Zeroes this file's scratch. */
export function glv_wipe(): void {
  memory.fill(WIDE, 0, 96)
}
