/**
 * SHA-256 (FIPS 180-4) of four messages of one length at a time, and expand_message_xmd of RFC 9380 5.3.1 over it, 96 bytes of output each. A word vector
 * holds one 32-bit word of each of the four messages. Constant time in the contents; lengths are public. Nothing here is exported from the module.
 */
const K: usize = memory.data<u32>([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3,
  0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
  0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
  0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
], 16)
const IV: usize = memory.data<u32>([0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19], 16)

/** Room for the end of a message with its domain and the padding: 63 + 3 + 256 + 9 bytes. */
const TAIL_BYTES: usize = 384
/** Room for a digest, a counter, the domain and the padding: 32 + 1 + 256 + 9 bytes. */
const NEXT_BYTES: usize = 320
const BLOCK: usize = 64

// One block, so that one fill wipes it.
const WORKSPACE: usize = memory.data(4480, 16)
const WORKSPACE_BYTES: usize = 4480
/** Message schedule, 64 word vectors. */
const SCHEDULE: usize = WORKSPACE
const STATE: usize = SCHEDULE + 1024
/** b_0 of expand_message_xmd. */
const FIRST: usize = STATE + 128
const TAILS: usize = FIRST + 128
const NEXTS: usize = TAILS + 4 * TAIL_BYTES
/** What the four messages expand to: 24 word vectors, most significant word first. */
export const EXPANDED: usize = NEXTS + 4 * NEXT_BYTES

/** State after one block of zeros, which every message of expand_message_xmd begins with. */
const AFTER_ZEROS: usize = memory.data(32, 16)

// @ts-ignore: decorator
@inline
function rotate(x: v128, by: i32): v128 {
  return v128.or(v128.shr<u32>(x, by), v128.shl<u32>(x, 32 - by))
}

// @ts-ignore: decorator
@inline
function add(a: v128, b: v128): v128 {
  return v128.add<u32>(a, b)
}

/** The first new working variable's summands that do not depend on a and b: h + Σ1(e) + Ch(e, f, g) + k + w. */
// @ts-ignore: decorator
@inline
function first(e: v128, f: v128, g: v128, h: v128, at: usize): v128 {
  const sum = v128.xor(v128.xor(rotate(e, 6), rotate(e, 11)), rotate(e, 25))
  const choice = v128.xor(g, v128.and(e, v128.xor(f, g)))
  return add(add(add(h, v128.load(SCHEDULE + 4 * at)), v128.load_splat<u32>(K + at)), add(sum, choice))
}

// @ts-ignore: decorator
@inline
function second(a: v128, b: v128, c: v128): v128 {
  const sum = v128.xor(v128.xor(rotate(a, 2), rotate(a, 13)), rotate(a, 22))
  return add(sum, v128.or(v128.and(a, b), v128.and(c, v128.or(a, b))))
}

/** Compresses the block in the first 16 vectors of SCHEDULE into STATE. */
function compress(): void {
  for (let at = SCHEDULE + 256; at < SCHEDULE + 1024; at += 16) {
    const w15 = v128.load(at - 240)
    const w2 = v128.load(at - 32)
    const s0 = v128.xor(v128.xor(rotate(w15, 7), rotate(w15, 18)), v128.shr<u32>(w15, 3))
    const s1 = v128.xor(v128.xor(rotate(w2, 17), rotate(w2, 19)), v128.shr<u32>(w2, 10))
    v128.store(at, add(add(v128.load(at - 256), s0), add(v128.load(at - 112), s1)))
  }
  let a = v128.load(STATE)
  let b = v128.load(STATE, 16)
  let c = v128.load(STATE, 32)
  let d = v128.load(STATE, 48)
  let e = v128.load(STATE, 64)
  let f = v128.load(STATE, 80)
  let g = v128.load(STATE, 96)
  let h = v128.load(STATE, 112)
  for (let at: usize = 0; at < 256; at += 16) {
    h = first(e, f, g, h, at)
    d = add(d, h)
    h = add(h, second(a, b, c))
    g = first(d, e, f, g, at + 4)
    c = add(c, g)
    g = add(g, second(h, a, b))
    f = first(c, d, e, f, at + 8)
    b = add(b, f)
    f = add(f, second(g, h, a))
    e = first(b, c, d, e, at + 12)
    a = add(a, e)
    e = add(e, second(f, g, h))
    // four rounds have moved the variables by four places
    let swap = a
    a = e
    e = swap
    swap = b
    b = f
    f = swap
    swap = c
    c = g
    g = swap
    swap = d
    d = h
    h = swap
  }
  v128.store(STATE, add(v128.load(STATE), a))
  v128.store(STATE, add(v128.load(STATE, 16), b), 16)
  v128.store(STATE, add(v128.load(STATE, 32), c), 32)
  v128.store(STATE, add(v128.load(STATE, 48), d), 48)
  v128.store(STATE, add(v128.load(STATE, 64), e), 64)
  v128.store(STATE, add(v128.load(STATE, 80), f), 80)
  v128.store(STATE, add(v128.load(STATE, 96), g), 96)
  v128.store(STATE, add(v128.load(STATE, 112), h), 112)
}

// @ts-ignore: decorator
@inline
function swapped(at: usize): v128 {
  const x = v128.load(at)
  return v128.shuffle<u8>(x, x, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12)
}

/** The next 64 bytes of the four messages, `stride` apart, as the first 16 vectors of SCHEDULE. */
function loadBlock(from: usize, stride: usize): void {
  for (let i: usize = 0; i < BLOCK; i += 16) {
    const a = swapped(from + i)
    const b = swapped(from + stride + i)
    const c = swapped(from + 2 * stride + i)
    const d = swapped(from + 3 * stride + i)
    const ab01 = v128.shuffle<u32>(a, b, 0, 4, 1, 5)
    const cd01 = v128.shuffle<u32>(c, d, 0, 4, 1, 5)
    const ab23 = v128.shuffle<u32>(a, b, 2, 6, 3, 7)
    const cd23 = v128.shuffle<u32>(c, d, 2, 6, 3, 7)
    const to = SCHEDULE + 4 * i
    v128.store(to, v128.shuffle<u64>(ab01, cd01, 0, 2))
    v128.store(to, v128.shuffle<u64>(ab01, cd01, 1, 3), 16)
    v128.store(to, v128.shuffle<u64>(ab23, cd23, 0, 2), 32)
    v128.store(to, v128.shuffle<u64>(ab23, cd23, 1, 3), 48)
  }
}

function setState(words: usize): void {
  for (let i: usize = 0; i < 32; i += 4) v128.store(STATE + 4 * i, v128.load_splat<u32>(words + i))
}

/** Blocks of the messages' tails and of the later hashes, of the last beginExpand. */
let tailBlocks: usize = 0
let nextBlocks: usize = 0

/** Ends a padded buffer: one bit, zeros, the length in bits. @returns its number of blocks. */
function pad(buffer: usize, length: usize, before: usize): usize {
  const blocks = (length + 9 + BLOCK - 1) / BLOCK
  memory.fill(buffer + length, 0, blocks * BLOCK - length)
  store<u8>(buffer + length, 0x80)
  store<u64>(buffer + blocks * BLOCK - 8, bswap<u64>((before + length) * 8))
  return blocks
}

/**
 * Prepares the four lanes for messages that end with `tail` bytes (to be written to `tailOf(lane)`) after `before` bytes in whole blocks, under the domain
 * `dst` of `dstLen` <= 255 bytes (more traps). Where the lanes' domains differ, numberDomain overwrites.
 */
export function beginExpand(before: usize, tail: usize, dst: usize, dstLen: usize): void {
  if (dstLen > 255) unreachable()
  if (load<u32>(AFTER_ZEROS) == 0) {
    memory.fill(SCHEDULE, 0, 256)
    setState(IV)
    compress()
    for (let i: usize = 0; i < 32; i += 4) store<u32>(AFTER_ZEROS + i, load<u32>(STATE + 4 * i))
  }
  for (let lane: usize = 0; lane < 4; lane++) {
    const end = tailOf(lane) + tail
    store<u8>(end, 0)
    store<u8>(end, 96, 1)
    store<u8>(end, 0, 2)
    memory.copy(end + 3, dst, dstLen)
    store<u8>(end + 3 + dstLen, <u8>dstLen)
    tailBlocks = pad(tailOf(lane), tail + 4 + dstLen, BLOCK + before)
    const next = nextOf(lane)
    store<u8>(next, 1, 32)
    memory.copy(next + 33, dst, dstLen)
    store<u8>(next + 33 + dstLen, <u8>dstLen)
    nextBlocks = pad(next, 34 + dstLen, 0)
  }
}

/** Where the tail of a lane's message goes. */
export function tailOf(lane: usize): usize {
  return TAILS + lane * TAIL_BYTES
}

function nextOf(lane: usize): usize {
  return NEXTS + lane * NEXT_BYTES
}

/** Overwrites five bytes of a lane's domain: a big-endian word and a byte, `offset` bytes into the domain; `tail` as in `beginExpand`. */
export function numberDomain(lane: usize, tail: usize, offset: usize, index: u32, side: u32): void {
  const inTail = tailOf(lane) + tail + 3 + offset
  const inNext = nextOf(lane) + 33 + offset
  store<u32>(inTail, bswap<u32>(index))
  store<u32>(inNext, bswap<u32>(index))
  store<u8>(inTail, <u8>side, 4)
  store<u8>(inNext, <u8>side, 4)
}

/** expand_message_xmd to EXPANDED. All four messages begin with the `before` bytes at `blocks`. */
export function expand(blocks: usize, before: usize): void {
  setState(AFTER_ZEROS)
  for (let i: usize = 0; i < before; i += BLOCK) {
    loadBlock(blocks + i, 0)
    compress()
  }
  for (let i: usize = 0; i < tailBlocks; i++) {
    loadBlock(TAILS + i * BLOCK, TAIL_BYTES)
    compress()
  }
  memory.copy(FIRST, STATE, 128)
  for (let counter: i32 = 0; counter < 3; counter++) {
    loadBlock(NEXTS, NEXT_BYTES)
    const out = EXPANDED + 128 * (counter as usize)
    // b_0 itself for the first, b_0 xor the last output then
    for (let i: usize = 0; i < 128; i += 16) {
      const word = v128.load(FIRST + i)
      v128.store(SCHEDULE + i, counter == 0 ? word : v128.xor(word, v128.load(out - 128 + i)))
    }
    v128.store(SCHEDULE, add(v128.load(SCHEDULE, 128), i32x4.splat(counter << 24)), 128)
    setState(IV)
    compress()
    for (let i: usize = 1; i < nextBlocks; i++) {
      loadBlock(NEXTS + i * BLOCK, NEXT_BYTES)
      compress()
    }
    memory.copy(out, STATE, 128)
  }
}

/** Zeroes what was hashed. */
export function wipeHash(): void {
  memory.fill(WORKSPACE, 0, WORKSPACE_BYTES)
}
