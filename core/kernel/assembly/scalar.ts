/**
 * Scalars: 32 little-endian bytes, below n = the order of secp256k1, unless an export says otherwise (`be`: 32 big-endian bytes). Constant time in
 * every value but for the `_public` export; what was computed on the way is wiped. `out` may be an argument.
 */
import { COLUMN_BYTES, deposit, finish, limb, N0, N1, N2, N3, N4, N5, N8, settle } from './order'

const WIDE: usize = memory.data(144, 16)
/** A scalar while its bytes are turned around. */
const TURNED: usize = memory.data(32, 16)

// @ts-ignore: decorator
@inline
function reversed(bytes: v128): v128 {
  return i8x16.shuffle(bytes, bytes, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0)
}

/** The other byte order. `out` may be `at`. */
// @ts-ignore: decorator
@inline
function turn(out: usize, at: usize): void {
  const low = v128.load(at)
  v128.store(out, reversed(v128.load(at, 16)))
  v128.store(out, reversed(low), 16)
}

/** The value of 32 bytes mod n; 1 when it was n or more. */
function reduce(out: usize, at: usize): i64 {
  return finish(out, limb(at, 0), limb(at, 1), limb(at, 2), limb(at, 3), limb(at, 4), limb(at, 5), limb(at, 6), limb(at, 7), limb(at, 8))
}

/** Reads `count` big-endian values, reduced mod n; 1 when all were below n, else 0. Constant time; the answer says nothing of valid values. */
export function sc_from_be(out: usize, at: usize, count: i32): i32 {
  let above: i64 = 0
  for (let i = 0; i < count; i++) {
    turn(TURNED, at + i * 32)
    above |= reduce(out + i * 32, TURNED)
  }
  memory.fill(TURNED, 0, 32)
  return 1 ^ <i32>above
}

/** Writes `count` scalars as big-endian bytes. Constant time. */
export function sc_to_be(out: usize, at: usize, count: i32): void {
  for (let i = 0; i < count; i++) turn(out + i * 32, at + i * 32)
}

/** a + b mod n. Constant time. */
export function sc_add(out: usize, a: usize, b: usize): void {
  finish(
    out,
    limb(a, 0) + limb(b, 0),
    limb(a, 1) + limb(b, 1),
    limb(a, 2) + limb(b, 2),
    limb(a, 3) + limb(b, 3),
    limb(a, 4) + limb(b, 4),
    limb(a, 5) + limb(b, 5),
    limb(a, 6) + limb(b, 6),
    limb(a, 7) + limb(b, 7),
    limb(a, 8) + limb(b, 8),
  )
}

/** a - b mod n. Constant time. */
export function sc_sub(out: usize, a: usize, b: usize): void {
  finish(
    out,
    limb(a, 0) - limb(b, 0) + N0,
    limb(a, 1) - limb(b, 1) + N1,
    limb(a, 2) - limb(b, 2) + N2,
    limb(a, 3) - limb(b, 3) + N3,
    limb(a, 4) - limb(b, 4) + N4,
    limb(a, 5) - limb(b, 5) + N5,
    limb(a, 6) - limb(b, 6) + N5,
    limb(a, 7) - limb(b, 7) + N5,
    limb(a, 8) - limb(b, 8) + N8,
  )
}

/** -a mod n. Constant time. */
export function sc_neg(out: usize, a: usize): void {
  finish(
    out,
    N0 - limb(a, 0),
    N1 - limb(a, 1),
    N2 - limb(a, 2),
    N3 - limb(a, 3),
    N4 - limb(a, 4),
    N5 - limb(a, 5),
    N5 - limb(a, 6),
    N5 - limb(a, 7),
    N8 - limb(a, 8),
  )
}

/** a·b mod n, for any 256-bit values. Constant time. */
export function sc_mul(out: usize, a: usize, b: usize): void {
  const a0 = limb(a, 0)
  const a1 = limb(a, 1)
  const a2 = limb(a, 2)
  const a3 = limb(a, 3)
  const a4 = limb(a, 4)
  const a5 = limb(a, 5)
  const a6 = limb(a, 6)
  const a7 = limb(a, 7)
  const a8 = limb(a, 8)
  const b0 = limb(b, 0)
  const b1 = limb(b, 1)
  const b2 = limb(b, 2)
  const b3 = limb(b, 3)
  const b4 = limb(b, 4)
  const b5 = limb(b, 5)
  const b6 = limb(b, 6)
  const b7 = limb(b, 7)
  const b8 = limb(b, 8)
  store<u64>(WIDE, a0 * b0)
  store<u64>(WIDE, a0 * b1 + a1 * b0, 8)
  store<u64>(WIDE, a0 * b2 + a1 * b1 + a2 * b0, 16)
  store<u64>(WIDE, a0 * b3 + a1 * b2 + a2 * b1 + a3 * b0, 24)
  store<u64>(WIDE, a0 * b4 + a1 * b3 + a2 * b2 + a3 * b1 + a4 * b0, 32)
  store<u64>(WIDE, a0 * b5 + a1 * b4 + a2 * b3 + a3 * b2 + a4 * b1 + a5 * b0, 40)
  store<u64>(WIDE, a0 * b6 + a1 * b5 + a2 * b4 + a3 * b3 + a4 * b2 + a5 * b1 + a6 * b0, 48)
  store<u64>(WIDE, a0 * b7 + a1 * b6 + a2 * b5 + a3 * b4 + a4 * b3 + a5 * b2 + a6 * b1 + a7 * b0, 56)
  store<u64>(WIDE, a0 * b8 + a1 * b7 + a2 * b6 + a3 * b5 + a4 * b4 + a5 * b3 + a6 * b2 + a7 * b1 + a8 * b0, 64)
  store<u64>(WIDE, a1 * b8 + a2 * b7 + a3 * b6 + a4 * b5 + a5 * b4 + a6 * b3 + a7 * b2 + a8 * b1, 72)
  store<u64>(WIDE, a2 * b8 + a3 * b7 + a4 * b6 + a5 * b5 + a6 * b4 + a7 * b3 + a8 * b2, 80)
  store<u64>(WIDE, a3 * b8 + a4 * b7 + a5 * b6 + a6 * b5 + a7 * b4 + a8 * b3, 88)
  store<u64>(WIDE, a4 * b8 + a5 * b7 + a6 * b6 + a7 * b5 + a8 * b4, 96)
  store<u64>(WIDE, a5 * b8 + a6 * b7 + a7 * b6 + a8 * b5, 104)
  store<u64>(WIDE, a6 * b8 + a7 * b7 + a8 * b6, 112)
  store<u64>(WIDE, a7 * b8 + a8 * b7, 120)
  store<u64>(WIDE, a8 * b8, 128)
  settle(out, WIDE)
  memory.fill(WIDE, 0, COLUMN_BYTES)
}

/** A 384-bit big-endian value mod n. Constant time. */
export function sc_reduce48(out: usize, at: usize): void {
  memory.fill(WIDE, 0, COLUMN_BYTES)
  for (let i = 0; i < 12; i++) deposit(WIDE, i * 32, bswap(load<u32>(at + 44 - i * 4)))
  settle(out, WIDE)
  memory.fill(WIDE, 0, COLUMN_BYTES)
}

/** 1 when a scalar is 0, else 0. Constant time. */
export function sc_is_zero(a: usize): i32 {
  const any = load<u64>(a) | load<u64>(a, 8) | load<u64>(a, 16) | load<u64>(a, 24)
  return 1 ^ <i32>((any | (0 - any)) >> 63)
}

/** 1 when `count` big-endian values are all below n. Variable time: for what a peer sent. */
export function sc_is_canonical_be_public(at: usize, count: i32): i32 {
  for (let i = 0; i < count; i++, at += 32) {
    // nearly every value is decided by its first word
    if (load<u64>(at) != 0xffffffffffffffff) continue
    turn(TURNED, at)
    if (reduce(TURNED, TURNED) != 0) return 0
  }
  return 1
}

/** Σ c_i·x^i for a small public x; `coefficients` are `count` scalars, c_0 first. Constant time in the coefficients. */
export function sc_horner(out: usize, coefficients: usize, count: i32, x: u32): void {
  memory.fill(TURNED, 0, 32)
  memory.fill(WIDE, 0, COLUMN_BYTES)
  const by = <i64>x
  for (let i = count - 1; i >= 0; i--) {
    const at = coefficients + i * 32
    store<u64>(WIDE, limb(TURNED, 0) * by + limb(at, 0))
    store<u64>(WIDE, limb(TURNED, 1) * by + limb(at, 1), 8)
    store<u64>(WIDE, limb(TURNED, 2) * by + limb(at, 2), 16)
    store<u64>(WIDE, limb(TURNED, 3) * by + limb(at, 3), 24)
    store<u64>(WIDE, limb(TURNED, 4) * by + limb(at, 4), 32)
    store<u64>(WIDE, limb(TURNED, 5) * by + limb(at, 5), 40)
    store<u64>(WIDE, limb(TURNED, 6) * by + limb(at, 6), 48)
    store<u64>(WIDE, limb(TURNED, 7) * by + limb(at, 7), 56)
    store<u64>(WIDE, limb(TURNED, 8) * by + limb(at, 8), 64)
    settle(TURNED, WIDE)
  }
  v128.store(out, v128.load(TURNED))
  v128.store(out, v128.load(TURNED, 16), 16)
  memory.fill(TURNED, 0, 32)
  memory.fill(WIDE, 0, COLUMN_BYTES)
}
