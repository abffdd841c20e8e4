/**
 * Transposition of bit matrices. Constant time: the same loads, shuffles and stores whatever the bits are.
 */

/** 16 vectors of 16 bytes, twice. */
const LEFT = memory.data(256, 16)
const RIGHT = memory.data(256, 16)

/** One of the four steps that turn 16 rows of 16 bytes into 16 columns: rows k and k + 8 are interleaved byte by byte. */
// @ts-ignore: decorator
@inline
function interleave(to: usize, from: usize): void {
  for (let k: usize = 0; k < 128; k += 16) {
    const a = v128.load(from + k)
    const b = v128.load(from + k, 128)
    v128.store(to + 2 * k, i8x16.shuffle(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23))
    v128.store(to + 2 * k, i8x16.shuffle(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31), 16)
  }
}

/**
 * 128 rows of 128 bits, `stride` bytes apart, into 128 columns of 16 bytes: bit i of column j is bit j of row i.
 */
export function transpose128(out: usize, rows: usize, stride: usize): void {
  for (let group: usize = 0; group < 8; group++) {
    for (let i: usize = 0; i < 16; i++) v128.store(LEFT + 16 * i, v128.load(rows + (16 * group + i) * stride))
    interleave(RIGHT, LEFT)
    interleave(LEFT, RIGHT)
    interleave(RIGHT, LEFT)
    interleave(LEFT, RIGHT)
    for (let byte: usize = 0; byte < 16; byte++) {
      let bits = v128.load(LEFT + 16 * byte)
      const to = out + 128 * byte + 2 * group
      store<u16>(to, <u16>i8x16.bitmask(bits), 112)
      bits = i8x16.shl(bits, 1)
      store<u16>(to, <u16>i8x16.bitmask(bits), 96)
      bits = i8x16.shl(bits, 1)
      store<u16>(to, <u16>i8x16.bitmask(bits), 80)
      bits = i8x16.shl(bits, 1)
      store<u16>(to, <u16>i8x16.bitmask(bits), 64)
      bits = i8x16.shl(bits, 1)
      store<u16>(to, <u16>i8x16.bitmask(bits), 48)
      bits = i8x16.shl(bits, 1)
      store<u16>(to, <u16>i8x16.bitmask(bits), 32)
      bits = i8x16.shl(bits, 1)
      store<u16>(to, <u16>i8x16.bitmask(bits), 16)
      bits = i8x16.shl(bits, 1)
      store<u16>(to, <u16>i8x16.bitmask(bits))
    }
  }
}

/** Erases what a transposition has left in scratch. */
export function wipe_transpose(): void {
  memory.fill(LEFT, 0, 256)
  memory.fill(RIGHT, 0, 256)
}
