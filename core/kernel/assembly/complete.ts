/**
 * Multiplication by complete formulas (Renes, Costello, Batina, ePrint 2015/1060, algorithm 7 for a = 0, b = 7), projective coordinates (X : Y : Z),
 * identity (0 : 1 : 0). Slow, and taken only for what the fast paths' incomplete formulas cannot do. Constant time all the same.
 */
import { FE, fe_add, fe_carry, fe_cmov, fe_copy, fe_inv, fe_is_zero, fe_mul, fe_small, fe_sub, fe_zero } from './field'

const SCRATCH_BYTES: usize = 18 * 40
const S: usize = memory.data(720, 16)
const T0: usize = S
const T1: usize = S + FE
const T2: usize = S + 2 * FE
const T3: usize = S + 3 * FE
const T4: usize = S + 4 * FE
const XX: usize = S + 5 * FE
const YY: usize = S + 6 * FE
const ZZ: usize = S + 7 * FE
const B3: usize = S + 8 * FE
const BASE: usize = S + 9 * FE
const SUM: usize = S + 12 * FE
const NEXT: usize = S + 15 * FE

/** out = (a + b)·(c + d) - s - t, reduced. */
function cross(out: usize, a: usize, b: usize, c: usize, d: usize, s: usize, t: usize): void {
  fe_add(XX, a, b)
  fe_carry(XX, XX)
  fe_add(YY, c, d)
  fe_carry(YY, YY)
  fe_mul(XX, XX, YY)
  fe_sub(XX, XX, s)
  fe_sub(XX, XX, t)
  fe_carry(out, XX)
}

/** out = p + q; out is neither. */
function add(out: usize, p: usize, q: usize): void {
  const X1 = p
  const Y1 = p + FE
  const Z1 = p + 2 * FE
  const X2 = q
  const Y2 = q + FE
  const Z2 = q + 2 * FE
  fe_mul(T0, X1, X2)
  fe_mul(T1, Y1, Y2)
  fe_mul(T2, Z1, Z2)
  cross(T3, X1, Y1, X2, Y2, T0, T1)
  cross(T4, Y1, Z1, Y2, Z2, T1, T2)
  cross(ZZ, X1, Z1, X2, Z2, T0, T2)
  fe_add(XX, T0, T0)
  fe_add(XX, XX, T0)
  fe_carry(T0, XX) // 3·X1·X2
  fe_mul(T2, T2, B3)
  fe_mul(ZZ, ZZ, B3)
  fe_add(XX, T1, T2)
  fe_carry(XX, XX) // z3
  fe_sub(T1, T1, T2)
  fe_carry(T1, T1)
  fe_mul(out, T3, T1)
  fe_mul(YY, T4, ZZ)
  fe_sub(out, out, YY)
  fe_carry(out, out)
  fe_mul(out + FE, T1, XX)
  fe_mul(YY, T0, ZZ)
  fe_add(out + FE, out + FE, YY)
  fe_carry(out + FE, out + FE)
  fe_mul(out + 2 * FE, XX, T4)
  fe_mul(YY, T0, T3)
  fe_add(out + 2 * FE, out + 2 * FE, YY)
  fe_carry(out + 2 * FE, out + 2 * FE)
}

/** out = k·P, affine, for a scalar of 32 bytes (secret) and an affine P. @returns the mask of the identity, whose coordinates are written as 0. */
export function ladder(out: usize, affine: usize, scalar: usize): i32 {
  fe_small(B3, 21)
  fe_carry(BASE, affine)
  fe_carry(BASE + FE, affine + FE)
  fe_small(BASE + 2 * FE, 1)
  fe_zero(SUM)
  fe_small(SUM + FE, 1)
  fe_zero(SUM + 2 * FE)
  for (let i = 255; i >= 0; i--) {
    add(NEXT, SUM, SUM)
    add(SUM, NEXT, BASE)
    const set = -((load<u8>(scalar + ((i >> 3) as usize)) >> (i & 7)) as i32 & 1)
    fe_cmov(NEXT, SUM, set)
    fe_cmov(NEXT + FE, SUM + FE, set)
    fe_cmov(NEXT + 2 * FE, SUM + 2 * FE, set)
    fe_copy(SUM, NEXT)
    fe_copy(SUM + FE, NEXT + FE)
    fe_copy(SUM + 2 * FE, NEXT + 2 * FE)
  }
  fe_inv(T0, SUM + 2 * FE)
  fe_mul(out, SUM, T0)
  fe_mul(out + FE, SUM + FE, T0)
  const identity = fe_is_zero(SUM + 2 * FE)
  memory.fill(S, 0, SCRATCH_BYTES)
  return identity
}
