/**
 * BLAKE3 with four compressions at a time: four chunks of a long input, four blocks of a long output, or four short messages. Constant time in keys, inputs
 * and outputs; lengths and counts are public. Inputs of up to 2,047 chunks (2 MiB less 1 KiB).
 */
import { compress4 } from './blake3-rounds'

const BLOCK: usize = 64
const CHUNK: usize = 1024
const VALUE: usize = 32

const CHUNK_START: i32 = 1
const CHUNK_END: i32 = 2
const PARENT: i32 = 4
const ROOT: i32 = 8
const KEYED: i32 = 16
/** A keyed message that fits into one block. */
export const KEYED_BLOCK: i32 = CHUNK_START | CHUNK_END | ROOT | KEYED

const MAX_CHUNKS: usize = 2047

/** 16 message words of 4 lanes. */
const M = memory.data(256, 16)
/** 8 chaining words of 4 lanes, with room for a whole output. */
const H = memory.data(256, 16)
/** 16 output words of 4 lanes. */
const OUT = memory.data(256, 16)
/** The last block of each lane, padded. */
const PAD = memory.data(256, 16)
/** Four blocks of output, when not all of them are wanted. */
const REST = memory.data(256, 16)
/** Chaining values of all chunks. */
const VALUES = memory.data(65536, 16)
/** The initial value, for messages without a key. */
const IV: usize = memory.data<u32>([0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19])

/** Erases what a call has left in scratch; `chunks` chaining values. */
function wipe(chunks: usize): void {
  memory.fill(M, 0, 256)
  memory.fill(H, 0, 256)
  memory.fill(OUT, 0, 256)
  memory.fill(PAD, 0, 256)
  memory.fill(REST, 0, 256)
  memory.fill(VALUES, 0, chunks * VALUE)
}

/** Four words from each of four places, turned into four vectors of one word each. */
// @ts-ignore: decorator
@inline
function gather4(to: usize, a: v128, b: v128, c: v128, d: v128): void {
  const ab = i32x4.shuffle(a, b, 0, 4, 1, 5)
  const cd = i32x4.shuffle(c, d, 0, 4, 1, 5)
  const ef = i32x4.shuffle(a, b, 2, 6, 3, 7)
  const gh = i32x4.shuffle(c, d, 2, 6, 3, 7)
  v128.store(to, i64x2.shuffle(ab, cd, 0, 2))
  v128.store(to, i64x2.shuffle(ab, cd, 1, 3), 16)
  v128.store(to, i64x2.shuffle(ef, gh, 0, 2), 32)
  v128.store(to, i64x2.shuffle(ef, gh, 1, 3), 48)
}

/** 64 bytes from each of four places into M. */
function load_message(a: usize, b: usize, c: usize, d: usize): void {
  for (let i: usize = 0; i < 64; i += 16) gather4(M + 4 * i, v128.load(a + i), v128.load(b + i), v128.load(c + i), v128.load(d + i))
}

/** `words` words (4, 8 or 16) of each lane of OUT to four places. */
export function scatter4(out: usize, words: usize, a: usize, b: usize, c: usize, d: usize): void {
  for (let i: usize = 0; i < words; i += 4) {
    const from = out + 16 * i
    const w0 = v128.load(from)
    const w1 = v128.load(from, 16)
    const w2 = v128.load(from, 32)
    const w3 = v128.load(from, 48)
    const x = i32x4.shuffle(w0, w1, 0, 4, 1, 5)
    const y = i32x4.shuffle(w2, w3, 0, 4, 1, 5)
    const z = i32x4.shuffle(w0, w1, 2, 6, 3, 7)
    const w = i32x4.shuffle(w2, w3, 2, 6, 3, 7)
    const at = 4 * i
    v128.store(a + at, i64x2.shuffle(x, y, 0, 2))
    v128.store(b + at, i64x2.shuffle(x, y, 1, 3))
    v128.store(c + at, i64x2.shuffle(z, w, 0, 2))
    v128.store(d + at, i64x2.shuffle(z, w, 1, 3))
  }
}

/** The key words in all lanes of `h`. */
export function spread_key(h: usize, key: usize): void {
  for (let i: usize = 0; i < 8; i++) v128.store(h + 16 * i, v128.load32_splat(key + 4 * i))
}

// @ts-ignore: decorator
@inline
function counters(first: usize): v128 {
  return i32x4.add(i32x4.splat(<i32>first), i32x4(0, 1, 2, 3))
}

/** Chaining values of four whole chunks, which may be the same one. The counter of lane i is `first + i`. */
function whole_chunks(key: usize, flags: i32, a: usize, b: usize, c: usize, d: usize, first: usize): void {
  spread_key(H, key)
  for (let at: usize = 0; at < CHUNK; at += BLOCK) {
    load_message(a + at, b + at, c + at, d + at)
    let use = flags
    if (at == 0) use |= CHUNK_START
    if (at + BLOCK == CHUNK) use |= CHUNK_END
    compress4(H, H, M, counters(first), <i32>BLOCK, use)
  }
}

/** All but the last block of a message of at most one chunk into H, the last one into M; the same in all lanes. @returns the length of the last block. */
function open_chunk(key: usize, flags: i32, input: usize, length: usize, counter: usize): usize {
  spread_key(H, key)
  let at: usize = 0
  for (; length - at > BLOCK; at += BLOCK) {
    const from = input + at
    load_message(from, from, from, from)
    compress4(H, H, M, i32x4.splat(<i32>counter), <i32>BLOCK, at == 0 ? flags | CHUNK_START : flags)
  }
  const rest = length - at
  memory.fill(PAD, 0, BLOCK)
  memory.copy(PAD, input + at, rest)
  load_message(PAD, PAD, PAD, PAD)
  return rest
}

/** The output of the root from H and M, four blocks at a time. */
function write_root(out: usize, outLen: usize, blockLen: usize, flags: i32): void {
  for (let at: usize = 0; at < outLen; at += 4 * BLOCK) {
    compress4(OUT, H, M, counters(at / BLOCK), <i32>blockLen, flags | ROOT)
    if (outLen - at >= 4 * BLOCK) {
      const to = out + at
      scatter4(OUT, 16, to, to + 64, to + 128, to + 192)
    } else {
      scatter4(OUT, 16, REST, REST + 64, REST + 128, REST + 192)
      memory.copy(out + at, REST, outLen - at)
    }
  }
}

/** Pairs of chaining values into their parents, until two are left. @returns nothing; the two stand at VALUES. */
function climb(key: usize, flags: i32, chunks: usize): void {
  let count = chunks
  while (count > 2) {
    const pairs = count >> 1
    for (let i: usize = 0; i < pairs; i += 4) {
      const last = pairs - 1
      const a = VALUES + i * BLOCK
      const b = VALUES + min(i + 1, last) * BLOCK
      const c = VALUES + min(i + 2, last) * BLOCK
      const d = VALUES + min(i + 3, last) * BLOCK
      load_message(a, b, c, d)
      spread_key(H, key)
      compress4(H, H, M, i32x4.splat(0), <i32>BLOCK, flags | PARENT)
      scatter4(H, 8, REST, REST + 32, REST + 64, REST + 96)
      memory.copy(VALUES + i * VALUE, REST, min(pairs - i, 4) * VALUE)
    }
    if (count & 1) memory.copy(VALUES + pairs * VALUE, VALUES + (count - 1) * VALUE, VALUE)
    count = pairs + (count & 1)
  }
}

function hash(out: usize, outLen: usize, key: usize, flags: i32, input: usize, length: usize): void {
  if (length <= CHUNK) {
    const rest = open_chunk(key, flags, input, length, 0)
    write_root(out, outLen, rest, flags | CHUNK_END | (length <= BLOCK ? CHUNK_START : 0))
    wipe(0)
    return
  }
  const chunks = (length + CHUNK - 1) / CHUNK
  if (chunks > MAX_CHUNKS) unreachable()
  const full = length / CHUNK
  for (let i: usize = 0; i < full; i += 4) {
    const last = full - 1
    whole_chunks(
      key,
      flags,
      input + i * CHUNK,
      input + min(i + 1, last) * CHUNK,
      input + min(i + 2, last) * CHUNK,
      input + min(i + 3, last) * CHUNK,
      i,
    )
    scatter4(H, 8, REST, REST + 32, REST + 64, REST + 96)
    memory.copy(VALUES + i * VALUE, REST, min(full - i, 4) * VALUE)
  }
  if (full < chunks) {
    const left = length - full * CHUNK
    const rest = open_chunk(key, flags, input + full * CHUNK, left, full)
    compress4(H, H, M, i32x4.splat(<i32>full), <i32>rest, flags | CHUNK_END | (left <= BLOCK ? CHUNK_START : 0))
    scatter4(H, 8, REST, REST + 32, REST + 64, REST + 96)
    memory.copy(VALUES + full * VALUE, REST, VALUE)
  }
  climb(key, flags, chunks)
  spread_key(H, key)
  load_message(VALUES, VALUES, VALUES, VALUES)
  write_root(out, outLen, BLOCK, flags | PARENT)
  wipe(chunks)
}

/** Plain BLAKE3. */
export function b3_hash(out: usize, outLen: usize, input: usize, length: usize): void {
  hash(out, outLen, IV, 0, input, length)
}

/** Keyed BLAKE3; the key is 32 bytes. */
export function b3_keyed(out: usize, outLen: usize, key: usize, input: usize, length: usize): void {
  hash(out, outLen, key, KEYED, input, length)
}

/** The stream of a seed: keyed BLAKE3 of nothing. */
export function b3_stream(out: usize, outLen: usize, seed: usize): void {
  hash(out, outLen, seed, KEYED, seed, 0)
}

/**
 * Plain BLAKE3 of `count` messages of one length (at most 1,024 bytes), `stride` bytes apart.
 * @param out packed, `outLen` (at most 64) bytes each.
 */
export function b3_many(out: usize, outLen: usize, input: usize, length: usize, stride: usize, count: usize): void {
  const last = count - 1
  for (let i: usize = 0; i < count; i += 4) {
    const a = input + i * stride
    const b = input + min(i + 1, last) * stride
    const c = input + min(i + 2, last) * stride
    const d = input + min(i + 3, last) * stride
    spread_key(H, IV)
    let at: usize = 0
    for (; length > at + BLOCK; at += BLOCK) {
      load_message(a + at, b + at, c + at, d + at)
      compress4(H, H, M, i32x4.splat(0), <i32>BLOCK, at == 0 ? CHUNK_START : 0)
    }
    const rest = length - at
    memory.fill(PAD, 0, 256)
    memory.copy(PAD, a + at, rest)
    memory.copy(PAD + 64, b + at, rest)
    memory.copy(PAD + 128, c + at, rest)
    memory.copy(PAD + 192, d + at, rest)
    load_message(PAD, PAD + 64, PAD + 128, PAD + 192)
    compress4(OUT, H, M, i32x4.splat(0), <i32>rest, CHUNK_END | ROOT | (at == 0 ? CHUNK_START : 0))
    scatter4(OUT, 16, REST, REST + 64, REST + 128, REST + 192)
    for (let lane: usize = 0; lane < 4 && i + lane < count; lane++) memory.copy(out + (i + lane) * outLen, REST + lane * 64, outLen)
  }
  wipe(0)
}

/** For each item: its size as 4 big-endian bytes, then the item. The layout of parts in a tagged hash. */
export function b3_prefixed(out: usize, input: usize, size: usize, count: usize): void {
  const head = bswap<u32>(<u32>size)
  for (let i: usize = 0; i < count; i++) {
    const at = out + i * (size + 4)
    store<u32>(at, head)
    memory.copy(at + 4, input + i * size, size)
  }
}

/**
 * Keyed BLAKE3 of messages of at most one block, `inStride` bytes apart, four at a time: the first 96 bytes of each output at `out + i * outStride`.
 * For use inside the module.
 */
export function b3k_many2(out: usize, outStride: usize, key: usize, input: usize, length: usize, inStride: usize, count: i32): void {
  const last = <usize>count - 1
  spread_key(H, key)
  memory.fill(PAD, 0, 256)
  for (let i: usize = 0; i < <usize>count; i += 4) {
    memory.copy(PAD, input + i * inStride, length)
    memory.copy(PAD + 64, input + min(i + 1, last) * inStride, length)
    memory.copy(PAD + 128, input + min(i + 2, last) * inStride, length)
    memory.copy(PAD + 192, input + min(i + 3, last) * inStride, length)
    load_message(PAD, PAD + 64, PAD + 128, PAD + 192)
    const to = out + i * outStride
    if (i + 4 <= <usize>count) {
      compress4(OUT, H, M, i32x4.splat(0), <i32>length, KEYED_BLOCK)
      scatter4(OUT, 16, to, to + outStride, to + 2 * outStride, to + 3 * outStride)
      compress4(OUT, H, M, i32x4.splat(1), <i32>length, KEYED_BLOCK)
      scatter4(OUT, 8, to + 64, to + outStride + 64, to + 2 * outStride + 64, to + 3 * outStride + 64)
    } else {
      for (let block: usize = 0; block < 2; block++) {
        compress4(OUT, H, M, i32x4.splat(<i32>block), <i32>length, KEYED_BLOCK)
        scatter4(OUT, 16, REST, REST + 64, REST + 128, REST + 192)
        for (let lane: usize = 0; i + lane < <usize>count; lane++)
          memory.copy(to + lane * outStride + block * 64, REST + lane * 64, block == 0 ? 64 : 32)
      }
    }
  }
  wipe(0)
}

/**
 * Keyed BLAKE3 of four messages `seed 16 | word 4`, whose words are the lanes of `words`; `length` of these 20 bytes count. For use inside the module.
 * @param h the key in all lanes (`spread_key`). @param block number of the output block. @param out 16 words of 4 lanes (`scatter4`).
 */
export function expand4(out: usize, h: usize, seeds: usize, words: v128, length: i32, block: i32): void {
  gather4(M, v128.load(seeds), v128.load(seeds, 16), v128.load(seeds, 32), v128.load(seeds, 48))
  v128.store(M + 64, words)
  const zero = i32x4.splat(0)
  for (let i: usize = 80; i < 256; i += 16) v128.store(M + i, zero)
  compress4(out, h, M, i32x4.splat(block), length, KEYED_BLOCK)
}

/** Erases what `expand4` has left in scratch. */
export function wipe_expand(): void {
  memory.fill(M, 0, 256)
}
