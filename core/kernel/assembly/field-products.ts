/**
 * Products of field elements, unrolled. Written by scripts/generate-field.mjs; do not edit. Representation, limits and what the results look like: field.ts.
 * Constant time: no branch, no address and no loop bound depends on a value (the one loop counts a public number). The result may be written over any operand.
 */
const M29: i64 = (1 << 29) - 1
const M24: i64 = (1 << 24) - 1
/** 2^256 = 2^32 + FOLD256 mod p, 2^32 = 2^3·2^29. */
const FOLD256: i64 = 977
/** 2^261 = 2^37 + FOLD261 mod p, 2^37 = 2^8·2^29. */
const FOLD261: i64 = 31264

/** out = a·b */
export function fe_mul(out: usize, a: usize, b: usize): void {
  const a0: i64 = load<i32>(a) as i64
  const a1: i64 = load<i32>(a, 4) as i64
  const a2: i64 = load<i32>(a, 8) as i64
  const a3: i64 = load<i32>(a, 12) as i64
  const a4: i64 = load<i32>(a, 16) as i64
  const a5: i64 = load<i32>(a, 20) as i64
  const a6: i64 = load<i32>(a, 24) as i64
  const a7: i64 = load<i32>(a, 28) as i64
  const a8: i64 = load<i32>(a, 32) as i64
  const b0: i64 = load<i32>(b) as i64
  const b1: i64 = load<i32>(b, 4) as i64
  const b2: i64 = load<i32>(b, 8) as i64
  const b3: i64 = load<i32>(b, 12) as i64
  const b4: i64 = load<i32>(b, 16) as i64
  const b5: i64 = load<i32>(b, 20) as i64
  const b6: i64 = load<i32>(b, 24) as i64
  const b7: i64 = load<i32>(b, 28) as i64
  const b8: i64 = load<i32>(b, 32) as i64
  const h0: i64 = a1 * b8 + a2 * b7 + a3 * b6 + a4 * b5 + a5 * b4 + a6 * b3 + a7 * b2 + a8 * b1
  const q0: i64 = h0 & M29
  const v0: i64 = a0 * b0 + q0 * FOLD261
  const h1: i64 = a2 * b8 + a3 * b7 + a4 * b6 + a5 * b5 + a6 * b4 + a7 * b3 + a8 * b2 + (h0 >> 29)
  const q1: i64 = h1 & M29
  const v1: i64 = a0 * b1 + a1 * b0 + q1 * FOLD261 + (q0 << 8) + (v0 >> 29)
  const h2: i64 = a3 * b8 + a4 * b7 + a5 * b6 + a6 * b5 + a7 * b4 + a8 * b3 + (h1 >> 29)
  const q2: i64 = h2 & M29
  const v2: i64 = a0 * b2 + a1 * b1 + a2 * b0 + q2 * FOLD261 + (q1 << 8) + (v1 >> 29)
  const h3: i64 = a4 * b8 + a5 * b7 + a6 * b6 + a7 * b5 + a8 * b4 + (h2 >> 29)
  const q3: i64 = h3 & M29
  const v3: i64 = a0 * b3 + a1 * b2 + a2 * b1 + a3 * b0 + q3 * FOLD261 + (q2 << 8) + (v2 >> 29)
  const h4: i64 = a5 * b8 + a6 * b7 + a7 * b6 + a8 * b5 + (h3 >> 29)
  const q4: i64 = h4 & M29
  const v4: i64 = a0 * b4 + a1 * b3 + a2 * b2 + a3 * b1 + a4 * b0 + q4 * FOLD261 + (q3 << 8) + (v3 >> 29)
  const h5: i64 = a6 * b8 + a7 * b7 + a8 * b6 + (h4 >> 29)
  const q5: i64 = h5 & M29
  const v5: i64 = a0 * b5 + a1 * b4 + a2 * b3 + a3 * b2 + a4 * b1 + a5 * b0 + q5 * FOLD261 + (q4 << 8) + (v4 >> 29)
  const h6: i64 = a7 * b8 + a8 * b7 + (h5 >> 29)
  const q6: i64 = h6 & M29
  const v6: i64 = a0 * b6 + a1 * b5 + a2 * b4 + a3 * b3 + a4 * b2 + a5 * b1 + a6 * b0 + q6 * FOLD261 + (q5 << 8) + (v5 >> 29)
  const h7: i64 = a8 * b8 + (h6 >> 29)
  const q7: i64 = h7 & M29
  const v7: i64 = a0 * b7 + a1 * b6 + a2 * b5 + a3 * b4 + a4 * b3 + a5 * b2 + a6 * b1 + a7 * b0 + q7 * FOLD261 + (q6 << 8) + (v6 >> 29)
  const q8: i64 = h7 >> 29
  const v8: i64 = a0 * b8 + a1 * b7 + a2 * b6 + a3 * b5 + a4 * b4 + a5 * b3 + a6 * b2 + a7 * b1 + a8 * b0 + q8 * FOLD261 + (q7 << 8) + (v7 >> 29)
  const top: i64 = (v8 >> 24) + (q8 << 13)
  const w0: i64 = (v0 & M29) + top * FOLD256
  const w1: i64 = (v1 & M29) + (top << 3) + (w0 >> 29)
  store<i32>(out, (w0 & M29) as i32)
  store<i32>(out, (w1 & M29) as i32, 4)
  store<i32>(out, ((v2 & M29) + (w1 >> 29)) as i32, 8)
  store<i32>(out, (v3 & M29) as i32, 12)
  store<i32>(out, (v4 & M29) as i32, 16)
  store<i32>(out, (v5 & M29) as i32, 20)
  store<i32>(out, (v6 & M29) as i32, 24)
  store<i32>(out, (v7 & M29) as i32, 28)
  store<i32>(out, (v8 & M24) as i32, 32)
}

/** out = 2a·b; 2·|a|·|b| < 4 */
export function fe_mul_2(out: usize, a: usize, b: usize): void {
  const a0: i64 = (load<i32>(a) as i64) << 1
  const a1: i64 = (load<i32>(a, 4) as i64) << 1
  const a2: i64 = (load<i32>(a, 8) as i64) << 1
  const a3: i64 = (load<i32>(a, 12) as i64) << 1
  const a4: i64 = (load<i32>(a, 16) as i64) << 1
  const a5: i64 = (load<i32>(a, 20) as i64) << 1
  const a6: i64 = (load<i32>(a, 24) as i64) << 1
  const a7: i64 = (load<i32>(a, 28) as i64) << 1
  const a8: i64 = (load<i32>(a, 32) as i64) << 1
  const b0: i64 = load<i32>(b) as i64
  const b1: i64 = load<i32>(b, 4) as i64
  const b2: i64 = load<i32>(b, 8) as i64
  const b3: i64 = load<i32>(b, 12) as i64
  const b4: i64 = load<i32>(b, 16) as i64
  const b5: i64 = load<i32>(b, 20) as i64
  const b6: i64 = load<i32>(b, 24) as i64
  const b7: i64 = load<i32>(b, 28) as i64
  const b8: i64 = load<i32>(b, 32) as i64
  const h0: i64 = a1 * b8 + a2 * b7 + a3 * b6 + a4 * b5 + a5 * b4 + a6 * b3 + a7 * b2 + a8 * b1
  const q0: i64 = h0 & M29
  const v0: i64 = a0 * b0 + q0 * FOLD261
  const h1: i64 = a2 * b8 + a3 * b7 + a4 * b6 + a5 * b5 + a6 * b4 + a7 * b3 + a8 * b2 + (h0 >> 29)
  const q1: i64 = h1 & M29
  const v1: i64 = a0 * b1 + a1 * b0 + q1 * FOLD261 + (q0 << 8) + (v0 >> 29)
  const h2: i64 = a3 * b8 + a4 * b7 + a5 * b6 + a6 * b5 + a7 * b4 + a8 * b3 + (h1 >> 29)
  const q2: i64 = h2 & M29
  const v2: i64 = a0 * b2 + a1 * b1 + a2 * b0 + q2 * FOLD261 + (q1 << 8) + (v1 >> 29)
  const h3: i64 = a4 * b8 + a5 * b7 + a6 * b6 + a7 * b5 + a8 * b4 + (h2 >> 29)
  const q3: i64 = h3 & M29
  const v3: i64 = a0 * b3 + a1 * b2 + a2 * b1 + a3 * b0 + q3 * FOLD261 + (q2 << 8) + (v2 >> 29)
  const h4: i64 = a5 * b8 + a6 * b7 + a7 * b6 + a8 * b5 + (h3 >> 29)
  const q4: i64 = h4 & M29
  const v4: i64 = a0 * b4 + a1 * b3 + a2 * b2 + a3 * b1 + a4 * b0 + q4 * FOLD261 + (q3 << 8) + (v3 >> 29)
  const h5: i64 = a6 * b8 + a7 * b7 + a8 * b6 + (h4 >> 29)
  const q5: i64 = h5 & M29
  const v5: i64 = a0 * b5 + a1 * b4 + a2 * b3 + a3 * b2 + a4 * b1 + a5 * b0 + q5 * FOLD261 + (q4 << 8) + (v4 >> 29)
  const h6: i64 = a7 * b8 + a8 * b7 + (h5 >> 29)
  const q6: i64 = h6 & M29
  const v6: i64 = a0 * b6 + a1 * b5 + a2 * b4 + a3 * b3 + a4 * b2 + a5 * b1 + a6 * b0 + q6 * FOLD261 + (q5 << 8) + (v5 >> 29)
  const h7: i64 = a8 * b8 + (h6 >> 29)
  const q7: i64 = h7 & M29
  const v7: i64 = a0 * b7 + a1 * b6 + a2 * b5 + a3 * b4 + a4 * b3 + a5 * b2 + a6 * b1 + a7 * b0 + q7 * FOLD261 + (q6 << 8) + (v6 >> 29)
  const q8: i64 = h7 >> 29
  const v8: i64 = a0 * b8 + a1 * b7 + a2 * b6 + a3 * b5 + a4 * b4 + a5 * b3 + a6 * b2 + a7 * b1 + a8 * b0 + q8 * FOLD261 + (q7 << 8) + (v7 >> 29)
  const top: i64 = (v8 >> 24) + (q8 << 13)
  const w0: i64 = (v0 & M29) + top * FOLD256
  const w1: i64 = (v1 & M29) + (top << 3) + (w0 >> 29)
  store<i32>(out, (w0 & M29) as i32)
  store<i32>(out, (w1 & M29) as i32, 4)
  store<i32>(out, ((v2 & M29) + (w1 >> 29)) as i32, 8)
  store<i32>(out, (v3 & M29) as i32, 12)
  store<i32>(out, (v4 & M29) as i32, 16)
  store<i32>(out, (v5 & M29) as i32, 20)
  store<i32>(out, (v6 & M29) as i32, 24)
  store<i32>(out, (v7 & M29) as i32, 28)
  store<i32>(out, (v8 & M24) as i32, 32)
}

/** out = a·b - s */
export function fe_mul_sub(out: usize, a: usize, b: usize, s: usize): void {
  const a0: i64 = load<i32>(a) as i64
  const a1: i64 = load<i32>(a, 4) as i64
  const a2: i64 = load<i32>(a, 8) as i64
  const a3: i64 = load<i32>(a, 12) as i64
  const a4: i64 = load<i32>(a, 16) as i64
  const a5: i64 = load<i32>(a, 20) as i64
  const a6: i64 = load<i32>(a, 24) as i64
  const a7: i64 = load<i32>(a, 28) as i64
  const a8: i64 = load<i32>(a, 32) as i64
  const b0: i64 = load<i32>(b) as i64
  const b1: i64 = load<i32>(b, 4) as i64
  const b2: i64 = load<i32>(b, 8) as i64
  const b3: i64 = load<i32>(b, 12) as i64
  const b4: i64 = load<i32>(b, 16) as i64
  const b5: i64 = load<i32>(b, 20) as i64
  const b6: i64 = load<i32>(b, 24) as i64
  const b7: i64 = load<i32>(b, 28) as i64
  const b8: i64 = load<i32>(b, 32) as i64
  const h0: i64 = a1 * b8 + a2 * b7 + a3 * b6 + a4 * b5 + a5 * b4 + a6 * b3 + a7 * b2 + a8 * b1
  const q0: i64 = h0 & M29
  const v0: i64 = a0 * b0 - ((load<i32>(s) as i64)) + q0 * FOLD261
  const h1: i64 = a2 * b8 + a3 * b7 + a4 * b6 + a5 * b5 + a6 * b4 + a7 * b3 + a8 * b2 + (h0 >> 29)
  const q1: i64 = h1 & M29
  const v1: i64 = a0 * b1 + a1 * b0 - ((load<i32>(s, 4) as i64)) + q1 * FOLD261 + (q0 << 8) + (v0 >> 29)
  const h2: i64 = a3 * b8 + a4 * b7 + a5 * b6 + a6 * b5 + a7 * b4 + a8 * b3 + (h1 >> 29)
  const q2: i64 = h2 & M29
  const v2: i64 = a0 * b2 + a1 * b1 + a2 * b0 - ((load<i32>(s, 8) as i64)) + q2 * FOLD261 + (q1 << 8) + (v1 >> 29)
  const h3: i64 = a4 * b8 + a5 * b7 + a6 * b6 + a7 * b5 + a8 * b4 + (h2 >> 29)
  const q3: i64 = h3 & M29
  const v3: i64 = a0 * b3 + a1 * b2 + a2 * b1 + a3 * b0 - ((load<i32>(s, 12) as i64)) + q3 * FOLD261 + (q2 << 8) + (v2 >> 29)
  const h4: i64 = a5 * b8 + a6 * b7 + a7 * b6 + a8 * b5 + (h3 >> 29)
  const q4: i64 = h4 & M29
  const v4: i64 = a0 * b4 + a1 * b3 + a2 * b2 + a3 * b1 + a4 * b0 - ((load<i32>(s, 16) as i64)) + q4 * FOLD261 + (q3 << 8) + (v3 >> 29)
  const h5: i64 = a6 * b8 + a7 * b7 + a8 * b6 + (h4 >> 29)
  const q5: i64 = h5 & M29
  const v5: i64 = a0 * b5 + a1 * b4 + a2 * b3 + a3 * b2 + a4 * b1 + a5 * b0 - ((load<i32>(s, 20) as i64)) + q5 * FOLD261 + (q4 << 8) + (v4 >> 29)
  const h6: i64 = a7 * b8 + a8 * b7 + (h5 >> 29)
  const q6: i64 = h6 & M29
  const v6: i64 = a0 * b6 + a1 * b5 + a2 * b4 + a3 * b3 + a4 * b2 + a5 * b1 + a6 * b0 - ((load<i32>(s, 24) as i64)) + q6 * FOLD261 + (q5 << 8) + (v5 >> 29)
  const h7: i64 = a8 * b8 + (h6 >> 29)
  const q7: i64 = h7 & M29
  const v7: i64 = a0 * b7 + a1 * b6 + a2 * b5 + a3 * b4 + a4 * b3 + a5 * b2 + a6 * b1 + a7 * b0 - ((load<i32>(s, 28) as i64)) + q7 * FOLD261 + (q6 << 8) + (v6 >> 29)
  const q8: i64 = h7 >> 29
  const v8: i64 = a0 * b8 + a1 * b7 + a2 * b6 + a3 * b5 + a4 * b4 + a5 * b3 + a6 * b2 + a7 * b1 + a8 * b0 - ((load<i32>(s, 32) as i64)) + q8 * FOLD261 + (q7 << 8) + (v7 >> 29)
  const top: i64 = (v8 >> 24) + (q8 << 13)
  const w0: i64 = (v0 & M29) + top * FOLD256
  const w1: i64 = (v1 & M29) + (top << 3) + (w0 >> 29)
  store<i32>(out, (w0 & M29) as i32)
  store<i32>(out, (w1 & M29) as i32, 4)
  store<i32>(out, ((v2 & M29) + (w1 >> 29)) as i32, 8)
  store<i32>(out, (v3 & M29) as i32, 12)
  store<i32>(out, (v4 & M29) as i32, 16)
  store<i32>(out, (v5 & M29) as i32, 20)
  store<i32>(out, (v6 & M29) as i32, 24)
  store<i32>(out, (v7 & M29) as i32, 28)
  store<i32>(out, (v8 & M24) as i32, 32)
}

/** out = (a - b)·c */
export function fe_diff_mul(out: usize, a: usize, b: usize, c: usize): void {
  const a0: i64 = (load<i32>(a) - load<i32>(b)) as i64
  const a1: i64 = (load<i32>(a, 4) - load<i32>(b, 4)) as i64
  const a2: i64 = (load<i32>(a, 8) - load<i32>(b, 8)) as i64
  const a3: i64 = (load<i32>(a, 12) - load<i32>(b, 12)) as i64
  const a4: i64 = (load<i32>(a, 16) - load<i32>(b, 16)) as i64
  const a5: i64 = (load<i32>(a, 20) - load<i32>(b, 20)) as i64
  const a6: i64 = (load<i32>(a, 24) - load<i32>(b, 24)) as i64
  const a7: i64 = (load<i32>(a, 28) - load<i32>(b, 28)) as i64
  const a8: i64 = (load<i32>(a, 32) - load<i32>(b, 32)) as i64
  const b0: i64 = load<i32>(c) as i64
  const b1: i64 = load<i32>(c, 4) as i64
  const b2: i64 = load<i32>(c, 8) as i64
  const b3: i64 = load<i32>(c, 12) as i64
  const b4: i64 = load<i32>(c, 16) as i64
  const b5: i64 = load<i32>(c, 20) as i64
  const b6: i64 = load<i32>(c, 24) as i64
  const b7: i64 = load<i32>(c, 28) as i64
  const b8: i64 = load<i32>(c, 32) as i64
  const h0: i64 = a1 * b8 + a2 * b7 + a3 * b6 + a4 * b5 + a5 * b4 + a6 * b3 + a7 * b2 + a8 * b1
  const q0: i64 = h0 & M29
  const v0: i64 = a0 * b0 + q0 * FOLD261
  const h1: i64 = a2 * b8 + a3 * b7 + a4 * b6 + a5 * b5 + a6 * b4 + a7 * b3 + a8 * b2 + (h0 >> 29)
  const q1: i64 = h1 & M29
  const v1: i64 = a0 * b1 + a1 * b0 + q1 * FOLD261 + (q0 << 8) + (v0 >> 29)
  const h2: i64 = a3 * b8 + a4 * b7 + a5 * b6 + a6 * b5 + a7 * b4 + a8 * b3 + (h1 >> 29)
  const q2: i64 = h2 & M29
  const v2: i64 = a0 * b2 + a1 * b1 + a2 * b0 + q2 * FOLD261 + (q1 << 8) + (v1 >> 29)
  const h3: i64 = a4 * b8 + a5 * b7 + a6 * b6 + a7 * b5 + a8 * b4 + (h2 >> 29)
  const q3: i64 = h3 & M29
  const v3: i64 = a0 * b3 + a1 * b2 + a2 * b1 + a3 * b0 + q3 * FOLD261 + (q2 << 8) + (v2 >> 29)
  const h4: i64 = a5 * b8 + a6 * b7 + a7 * b6 + a8 * b5 + (h3 >> 29)
  const q4: i64 = h4 & M29
  const v4: i64 = a0 * b4 + a1 * b3 + a2 * b2 + a3 * b1 + a4 * b0 + q4 * FOLD261 + (q3 << 8) + (v3 >> 29)
  const h5: i64 = a6 * b8 + a7 * b7 + a8 * b6 + (h4 >> 29)
  const q5: i64 = h5 & M29
  const v5: i64 = a0 * b5 + a1 * b4 + a2 * b3 + a3 * b2 + a4 * b1 + a5 * b0 + q5 * FOLD261 + (q4 << 8) + (v4 >> 29)
  const h6: i64 = a7 * b8 + a8 * b7 + (h5 >> 29)
  const q6: i64 = h6 & M29
  const v6: i64 = a0 * b6 + a1 * b5 + a2 * b4 + a3 * b3 + a4 * b2 + a5 * b1 + a6 * b0 + q6 * FOLD261 + (q5 << 8) + (v5 >> 29)
  const h7: i64 = a8 * b8 + (h6 >> 29)
  const q7: i64 = h7 & M29
  const v7: i64 = a0 * b7 + a1 * b6 + a2 * b5 + a3 * b4 + a4 * b3 + a5 * b2 + a6 * b1 + a7 * b0 + q7 * FOLD261 + (q6 << 8) + (v6 >> 29)
  const q8: i64 = h7 >> 29
  const v8: i64 = a0 * b8 + a1 * b7 + a2 * b6 + a3 * b5 + a4 * b4 + a5 * b3 + a6 * b2 + a7 * b1 + a8 * b0 + q8 * FOLD261 + (q7 << 8) + (v7 >> 29)
  const top: i64 = (v8 >> 24) + (q8 << 13)
  const w0: i64 = (v0 & M29) + top * FOLD256
  const w1: i64 = (v1 & M29) + (top << 3) + (w0 >> 29)
  store<i32>(out, (w0 & M29) as i32)
  store<i32>(out, (w1 & M29) as i32, 4)
  store<i32>(out, ((v2 & M29) + (w1 >> 29)) as i32, 8)
  store<i32>(out, (v3 & M29) as i32, 12)
  store<i32>(out, (v4 & M29) as i32, 16)
  store<i32>(out, (v5 & M29) as i32, 20)
  store<i32>(out, (v6 & M29) as i32, 24)
  store<i32>(out, (v7 & M29) as i32, 28)
  store<i32>(out, (v8 & M24) as i32, 32)
}

/** out = (a - b)·c - s: the ordinate of an affine sum */
export function fe_diff_mul_sub(out: usize, a: usize, b: usize, c: usize, s: usize): void {
  const a0: i64 = (load<i32>(a) - load<i32>(b)) as i64
  const a1: i64 = (load<i32>(a, 4) - load<i32>(b, 4)) as i64
  const a2: i64 = (load<i32>(a, 8) - load<i32>(b, 8)) as i64
  const a3: i64 = (load<i32>(a, 12) - load<i32>(b, 12)) as i64
  const a4: i64 = (load<i32>(a, 16) - load<i32>(b, 16)) as i64
  const a5: i64 = (load<i32>(a, 20) - load<i32>(b, 20)) as i64
  const a6: i64 = (load<i32>(a, 24) - load<i32>(b, 24)) as i64
  const a7: i64 = (load<i32>(a, 28) - load<i32>(b, 28)) as i64
  const a8: i64 = (load<i32>(a, 32) - load<i32>(b, 32)) as i64
  const b0: i64 = load<i32>(c) as i64
  const b1: i64 = load<i32>(c, 4) as i64
  const b2: i64 = load<i32>(c, 8) as i64
  const b3: i64 = load<i32>(c, 12) as i64
  const b4: i64 = load<i32>(c, 16) as i64
  const b5: i64 = load<i32>(c, 20) as i64
  const b6: i64 = load<i32>(c, 24) as i64
  const b7: i64 = load<i32>(c, 28) as i64
  const b8: i64 = load<i32>(c, 32) as i64
  const h0: i64 = a1 * b8 + a2 * b7 + a3 * b6 + a4 * b5 + a5 * b4 + a6 * b3 + a7 * b2 + a8 * b1
  const q0: i64 = h0 & M29
  const v0: i64 = a0 * b0 - ((load<i32>(s) as i64)) + q0 * FOLD261
  const h1: i64 = a2 * b8 + a3 * b7 + a4 * b6 + a5 * b5 + a6 * b4 + a7 * b3 + a8 * b2 + (h0 >> 29)
  const q1: i64 = h1 & M29
  const v1: i64 = a0 * b1 + a1 * b0 - ((load<i32>(s, 4) as i64)) + q1 * FOLD261 + (q0 << 8) + (v0 >> 29)
  const h2: i64 = a3 * b8 + a4 * b7 + a5 * b6 + a6 * b5 + a7 * b4 + a8 * b3 + (h1 >> 29)
  const q2: i64 = h2 & M29
  const v2: i64 = a0 * b2 + a1 * b1 + a2 * b0 - ((load<i32>(s, 8) as i64)) + q2 * FOLD261 + (q1 << 8) + (v1 >> 29)
  const h3: i64 = a4 * b8 + a5 * b7 + a6 * b6 + a7 * b5 + a8 * b4 + (h2 >> 29)
  const q3: i64 = h3 & M29
  const v3: i64 = a0 * b3 + a1 * b2 + a2 * b1 + a3 * b0 - ((load<i32>(s, 12) as i64)) + q3 * FOLD261 + (q2 << 8) + (v2 >> 29)
  const h4: i64 = a5 * b8 + a6 * b7 + a7 * b6 + a8 * b5 + (h3 >> 29)
  const q4: i64 = h4 & M29
  const v4: i64 = a0 * b4 + a1 * b3 + a2 * b2 + a3 * b1 + a4 * b0 - ((load<i32>(s, 16) as i64)) + q4 * FOLD261 + (q3 << 8) + (v3 >> 29)
  const h5: i64 = a6 * b8 + a7 * b7 + a8 * b6 + (h4 >> 29)
  const q5: i64 = h5 & M29
  const v5: i64 = a0 * b5 + a1 * b4 + a2 * b3 + a3 * b2 + a4 * b1 + a5 * b0 - ((load<i32>(s, 20) as i64)) + q5 * FOLD261 + (q4 << 8) + (v4 >> 29)
  const h6: i64 = a7 * b8 + a8 * b7 + (h5 >> 29)
  const q6: i64 = h6 & M29
  const v6: i64 = a0 * b6 + a1 * b5 + a2 * b4 + a3 * b3 + a4 * b2 + a5 * b1 + a6 * b0 - ((load<i32>(s, 24) as i64)) + q6 * FOLD261 + (q5 << 8) + (v5 >> 29)
  const h7: i64 = a8 * b8 + (h6 >> 29)
  const q7: i64 = h7 & M29
  const v7: i64 = a0 * b7 + a1 * b6 + a2 * b5 + a3 * b4 + a4 * b3 + a5 * b2 + a6 * b1 + a7 * b0 - ((load<i32>(s, 28) as i64)) + q7 * FOLD261 + (q6 << 8) + (v6 >> 29)
  const q8: i64 = h7 >> 29
  const v8: i64 = a0 * b8 + a1 * b7 + a2 * b6 + a3 * b5 + a4 * b4 + a5 * b3 + a6 * b2 + a7 * b1 + a8 * b0 - ((load<i32>(s, 32) as i64)) + q8 * FOLD261 + (q7 << 8) + (v7 >> 29)
  const top: i64 = (v8 >> 24) + (q8 << 13)
  const w0: i64 = (v0 & M29) + top * FOLD256
  const w1: i64 = (v1 & M29) + (top << 3) + (w0 >> 29)
  store<i32>(out, (w0 & M29) as i32)
  store<i32>(out, (w1 & M29) as i32, 4)
  store<i32>(out, ((v2 & M29) + (w1 >> 29)) as i32, 8)
  store<i32>(out, (v3 & M29) as i32, 12)
  store<i32>(out, (v4 & M29) as i32, 16)
  store<i32>(out, (v5 & M29) as i32, 20)
  store<i32>(out, (v6 & M29) as i32, 24)
  store<i32>(out, (v7 & M29) as i32, 28)
  store<i32>(out, (v8 & M24) as i32, 32)
}

/** out = a² */
export function fe_sqr(out: usize, a: usize): void {
  const a0: i64 = load<i32>(a) as i64
  const a1: i64 = load<i32>(a, 4) as i64
  const a2: i64 = load<i32>(a, 8) as i64
  const a3: i64 = load<i32>(a, 12) as i64
  const a4: i64 = load<i32>(a, 16) as i64
  const a5: i64 = load<i32>(a, 20) as i64
  const a6: i64 = load<i32>(a, 24) as i64
  const a7: i64 = load<i32>(a, 28) as i64
  const a8: i64 = load<i32>(a, 32) as i64
  const b0: i64 = a0 << 1
  const b1: i64 = a1 << 1
  const b2: i64 = a2 << 1
  const b3: i64 = a3 << 1
  const b4: i64 = a4 << 1
  const b5: i64 = a5 << 1
  const b6: i64 = a6 << 1
  const b7: i64 = a7 << 1
  const b8: i64 = a8 << 1
  const h0: i64 = a1 * b8 + a2 * b7 + a3 * b6 + a4 * b5
  const q0: i64 = h0 & M29
  const v0: i64 = a0 * a0 + q0 * FOLD261
  const h1: i64 = a2 * b8 + a3 * b7 + a4 * b6 + a5 * a5 + (h0 >> 29)
  const q1: i64 = h1 & M29
  const v1: i64 = a0 * b1 + q1 * FOLD261 + (q0 << 8) + (v0 >> 29)
  const h2: i64 = a3 * b8 + a4 * b7 + a5 * b6 + (h1 >> 29)
  const q2: i64 = h2 & M29
  const v2: i64 = a0 * b2 + a1 * a1 + q2 * FOLD261 + (q1 << 8) + (v1 >> 29)
  const h3: i64 = a4 * b8 + a5 * b7 + a6 * a6 + (h2 >> 29)
  const q3: i64 = h3 & M29
  const v3: i64 = a0 * b3 + a1 * b2 + q3 * FOLD261 + (q2 << 8) + (v2 >> 29)
  const h4: i64 = a5 * b8 + a6 * b7 + (h3 >> 29)
  const q4: i64 = h4 & M29
  const v4: i64 = a0 * b4 + a1 * b3 + a2 * a2 + q4 * FOLD261 + (q3 << 8) + (v3 >> 29)
  const h5: i64 = a6 * b8 + a7 * a7 + (h4 >> 29)
  const q5: i64 = h5 & M29
  const v5: i64 = a0 * b5 + a1 * b4 + a2 * b3 + q5 * FOLD261 + (q4 << 8) + (v4 >> 29)
  const h6: i64 = a7 * b8 + (h5 >> 29)
  const q6: i64 = h6 & M29
  const v6: i64 = a0 * b6 + a1 * b5 + a2 * b4 + a3 * a3 + q6 * FOLD261 + (q5 << 8) + (v5 >> 29)
  const h7: i64 = a8 * a8 + (h6 >> 29)
  const q7: i64 = h7 & M29
  const v7: i64 = a0 * b7 + a1 * b6 + a2 * b5 + a3 * b4 + q7 * FOLD261 + (q6 << 8) + (v6 >> 29)
  const q8: i64 = h7 >> 29
  const v8: i64 = a0 * b8 + a1 * b7 + a2 * b6 + a3 * b5 + a4 * a4 + q8 * FOLD261 + (q7 << 8) + (v7 >> 29)
  const top: i64 = (v8 >> 24) + (q8 << 13)
  const w0: i64 = (v0 & M29) + top * FOLD256
  const w1: i64 = (v1 & M29) + (top << 3) + (w0 >> 29)
  store<i32>(out, (w0 & M29) as i32)
  store<i32>(out, (w1 & M29) as i32, 4)
  store<i32>(out, ((v2 & M29) + (w1 >> 29)) as i32, 8)
  store<i32>(out, (v3 & M29) as i32, 12)
  store<i32>(out, (v4 & M29) as i32, 16)
  store<i32>(out, (v5 & M29) as i32, 20)
  store<i32>(out, (v6 & M29) as i32, 24)
  store<i32>(out, (v7 & M29) as i32, 28)
  store<i32>(out, (v8 & M24) as i32, 32)
}

/** out = 2a²; 2·|a|² < 4 */
export function fe_sqr_2(out: usize, a: usize): void {
  const a0: i64 = load<i32>(a) as i64
  const a1: i64 = load<i32>(a, 4) as i64
  const a2: i64 = load<i32>(a, 8) as i64
  const a3: i64 = load<i32>(a, 12) as i64
  const a4: i64 = load<i32>(a, 16) as i64
  const a5: i64 = load<i32>(a, 20) as i64
  const a6: i64 = load<i32>(a, 24) as i64
  const a7: i64 = load<i32>(a, 28) as i64
  const a8: i64 = load<i32>(a, 32) as i64
  const b0: i64 = a0 << 2
  const b1: i64 = a1 << 2
  const b2: i64 = a2 << 2
  const b3: i64 = a3 << 2
  const b4: i64 = a4 << 2
  const b5: i64 = a5 << 2
  const b6: i64 = a6 << 2
  const b7: i64 = a7 << 2
  const b8: i64 = a8 << 2
  const c0: i64 = a0 << 1
  const c1: i64 = a1 << 1
  const c2: i64 = a2 << 1
  const c3: i64 = a3 << 1
  const c4: i64 = a4 << 1
  const c5: i64 = a5 << 1
  const c6: i64 = a6 << 1
  const c7: i64 = a7 << 1
  const c8: i64 = a8 << 1
  const h0: i64 = a1 * b8 + a2 * b7 + a3 * b6 + a4 * b5
  const q0: i64 = h0 & M29
  const v0: i64 = a0 * c0 + q0 * FOLD261
  const h1: i64 = a2 * b8 + a3 * b7 + a4 * b6 + a5 * c5 + (h0 >> 29)
  const q1: i64 = h1 & M29
  const v1: i64 = a0 * b1 + q1 * FOLD261 + (q0 << 8) + (v0 >> 29)
  const h2: i64 = a3 * b8 + a4 * b7 + a5 * b6 + (h1 >> 29)
  const q2: i64 = h2 & M29
  const v2: i64 = a0 * b2 + a1 * c1 + q2 * FOLD261 + (q1 << 8) + (v1 >> 29)
  const h3: i64 = a4 * b8 + a5 * b7 + a6 * c6 + (h2 >> 29)
  const q3: i64 = h3 & M29
  const v3: i64 = a0 * b3 + a1 * b2 + q3 * FOLD261 + (q2 << 8) + (v2 >> 29)
  const h4: i64 = a5 * b8 + a6 * b7 + (h3 >> 29)
  const q4: i64 = h4 & M29
  const v4: i64 = a0 * b4 + a1 * b3 + a2 * c2 + q4 * FOLD261 + (q3 << 8) + (v3 >> 29)
  const h5: i64 = a6 * b8 + a7 * c7 + (h4 >> 29)
  const q5: i64 = h5 & M29
  const v5: i64 = a0 * b5 + a1 * b4 + a2 * b3 + q5 * FOLD261 + (q4 << 8) + (v4 >> 29)
  const h6: i64 = a7 * b8 + (h5 >> 29)
  const q6: i64 = h6 & M29
  const v6: i64 = a0 * b6 + a1 * b5 + a2 * b4 + a3 * c3 + q6 * FOLD261 + (q5 << 8) + (v5 >> 29)
  const h7: i64 = a8 * c8 + (h6 >> 29)
  const q7: i64 = h7 & M29
  const v7: i64 = a0 * b7 + a1 * b6 + a2 * b5 + a3 * b4 + q7 * FOLD261 + (q6 << 8) + (v6 >> 29)
  const q8: i64 = h7 >> 29
  const v8: i64 = a0 * b8 + a1 * b7 + a2 * b6 + a3 * b5 + a4 * c4 + q8 * FOLD261 + (q7 << 8) + (v7 >> 29)
  const top: i64 = (v8 >> 24) + (q8 << 13)
  const w0: i64 = (v0 & M29) + top * FOLD256
  const w1: i64 = (v1 & M29) + (top << 3) + (w0 >> 29)
  store<i32>(out, (w0 & M29) as i32)
  store<i32>(out, (w1 & M29) as i32, 4)
  store<i32>(out, ((v2 & M29) + (w1 >> 29)) as i32, 8)
  store<i32>(out, (v3 & M29) as i32, 12)
  store<i32>(out, (v4 & M29) as i32, 16)
  store<i32>(out, (v5 & M29) as i32, 20)
  store<i32>(out, (v6 & M29) as i32, 24)
  store<i32>(out, (v7 & M29) as i32, 28)
  store<i32>(out, (v8 & M24) as i32, 32)
}

/** out = 3a²; 3·|a|² < 4 */
export function fe_sqr_3(out: usize, a: usize): void {
  const a0: i64 = load<i32>(a) as i64
  const a1: i64 = load<i32>(a, 4) as i64
  const a2: i64 = load<i32>(a, 8) as i64
  const a3: i64 = load<i32>(a, 12) as i64
  const a4: i64 = load<i32>(a, 16) as i64
  const a5: i64 = load<i32>(a, 20) as i64
  const a6: i64 = load<i32>(a, 24) as i64
  const a7: i64 = load<i32>(a, 28) as i64
  const a8: i64 = load<i32>(a, 32) as i64
  const b0: i64 = (a0 + (a0 << 1)) << 1
  const b1: i64 = (a1 + (a1 << 1)) << 1
  const b2: i64 = (a2 + (a2 << 1)) << 1
  const b3: i64 = (a3 + (a3 << 1)) << 1
  const b4: i64 = (a4 + (a4 << 1)) << 1
  const b5: i64 = (a5 + (a5 << 1)) << 1
  const b6: i64 = (a6 + (a6 << 1)) << 1
  const b7: i64 = (a7 + (a7 << 1)) << 1
  const b8: i64 = (a8 + (a8 << 1)) << 1
  const c0: i64 = (a0 + (a0 << 1))
  const c1: i64 = (a1 + (a1 << 1))
  const c2: i64 = (a2 + (a2 << 1))
  const c3: i64 = (a3 + (a3 << 1))
  const c4: i64 = (a4 + (a4 << 1))
  const c5: i64 = (a5 + (a5 << 1))
  const c6: i64 = (a6 + (a6 << 1))
  const c7: i64 = (a7 + (a7 << 1))
  const c8: i64 = (a8 + (a8 << 1))
  const h0: i64 = a1 * b8 + a2 * b7 + a3 * b6 + a4 * b5
  const q0: i64 = h0 & M29
  const v0: i64 = a0 * c0 + q0 * FOLD261
  const h1: i64 = a2 * b8 + a3 * b7 + a4 * b6 + a5 * c5 + (h0 >> 29)
  const q1: i64 = h1 & M29
  const v1: i64 = a0 * b1 + q1 * FOLD261 + (q0 << 8) + (v0 >> 29)
  const h2: i64 = a3 * b8 + a4 * b7 + a5 * b6 + (h1 >> 29)
  const q2: i64 = h2 & M29
  const v2: i64 = a0 * b2 + a1 * c1 + q2 * FOLD261 + (q1 << 8) + (v1 >> 29)
  const h3: i64 = a4 * b8 + a5 * b7 + a6 * c6 + (h2 >> 29)
  const q3: i64 = h3 & M29
  const v3: i64 = a0 * b3 + a1 * b2 + q3 * FOLD261 + (q2 << 8) + (v2 >> 29)
  const h4: i64 = a5 * b8 + a6 * b7 + (h3 >> 29)
  const q4: i64 = h4 & M29
  const v4: i64 = a0 * b4 + a1 * b3 + a2 * c2 + q4 * FOLD261 + (q3 << 8) + (v3 >> 29)
  const h5: i64 = a6 * b8 + a7 * c7 + (h4 >> 29)
  const q5: i64 = h5 & M29
  const v5: i64 = a0 * b5 + a1 * b4 + a2 * b3 + q5 * FOLD261 + (q4 << 8) + (v4 >> 29)
  const h6: i64 = a7 * b8 + (h5 >> 29)
  const q6: i64 = h6 & M29
  const v6: i64 = a0 * b6 + a1 * b5 + a2 * b4 + a3 * c3 + q6 * FOLD261 + (q5 << 8) + (v5 >> 29)
  const h7: i64 = a8 * c8 + (h6 >> 29)
  const q7: i64 = h7 & M29
  const v7: i64 = a0 * b7 + a1 * b6 + a2 * b5 + a3 * b4 + q7 * FOLD261 + (q6 << 8) + (v6 >> 29)
  const q8: i64 = h7 >> 29
  const v8: i64 = a0 * b8 + a1 * b7 + a2 * b6 + a3 * b5 + a4 * c4 + q8 * FOLD261 + (q7 << 8) + (v7 >> 29)
  const top: i64 = (v8 >> 24) + (q8 << 13)
  const w0: i64 = (v0 & M29) + top * FOLD256
  const w1: i64 = (v1 & M29) + (top << 3) + (w0 >> 29)
  store<i32>(out, (w0 & M29) as i32)
  store<i32>(out, (w1 & M29) as i32, 4)
  store<i32>(out, ((v2 & M29) + (w1 >> 29)) as i32, 8)
  store<i32>(out, (v3 & M29) as i32, 12)
  store<i32>(out, (v4 & M29) as i32, 16)
  store<i32>(out, (v5 & M29) as i32, 20)
  store<i32>(out, (v6 & M29) as i32, 24)
  store<i32>(out, (v7 & M29) as i32, 28)
  store<i32>(out, (v8 & M24) as i32, 32)
}

/** out = a² - s - t: the abscissa of an affine sum */
export function fe_sqr_sub(out: usize, a: usize, s: usize, t: usize): void {
  const a0: i64 = load<i32>(a) as i64
  const a1: i64 = load<i32>(a, 4) as i64
  const a2: i64 = load<i32>(a, 8) as i64
  const a3: i64 = load<i32>(a, 12) as i64
  const a4: i64 = load<i32>(a, 16) as i64
  const a5: i64 = load<i32>(a, 20) as i64
  const a6: i64 = load<i32>(a, 24) as i64
  const a7: i64 = load<i32>(a, 28) as i64
  const a8: i64 = load<i32>(a, 32) as i64
  const b0: i64 = a0 << 1
  const b1: i64 = a1 << 1
  const b2: i64 = a2 << 1
  const b3: i64 = a3 << 1
  const b4: i64 = a4 << 1
  const b5: i64 = a5 << 1
  const b6: i64 = a6 << 1
  const b7: i64 = a7 << 1
  const b8: i64 = a8 << 1
  const h0: i64 = a1 * b8 + a2 * b7 + a3 * b6 + a4 * b5
  const q0: i64 = h0 & M29
  const v0: i64 = a0 * a0 - ((load<i32>(s) as i64)) - ((load<i32>(t) as i64)) + q0 * FOLD261
  const h1: i64 = a2 * b8 + a3 * b7 + a4 * b6 + a5 * a5 + (h0 >> 29)
  const q1: i64 = h1 & M29
  const v1: i64 = a0 * b1 - ((load<i32>(s, 4) as i64)) - ((load<i32>(t, 4) as i64)) + q1 * FOLD261 + (q0 << 8) + (v0 >> 29)
  const h2: i64 = a3 * b8 + a4 * b7 + a5 * b6 + (h1 >> 29)
  const q2: i64 = h2 & M29
  const v2: i64 = a0 * b2 + a1 * a1 - ((load<i32>(s, 8) as i64)) - ((load<i32>(t, 8) as i64)) + q2 * FOLD261 + (q1 << 8) + (v1 >> 29)
  const h3: i64 = a4 * b8 + a5 * b7 + a6 * a6 + (h2 >> 29)
  const q3: i64 = h3 & M29
  const v3: i64 = a0 * b3 + a1 * b2 - ((load<i32>(s, 12) as i64)) - ((load<i32>(t, 12) as i64)) + q3 * FOLD261 + (q2 << 8) + (v2 >> 29)
  const h4: i64 = a5 * b8 + a6 * b7 + (h3 >> 29)
  const q4: i64 = h4 & M29
  const v4: i64 = a0 * b4 + a1 * b3 + a2 * a2 - ((load<i32>(s, 16) as i64)) - ((load<i32>(t, 16) as i64)) + q4 * FOLD261 + (q3 << 8) + (v3 >> 29)
  const h5: i64 = a6 * b8 + a7 * a7 + (h4 >> 29)
  const q5: i64 = h5 & M29
  const v5: i64 = a0 * b5 + a1 * b4 + a2 * b3 - ((load<i32>(s, 20) as i64)) - ((load<i32>(t, 20) as i64)) + q5 * FOLD261 + (q4 << 8) + (v4 >> 29)
  const h6: i64 = a7 * b8 + (h5 >> 29)
  const q6: i64 = h6 & M29
  const v6: i64 = a0 * b6 + a1 * b5 + a2 * b4 + a3 * a3 - ((load<i32>(s, 24) as i64)) - ((load<i32>(t, 24) as i64)) + q6 * FOLD261 + (q5 << 8) + (v5 >> 29)
  const h7: i64 = a8 * a8 + (h6 >> 29)
  const q7: i64 = h7 & M29
  const v7: i64 = a0 * b7 + a1 * b6 + a2 * b5 + a3 * b4 - ((load<i32>(s, 28) as i64)) - ((load<i32>(t, 28) as i64)) + q7 * FOLD261 + (q6 << 8) + (v6 >> 29)
  const q8: i64 = h7 >> 29
  const v8: i64 = a0 * b8 + a1 * b7 + a2 * b6 + a3 * b5 + a4 * a4 - ((load<i32>(s, 32) as i64)) - ((load<i32>(t, 32) as i64)) + q8 * FOLD261 + (q7 << 8) + (v7 >> 29)
  const top: i64 = (v8 >> 24) + (q8 << 13)
  const w0: i64 = (v0 & M29) + top * FOLD256
  const w1: i64 = (v1 & M29) + (top << 3) + (w0 >> 29)
  store<i32>(out, (w0 & M29) as i32)
  store<i32>(out, (w1 & M29) as i32, 4)
  store<i32>(out, ((v2 & M29) + (w1 >> 29)) as i32, 8)
  store<i32>(out, (v3 & M29) as i32, 12)
  store<i32>(out, (v4 & M29) as i32, 16)
  store<i32>(out, (v5 & M29) as i32, 20)
  store<i32>(out, (v6 & M29) as i32, 24)
  store<i32>(out, (v7 & M29) as i32, 28)
  store<i32>(out, (v8 & M24) as i32, 32)
}

/** out = a² - s - 2t: the abscissa of a Jacobian sum */
export function fe_sqr_sub_2(out: usize, a: usize, s: usize, t: usize): void {
  const a0: i64 = load<i32>(a) as i64
  const a1: i64 = load<i32>(a, 4) as i64
  const a2: i64 = load<i32>(a, 8) as i64
  const a3: i64 = load<i32>(a, 12) as i64
  const a4: i64 = load<i32>(a, 16) as i64
  const a5: i64 = load<i32>(a, 20) as i64
  const a6: i64 = load<i32>(a, 24) as i64
  const a7: i64 = load<i32>(a, 28) as i64
  const a8: i64 = load<i32>(a, 32) as i64
  const b0: i64 = a0 << 1
  const b1: i64 = a1 << 1
  const b2: i64 = a2 << 1
  const b3: i64 = a3 << 1
  const b4: i64 = a4 << 1
  const b5: i64 = a5 << 1
  const b6: i64 = a6 << 1
  const b7: i64 = a7 << 1
  const b8: i64 = a8 << 1
  const h0: i64 = a1 * b8 + a2 * b7 + a3 * b6 + a4 * b5
  const q0: i64 = h0 & M29
  const v0: i64 = a0 * a0 - ((load<i32>(s) as i64)) - ((load<i32>(t) as i64) << 1) + q0 * FOLD261
  const h1: i64 = a2 * b8 + a3 * b7 + a4 * b6 + a5 * a5 + (h0 >> 29)
  const q1: i64 = h1 & M29
  const v1: i64 = a0 * b1 - ((load<i32>(s, 4) as i64)) - ((load<i32>(t, 4) as i64) << 1) + q1 * FOLD261 + (q0 << 8) + (v0 >> 29)
  const h2: i64 = a3 * b8 + a4 * b7 + a5 * b6 + (h1 >> 29)
  const q2: i64 = h2 & M29
  const v2: i64 = a0 * b2 + a1 * a1 - ((load<i32>(s, 8) as i64)) - ((load<i32>(t, 8) as i64) << 1) + q2 * FOLD261 + (q1 << 8) + (v1 >> 29)
  const h3: i64 = a4 * b8 + a5 * b7 + a6 * a6 + (h2 >> 29)
  const q3: i64 = h3 & M29
  const v3: i64 = a0 * b3 + a1 * b2 - ((load<i32>(s, 12) as i64)) - ((load<i32>(t, 12) as i64) << 1) + q3 * FOLD261 + (q2 << 8) + (v2 >> 29)
  const h4: i64 = a5 * b8 + a6 * b7 + (h3 >> 29)
  const q4: i64 = h4 & M29
  const v4: i64 = a0 * b4 + a1 * b3 + a2 * a2 - ((load<i32>(s, 16) as i64)) - ((load<i32>(t, 16) as i64) << 1) + q4 * FOLD261 + (q3 << 8) + (v3 >> 29)
  const h5: i64 = a6 * b8 + a7 * a7 + (h4 >> 29)
  const q5: i64 = h5 & M29
  const v5: i64 = a0 * b5 + a1 * b4 + a2 * b3 - ((load<i32>(s, 20) as i64)) - ((load<i32>(t, 20) as i64) << 1) + q5 * FOLD261 + (q4 << 8) + (v4 >> 29)
  const h6: i64 = a7 * b8 + (h5 >> 29)
  const q6: i64 = h6 & M29
  const v6: i64 = a0 * b6 + a1 * b5 + a2 * b4 + a3 * a3 - ((load<i32>(s, 24) as i64)) - ((load<i32>(t, 24) as i64) << 1) + q6 * FOLD261 + (q5 << 8) + (v5 >> 29)
  const h7: i64 = a8 * a8 + (h6 >> 29)
  const q7: i64 = h7 & M29
  const v7: i64 = a0 * b7 + a1 * b6 + a2 * b5 + a3 * b4 - ((load<i32>(s, 28) as i64)) - ((load<i32>(t, 28) as i64) << 1) + q7 * FOLD261 + (q6 << 8) + (v6 >> 29)
  const q8: i64 = h7 >> 29
  const v8: i64 = a0 * b8 + a1 * b7 + a2 * b6 + a3 * b5 + a4 * a4 - ((load<i32>(s, 32) as i64)) - ((load<i32>(t, 32) as i64) << 1) + q8 * FOLD261 + (q7 << 8) + (v7 >> 29)
  const top: i64 = (v8 >> 24) + (q8 << 13)
  const w0: i64 = (v0 & M29) + top * FOLD256
  const w1: i64 = (v1 & M29) + (top << 3) + (w0 >> 29)
  store<i32>(out, (w0 & M29) as i32)
  store<i32>(out, (w1 & M29) as i32, 4)
  store<i32>(out, ((v2 & M29) + (w1 >> 29)) as i32, 8)
  store<i32>(out, (v3 & M29) as i32, 12)
  store<i32>(out, (v4 & M29) as i32, 16)
  store<i32>(out, (v5 & M29) as i32, 20)
  store<i32>(out, (v6 & M29) as i32, 24)
  store<i32>(out, (v7 & M29) as i32, 28)
  store<i32>(out, (v8 & M24) as i32, 32)
}

/** out = a·(b - c) - d·e: the ordinate of a Jacobian sum; |a|·|b - c| + |d|·|e| < 4 */
export function fe_mul_diff_sub_mul(out: usize, a: usize, b: usize, c: usize, d: usize, e: usize): void {
  const a0: i64 = load<i32>(a) as i64
  const a1: i64 = load<i32>(a, 4) as i64
  const a2: i64 = load<i32>(a, 8) as i64
  const a3: i64 = load<i32>(a, 12) as i64
  const a4: i64 = load<i32>(a, 16) as i64
  const a5: i64 = load<i32>(a, 20) as i64
  const a6: i64 = load<i32>(a, 24) as i64
  const a7: i64 = load<i32>(a, 28) as i64
  const a8: i64 = load<i32>(a, 32) as i64
  const b0: i64 = (load<i32>(b) - load<i32>(c)) as i64
  const b1: i64 = (load<i32>(b, 4) - load<i32>(c, 4)) as i64
  const b2: i64 = (load<i32>(b, 8) - load<i32>(c, 8)) as i64
  const b3: i64 = (load<i32>(b, 12) - load<i32>(c, 12)) as i64
  const b4: i64 = (load<i32>(b, 16) - load<i32>(c, 16)) as i64
  const b5: i64 = (load<i32>(b, 20) - load<i32>(c, 20)) as i64
  const b6: i64 = (load<i32>(b, 24) - load<i32>(c, 24)) as i64
  const b7: i64 = (load<i32>(b, 28) - load<i32>(c, 28)) as i64
  const b8: i64 = (load<i32>(b, 32) - load<i32>(c, 32)) as i64
  const d0: i64 = -(load<i32>(d) as i64)
  const d1: i64 = -(load<i32>(d, 4) as i64)
  const d2: i64 = -(load<i32>(d, 8) as i64)
  const d3: i64 = -(load<i32>(d, 12) as i64)
  const d4: i64 = -(load<i32>(d, 16) as i64)
  const d5: i64 = -(load<i32>(d, 20) as i64)
  const d6: i64 = -(load<i32>(d, 24) as i64)
  const d7: i64 = -(load<i32>(d, 28) as i64)
  const d8: i64 = -(load<i32>(d, 32) as i64)
  const e0: i64 = load<i32>(e) as i64
  const e1: i64 = load<i32>(e, 4) as i64
  const e2: i64 = load<i32>(e, 8) as i64
  const e3: i64 = load<i32>(e, 12) as i64
  const e4: i64 = load<i32>(e, 16) as i64
  const e5: i64 = load<i32>(e, 20) as i64
  const e6: i64 = load<i32>(e, 24) as i64
  const e7: i64 = load<i32>(e, 28) as i64
  const e8: i64 = load<i32>(e, 32) as i64
  const h0: i64 = a1 * b8 + a2 * b7 + a3 * b6 + a4 * b5 + a5 * b4 + a6 * b3 + a7 * b2 + a8 * b1 + d1 * e8 + d2 * e7 + d3 * e6 + d4 * e5 + d5 * e4 + d6 * e3 + d7 * e2 + d8 * e1
  const q0: i64 = h0 & M29
  const v0: i64 = a0 * b0 + d0 * e0 + q0 * FOLD261
  const h1: i64 = a2 * b8 + a3 * b7 + a4 * b6 + a5 * b5 + a6 * b4 + a7 * b3 + a8 * b2 + d2 * e8 + d3 * e7 + d4 * e6 + d5 * e5 + d6 * e4 + d7 * e3 + d8 * e2 + (h0 >> 29)
  const q1: i64 = h1 & M29
  const v1: i64 = a0 * b1 + a1 * b0 + d0 * e1 + d1 * e0 + q1 * FOLD261 + (q0 << 8) + (v0 >> 29)
  const h2: i64 = a3 * b8 + a4 * b7 + a5 * b6 + a6 * b5 + a7 * b4 + a8 * b3 + d3 * e8 + d4 * e7 + d5 * e6 + d6 * e5 + d7 * e4 + d8 * e3 + (h1 >> 29)
  const q2: i64 = h2 & M29
  const v2: i64 = a0 * b2 + a1 * b1 + a2 * b0 + d0 * e2 + d1 * e1 + d2 * e0 + q2 * FOLD261 + (q1 << 8) + (v1 >> 29)
  const h3: i64 = a4 * b8 + a5 * b7 + a6 * b6 + a7 * b5 + a8 * b4 + d4 * e8 + d5 * e7 + d6 * e6 + d7 * e5 + d8 * e4 + (h2 >> 29)
  const q3: i64 = h3 & M29
  const v3: i64 = a0 * b3 + a1 * b2 + a2 * b1 + a3 * b0 + d0 * e3 + d1 * e2 + d2 * e1 + d3 * e0 + q3 * FOLD261 + (q2 << 8) + (v2 >> 29)
  const h4: i64 = a5 * b8 + a6 * b7 + a7 * b6 + a8 * b5 + d5 * e8 + d6 * e7 + d7 * e6 + d8 * e5 + (h3 >> 29)
  const q4: i64 = h4 & M29
  const v4: i64 = a0 * b4 + a1 * b3 + a2 * b2 + a3 * b1 + a4 * b0 + d0 * e4 + d1 * e3 + d2 * e2 + d3 * e1 + d4 * e0 + q4 * FOLD261 + (q3 << 8) + (v3 >> 29)
  const h5: i64 = a6 * b8 + a7 * b7 + a8 * b6 + d6 * e8 + d7 * e7 + d8 * e6 + (h4 >> 29)
  const q5: i64 = h5 & M29
  const v5: i64 = a0 * b5 + a1 * b4 + a2 * b3 + a3 * b2 + a4 * b1 + a5 * b0 + d0 * e5 + d1 * e4 + d2 * e3 + d3 * e2 + d4 * e1 + d5 * e0 + q5 * FOLD261 + (q4 << 8) + (v4 >> 29)
  const h6: i64 = a7 * b8 + a8 * b7 + d7 * e8 + d8 * e7 + (h5 >> 29)
  const q6: i64 = h6 & M29
  const v6: i64 = a0 * b6 + a1 * b5 + a2 * b4 + a3 * b3 + a4 * b2 + a5 * b1 + a6 * b0 + d0 * e6 + d1 * e5 + d2 * e4 + d3 * e3 + d4 * e2 + d5 * e1 + d6 * e0 + q6 * FOLD261 + (q5 << 8) + (v5 >> 29)
  const h7: i64 = a8 * b8 + d8 * e8 + (h6 >> 29)
  const q7: i64 = h7 & M29
  const v7: i64 = a0 * b7 + a1 * b6 + a2 * b5 + a3 * b4 + a4 * b3 + a5 * b2 + a6 * b1 + a7 * b0 + d0 * e7 + d1 * e6 + d2 * e5 + d3 * e4 + d4 * e3 + d5 * e2 + d6 * e1 + d7 * e0 + q7 * FOLD261 + (q6 << 8) + (v6 >> 29)
  const q8: i64 = h7 >> 29
  const v8: i64 = a0 * b8 + a1 * b7 + a2 * b6 + a3 * b5 + a4 * b4 + a5 * b3 + a6 * b2 + a7 * b1 + a8 * b0 + d0 * e8 + d1 * e7 + d2 * e6 + d3 * e5 + d4 * e4 + d5 * e3 + d6 * e2 + d7 * e1 + d8 * e0 + q8 * FOLD261 + (q7 << 8) + (v7 >> 29)
  const top: i64 = (v8 >> 24) + (q8 << 13)
  const w0: i64 = (v0 & M29) + top * FOLD256
  const w1: i64 = (v1 & M29) + (top << 3) + (w0 >> 29)
  store<i32>(out, (w0 & M29) as i32)
  store<i32>(out, (w1 & M29) as i32, 4)
  store<i32>(out, ((v2 & M29) + (w1 >> 29)) as i32, 8)
  store<i32>(out, (v3 & M29) as i32, 12)
  store<i32>(out, (v4 & M29) as i32, 16)
  store<i32>(out, (v5 & M29) as i32, 20)
  store<i32>(out, (v6 & M29) as i32, 24)
  store<i32>(out, (v7 & M29) as i32, 28)
  store<i32>(out, (v8 & M24) as i32, 32)
}

/** out = a·(b - c) - 2d²: the ordinate of a Jacobian double; |a|·|b - c| + 2|d|² < 4 */
export function fe_mul_diff_sub_sqr_2(out: usize, a: usize, b: usize, c: usize, d: usize): void {
  const a0: i64 = load<i32>(a) as i64
  const a1: i64 = load<i32>(a, 4) as i64
  const a2: i64 = load<i32>(a, 8) as i64
  const a3: i64 = load<i32>(a, 12) as i64
  const a4: i64 = load<i32>(a, 16) as i64
  const a5: i64 = load<i32>(a, 20) as i64
  const a6: i64 = load<i32>(a, 24) as i64
  const a7: i64 = load<i32>(a, 28) as i64
  const a8: i64 = load<i32>(a, 32) as i64
  const b0: i64 = (load<i32>(b) - load<i32>(c)) as i64
  const b1: i64 = (load<i32>(b, 4) - load<i32>(c, 4)) as i64
  const b2: i64 = (load<i32>(b, 8) - load<i32>(c, 8)) as i64
  const b3: i64 = (load<i32>(b, 12) - load<i32>(c, 12)) as i64
  const b4: i64 = (load<i32>(b, 16) - load<i32>(c, 16)) as i64
  const b5: i64 = (load<i32>(b, 20) - load<i32>(c, 20)) as i64
  const b6: i64 = (load<i32>(b, 24) - load<i32>(c, 24)) as i64
  const b7: i64 = (load<i32>(b, 28) - load<i32>(c, 28)) as i64
  const b8: i64 = (load<i32>(b, 32) - load<i32>(c, 32)) as i64
  const d0: i64 = load<i32>(d) as i64
  const d1: i64 = load<i32>(d, 4) as i64
  const d2: i64 = load<i32>(d, 8) as i64
  const d3: i64 = load<i32>(d, 12) as i64
  const d4: i64 = load<i32>(d, 16) as i64
  const d5: i64 = load<i32>(d, 20) as i64
  const d6: i64 = load<i32>(d, 24) as i64
  const d7: i64 = load<i32>(d, 28) as i64
  const d8: i64 = load<i32>(d, 32) as i64
  const e0: i64 = -(d0 << 2)
  const e1: i64 = -(d1 << 2)
  const e2: i64 = -(d2 << 2)
  const e3: i64 = -(d3 << 2)
  const e4: i64 = -(d4 << 2)
  const e5: i64 = -(d5 << 2)
  const e6: i64 = -(d6 << 2)
  const e7: i64 = -(d7 << 2)
  const e8: i64 = -(d8 << 2)
  const f0: i64 = -(d0 << 1)
  const f1: i64 = -(d1 << 1)
  const f2: i64 = -(d2 << 1)
  const f3: i64 = -(d3 << 1)
  const f4: i64 = -(d4 << 1)
  const f5: i64 = -(d5 << 1)
  const f6: i64 = -(d6 << 1)
  const f7: i64 = -(d7 << 1)
  const f8: i64 = -(d8 << 1)
  const h0: i64 = a1 * b8 + a2 * b7 + a3 * b6 + a4 * b5 + a5 * b4 + a6 * b3 + a7 * b2 + a8 * b1 + d1 * e8 + d2 * e7 + d3 * e6 + d4 * e5
  const q0: i64 = h0 & M29
  const v0: i64 = a0 * b0 + d0 * f0 + q0 * FOLD261
  const h1: i64 = a2 * b8 + a3 * b7 + a4 * b6 + a5 * b5 + a6 * b4 + a7 * b3 + a8 * b2 + d2 * e8 + d3 * e7 + d4 * e6 + d5 * f5 + (h0 >> 29)
  const q1: i64 = h1 & M29
  const v1: i64 = a0 * b1 + a1 * b0 + d0 * e1 + q1 * FOLD261 + (q0 << 8) + (v0 >> 29)
  const h2: i64 = a3 * b8 + a4 * b7 + a5 * b6 + a6 * b5 + a7 * b4 + a8 * b3 + d3 * e8 + d4 * e7 + d5 * e6 + (h1 >> 29)
  const q2: i64 = h2 & M29
  const v2: i64 = a0 * b2 + a1 * b1 + a2 * b0 + d0 * e2 + d1 * f1 + q2 * FOLD261 + (q1 << 8) + (v1 >> 29)
  const h3: i64 = a4 * b8 + a5 * b7 + a6 * b6 + a7 * b5 + a8 * b4 + d4 * e8 + d5 * e7 + d6 * f6 + (h2 >> 29)
  const q3: i64 = h3 & M29
  const v3: i64 = a0 * b3 + a1 * b2 + a2 * b1 + a3 * b0 + d0 * e3 + d1 * e2 + q3 * FOLD261 + (q2 << 8) + (v2 >> 29)
  const h4: i64 = a5 * b8 + a6 * b7 + a7 * b6 + a8 * b5 + d5 * e8 + d6 * e7 + (h3 >> 29)
  const q4: i64 = h4 & M29
  const v4: i64 = a0 * b4 + a1 * b3 + a2 * b2 + a3 * b1 + a4 * b0 + d0 * e4 + d1 * e3 + d2 * f2 + q4 * FOLD261 + (q3 << 8) + (v3 >> 29)
  const h5: i64 = a6 * b8 + a7 * b7 + a8 * b6 + d6 * e8 + d7 * f7 + (h4 >> 29)
  const q5: i64 = h5 & M29
  const v5: i64 = a0 * b5 + a1 * b4 + a2 * b3 + a3 * b2 + a4 * b1 + a5 * b0 + d0 * e5 + d1 * e4 + d2 * e3 + q5 * FOLD261 + (q4 << 8) + (v4 >> 29)
  const h6: i64 = a7 * b8 + a8 * b7 + d7 * e8 + (h5 >> 29)
  const q6: i64 = h6 & M29
  const v6: i64 = a0 * b6 + a1 * b5 + a2 * b4 + a3 * b3 + a4 * b2 + a5 * b1 + a6 * b0 + d0 * e6 + d1 * e5 + d2 * e4 + d3 * f3 + q6 * FOLD261 + (q5 << 8) + (v5 >> 29)
  const h7: i64 = a8 * b8 + d8 * f8 + (h6 >> 29)
  const q7: i64 = h7 & M29
  const v7: i64 = a0 * b7 + a1 * b6 + a2 * b5 + a3 * b4 + a4 * b3 + a5 * b2 + a6 * b1 + a7 * b0 + d0 * e7 + d1 * e6 + d2 * e5 + d3 * e4 + q7 * FOLD261 + (q6 << 8) + (v6 >> 29)
  const q8: i64 = h7 >> 29
  const v8: i64 = a0 * b8 + a1 * b7 + a2 * b6 + a3 * b5 + a4 * b4 + a5 * b3 + a6 * b2 + a7 * b1 + a8 * b0 + d0 * e8 + d1 * e7 + d2 * e6 + d3 * e5 + d4 * f4 + q8 * FOLD261 + (q7 << 8) + (v7 >> 29)
  const top: i64 = (v8 >> 24) + (q8 << 13)
  const w0: i64 = (v0 & M29) + top * FOLD256
  const w1: i64 = (v1 & M29) + (top << 3) + (w0 >> 29)
  store<i32>(out, (w0 & M29) as i32)
  store<i32>(out, (w1 & M29) as i32, 4)
  store<i32>(out, ((v2 & M29) + (w1 >> 29)) as i32, 8)
  store<i32>(out, (v3 & M29) as i32, 12)
  store<i32>(out, (v4 & M29) as i32, 16)
  store<i32>(out, (v5 & M29) as i32, 20)
  store<i32>(out, (v6 & M29) as i32, 24)
  store<i32>(out, (v7 & M29) as i32, 28)
  store<i32>(out, (v8 & M24) as i32, 32)
}

/** out = a^(2^times); times is public */
export function fe_sqr_times(out: usize, a: usize, times: i32): void {
  let a0: i64 = load<i32>(a) as i64
  let a1: i64 = load<i32>(a, 4) as i64
  let a2: i64 = load<i32>(a, 8) as i64
  let a3: i64 = load<i32>(a, 12) as i64
  let a4: i64 = load<i32>(a, 16) as i64
  let a5: i64 = load<i32>(a, 20) as i64
  let a6: i64 = load<i32>(a, 24) as i64
  let a7: i64 = load<i32>(a, 28) as i64
  let a8: i64 = load<i32>(a, 32) as i64
  for (let i = 0; i < times; i++) {
    const b0: i64 = a0 << 1
    const b1: i64 = a1 << 1
    const b2: i64 = a2 << 1
    const b3: i64 = a3 << 1
    const b4: i64 = a4 << 1
    const b5: i64 = a5 << 1
    const b6: i64 = a6 << 1
    const b7: i64 = a7 << 1
    const b8: i64 = a8 << 1
    const h0: i64 = a1 * b8 + a2 * b7 + a3 * b6 + a4 * b5
    const q0: i64 = h0 & M29
    const v0: i64 = a0 * a0 + q0 * FOLD261
    const h1: i64 = a2 * b8 + a3 * b7 + a4 * b6 + a5 * a5 + (h0 >> 29)
    const q1: i64 = h1 & M29
    const v1: i64 = a0 * b1 + q1 * FOLD261 + (q0 << 8) + (v0 >> 29)
    const h2: i64 = a3 * b8 + a4 * b7 + a5 * b6 + (h1 >> 29)
    const q2: i64 = h2 & M29
    const v2: i64 = a0 * b2 + a1 * a1 + q2 * FOLD261 + (q1 << 8) + (v1 >> 29)
    const h3: i64 = a4 * b8 + a5 * b7 + a6 * a6 + (h2 >> 29)
    const q3: i64 = h3 & M29
    const v3: i64 = a0 * b3 + a1 * b2 + q3 * FOLD261 + (q2 << 8) + (v2 >> 29)
    const h4: i64 = a5 * b8 + a6 * b7 + (h3 >> 29)
    const q4: i64 = h4 & M29
    const v4: i64 = a0 * b4 + a1 * b3 + a2 * a2 + q4 * FOLD261 + (q3 << 8) + (v3 >> 29)
    const h5: i64 = a6 * b8 + a7 * a7 + (h4 >> 29)
    const q5: i64 = h5 & M29
    const v5: i64 = a0 * b5 + a1 * b4 + a2 * b3 + q5 * FOLD261 + (q4 << 8) + (v4 >> 29)
    const h6: i64 = a7 * b8 + (h5 >> 29)
    const q6: i64 = h6 & M29
    const v6: i64 = a0 * b6 + a1 * b5 + a2 * b4 + a3 * a3 + q6 * FOLD261 + (q5 << 8) + (v5 >> 29)
    const h7: i64 = a8 * a8 + (h6 >> 29)
    const q7: i64 = h7 & M29
    const v7: i64 = a0 * b7 + a1 * b6 + a2 * b5 + a3 * b4 + q7 * FOLD261 + (q6 << 8) + (v6 >> 29)
    const q8: i64 = h7 >> 29
    const v8: i64 = a0 * b8 + a1 * b7 + a2 * b6 + a3 * b5 + a4 * a4 + q8 * FOLD261 + (q7 << 8) + (v7 >> 29)
    const top: i64 = (v8 >> 24) + (q8 << 13)
    const w0: i64 = (v0 & M29) + top * FOLD256
    const w1: i64 = (v1 & M29) + (top << 3) + (w0 >> 29)
    a0 = w0 & M29
    a1 = w1 & M29
    a2 = (v2 & M29) + (w1 >> 29)
    a3 = v3 & M29
    a4 = v4 & M29
    a5 = v5 & M29
    a6 = v6 & M29
    a7 = v7 & M29
    a8 = v8 & M24
  }
  store<i32>(out, a0 as i32)
  store<i32>(out, a1 as i32, 4)
  store<i32>(out, a2 as i32, 8)
  store<i32>(out, a3 as i32, 12)
  store<i32>(out, a4 as i32, 16)
  store<i32>(out, a5 as i32, 20)
  store<i32>(out, a6 as i32, 24)
  store<i32>(out, a7 as i32, 28)
  store<i32>(out, a8 as i32, 32)
}
