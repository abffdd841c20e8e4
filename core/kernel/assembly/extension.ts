/**
 * Rows of the oblivious-transfer extension (SoftSpoken, ePrint 2022/192) from the leaves of 32 trees. Same results as core/kernel/reference/extension.ts; rows
 * inside the module are 112 bytes apart, their last two bytes zero. Constant time in leaves, choices and Delta.
 */
import { expand4 } from './blake3'
import { fromLanes, setChain, wipeCompression } from './compression'
import { transpose128, wipe_transpose } from './transpose'

const TREES: usize = 32
const LEAVES: usize = 16
const SEED: usize = 16
const DEPTH: usize = 4
/** Bytes of a row that count. */
const ROW: usize = 110
/** Bytes from one row to the next inside the module. */
const STRIDE: usize = 112
/** Bytes of a leaf's stream as it is expanded: two blocks. */
const STREAM: usize = 128

const OUT = memory.data(256, 16)
/** The streams of the 16 leaves of a tree. */
const STREAMS = memory.data(16 * 128, 16)
/** The sum of a tree's streams, or what Bob said of it; then x. */
const SUM = memory.data(112, 16)
const X = memory.data(112, 16)

function wipe(): void {
  memory.fill(OUT, 0, 256)
  memory.fill(STREAMS, 0, LEAVES * STREAM)
  memory.fill(SUM, 0, STRIDE)
  memory.fill(X, 0, STRIDE)
  wipeCompression()
}

/** The streams of a tree's leaves. */
function expand_leaves(tree: usize, leaves: usize): void {
  const base = <i32>((tree >> 8) | ((tree & 255) << 8))
  for (let y: usize = 0; y < LEAVES; y += 4) {
    const words = v128.or(i32x4.splat(base), i32x4.shl(i32x4.add(i32x4.splat(<i32>y), i32x4(0, 1, 2, 3)), 24))
    const to = STREAMS + y * STREAM
    for (let block: usize = 0; block < 2; block++) {
      expand4(OUT, leaves + y * SEED, words, 20, <i32>block)
      const at = to + block * 64
      fromLanes(at, at + STREAM, at + 2 * STREAM, at + 3 * STREAM, OUT, 64)
    }
  }
}

/**
 * Folds the streams of a tree: row b is the sum of those leaves whose number has bit b, and what is left is the sum of all. Each step joins neighbours, so it
 * takes 15 + 11 sums instead of 16 + 32.
 */
function fold(rows: usize): void {
  for (let at: usize = 0; at < STRIDE; at += 16) {
    // the two bytes after a row are no part of it
    const keep = at == 96 ? i8x16(-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 0, 0) : i8x16.splat(-1)
    let half: usize = LEAVES
    for (let b: usize = 0; b < DEPTH; b++) {
      half >>= 1
      let odd = i32x4.splat(0)
      for (let k: usize = 0; k < half; k++) {
        const left = v128.load(STREAMS + 2 * k * STREAM + at)
        const right = v128.load(STREAMS + (2 * k + 1) * STREAM + at)
        odd = v128.xor(odd, right)
        v128.store(STREAMS + k * STREAM + at, v128.xor(left, right))
      }
      v128.store(rows + b * STRIDE + at, v128.and(odd, keep))
    }
    v128.store(SUM + at, v128.and(v128.load(STREAMS + at), keep))
  }
}

/**
 * Bob's rows. Secret: leaves, x, v. @param u 32 packed rows of 110 bytes, a message. @param v 128 rows of stride 112. @param x 110 bytes.
 */
export function ext_receiver(u: usize, v: usize, key: usize, leaves: usize, x: usize): void {
  setChain(key)
  memory.copy(X, x, ROW)
  memory.fill(X + ROW, 0, STRIDE - ROW)
  for (let tree: usize = 0; tree < TREES; tree++) {
    expand_leaves(tree, leaves + tree * LEAVES * SEED)
    fold(v + tree * DEPTH * STRIDE)
    for (let at: usize = 0; at < STRIDE; at += 16) v128.store(SUM + at, v128.xor(v128.load(SUM + at), v128.load(X + at)))
    memory.copy(u + tree * ROW, SUM, ROW)
  }
  wipe()
}

/**
 * Alice's rows: w = (Σ of leaves with bit b) + [bit b of D]·(Σ of all leaves + u). The missing leaf is grown from zeros and cancels. Secret: leaves, Delta, w.
 * @param w 128 rows of stride 112. @param delta 16 bytes. @param u 32 packed rows of 110 bytes.
 */
export function ext_sender(w: usize, key: usize, leaves: usize, delta: usize, u: usize): void {
  setChain(key)
  for (let tree: usize = 0; tree < TREES; tree++) {
    expand_leaves(tree, leaves + tree * LEAVES * SEED)
    const rows = w + tree * DEPTH * STRIDE
    fold(rows)
    memory.copy(X, u + tree * ROW, ROW)
    memory.fill(X + ROW, 0, STRIDE - ROW)
    const nibble = <i32>load<u8>(delta + (tree >> 1)) >> <i32>(4 * (tree & 1))
    for (let b: usize = 0; b < DEPTH; b++) {
      const mask = i32x4.splat(-((nibble >> <i32>b) & 1))
      const row = rows + b * STRIDE
      for (let at: usize = 0; at < STRIDE; at += 16) {
        const sum = v128.xor(v128.load(SUM + at), v128.load(X + at))
        v128.store(row + at, v128.xor(v128.load(row + at), v128.and(sum, mask)))
      }
    }
  }
  wipe()
}

/** 752 columns of 16 bytes from 128 rows of stride 112: bit i of column j is bit j of row i. Secret rows. */
export function ext_columns(out: usize, rows: usize): void {
  for (let block: usize = 0; block < 5; block++) transpose128(out + block * 2048, rows + block * 16, STRIDE)
  // the last 112 columns that count end in the middle of a block: the block that ends with them is written first, then what came before once more
  transpose128(out + 624 * 16, rows + 78, STRIDE)
  wipe_transpose()
}
