/**
 * BLAKE3, plain and keyed: four chunks, four parents and four blocks of output at a time. Keys and messages may be secret: all of it is constant time in them;
 * lengths and counts are public. What is left of a message in the scratch is wiped.
 */
import {
  BLOCK,
  BLOCKS,
  CHAIN,
  CHAIN_BYTES,
  CHUNK_END,
  CHUNK_START,
  compress,
  compressOne,
  fromLanes,
  IV,
  KEYED,
  LONE_BLOCK,
  LONE_CHAIN,
  LONE_RESULT,
  pad,
  PARENT,
  RESULT,
  ROOT,
  setChain,
  toLanes,
  wipeCompression,
  WORDS,
} from './compression'

const CHUNK: usize = 1024
const WHOLE: i32 = CHUNK_START | CHUNK_END | ROOT

/** Chunks whose chaining values are folded together; a power of two. */
const BATCH: usize = 64
const FOLDED_BYTES: usize = 2432
/** The chaining values of a batch. */
const CHAINS: usize = memory.data(2432, 16)
/** Those of whole subtrees to the left, the largest first: 64 MiB are 2^10 batches. */
const STACK: usize = CHAINS + BATCH * CHAIN_BYTES

// @ts-ignore: decorator
@inline
function put(to: usize, from: usize, length: usize): void {
  let i: usize = 0
  for (; i + 16 <= length; i += 16) v128.store(to + i, v128.load(from + i))
  for (; i < length; i++) store<u8>(to + i, load<u8>(from + i))
}

/** The output of the block in LONE_BLOCK under LONE_CHAIN, which is the root. */
function finish(out: usize, outLen: usize, length: usize, flags: i32): void {
  if (outLen <= 2 * BLOCK) {
    for (let counter: u32 = 0; outLen > 0; counter++) {
      const size = min(outLen, BLOCK)
      compressOne(LONE_RESULT, LONE_CHAIN, LONE_BLOCK, counter, <u32>length, flags | ROOT)
      put(out, LONE_RESULT, size)
      out += size
      outLen -= size
    }
    return
  }
  setChain(LONE_CHAIN)
  for (let i: usize = 0; i < BLOCK; i += 4) v128.store(WORDS + 4 * i, v128.load_splat<u32>(LONE_BLOCK + i))
  for (let counter = 0; outLen > 0; counter += 4) {
    compress(RESULT, counter, 1, <i32>length, flags | ROOT)
    if (outLen < 4 * BLOCK) {
      fromLanes(BLOCKS, BLOCKS + BLOCK, BLOCKS + 2 * BLOCK, BLOCKS + 3 * BLOCK, RESULT, BLOCK)
      put(out, BLOCKS, outLen)
      return
    }
    fromLanes(out, out + BLOCK, out + 2 * BLOCK, out + 3 * BLOCK, RESULT, BLOCK)
    out += 4 * BLOCK
    outLen -= 4 * BLOCK
  }
}

/** Goes through a chunk (at most 1024 bytes) but for its last block. That is left in LONE_BLOCK, under LONE_CHAIN. @returns its length. */
function beginChunk(key: usize, from: usize, length: usize, counter: u32, flags: i32): usize {
  v128.store(LONE_CHAIN, v128.load(key))
  v128.store(LONE_CHAIN, v128.load(key, 16), 16)
  let start = CHUNK_START
  for (; length > BLOCK; from += BLOCK, length -= BLOCK) {
    compressOne(LONE_CHAIN, LONE_CHAIN, from, counter, <u32>BLOCK, flags | start)
    start = 0
  }
  pad(LONE_BLOCK, from, length)
  return length
}

// @ts-ignore: decorator
@inline
function lastFlags(length: usize): i32 {
  return length <= BLOCK ? CHUNK_START | CHUNK_END : CHUNK_END
}

/** The chaining values of one to four whole chunks. */
function wholeChunks(out: usize, key: usize, from: usize, count: usize, counter: u32, flags: i32): void {
  const second = min<usize>(1, count - 1)
  const third = min<usize>(2, count - 1)
  const fourth = min<usize>(3, count - 1)
  setChain(key)
  // lanes too many do the last chunk under another counter; what they leave is overwritten below
  for (let i: usize = 0; i < CHUNK; i += BLOCK, from += BLOCK) {
    toLanes(WORDS, from, from + second * CHUNK, from + third * CHUNK, from + fourth * CHUNK, BLOCK)
    compress(CHAIN, <i32>counter, 1, <i32>BLOCK, flags | (i == 0 ? CHUNK_START : i == CHUNK - BLOCK ? CHUNK_END : 0))
  }
  fromLanes(BLOCKS, BLOCKS + CHAIN_BYTES, BLOCKS + 2 * CHAIN_BYTES, BLOCKS + 3 * CHAIN_BYTES, CHAIN, CHAIN_BYTES)
  put(out, BLOCKS, count * CHAIN_BYTES)
}

/** The chaining values of 1 to 64 chunks. */
function chains(key: usize, from: usize, length: usize, counter: u32, flags: i32): usize {
  let out = CHAINS
  for (; length >= 4 * CHUNK; from += 4 * CHUNK, length -= 4 * CHUNK, counter += 4, out += 4 * CHAIN_BYTES) wholeChunks(out, key, from, 4, counter, flags)
  const whole = length / CHUNK
  // one alone is done faster as such
  if (whole > 1) {
    wholeChunks(out, key, from, whole, counter, flags)
    from += whole * CHUNK
    length -= whole * CHUNK
    counter += <u32>whole
    out += whole * CHAIN_BYTES
  }
  for (; length > 0; counter++, out += CHAIN_BYTES) {
    const size = min(length, CHUNK)
    const last = beginChunk(key, from, size, counter, flags)
    compressOne(LONE_RESULT, LONE_CHAIN, LONE_BLOCK, counter, <u32>last, flags | lastFlags(size))
    put(out, LONE_RESULT, CHAIN_BYTES)
    from += size
    length -= size
  }
  return (out - CHAINS) / CHAIN_BYTES
}

/** Folds neighbours together, level by level, until no more than `target` (1 or 2) of `count` chaining values are left. */
function fold(key: usize, count: usize, target: usize, flags: i32): void {
  while (count > target) {
    const pairs = count >> 1
    if (pairs == 1) join(key, CHAINS, flags)
    else setChain(key)
    for (let i: usize = 0; pairs > 1 && i < pairs; i += 4) {
      const from = CHAINS + 2 * i * CHAIN_BYTES
      const left = pairs - i
      toLanes(WORDS, from, from + min<usize>(1, left - 1) * BLOCK, from + min<usize>(2, left - 1) * BLOCK, from + min<usize>(3, left - 1) * BLOCK, BLOCK)
      compress(RESULT, 0, 0, <i32>BLOCK, flags | PARENT)
      // lanes too many repeat the last pair, and write into what was read already
      const to = CHAINS + i * CHAIN_BYTES
      fromLanes(to, to + CHAIN_BYTES, to + 2 * CHAIN_BYTES, to + 3 * CHAIN_BYTES, RESULT, CHAIN_BYTES)
    }
    if ((count & 1) == 1) put(CHAINS + pairs * CHAIN_BYTES, CHAINS + (count - 1) * CHAIN_BYTES, CHAIN_BYTES)
    count -= pairs
  }
}

/** The parent of two chaining values, in place of the first. */
function join(key: usize, pair: usize, flags: i32): void {
  compressOne(LONE_RESULT, key, pair, 0, <u32>BLOCK, flags | PARENT)
  put(pair, LONE_RESULT, CHAIN_BYTES)
}

function digest(out: usize, outLen: usize, key: usize, from: usize, length: usize, flags: i32): void {
  if (length <= CHUNK) {
    const last = beginChunk(key, from, length, 0, flags)
    finish(out, outLen, last, flags | lastFlags(length))
    wipeCompression()
    return
  }
  let top = STACK
  let counter: u32 = 0
  while (length > BATCH * CHUNK) {
    fold(key, chains(key, from, BATCH * CHUNK, counter, flags), 1, flags)
    put(top, CHAINS, CHAIN_BYTES)
    from += BATCH * CHUNK
    length -= BATCH * CHUNK
    counter += <u32>BATCH
    // a subtree of twice the size is whole for every factor of two in the number of batches
    for (let whole = counter / <u32>BATCH; (whole & 1) == 0; whole >>= 1, top -= CHAIN_BYTES) join(key, top - CHAIN_BYTES, flags)
    top += CHAIN_BYTES
  }
  const count = chains(key, from, length, counter, flags)
  if (top == STACK) {
    fold(key, count, 2, flags)
    put(LONE_BLOCK, CHAINS, BLOCK)
  } else {
    fold(key, count, 1, flags)
    put(top, CHAINS, CHAIN_BYTES)
    for (top -= CHAIN_BYTES; top > STACK; top -= CHAIN_BYTES) join(key, top, flags)
    put(LONE_BLOCK, STACK, BLOCK)
  }
  v128.store(LONE_CHAIN, v128.load(key))
  v128.store(LONE_CHAIN, v128.load(key, 16), 16)
  finish(out, outLen, BLOCK, flags | PARENT)
  wipeCompression()
  memory.fill(CHAINS, 0, FOLDED_BYTES)
}

/** `outLen` bytes of BLAKE3 of `length` bytes. */
export function b3_hash(out: usize, outLen: usize, from: usize, length: usize): void {
  digest(out, outLen, IV, from, length, 0)
}

/** `outLen` bytes of BLAKE3 of `length` bytes under a key of 32 bytes. */
export function b3_keyed(out: usize, outLen: usize, key: usize, from: usize, length: usize): void {
  digest(out, outLen, key, from, length, KEYED)
}

/** The stream of a seed of 32 bytes: keyed BLAKE3 of nothing, `outLen` bytes. */
export function b3_stream(out: usize, outLen: usize, seed: usize): void {
  digest(out, outLen, seed, seed, 0, KEYED)
}

/** u32be(size) | item for each of `count` items that lie one after the other. */
export function b3_prefixed(out: usize, from: usize, size: usize, count: i32): void {
  for (let i = 0; i < count; i++, out += 4 + size, from += size) {
    store<u32>(out, bswap(<u32>size))
    put(out + 4, from, size)
  }
}

/** Sets WORDS to the block of four messages that begins at `from` and at `from` + second, third, fourth; `length` bytes of it are there. */
function takeBlock(from: usize, second: usize, third: usize, fourth: usize, length: usize): void {
  if (length == BLOCK) {
    toLanes(WORDS, from, from + second, from + third, from + fourth, BLOCK)
    return
  }
  pad(BLOCKS, from, length)
  pad(BLOCKS + BLOCK, from + second, length)
  pad(BLOCKS + 2 * BLOCK, from + third, length)
  pad(BLOCKS + 3 * BLOCK, from + fourth, length)
  toLanes(WORDS, BLOCKS, BLOCKS + BLOCK, BLOCKS + 2 * BLOCK, BLOCKS + 3 * BLOCK, BLOCK)
}

/** BLAKE3 of `count` messages of `length` bytes (at most 1024), `stride` bytes apart; `outLen` bytes (at most 64) of each, packed. */
export function b3_many(out: usize, outLen: usize, from: usize, length: usize, stride: usize, count: i32): void {
  for (let left = <usize>max(count, 0); left > 0; ) {
    const lanes = min<usize>(4, left)
    const second = min<usize>(1, lanes - 1) * stride
    const third = min<usize>(2, lanes - 1) * stride
    const fourth = min<usize>(3, lanes - 1) * stride
    setChain(IV)
    let at: usize = 0
    let start = CHUNK_START
    for (; length - at > BLOCK; at += BLOCK, start = 0) {
      takeBlock(from + at, second, third, fourth, BLOCK)
      compress(CHAIN, 0, 0, <i32>BLOCK, start)
    }
    takeBlock(from + at, second, third, fourth, length - at)
    compress(RESULT, 0, 0, <i32>(length - at), start | CHUNK_END | ROOT)
    fromLanes(BLOCKS, BLOCKS + BLOCK, BLOCKS + 2 * BLOCK, BLOCKS + 3 * BLOCK, RESULT, BLOCK)
    for (let i: usize = 0; i < lanes; i++, out += outLen) put(out, BLOCKS + i * BLOCK, outLen)
    from += lanes * stride
    left -= lanes
  }
  wipeCompression()
}

/**
 * Keyed BLAKE3 of `count` (at least 1) messages of `length` (at most 64) bytes, `stride` bytes apart: 96 bytes of each, `outStride` bytes apart (at least 96).
 * Not exported from the module.
 */
export function b3k_many2(out: usize, outStride: usize, key: usize, from: usize, length: usize, stride: usize, count: i32): void {
  setChain(key)
  for (let left = <usize>count; left > 0; ) {
    const lanes = min<usize>(4, left)
    const second = min<usize>(1, lanes - 1)
    const third = min<usize>(2, lanes - 1)
    const fourth = min<usize>(3, lanes - 1)
    const out1 = out + second * outStride
    const out2 = out + third * outStride
    const out3 = out + fourth * outStride
    takeBlock(from, second * stride, third * stride, fourth * stride, length)
    // lanes too many repeat the last message
    for (let block: usize = 0; block < 2; block++) {
      compress(RESULT, <i32>block, 0, <i32>length, KEYED | WHOLE)
      const at = block * BLOCK
      fromLanes(out + at, out1 + at, out2 + at, out3 + at, RESULT, block == 0 ? BLOCK : 96 - BLOCK)
    }
    from += lanes * stride
    out += lanes * outStride
    left -= lanes
  }
  wipeCompression()
}

/**
 * Keyed BLAKE3 of four messages: the 16 bytes at `seeds` and each 16 bytes after them, then the lane's word of `suffix`; `length` of these 20 bytes count. The
 * key is in CHAIN (`setChain`), the output as 16 word vectors at `out` (`fromLanes`). For use inside the module.
 */
export function expand4(out: usize, seeds: usize, suffix: v128, length: i32, counter: i32): void {
  toLanes(WORDS, seeds, seeds + 16, seeds + 32, seeds + 48, 16)
  v128.store(WORDS + 64, suffix)
  const zero = i32x4.splat(0)
  for (let i: usize = 80; i < 256; i += 16) v128.store(WORDS + i, zero)
  compress(out, counter, 0, length, KEYED | WHOLE)
}
