/**
 * What the TypeScript side needs between the primitives, so that no secret has to leave the memory: copying, comparing, drawing scalars, and laying out
 * the inputs of hashes. Everything is constant time in the bytes that it handles; lengths, counts and pointers are public.
 */

/** Copies bytes; the ranges may overlap. Secret bytes. */
export function mem_copy(out: usize, from: usize, length: usize): void {
  memory.copy(out, from, length)
}

/** Overwrites bytes with zeros. */
export function mem_zero(out: usize, length: usize): void {
  memory.fill(out, 0, length)
}

/** 1 when the bytes are equal, else 0, without an early exit. Secret bytes; the result is for the caller to make public or not. */
export function mem_equal(a: usize, b: usize, length: usize): i32 {
  let difference: u32 = 0
  for (let i: usize = 0; i < length; i++) difference |= <u32>load<u8>(a + i) ^ <u32>load<u8>(b + i)
  return <i32>((difference - 1) >>> 31)
}

/** out = a xor b. `out` may be `a` or `b`. Secret bytes. */
export function mem_xor(out: usize, a: usize, b: usize, length: usize): void {
  let i: usize = 0
  for (; i + 16 <= length; i += 16) v128.store(out + i, v128.xor(v128.load(a + i), v128.load(b + i)))
  for (; i < length; i++) store<u8>(out + i, load<u8>(a + i) ^ load<u8>(b + i))
}

/** Copies `count` items of `size` bytes from one stride to another. Secret bytes. */
export function mem_strided(out: usize, outStride: usize, from: usize, fromStride: usize, size: usize, count: usize): void {
  for (let i: usize = 0; i < count; i++) memory.copy(out + i * outStride, from + i * fromStride, size)
}

/** The order of the curve, big-endian words from the top. */
const N3: u64 = 0xffffffffffffffff
const N2: u64 = 0xfffffffffffffffe
const N1: u64 = 0xbaaedce6af48a03b
const N0: u64 = 0xbfd25e8cd0364141

/** The borrow of a - b - borrow, without a comparison that could become a branch. */
// @ts-ignore: decorator
@inline
function borrowOf(a: u64, b: u64, borrow: u64): u64 {
  const difference = a - b - borrow
  return ((~a & b) | (~(a ^ b) & difference)) >>> 63
}

/** 1 when the four words are in [1, n). */
// @ts-ignore: decorator
@inline
function isDrawn(w3: u64, w2: u64, w1: u64, w0: u64): i32 {
  let borrow = borrowOf(w0, N0, 0)
  borrow = borrowOf(w1, N1, borrow)
  borrow = borrowOf(w2, N2, borrow)
  borrow = borrowOf(w3, N3, borrow)
  const any = w3 | w2 | w1 | w0
  return <i32>(borrow & ((any | (0 - any)) >>> 63))
}

/**
 * Draws `count` scalars in [1, n) from a stream of 32-byte candidates by rejection, and writes them little-endian. The only branch is on a candidate
 * that is rejected (chance 2^-128 each, and nothing depends on it afterwards).
 * @returns bytes of the stream that were read; -1 when it ended too early.
 */
export function sc_draw(out: usize, stream: usize, length: usize, count: usize): i32 {
  let at: usize = 0
  for (let i: usize = 0; i < count; ) {
    if (at + 32 > length) return -1
    const w3 = bswap(load<u64>(stream + at))
    const w2 = bswap(load<u64>(stream + at, 8))
    const w1 = bswap(load<u64>(stream + at, 16))
    const w0 = bswap(load<u64>(stream + at, 24))
    at += 32
    if (isDrawn(w3, w2, w1, w0)) {
      const to = out + i * 32
      store<u64>(to, w0)
      store<u64>(to, w1, 8)
      store<u64>(to, w2, 16)
      store<u64>(to, w3, 24)
      i++
    }
  }
  return <i32>at
}

/** A 33-byte part with its length before it. */
// @ts-ignore: decorator
@inline
function pointPart(out: usize, point: usize): void {
  store<u32>(out, bswap<u32>(33))
  memory.copy(out + 4, point, 33)
}

/** A 4-byte part with its length before it. */
// @ts-ignore: decorator
@inline
function numberPart(out: usize, value: u32): void {
  store<u32>(out, bswap<u32>(4))
  store<u32>(out, bswap<u32>(value), 4)
}

/**
 * The inputs of the key derivation of base transfers, one after the other, `headLength` + 127 bytes each:
 * head | index i | side | shared point | φ_0 | φ_1, each part after its length.
 * With `choices` there is one input per transfer and its side is the choice bit (secret, like the shared points); with `choices` = 0 there are two,
 * side 0 and side 1, and twice as many shared points.
 * @param message φ_0 | φ_1 of each transfer, public. @param count transfers.
 */
export function bot_kdf_inputs(out: usize, head: usize, headLength: usize, shared: usize, message: usize, choices: usize, count: usize): void {
  const sides: usize = choices ? 1 : 2
  let at = out
  for (let i: usize = 0; i < count; i++) {
    for (let b: usize = 0; b < sides; b++) {
      let side = <u32>b
      if (choices) side = (<u32>load<u8>(choices + (i >> 3)) >> (<u32>i & 7)) & 1
      memory.copy(at, head, headLength)
      at += headLength
      numberPart(at, <u32>i)
      numberPart(at + 8, side)
      pointPart(at + 16, shared + (i * sides + b) * 33)
      pointPart(at + 53, message + i * 66)
      pointPart(at + 90, message + i * 66 + 33)
      at += 127
    }
  }
}

/** The XOR of the 16 leaf proofs (32 bytes each) of each of `count` trees, written at `outStride`. Secret proofs. */
export function tree_proof_sums(out: usize, outStride: usize, proofs: usize, count: usize): void {
  for (let t: usize = 0; t < count; t++) {
    const from = proofs + t * 512
    let low = v128.load(from)
    let high = v128.load(from, 16)
    for (let y: usize = 32; y < 512; y += 32) {
      low = v128.xor(low, v128.load(from + y))
      high = v128.xor(high, v128.load(from + y, 16))
    }
    v128.store(out + t * outStride, low)
    v128.store(out + t * outStride, high, 16)
  }
}
