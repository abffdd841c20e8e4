/**
 * What the random VOLE draws from hashes: the pads of the transfers and the gadget. 752 rows of three scalars, row-major, 32 little-endian bytes each.
 */
import { b3_stream, b3k_many2 } from './blake3'
import { addHalves, columnsOf, finishColumns, gather, gatherHalves, reduceFour } from './quads'

const ROWS: i32 = 752
const BLOCKS: i32 = 188
const ROW_BYTES: usize = 96
/** What is hashed into a row: its index (u32 big-endian), then its column. */
const INPUT_BYTES: usize = 20
const INPUTS: usize = memory.data(15040, 16)
/** The stream of the gadget, 48 bytes for each scalar. */
const STREAM_BYTES: usize = 36096
const STREAM: usize = memory.data(36096, 16)

/** A block of the gadget, which is public. */
const A: usize = memory.data(160, 16)
const COLUMNS: usize = memory.data(320, 16)

/**
 * Three scalars from each column (752 x 16 bytes, secret): keyed BLAKE3 of u32be(row) | column, 96 bytes as three big-endian values mod n.
 * `shift` (16 secret bytes, or 0 for none) is added to every column first.
 */
export function vole_pads(out: usize, key: usize, columns: usize, shift: usize): void {
  const by = shift == 0 ? i64x2.splat(0) : v128.load(shift)
  for (let j: usize = 0; j < <usize>ROWS; j++) {
    const input = INPUTS + j * INPUT_BYTES
    store<u32>(input, bswap(<u32>j))
    v128.store(input, v128.xor(v128.load(columns + j * 16), by), 4)
  }
  b3k_many2(out, ROW_BYTES, key, INPUTS, INPUT_BYTES, INPUT_BYTES, ROWS)
  memory.fill(INPUTS, 0, <usize>ROWS * INPUT_BYTES)
  for (let i = 0; i < 3 * BLOCKS; i++, out += 128) reduceFour(out)
}

/** 752 scalars from the stream of a seed (32 bytes, public), 384 bits each. */
export function vole_gadget(out: usize, seed: usize): void {
  b3_stream(STREAM, STREAM_BYTES, seed)
  let at = STREAM
  for (let block = 0; block < BLOCKS; block++, at += 192, out += 128) {
    gather(A, at + 16, 48, true)
    columnsOf(COLUMNS, A)
    gatherHalves(A, at, 48)
    addHalves(COLUMNS, A)
    finishColumns(out, 32, COLUMNS, false)
  }
}

/** Four big-endian values (128 bytes) mod n, in place, as `vole_pads` does it; for tests, as no hash with a value of n or more can be found. */
export function vole_reduce_four(at: usize): void {
  reduceFour(at)
}
