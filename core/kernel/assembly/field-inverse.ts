/**
 * The inverse mod p by divsteps (Bernstein and Yang, ePrint 2019/266, in the variant of half a delta: 590 steps suffice for 256 bits, here 20 batches
 * of 30). A batch works on the low words of f and g and yields a 2x2 matrix, which is then applied to f, g (exactly: the low 30 bits vanish) and to
 * d, e (mod p, a multiple of p making 30 bits vanish). Numbers here are nine signed limbs of 30 bits. Constant time: no branch, no address and no
 * loop bound depends on a value.
 */
import { fe_carry, fe_normalize } from './field'

const M30: i32 = 0x3fffffff
/** 1/p mod 2^30. */
const INVERSE: i32 = 0x2ddacacf
/** p = P0 + P1·2^30 + P8·2^240 with signed limbs, the others 0. */
const P0: i32 = -977
const P1: i32 = -4
const P8: i32 = 65536

const F: usize = memory.data(160, 16)
const G: usize = F + 40
const D: usize = F + 80
const E: usize = F + 120

/** out = (u v; q r)·(f, g) / 2^30. */
function update_pair(u: i64, v: i64, q: i64, r: i64): void {
  let f = load<i32>(F) as i64
  let g = load<i32>(G) as i64
  let cf = (u * f + v * g) >> 30
  let cg = (q * f + r * g) >> 30
  for (let i: usize = 4; i < 36; i += 4) {
    f = load<i32>(F + i) as i64
    g = load<i32>(G + i) as i64
    cf += u * f + v * g
    cg += q * f + r * g
    store<i32>(F + i - 4, (cf as i32) & M30)
    store<i32>(G + i - 4, (cg as i32) & M30)
    cf >>= 30
    cg >>= 30
  }
  store<i32>(F, cf as i32, 32)
  store<i32>(G, cg as i32, 32)
}

/** (d, e) = (u v; q r)·(d, e) / 2^30 mod p, kept in (-2p, p). */
function update_inverse(u: i64, v: i64, q: i64, r: i64): void {
  const dSign = (load<i32>(D, 32) >> 31) as i64
  const eSign = (load<i32>(E, 32) >> 31) as i64
  let d = load<i32>(D) as i64
  let e = load<i32>(E) as i64
  let cd = u * d + v * e
  let ce = q * d + r * e
  let md = ((u & dSign) + (v & eSign)) as i32
  let me = ((q & dSign) + (r & eSign)) as i32
  md -= (INVERSE * (cd as i32) + md) & M30
  me -= (INVERSE * (ce as i32) + me) & M30
  cd = (cd + (P0 as i64) * (md as i64)) >> 30
  ce = (ce + (P0 as i64) * (me as i64)) >> 30
  d = load<i32>(D, 4) as i64
  e = load<i32>(E, 4) as i64
  cd += u * d + v * e + (P1 as i64) * (md as i64)
  ce += q * d + r * e + (P1 as i64) * (me as i64)
  store<i32>(D, (cd as i32) & M30)
  store<i32>(E, (ce as i32) & M30)
  cd >>= 30
  ce >>= 30
  for (let i: usize = 8; i < 32; i += 4) {
    d = load<i32>(D + i) as i64
    e = load<i32>(E + i) as i64
    cd += u * d + v * e
    ce += q * d + r * e
    store<i32>(D + i - 4, (cd as i32) & M30)
    store<i32>(E + i - 4, (ce as i32) & M30)
    cd >>= 30
    ce >>= 30
  }
  d = load<i32>(D, 32) as i64
  e = load<i32>(E, 32) as i64
  cd += u * d + v * e + (P8 as i64) * (md as i64)
  ce += q * d + r * e + (P8 as i64) * (me as i64)
  store<i32>(D, (cd as i32) & M30, 28)
  store<i32>(E, (ce as i32) & M30, 28)
  store<i32>(D, (cd >> 30) as i32, 32)
  store<i32>(E, (ce >> 30) as i32, 32)
}

/** out = 1/a, 0 for 0; |a| < 4. */
export function fe_inv(out: usize, a: usize): void {
  memory.fill(F, 0, 160)
  store<i32>(F, P0)
  store<i32>(F, P1, 4)
  store<i32>(F, P8, 32)
  store<i32>(E, 1)
  fe_normalize(D, a)
  for (let i: usize = 0; i < 8; i++) {
    // 30 bits from bit 30·i on lie in limbs i and i + 1, of 29 bits each.
    const low = load<u32>(D + 4 * i) as u64
    const middle = load<u32>(D + 4 * i, 4) as u64
    store<u32>(G + 4 * i, ((low >> i) | (middle << (29 - i))) as u32 & M30)
  }
  store<u32>(G, load<u32>(D, 32) >> 8, 32)
  memory.fill(D, 0, 36)
  let zeta: i64 = -1
  for (let batch = 0; batch < 20; batch++) {
    let f = load<i32>(F) as u32
    let g = load<i32>(G) as u32
    // The rows of the matrix, each packed as first + second·2^32: what is done to them is linear, and they stay below 2^31.
    let top: i64 = 1
    let bottom: i64 = 1 << 32
    for (let i = 0; i < 30; i++) {
      const negative = zeta >> 63
      const odd = -((g & 1) as i64)
      g += ((f ^ (negative as u32)) - (negative as u32)) & (odd as u32)
      bottom += ((top ^ negative) - negative) & odd
      const swap = negative & odd
      zeta = (zeta ^ swap) - 1
      f += g & (swap as u32)
      top += bottom & swap
      g >>= 1
      top <<= 1
    }
    const u = (top as i32) as i64
    const v = (top - u) >> 32
    const q = (bottom as i32) as i64
    const r = (bottom - q) >> 32
    update_inverse(u, v, q, r)
    update_pair(u, v, q, r)
  }
  // g is 0 and f is ±1 (±p for a = 0, and then d is 0): the inverse is d with the sign of f. As limbs of 29 bits:
  const sign = load<i32>(F, 32) >> 31
  let carry: i32 = 0
  // d is in (-2p, p): 2p is added to make it positive, limb by limb.
  for (let i: usize = 0; i < 36; i += 4) {
    carry += ((load<i32>(D + i) ^ sign) - sign) + 2 * (((P0 & -((i == 0) as i32)) + (P1 & -((i == 4) as i32)) + (P8 & -((i == 32) as i32))))
    store<i32>(D + i, i == 32 ? carry : carry & M30)
    carry >>= 30
  }
  store<u32>(out, load<u32>(D) & 0x1fff_ffff)
  for (let i: usize = 1; i < 9; i++) {
    const low = load<u32>(D + 4 * i - 4) as u64
    const high = load<u32>(D + 4 * i) as u64
    store<u32>(out + 4 * i, i == 8 ? ((low >> 22) | (high << 8)) as u32 : (((low >> (30 - i)) | (high << i)) & 0x1fff_ffff) as u32)
  }
  fe_carry(out, out)
  memory.fill(F, 0, 160)
}
