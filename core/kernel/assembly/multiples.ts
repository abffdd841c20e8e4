/**
 * Products of many scalars with one public scalar s: a·s = Σ a_i·(2^13i·s mod n) over the 20 digits a_i of a. A table of the 20 multiples makes of
 * a product a 20x20 matrix times a vector, whose result is 279 bits long and not 512.
 */
import { pair } from './quads'

/** Bytes of a table: for each column k ten pairs of digit k of multiples 2p and 2p+1, each pair in all lanes. */
export const TABLE_BYTES: usize = 3200
const V: usize = memory.data(80, 16)

/** 2^260 mod n in digits. */
const FOLD: usize = memory.data<u32>([0xbf0, 0x4df, 0xcbf, 0x142e, 0x2d, 0x1e22, 0xdd7, 0x12a1, 0x1231, 0x2a8, 0x5])

// @ts-ignore: decorator
@inline
function add(a: v128, b: v128): v128 {
  return i32x4.add(a, b)
}

// @ts-ignore: decorator
@inline
function dot(a: v128, b: v128): v128 {
  return i32x4.dot_i16x8_s(a, b)
}

// @ts-ignore: decorator
@inline
function spread(at: usize, digit: u32): void {
  store<u16>(at, digit)
  store<u16>(at, digit, 4)
  store<u16>(at, digit, 8)
  store<u16>(at, digit, 12)
}

/** The table of a public scalar: multiples below 2^260 + 2^146. */
export function multiplesOf(table: usize, scalar: usize): void {
  for (let i = 0; i < 20; i++) {
    const bit = i * 13
    const at = scalar + (bit >> 5) * 4
    // no byte beyond the scalar is read
    const word = i < 18 ? load<u64>(at) : <u64>load<u32>(scalar, 28)
    store<u32>(V + i * 4, <u32>(word >> (bit & 31)) & 0x1fff)
  }
  for (let i = 0; i < 20; i++) {
    for (let k = 0; k < 20; k++) spread(table + k * 160 + (i >> 1) * 16 + (i & 1) * 2, load<u32>(V + k * 4))
    const top = load<u32>(V, 76)
    memory.copy(V + 4, V, 76)
    store<u32>(V, 0)
    let carry: u32 = 0
    for (let k = 0; k < 19; k++) {
      carry += load<u32>(V + k * 4)
      if (k < 11) carry += top * load<u32>(FOLD + k * 4)
      store<u32>(V + k * 4, carry & 0x1fff)
      carry >>= 13
    }
    store<u32>(V, load<u32>(V, 76) + carry, 76)
  }
}

/** Adds the product of four scalars (ten limbs, secret) with the table's to 20 columns. Each column grows by less than 2^30.4. Constant time. */
export function addProducts(columns: usize, limbs: usize, table: usize): void {
  const x0 = pair(v128.load(limbs))
  const x1 = pair(v128.load(limbs, 16))
  const x2 = pair(v128.load(limbs, 32))
  const x3 = pair(v128.load(limbs, 48))
  const x4 = pair(v128.load(limbs, 64))
  const x5 = pair(v128.load(limbs, 80))
  const x6 = pair(v128.load(limbs, 96))
  const x7 = pair(v128.load(limbs, 112))
  const x8 = pair(v128.load(limbs, 128))
  const x9 = pair(v128.load(limbs, 144))
  let s: v128
  // five columns at a time: V8 keeps the pairs in registers
  for (let i = 0; i < 4; i++, columns += 80, table += 800) {
    s = v128.load(columns)
    s = add(s, dot(x0, v128.load(table)))
    s = add(s, dot(x1, v128.load(table, 16)))
    s = add(s, dot(x2, v128.load(table, 32)))
    s = add(s, dot(x3, v128.load(table, 48)))
    s = add(s, dot(x4, v128.load(table, 64)))
    s = add(s, dot(x5, v128.load(table, 80)))
    s = add(s, dot(x6, v128.load(table, 96)))
    s = add(s, dot(x7, v128.load(table, 112)))
    s = add(s, dot(x8, v128.load(table, 128)))
    s = add(s, dot(x9, v128.load(table, 144)))
    v128.store(columns, s)
    s = v128.load(columns, 16)
    s = add(s, dot(x0, v128.load(table, 160)))
    s = add(s, dot(x1, v128.load(table, 176)))
    s = add(s, dot(x2, v128.load(table, 192)))
    s = add(s, dot(x3, v128.load(table, 208)))
    s = add(s, dot(x4, v128.load(table, 224)))
    s = add(s, dot(x5, v128.load(table, 240)))
    s = add(s, dot(x6, v128.load(table, 256)))
    s = add(s, dot(x7, v128.load(table, 272)))
    s = add(s, dot(x8, v128.load(table, 288)))
    s = add(s, dot(x9, v128.load(table, 304)))
    v128.store(columns, s, 16)
    s = v128.load(columns, 32)
    s = add(s, dot(x0, v128.load(table, 320)))
    s = add(s, dot(x1, v128.load(table, 336)))
    s = add(s, dot(x2, v128.load(table, 352)))
    s = add(s, dot(x3, v128.load(table, 368)))
    s = add(s, dot(x4, v128.load(table, 384)))
    s = add(s, dot(x5, v128.load(table, 400)))
    s = add(s, dot(x6, v128.load(table, 416)))
    s = add(s, dot(x7, v128.load(table, 432)))
    s = add(s, dot(x8, v128.load(table, 448)))
    s = add(s, dot(x9, v128.load(table, 464)))
    v128.store(columns, s, 32)
    s = v128.load(columns, 48)
    s = add(s, dot(x0, v128.load(table, 480)))
    s = add(s, dot(x1, v128.load(table, 496)))
    s = add(s, dot(x2, v128.load(table, 512)))
    s = add(s, dot(x3, v128.load(table, 528)))
    s = add(s, dot(x4, v128.load(table, 544)))
    s = add(s, dot(x5, v128.load(table, 560)))
    s = add(s, dot(x6, v128.load(table, 576)))
    s = add(s, dot(x7, v128.load(table, 592)))
    s = add(s, dot(x8, v128.load(table, 608)))
    s = add(s, dot(x9, v128.load(table, 624)))
    v128.store(columns, s, 48)
    s = v128.load(columns, 64)
    s = add(s, dot(x0, v128.load(table, 640)))
    s = add(s, dot(x1, v128.load(table, 656)))
    s = add(s, dot(x2, v128.load(table, 672)))
    s = add(s, dot(x3, v128.load(table, 688)))
    s = add(s, dot(x4, v128.load(table, 704)))
    s = add(s, dot(x5, v128.load(table, 720)))
    s = add(s, dot(x6, v128.load(table, 736)))
    s = add(s, dot(x7, v128.load(table, 752)))
    s = add(s, dot(x8, v128.load(table, 768)))
    s = add(s, dot(x9, v128.load(table, 784)))
    v128.store(columns, s, 64)
  }
}
