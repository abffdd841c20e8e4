/**
 * The compression function of BLAKE3 (section 2.2 of its specification), of four blocks at a time or of one. A word vector holds one 32-bit word of each of
 * the four. Constant time: nothing here depends on a block or a chaining value. Nothing is exported from the module.
 */
import { compress4 } from './blake3-rounds'

export const CHUNK_START: i32 = 1
export const CHUNK_END: i32 = 2
export const PARENT: i32 = 4
export const ROOT: i32 = 8
export const KEYED: i32 = 16

export const BLOCK: usize = 64
export const CHAIN_BYTES: usize = 32

/** The first chaining value of an unkeyed hash. */
export const IV: usize = memory.data<u32>([0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19], 16)

/** Where the words that each mixing takes lie in the block: seven rounds of sixteen. */
const ORDER: usize = memory.data<u8>([
  0, 4, 8, 12, 16, 20, 24, 28, 32, 36, 40, 44, 48, 52, 56, 60,
  8, 24, 12, 40, 28, 0, 16, 52, 4, 44, 48, 20, 36, 56, 60, 32,
  12, 16, 40, 48, 52, 8, 28, 56, 24, 20, 36, 0, 44, 60, 32, 4,
  40, 28, 48, 36, 56, 12, 52, 60, 16, 0, 44, 8, 20, 32, 4, 24,
  48, 52, 36, 44, 60, 40, 56, 32, 28, 8, 20, 12, 0, 4, 24, 16,
  36, 56, 44, 20, 32, 48, 60, 4, 52, 12, 0, 40, 8, 24, 16, 28,
  44, 60, 20, 0, 4, 36, 32, 24, 56, 40, 8, 48, 12, 16, 28, 52,
], 16)

// One block, so that one fill wipes it.
const WORKSPACE: usize = memory.data(1216, 16)
const WORKSPACE_BYTES: usize = 1216
/** The four blocks, 16 word vectors. */
export const WORDS: usize = WORKSPACE
/** The four chaining values, 8 word vectors, and room for a whole output. */
export const CHAIN: usize = WORDS + 256
/** Room for what comes out, 16 word vectors. */
export const RESULT: usize = CHAIN + 256
/** The four blocks as bytes, where they have to be padded. */
export const BLOCKS: usize = RESULT + 256
/** One block, one chaining value and 64 bytes of output, for single compressions. */
export const LONE_BLOCK: usize = BLOCKS + 256
export const LONE_CHAIN: usize = LONE_BLOCK + 64
export const LONE_RESULT: usize = LONE_CHAIN + 64

// @ts-ignore: decorator
@inline
function add(a: v128, b: v128): v128 {
  return v128.add<u32>(a, b)
}

// @ts-ignore: decorator
@inline
function rotate(x: v128, by: i32): v128 {
  return v128.or(v128.shr<u32>(x, by), v128.shl<u32>(x, 32 - by))
}

// @ts-ignore: decorator
@inline
function rotate16(x: v128): v128 {
  return v128.shuffle<u16>(x, x, 1, 0, 3, 2, 5, 4, 7, 6)
}

// @ts-ignore: decorator
@inline
function rotate8(x: v128): v128 {
  return v128.shuffle<u8>(x, x, 1, 2, 3, 0, 5, 6, 7, 4, 9, 10, 11, 8, 13, 14, 15, 12)
}

/**
 * Compresses WORDS under CHAIN. `out` gets the next chaining value, 8 word vectors, and the other half of the output after it; it may be CHAIN. `counter` is
 * that of the first lane, `step` (0 or 1) what the next lane has more. Counters stay below 2^32, as the memory holds no longer message and no longer output.
 */
// @ts-ignore: decorator
@inline
export function compress(out: usize, counter: i32, step: i32, length: i32, flags: i32): void {
  compress4(out, CHAIN, WORDS, i32x4.add(i32x4.splat(counter), i32x4.mul(i32x4.splat(step), i32x4(0, 1, 2, 3))), length, flags)
}

/** Four words of the lone block, those that a step of four mixings takes. */
// @ts-ignore: decorator
@inline
function gather(block: usize, order: usize, i: usize): v128 {
  let words = v128.load_zero<u32>(block + <usize>load<u8>(order + i))
  words = v128.load_lane<u32>(block + <usize>load<u8>(order + i + 2), words, 1)
  words = v128.load_lane<u32>(block + <usize>load<u8>(order + i + 4), words, 2)
  return v128.load_lane<u32>(block + <usize>load<u8>(order + i + 6), words, 3)
}

/** Compresses one block under one chaining value, all as bytes: 64 bytes of output at `out`, which may be either of them. */
export function compressOne(out: usize, chain: usize, block: usize, counter: u32, length: u32, flags: i32): void {
  const chain0 = v128.load(chain)
  const chain1 = v128.load(chain, 16)
  let a = chain0
  let b = chain1
  let c = v128.load(IV)
  let d = i32x4.replace_lane(i32x4.replace_lane(i32x4.replace_lane(i32x4.splat(0), 0, <i32>counter), 2, <i32>length), 3, flags)
  for (let order = ORDER; order < ORDER + 112; order += 16) {
    a = add(add(a, gather(block, order, 0)), b)
    d = rotate16(v128.xor(d, a))
    c = add(c, d)
    b = rotate(v128.xor(b, c), 12)
    a = add(add(a, gather(block, order, 1)), b)
    d = rotate8(v128.xor(d, a))
    c = add(c, d)
    b = rotate(v128.xor(b, c), 7)
    // the diagonals become columns
    b = v128.shuffle<u32>(b, b, 1, 2, 3, 0)
    c = v128.shuffle<u32>(c, c, 2, 3, 0, 1)
    d = v128.shuffle<u32>(d, d, 3, 0, 1, 2)
    a = add(add(a, gather(block, order, 8)), b)
    d = rotate16(v128.xor(d, a))
    c = add(c, d)
    b = rotate(v128.xor(b, c), 12)
    a = add(add(a, gather(block, order, 9)), b)
    d = rotate8(v128.xor(d, a))
    c = add(c, d)
    b = rotate(v128.xor(b, c), 7)
    b = v128.shuffle<u32>(b, b, 3, 0, 1, 2)
    c = v128.shuffle<u32>(c, c, 2, 3, 0, 1)
    d = v128.shuffle<u32>(d, d, 1, 2, 3, 0)
  }
  v128.store(out, v128.xor(a, c))
  v128.store(out, v128.xor(b, d), 16)
  v128.store(out, v128.xor(c, chain0), 32)
  v128.store(out, v128.xor(d, chain1), 48)
}

/** Four words of each of a to d become four word vectors; as a transpose is its own inverse, also back. */
// @ts-ignore: decorator
@inline
function transposed(to0: usize, to1: usize, to2: usize, to3: usize, a: v128, b: v128, c: v128, d: v128): void {
  const ab01 = v128.shuffle<u32>(a, b, 0, 4, 1, 5)
  const cd01 = v128.shuffle<u32>(c, d, 0, 4, 1, 5)
  const ab23 = v128.shuffle<u32>(a, b, 2, 6, 3, 7)
  const cd23 = v128.shuffle<u32>(c, d, 2, 6, 3, 7)
  v128.store(to0, v128.shuffle<u64>(ab01, cd01, 0, 2))
  v128.store(to1, v128.shuffle<u64>(ab01, cd01, 1, 3))
  v128.store(to2, v128.shuffle<u64>(ab23, cd23, 0, 2))
  v128.store(to3, v128.shuffle<u64>(ab23, cd23, 1, 3))
}

/** `length` bytes (a multiple of 16) from each of four places, as word vectors. */
export function toLanes(to: usize, from0: usize, from1: usize, from2: usize, from3: usize, length: usize): void {
  for (let i: usize = 0; i < length; i += 16, to += 64) {
    transposed(to, to + 16, to + 32, to + 48, v128.load(from0 + i), v128.load(from1 + i), v128.load(from2 + i), v128.load(from3 + i))
  }
}

/** Word vectors back to `length` bytes (a multiple of 16) at each of four places. Places that are the same get the bytes of the last of them. */
export function fromLanes(to0: usize, to1: usize, to2: usize, to3: usize, from: usize, length: usize): void {
  for (let i: usize = 0; i < length; i += 16, from += 64) {
    transposed(to0 + i, to1 + i, to2 + i, to3 + i, v128.load(from), v128.load(from, 16), v128.load(from, 32), v128.load(from, 48))
  }
}

/** The 8 words of a chaining value in all four lanes. */
export function setChain(from: usize): void {
  for (let i: usize = 0; i < CHAIN_BYTES; i += 4) v128.store(CHAIN + 4 * i, v128.load_splat<u32>(from + i))
}

/** The first `length` bytes (at most 64) of a block, zeros after them. Reads not a byte beyond. */
export function pad(to: usize, from: usize, length: usize): void {
  const zero = i32x4.splat(0)
  v128.store(to, zero)
  v128.store(to, zero, 16)
  v128.store(to, zero, 32)
  v128.store(to, zero, 48)
  if (length < 16) {
    for (let i: usize = 0; i < length; i++) store<u8>(to + i, load<u8>(from + i))
    return
  }
  let i: usize = 0
  for (; i + 16 <= length; i += 16) v128.store(to + i, v128.load(from + i))
  // the last 16 bytes, without those that are there already
  const rest = length - i
  if (rest == 0) return
  const move = v128.add<u8>(i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15), i8x16.splat(<i8>(16 - rest)))
  v128.store(to + i, v128.swizzle(v128.load(from + length - 16), move))
}

/** Wipes what was computed on the way. */
export function wipeCompression(): void {
  memory.fill(WORKSPACE, 0, WORKSPACE_BYTES)
}
