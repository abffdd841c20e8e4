/**
 * Products in the verifier's field: ten signed limbs of 26 bits, columns summed in i64 and folded from the top while the low half is built.
 * 2^260 = 2^36 + 15632 (mod p), so what stands in column k + 10 goes times 15632 to column k and times 2^10 to column k + 1.
 * Public values only; nothing here is used by the signing path.
 */
const M26: i64 = (1 << 26) - 1
const M22: i64 = (1 << 22) - 1
const FOLD0: i64 = 15632
const FOLD1: i64 = 10

/** Limbs 0, 1, 2 and 9, with what stands above 2^256 folded in: 2^256 = 2^32 + 977. */
// @ts-ignore: decorator
@inline
function store_folded(out: usize, r0: i64, r1: i64, r2: i64, r9: i64, over: i64): void {
  const t0 = r0 + over * 977
  const t1 = r1 + (over << 6) + (t0 >> 26)
  store<i32>(out, (t0 & M26) as i32)
  store<i32>(out, (t1 & M26) as i32, 4)
  store<i32>(out, (r2 + (t1 >> 26)) as i32, 8)
  store<i32>(out, r9 as i32, 36)
}

/** out = a·b for |a|·|b| <= 150 (see verify-field.ts); the result is reduced. */
export function product(out: usize, a: usize, b: usize): void {
  const a0 = load<i32>(a, 0) as i64
  const a1 = load<i32>(a, 4) as i64
  const a2 = load<i32>(a, 8) as i64
  const a3 = load<i32>(a, 12) as i64
  const a4 = load<i32>(a, 16) as i64
  const a5 = load<i32>(a, 20) as i64
  const a6 = load<i32>(a, 24) as i64
  const a7 = load<i32>(a, 28) as i64
  const a8 = load<i32>(a, 32) as i64
  const a9 = load<i32>(a, 36) as i64
  const b0 = load<i32>(b, 0) as i64
  const b1 = load<i32>(b, 4) as i64
  const b2 = load<i32>(b, 8) as i64
  const b3 = load<i32>(b, 12) as i64
  const b4 = load<i32>(b, 16) as i64
  const b5 = load<i32>(b, 20) as i64
  const b6 = load<i32>(b, 24) as i64
  const b7 = load<i32>(b, 28) as i64
  const b8 = load<i32>(b, 32) as i64
  const b9 = load<i32>(b, 36) as i64
  let high: i64 = 0
  let low: i64 = 0
  let over: i64 = 0

  high += a1 * b9 + a2 * b8 + a3 * b7 + a4 * b6 + a5 * b5 + a6 * b4 + a7 * b3 + a8 * b2 + a9 * b1
  over = high & M26
  high >>= 26
  low += a0 * b0 + over * FOLD0
  const r0 = low & M26
  low = (low >> 26) + (over << FOLD1)

  high += a2 * b9 + a3 * b8 + a4 * b7 + a5 * b6 + a6 * b5 + a7 * b4 + a8 * b3 + a9 * b2
  over = high & M26
  high >>= 26
  low += a0 * b1 + a1 * b0 + over * FOLD0
  const r1 = low & M26
  low = (low >> 26) + (over << FOLD1)

  high += a3 * b9 + a4 * b8 + a5 * b7 + a6 * b6 + a7 * b5 + a8 * b4 + a9 * b3
  over = high & M26
  high >>= 26
  low += a0 * b2 + a1 * b1 + a2 * b0 + over * FOLD0
  const r2 = low & M26
  low = (low >> 26) + (over << FOLD1)

  high += a4 * b9 + a5 * b8 + a6 * b7 + a7 * b6 + a8 * b5 + a9 * b4
  over = high & M26
  high >>= 26
  low += a0 * b3 + a1 * b2 + a2 * b1 + a3 * b0 + over * FOLD0
  const r3 = low & M26
  low = (low >> 26) + (over << FOLD1)

  high += a5 * b9 + a6 * b8 + a7 * b7 + a8 * b6 + a9 * b5
  over = high & M26
  high >>= 26
  low += a0 * b4 + a1 * b3 + a2 * b2 + a3 * b1 + a4 * b0 + over * FOLD0
  const r4 = low & M26
  low = (low >> 26) + (over << FOLD1)

  high += a6 * b9 + a7 * b8 + a8 * b7 + a9 * b6
  over = high & M26
  high >>= 26
  low += a0 * b5 + a1 * b4 + a2 * b3 + a3 * b2 + a4 * b1 + a5 * b0 + over * FOLD0
  const r5 = low & M26
  low = (low >> 26) + (over << FOLD1)

  high += a7 * b9 + a8 * b8 + a9 * b7
  over = high & M26
  high >>= 26
  low += a0 * b6 + a1 * b5 + a2 * b4 + a3 * b3 + a4 * b2 + a5 * b1 + a6 * b0 + over * FOLD0
  const r6 = low & M26
  low = (low >> 26) + (over << FOLD1)

  high += a8 * b9 + a9 * b8
  over = high & M26
  high >>= 26
  low += a0 * b7 + a1 * b6 + a2 * b5 + a3 * b4 + a4 * b3 + a5 * b2 + a6 * b1 + a7 * b0 + over * FOLD0
  const r7 = low & M26
  low = (low >> 26) + (over << FOLD1)

  high += a9 * b9
  over = high & M26
  high >>= 26
  low += a0 * b8 + a1 * b7 + a2 * b6 + a3 * b5 + a4 * b4 + a5 * b3 + a6 * b2 + a7 * b1 + a8 * b0 + over * FOLD0
  const r8 = low & M26
  low = (low >> 26) + (over << FOLD1)

  low += a0 * b9 + a1 * b8 + a2 * b7 + a3 * b6 + a4 * b5 + a5 * b4 + a6 * b3 + a7 * b2 + a8 * b1 + a9 * b0 + high * FOLD0
  store_folded(out, r0, r1, r2, low & M22, (low >> 22) + (high << (FOLD1 + 4)))
  store<i32>(out, r3 as i32, 12)
  store<i32>(out, r4 as i32, 16)
  store<i32>(out, r5 as i32, 20)
  store<i32>(out, r6 as i32, 24)
  store<i32>(out, r7 as i32, 28)
  store<i32>(out, r8 as i32, 32)
}

/** out = a² for |a| <= 12. */
export function square(out: usize, a: usize): void {
  const a0 = load<i32>(a, 0) as i64
  const a1 = load<i32>(a, 4) as i64
  const a2 = load<i32>(a, 8) as i64
  const a3 = load<i32>(a, 12) as i64
  const a4 = load<i32>(a, 16) as i64
  const a5 = load<i32>(a, 20) as i64
  const a6 = load<i32>(a, 24) as i64
  const a7 = load<i32>(a, 28) as i64
  const a8 = load<i32>(a, 32) as i64
  const a9 = load<i32>(a, 36) as i64
  const d1 = a1 << 1
  const d2 = a2 << 1
  const d3 = a3 << 1
  const d4 = a4 << 1
  const d5 = a5 << 1
  const d6 = a6 << 1
  const d7 = a7 << 1
  const d8 = a8 << 1
  const d9 = a9 << 1
  let high: i64 = 0
  let low: i64 = 0
  let over: i64 = 0

  high += a1 * d9 + a2 * d8 + a3 * d7 + a4 * d6 + a5 * a5
  over = high & M26
  high >>= 26
  low += a0 * a0 + over * FOLD0
  const r0 = low & M26
  low = (low >> 26) + (over << FOLD1)

  high += a2 * d9 + a3 * d8 + a4 * d7 + a5 * d6
  over = high & M26
  high >>= 26
  low += a0 * d1 + over * FOLD0
  const r1 = low & M26
  low = (low >> 26) + (over << FOLD1)

  high += a3 * d9 + a4 * d8 + a5 * d7 + a6 * a6
  over = high & M26
  high >>= 26
  low += a0 * d2 + a1 * a1 + over * FOLD0
  const r2 = low & M26
  low = (low >> 26) + (over << FOLD1)

  high += a4 * d9 + a5 * d8 + a6 * d7
  over = high & M26
  high >>= 26
  low += a0 * d3 + a1 * d2 + over * FOLD0
  const r3 = low & M26
  low = (low >> 26) + (over << FOLD1)

  high += a5 * d9 + a6 * d8 + a7 * a7
  over = high & M26
  high >>= 26
  low += a0 * d4 + a1 * d3 + a2 * a2 + over * FOLD0
  const r4 = low & M26
  low = (low >> 26) + (over << FOLD1)

  high += a6 * d9 + a7 * d8
  over = high & M26
  high >>= 26
  low += a0 * d5 + a1 * d4 + a2 * d3 + over * FOLD0
  const r5 = low & M26
  low = (low >> 26) + (over << FOLD1)

  high += a7 * d9 + a8 * a8
  over = high & M26
  high >>= 26
  low += a0 * d6 + a1 * d5 + a2 * d4 + a3 * a3 + over * FOLD0
  const r6 = low & M26
  low = (low >> 26) + (over << FOLD1)

  high += a8 * d9
  over = high & M26
  high >>= 26
  low += a0 * d7 + a1 * d6 + a2 * d5 + a3 * d4 + over * FOLD0
  const r7 = low & M26
  low = (low >> 26) + (over << FOLD1)

  high += a9 * a9
  over = high & M26
  high >>= 26
  low += a0 * d8 + a1 * d7 + a2 * d6 + a3 * d5 + a4 * a4 + over * FOLD0
  const r8 = low & M26
  low = (low >> 26) + (over << FOLD1)

  low += a0 * d9 + a1 * d8 + a2 * d7 + a3 * d6 + a4 * d5 + high * FOLD0
  store_folded(out, r0, r1, r2, low & M22, (low >> 22) + (high << (FOLD1 + 4)))
  store<i32>(out, r3 as i32, 12)
  store<i32>(out, r4 as i32, 16)
  store<i32>(out, r5 as i32, 20)
  store<i32>(out, r6 as i32, 24)
  store<i32>(out, r7 as i32, 28)
  store<i32>(out, r8 as i32, 32)
}
