/**
 * The inverse mod n by divsteps (ePrint 2019/266, in the variant of half a delta): 590 steps suffice for 256 bits, here 20 batches of 30. Numbers
 * are nine signed limbs of 30 bits; each batch works on the low words only and yields a 2x2 matrix, which is then applied to f, g (exactly, the
 * low 30 bits vanish) and to d, e (mod n, where 30 bits are made to vanish by adding a multiple of n). No branch and no address depends on a value.
 */
const M30: i32 = 0x3fffffff
/** 1/n mod 2^30. */
const INVERSE: i32 = 0x2a774ec1

/** Limbs of n. */
const N: usize = memory.data<i32>([0x10364141, 0x3f497a33, 0x348a03bb, 0x2bb739ab, 0x3ffffeba, 0x3fffffff, 0x3fffffff, 0x3fffffff, 0xffff])
const STATE_BYTES: usize = 160
const F: usize = memory.data(160, 16)
const G: usize = F + 36
const D: usize = F + 72
const E: usize = F + 108

/** (u v; q r), the matrix of the last batch. */
const MATRIX: usize = F + 144

/** 30 divsteps on the low words of f and g; gives the new zeta. */
function divsteps(zeta: i32, f: u32, g: u32): i32 {
  let u: u32 = 1
  let v: u32 = 0
  let q: u32 = 0
  let r: u32 = 1
  for (let i = 0; i < 30; i++) {
    let negative: u32 = zeta >> 31
    const odd: u32 = 0 - (g & 1)
    const x = (f ^ negative) - negative
    const y = (u ^ negative) - negative
    const z = (v ^ negative) - negative
    g += x & odd
    q += y & odd
    r += z & odd
    negative &= odd
    zeta = (zeta ^ negative) - 1
    f += g & negative
    u += q & negative
    v += r & negative
    g >>= 1
    u <<= 1
    v <<= 1
  }
  store<i32>(MATRIX, u)
  store<i32>(MATRIX, v, 4)
  store<i32>(MATRIX, q, 8)
  store<i32>(MATRIX, r, 12)
  return zeta
}

/** (d, e) = matrix · (d, e) / 2^30 mod n, within (-2n, n). */
function updateInverse(): void {
  const u = load<i32>(MATRIX)
  const v = load<i32>(MATRIX, 4)
  const q = load<i32>(MATRIX, 8)
  const r = load<i32>(MATRIX, 12)
  const dSign = load<i32>(D, 32) >> 31
  const eSign = load<i32>(E, 32) >> 31
  let md = (u & dSign) + (v & eSign)
  let me = (q & dSign) + (r & eSign)
  let d = <i64>load<i32>(D)
  let e = <i64>load<i32>(E)
  let cd = <i64>u * d + <i64>v * e
  let ce = <i64>q * d + <i64>r * e
  md -= (INVERSE * <i32>cd + md) & M30
  me -= (INVERSE * <i32>ce + me) & M30
  cd = (cd + <i64>load<i32>(N) * md) >> 30
  ce = (ce + <i64>load<i32>(N) * me) >> 30
  for (let i = 4; i < 36; i += 4) {
    d = <i64>load<i32>(D + i)
    e = <i64>load<i32>(E + i)
    const n = <i64>load<i32>(N + i)
    cd += <i64>u * d + <i64>v * e + n * md
    ce += <i64>q * d + <i64>r * e + n * me
    store<i32>(D + i - 4, <i32>cd & M30)
    store<i32>(E + i - 4, <i32>ce & M30)
    cd >>= 30
    ce >>= 30
  }
  store<i32>(D, <i32>cd, 32)
  store<i32>(E, <i32>ce, 32)
}

/** (f, g) = matrix · (f, g) / 2^30. */
function updatePair(): void {
  const u = <i64>load<i32>(MATRIX)
  const v = <i64>load<i32>(MATRIX, 4)
  const q = <i64>load<i32>(MATRIX, 8)
  const r = <i64>load<i32>(MATRIX, 12)
  let f = <i64>load<i32>(F)
  let g = <i64>load<i32>(G)
  let cf = (u * f + v * g) >> 30
  let cg = (q * f + r * g) >> 30
  for (let i = 4; i < 36; i += 4) {
    f = <i64>load<i32>(F + i)
    g = <i64>load<i32>(G + i)
    cf += u * f + v * g
    cg += q * f + r * g
    store<i32>(F + i - 4, <i32>cf & M30)
    store<i32>(G + i - 4, <i32>cg & M30)
    cf >>= 30
    cg >>= 30
  }
  store<i32>(F, <i32>cf, 32)
  store<i32>(G, <i32>cg, 32)
}

/** d + (n under mask), negated under `negate`, carried. */
function adjust(mask: i32, negate: i32): void {
  let carry = 0
  for (let i = 0; i < 32; i += 4) {
    carry += ((load<i32>(D + i) + (load<i32>(N + i) & mask)) ^ negate) - negate
    store<i32>(D + i, carry & M30)
    carry >>= 30
  }
  store<i32>(D, ((load<i32>(D, 32) + (load<i32>(N, 32) & mask)) ^ negate) - negate + carry, 32)
}

/** 1/a mod n, and 0 for 0. `a` and `out` are 32 little-endian bytes. Constant time. */
export function sc_inv(out: usize, a: usize): void {
  memory.fill(F, 0, STATE_BYTES)
  memory.copy(F, N, 36)
  store<i32>(E, 1)
  for (let i = 0; i < 8; i++) {
    const bit = i * 30
    store<i32>(G + i * 4, <i32>(load<u64>(a + (bit >> 5) * 4) >> (bit & 31)) & M30)
  }
  store<i32>(G, load<u32>(a, 28) >> 16, 32)
  let zeta = -1
  for (let i = 0; i < 20; i++) {
    zeta = divsteps(zeta, load<u32>(F), load<u32>(G))
    updateInverse()
    updatePair()
  }
  // g is 0 and f is 1 or -1 by now (n or -n for a = 0, where d is 0): the inverse is d times the sign of f, d in (-2n, n)
  adjust(load<i32>(D, 32) >> 31, load<i32>(F, 32) >> 31)
  adjust(load<i32>(D, 32) >> 31, 0)
  memory.fill(out, 0, 32)
  for (let i = 0; i < 8; i++) {
    const bit = i * 30
    const word = out + (bit >> 5) * 4
    store<u64>(word, load<u64>(word) | (<u64>load<u32>(D + i * 4) << (bit & 31)))
  }
  store<u32>(out, load<u32>(out, 28) | (load<u32>(D, 32) << 16), 28)
  memory.fill(F, 0, STATE_BYTES)
}
