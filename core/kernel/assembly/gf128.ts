/**
 * The universal hash of the extension check over GF(2^128) = GF(2)[z] / (z^128 + z^7 + z^2 + z + 1); bit i of 16 bytes is the coefficient of z^i.
 * h(row) = sacrifice block + Σ_j chi_j · block_j. The challenge chi is public, rows are secret: a row is never an index, a branch or an address; the challenge may be.
 */
import { transpose128, wipe_transpose } from './transpose'

const TRANSFERS: usize = 752
const BLOCK_BITS: usize = 128
const BLOCK: usize = 16
/** Columns of six blocks of a row, of which the last has 112 that count. */
const COLUMNS = memory.data(6 * 128 * 16, 16)
/** chi_{⌊j/128⌋} · z^{j mod 128} for each position j. Public. */
const POWERS = memory.data(752 * 16, 16)
/** The hash, bit by bit: bit i of vector k is bit k of the hash of row i. */
const BITS = memory.data(128 * 16, 16)
/** Sums of four columns, for each choice of them. */
const SUMS = memory.data(16 * 16, 16)

/** The powers of the challenge, for all positions. */
function raise(chi: usize): void {
  for (let block: usize = 0; block * BLOCK_BITS < TRANSFERS; block++) {
    let low = load<u64>(chi + block * BLOCK)
    let high = load<u64>(chi + block * BLOCK, 8)
    const end = min((block + 1) * BLOCK_BITS, TRANSFERS)
    for (let j = block * BLOCK_BITS; j < end; j++) {
      store<u64>(POWERS + j * BLOCK, low)
      store<u64>(POWERS + j * BLOCK, high, 8)
      const carry = high >> 63
      high = (high << 1) | (low >> 63)
      low = (low << 1) ^ (0x87 & (0 - carry))
    }
  }
}

/** One row, bit by bit under masks. */
function hash_row(out: usize, row: usize): void {
  let sum = v128.load(row + TRANSFERS / 8)
  for (let byte: usize = 0; byte < TRANSFERS / 8; byte++) {
    const bits = <i32>load<u8>(row + byte)
    const powers = POWERS + byte * 8 * BLOCK
    for (let b: usize = 0; b < 8; b++) {
      const mask = i32x4.splat(-((bits >> <i32>b) & 1))
      sum = v128.xor(sum, v128.and(v128.load(powers + b * BLOCK), mask))
    }
  }
  v128.store(out, sum)
}

/**
 * 128 rows at once. The hash is linear, so bit k of all hashes is the sum of those columns whose power has bit k: a public selection from secret columns, four
 * columns at a time (the method of the four Russians).
 */
function hash_matrix(out: usize, rows: usize, stride: usize): void {
  // the sacrificed block begins at byte 94, in the middle of the sixth: it is transposed by itself
  for (let block: usize = 0; block < 6; block++) transpose128(COLUMNS + block * 2048, rows + block * BLOCK, stride)
  transpose128(BITS, rows + TRANSFERS / 8, stride)
  for (let j: usize = 0; j < TRANSFERS; j += 4) {
    const a = v128.load(COLUMNS + j * BLOCK)
    const b = v128.load(COLUMNS + j * BLOCK, 16)
    const c = v128.load(COLUMNS + j * BLOCK, 32)
    const d = v128.load(COLUMNS + j * BLOCK, 48)
    const ab = v128.xor(a, b)
    v128.store(SUMS, i32x4.splat(0))
    v128.store(SUMS, a, 16)
    v128.store(SUMS, b, 32)
    v128.store(SUMS, ab, 48)
    v128.store(SUMS, c, 64)
    v128.store(SUMS, v128.xor(a, c), 80)
    v128.store(SUMS, v128.xor(b, c), 96)
    v128.store(SUMS, v128.xor(ab, c), 112)
    for (let i: usize = 0; i < 128; i += 16) v128.store(SUMS + i, v128.xor(v128.load(SUMS + i), d), 128)
    for (let byte: usize = 0; byte < 16; byte++) {
      // eight bits of four powers as eight numbers below 16
      const at = POWERS + j * BLOCK + byte
      let w = <u32>load<u8>(at) | (<u32>load<u8>(at, 16) << 8) | (<u32>load<u8>(at, 32) << 16) | (<u32>load<u8>(at, 48) << 24)
      const to = BITS + byte * 128
      for (let b: usize = 0; b < 128; b += 16) {
        const n = w & 0x01010101
        const index = (n | (n >> 7) | (n >> 14) | (n >> 21)) & 15
        v128.store(to + b, v128.xor(v128.load(to + b), v128.load(SUMS + (<usize>index << 4))))
        w >>= 1
      }
    }
  }
  transpose128(out, BITS, BLOCK)
}

/**
 * The hash of each row, 16 bytes. Constant time in the rows; the challenge (6 x 16 bytes) is public.
 * @param stride bytes from one row to the next; 110 bytes of a row count, and with 128 rows two more are read.
 */
export function ext_hash_rows(out: usize, rows: usize, count: usize, stride: usize, chi: usize): void {
  raise(chi)
  if (count == 128) hash_matrix(out, rows, stride)
  else for (let i: usize = 0; i < count; i++) hash_row(out + i * BLOCK, rows + i * stride)
  memory.fill(COLUMNS, 0, 6 * 2048)
  memory.fill(BITS, 0, 2048)
  memory.fill(SUMS, 0, 256)
  wipe_transpose()
}

/** Adds `value` (16 bytes) to each of the 128 hashes whose bit of `delta` is set. Constant time. */
export function ext_correlate(hashes: usize, delta: usize, value: usize): void {
  const sum = v128.load(value)
  for (let i: usize = 0; i < 128; i++) {
    const mask = i32x4.splat(-((<i32>load<u8>(delta + (i >> 3)) >> <i32>(i & 7)) & 1))
    const at = hashes + i * BLOCK
    v128.store(at, v128.xor(v128.load(at), v128.and(sum, mask)))
  }
}
