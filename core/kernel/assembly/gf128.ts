/**
 * The universal hash of the extension check over GF(2^128) = GF(2)[z] / (z^128 + z^7 + z^2 + z + 1); bit i of 16 bytes is the coefficient of z^i.
 * h(row) = sacrifice block + Σ_j chi_j · block_j. The challenge chi is public, rows are secret: a row is never an index, a branch or an address; the challenge may be.
 */
import { transpose128, wipe_transpose } from './transpose'

const TRANSFERS: usize = 752
const BLOCK_BITS: usize = 128
const BLOCK: usize = 16
const BLOCKS: usize = 6
const ROWS: usize = 128
/** Columns whose sums are looked up together. */
const GROUP: usize = 4
/** Bytes of all sums of one group. */
const CHOICES: usize = 256

// One block, so that one fill wipes it.
const WORKSPACE = memory.data(14336, 16)
const WORKSPACE_BYTES: usize = 14336
/** The columns of one block of all rows. */
const COLUMNS: usize = WORKSPACE
/** Sums of four columns each, for each choice of them. */
const SUMS: usize = COLUMNS + 2048
/** The products before reduction, coefficient by coefficient: bit i of vector k is that of z^k in the hash of row i. */
const PLANES: usize = SUMS + 8192

/** For each s: which of the columns 4i to 4i + 3 meet z^(4i + s) in the product, as an offset into the sums of these four. Public. */
const WINDOWS = memory.data(132, 4)

/** Bit c of number s is bit s - c of the element of the challenge. */
function openWindows(element: usize): void {
  let window: u32 = 0
  for (let s: usize = 0; s < BLOCK_BITS; s++) {
    window = ((window << 1) | ((load<u8>(element + (s >> 3)) >> (<u8>s & 7)) & 1)) & 15
    store<u8>(WINDOWS + s, window << 4)
  }
  for (let s = BLOCK_BITS; s < BLOCK_BITS + GROUP; s++) {
    window = (window << 1) & 15
    store<u8>(WINDOWS + s, window << 4)
  }
}

/** All sums of each four columns. */
function sumColumns(groups: usize): void {
  for (let group: usize = 0; group < groups; group++) {
    const from = COLUMNS + group * 64
    const to = SUMS + group * CHOICES
    const b = v128.load(from, 16)
    const c = v128.load(from, 32)
    const d = v128.load(from, 48)
    let sum = i32x4.splat(0)
    v128.store(to, sum)
    sum = v128.load(from)
    v128.store(to, sum, 16)
    // one column is added or taken away from each sum to the next
    sum = v128.xor(sum, b)
    v128.store(to, sum, 48)
    v128.store(to, b, 32)
    sum = v128.xor(b, c)
    v128.store(to, sum, 96)
    v128.store(to, c, 64)
    sum = v128.xor(sum, v128.load(from))
    v128.store(to, sum, 112)
    v128.store(to, v128.xor(sum, b), 80)
    for (let i: usize = 0; i < 128; i += 16) v128.store(to + i, v128.xor(v128.load(to + i), d), 128)
  }
}

/** Adds the product of the block's columns with the element to PLANES: a public selection from secret sums (the method of the four Russians). */
function multiply(groups: usize): void {
  let planes = PLANES
  for (let q: usize = 0; q < groups + 32; q++, planes += 64) {
    const first = q > 32 ? q - 32 : 0
    const end = min(q + 1, groups)
    let p0 = v128.load(planes)
    let p1 = v128.load(planes, 16)
    let p2 = v128.load(planes, 32)
    let p3 = v128.load(planes, 48)
    let sums = SUMS + first * CHOICES
    let windows = WINDOWS + (q - first) * GROUP
    for (const last = SUMS + end * CHOICES; sums < last; sums += CHOICES, windows -= GROUP) {
      p0 = v128.xor(p0, v128.load(sums + <usize>load<u8>(windows)))
      p1 = v128.xor(p1, v128.load(sums + <usize>load<u8>(windows, 1)))
      p2 = v128.xor(p2, v128.load(sums + <usize>load<u8>(windows, 2)))
      p3 = v128.xor(p3, v128.load(sums + <usize>load<u8>(windows, 3)))
    }
    v128.store(planes, p0)
    v128.store(planes, p1, 16)
    v128.store(planes, p2, 32)
    v128.store(planes, p3, 48)
  }
}

/** z^128 = z^7 + z^2 + z + 1, from the highest coefficient down. */
function reduce(): void {
  for (let to = PLANES + 127 * 16; to >= PLANES; to -= 16) {
    const high = v128.load(to, 2048)
    v128.store(to, v128.xor(v128.load(to), high))
    v128.store(to, v128.xor(v128.load(to, 16), high), 16)
    v128.store(to, v128.xor(v128.load(to, 32), high), 32)
    v128.store(to, v128.xor(v128.load(to, 112), high), 112)
  }
}

/** 128 rows at once: the products are computed for all of them, one coefficient after the other. */
function hashMatrix(out: usize, rows: usize, stride: usize, chi: usize): void {
  memory.fill(PLANES, 0, 4096)
  for (let block: usize = 0; block < BLOCKS; block++) {
    transpose128(COLUMNS, rows + block * BLOCK, stride)
    // the last block of the matrix ends with the transfers, in the middle of these 128 columns
    const groups = min(BLOCK_BITS, TRANSFERS - block * BLOCK_BITS) / GROUP
    sumColumns(groups)
    openWindows(chi + block * BLOCK)
    multiply(groups)
  }
  reduce()
  transpose128(out, PLANES, BLOCK)
  for (let i: usize = 0; i < ROWS; i++) {
    const to = out + i * BLOCK
    v128.store(to, v128.xor(v128.load(to), v128.load(rows + i * stride + TRANSFERS / 8)))
  }
  memory.fill(WORKSPACE, 0, WORKSPACE_BYTES)
  wipe_transpose()
}

/** One row, bit by bit under masks. */
function hashRow(out: usize, row: usize, chi: usize): void {
  let low = load<u64>(row + TRANSFERS / 8)
  let high = load<u64>(row + TRANSFERS / 8, 8)
  for (let block: usize = 0; block < BLOCKS; block++) {
    // chi_block · z^j for bit j of the block
    let powerLow = load<u64>(chi + block * BLOCK)
    let powerHigh = load<u64>(chi + block * BLOCK, 8)
    const end = min((block + 1) * BLOCK, TRANSFERS / 8)
    for (let byte = block * BLOCK; byte < end; byte++) {
      let bits = <u64>load<u8>(row + byte)
      for (let b = 0; b < 8; b++, bits >>= 1) {
        const mask: u64 = 0 - (bits & 1)
        low ^= powerLow & mask
        high ^= powerHigh & mask
        const carry: u64 = 0 - (powerHigh >> 63)
        powerHigh = (powerHigh << 1) | (powerLow >> 63)
        powerLow = (powerLow << 1) ^ (0x87 & carry)
      }
    }
  }
  store<u64>(out, low)
  store<u64>(out, high, 8)
}

/**
 * The hash of each row, 16 bytes; `out` may not overlap the rows. Constant time in the rows; the challenge (6 x 16 bytes) is public.
 * @param stride bytes from one row to the next; 110 bytes of a row count.
 */
export function ext_hash_rows(out: usize, rows: usize, count: usize, stride: usize, chi: usize): void {
  if (count == ROWS) hashMatrix(out, rows, stride, chi)
  else for (let i: usize = 0; i < count; i++) hashRow(out + i * BLOCK, rows + i * stride, chi)
}

/** Adds `value` (16 bytes) to each of the 128 hashes whose bit of `delta` is set. Constant time. */
export function ext_correlate(hashes: usize, delta: usize, value: usize): void {
  const sum = v128.load(value)
  for (let i: usize = 0; i < ROWS; i++) {
    const mask = i32x4.splat(-((<i32>load<u8>(delta + (i >> 3)) >> <i32>(i & 7)) & 1))
    const at = hashes + i * BLOCK
    v128.store(at, v128.xor(v128.load(at), v128.and(sum, mask)))
  }
}
