/**
 * The vectors of the random VOLE: 752 rows of three scalars (nonce, key, mask), row-major, 32 little-endian bytes each. `Be` marks what is written or
 * read as 32 big-endian bytes, packed: it comes from or goes into a message or a hash. Constant time in every value; scratch is wiped.
 */
import { addProducts, multiplesOf, TABLE_BYTES } from './multiples'
import { COLUMN_BYTES as WIDE_BYTES, deposit, settle } from './order'
import { COLUMN_BYTES, columnsOf, finishColumns, finishLimbs, gather, LIMB_BYTES, wipeQuads } from './quads'
import { sc_neg } from './scalar'
import { addWeighted, carryWeighted, collectWeighted, SUM_BYTES, wipeWeighted } from './weighted'

const ROWS: i32 = 752
const BLOCKS: i32 = 188
const ROW_BYTES: usize = 96
/** Four rows. */
const BLOCK_BYTES: usize = 384
/** Limbs of n. */
const ORDER: usize = memory.data<u32>([0x364141, 0x97a334, 0x203bbfd, 0x39abd22, 0x2baaedc, 0x3ffffff, 0x3ffffff, 0x3ffffff, 0x3ffffff, 0x3fffff])

const A: usize = memory.data(160, 16)
const B: usize = memory.data(160, 16)
const COLUMNS: usize = memory.data(320, 16)
const TABLES: usize = memory.data(6400, 16)
const SUMS: usize = memory.data(1312, 16)
const WIDE: usize = memory.data(144, 16)
const SCALAR: usize = memory.data(32, 16)
/** One scalar, or three, in all lanes. */
const SPLATS: usize = memory.data(480, 16)

function wipe(): void {
  memory.fill(A, 0, LIMB_BYTES)
  memory.fill(B, 0, LIMB_BYTES)
  memory.fill(COLUMNS, 0, COLUMN_BYTES)
  memory.fill(SUMS, 0, 2 * SUM_BYTES)
  memory.fill(WIDE, 0, WIDE_BYTES)
  memory.fill(SCALAR, 0, 32)
  memory.fill(SPLATS, 0, 480)
  wipeQuads()
  wipeWeighted()
}

/** All ones in the lanes of the block's four rows whose choice is set. */
// @ts-ignore: decorator
@inline
function chosen(choices: usize, block: i32): v128 {
  const bits = i32x4(1, 2, 4, 8)
  const nibble = <i32>load<u8>(choices + (block >> 1)) >> ((block & 1) << 2)
  return i32x4.eq(v128.and(i32x4.splat(nibble), bits), bits)
}

/** Q = zero - one + inputs in each row, canonical. `zero`, `one`: rows; `inputs`: three scalars; all secret. `outBe`: 752 x 96 bytes. */
export function vole_corrections(outBe: usize, zero: usize, one: usize, inputs: usize): void {
  for (let c: usize = 0; c < 3; c++) gather(SPLATS + c * LIMB_BYTES, inputs + c * 32, 0, false)
  const last = <usize>BLOCKS * BLOCK_BYTES
  for (let at: usize = 0; at < last; at += BLOCK_BYTES) {
    for (let c: usize = 0; c < 3; c++) {
      gather(A, zero + at + c * 32, ROW_BYTES, false)
      gather(B, one + at + c * 32, ROW_BYTES, false)
      subtractAndAdd(A, B, SPLATS + c * LIMB_BYTES)
      finishLimbs(outBe + at + c * 32, ROW_BYTES, A, true)
    }
  }
  wipe()
}

/** a = a - b + x, plus n where a < b: in [0, 2n). */
function subtractAndAdd(a: usize, b: usize, x: usize): void {
  let difference = i32x4.splat(0)
  let borrow = i32x4.splat(0)
  for (let i: usize = 0; i < LIMB_BYTES; i += 16) {
    difference = i32x4.add(i32x4.sub(v128.load(a + i), v128.load(b + i)), borrow)
    borrow = i32x4.shr_s(difference, 26)
  }
  const negative = i32x4.shr_s(difference, 31)
  for (let i: usize = 0; i < LIMB_BYTES; i += 16) {
    const sum = i32x4.add(i32x4.sub(v128.load(a + i), v128.load(b + i)), v128.load(x + i))
    v128.store(a + i, i32x4.add(sum, v128.and(v128.load32_splat(ORDER + (i >> 2)), negative)))
  }
}

/** pad + w·Q in each row, in place. `rows`: pads, secret; `choices`: 94 bytes, secret; `qBe`: 752 x 96 bytes, every value checked to be below n. */
export function vole_apply(rows: usize, choices: usize, qBe: usize): void {
  for (let block = 0; block < BLOCKS; block++) {
    const mask = chosen(choices, block)
    for (let c = 0; c < 3; c++, rows += 32, qBe += 32) {
      gather(A, rows, ROW_BYTES, false)
      gather(B, qBe, ROW_BYTES, true)
      for (let i: usize = 0; i < LIMB_BYTES; i += 16) {
        v128.store(A + i, i32x4.add(v128.load(A + i), v128.and(v128.load(B + i), mask)))
      }
      finishLimbs(rows, ROW_BYTES, A, false)
    }
    rows += BLOCK_BYTES - ROW_BYTES
    qBe += BLOCK_BYTES - ROW_BYTES
  }
  wipe()
}

/** COLUMNS = the row products of a block, not reduced. */
// @ts-ignore: decorator
@inline
function multiplyRows(rows: usize): void {
  gather(A, rows + 64, ROW_BYTES, false)
  columnsOf(COLUMNS, A)
  gather(A, rows, ROW_BYTES, false)
  addProducts(COLUMNS, A, TABLES)
  gather(A, rows + 32, ROW_BYTES, false)
  addProducts(COLUMNS, A, TABLES + TABLE_BYTES)
}

/** The product of each row (secret) with chi = (chi_0, chi_1, 1), public: 752 canonical values. */
export function vole_row_products(outBe: usize, rows: usize, chi: usize): void {
  multiplesOf(TABLES, chi)
  multiplesOf(TABLES + TABLE_BYTES, chi + 32)
  for (let block = 0; block < BLOCKS; block++, rows += BLOCK_BYTES, outBe += 128) {
    multiplyRows(rows)
    finishColumns(outBe, 32, COLUMNS, true)
  }
  wipe()
}

/** The product of each row (secret) with chi = (chi_0, chi_1, 1), less w·v: 752 canonical values. `choices`: 94 bytes, secret; `v`: a scalar. */
export function vole_checked_products(outBe: usize, rows: usize, chi: usize, choices: usize, v: usize): void {
  multiplesOf(TABLES, chi)
  multiplesOf(TABLES + TABLE_BYTES, chi + 32)
  sc_neg(SCALAR, v)
  gather(A, SCALAR, 0, false)
  columnsOf(SPLATS, A)
  for (let block = 0; block < BLOCKS; block++, rows += BLOCK_BYTES, outBe += 128) {
    multiplyRows(rows)
    const mask = chosen(choices, block)
    for (let i: usize = 0; i < COLUMN_BYTES; i += 16) {
      v128.store(COLUMNS + i, i32x4.add(v128.load(COLUMNS + i), v128.and(v128.load(SPLATS + i), mask)))
    }
    finishColumns(outBe, 32, COLUMNS, true)
  }
  wipe()
}

/** outK = Σ g_j·row_j[0] and outX = Σ g_j·row_j[1]. `gadget`: 752 scalars, public; `rows`: secret. */
export function vole_weighted_sums(outK: usize, outX: usize, gadget: usize, rows: usize): void {
  memory.fill(SUMS, 0, 2 * SUM_BYTES)
  for (let block = 0, room = 3; block < BLOCKS; block++, gadget += 128, rows += BLOCK_BYTES, room--) {
    if (room == 0) {
      carryWeighted(SUMS)
      carryWeighted(SUMS + SUM_BYTES)
      room = 3
    }
    gather(A, gadget, 32, false)
    gather(B, rows, ROW_BYTES, false)
    addWeighted(SUMS, A, B)
    gather(B, rows + 32, ROW_BYTES, false)
    addWeighted(SUMS + SUM_BYTES, A, B)
  }
  finishWeighted(outK, SUMS)
  finishWeighted(outX, SUMS + SUM_BYTES)
  wipe()
}

function finishWeighted(out: usize, sums: usize): void {
  carryWeighted(sums)
  memory.fill(WIDE, 0, WIDE_BYTES)
  collectWeighted(WIDE, sums)
  settle(out, WIDE)
}

/** Σ w_j·g_j. `gadget`: 752 scalars, public; `choices`: 94 bytes, secret. */
export function vole_chosen_sum(out: usize, gadget: usize, choices: usize): void {
  const half = i32x4.splat(0xffff)
  let a = i32x4.splat(0)
  let b = i32x4.splat(0)
  let c = i32x4.splat(0)
  let d = i32x4.splat(0)
  for (let j = 0; j < ROWS; j++, gadget += 32) {
    const mask = i32x4.splat(-((<i32>load<u8>(choices + (j >> 3)) >> (j & 7)) & 1))
    const low = v128.and(v128.load(gadget), mask)
    const high = v128.and(v128.load(gadget, 16), mask)
    a = i32x4.add(a, v128.and(low, half))
    b = i32x4.add(b, i32x4.shr_u(low, 16))
    c = i32x4.add(c, v128.and(high, half))
    d = i32x4.add(d, i32x4.shr_u(high, 16))
  }
  memory.fill(WIDE, 0, WIDE_BYTES)
  v128.store(A, a)
  v128.store(A, b, 16)
  v128.store(A, c, 32)
  v128.store(A, d, 48)
  for (let i = 0; i < 4; i++) {
    deposit(WIDE, i * 32, load<u32>(A + i * 4))
    deposit(WIDE, i * 32 + 16, load<u32>(A + i * 4, 16))
    deposit(WIDE, i * 32 + 128, load<u32>(A + i * 4, 32))
    deposit(WIDE, i * 32 + 144, load<u32>(A + i * 4, 48))
  }
  settle(out, WIDE)
  wipe()
}
