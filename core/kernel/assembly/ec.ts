/**
 * The module's exports of the group. Points are 33 bytes, SEC1 compressed; scalars 32 bytes, little-endian, below n.
 */
import { ARENA } from './arena'
import { COMB_BYTES, comb_build, comb_multiply } from './comb'
import { FE, fe_from_be, fe_wipe } from './field'
import { AFFINE, decode, ENCODED, encode, negate, point_wipe } from './point'

const BASE_TABLE: usize = memory.data(66560, 16)
const RESULTS: usize = memory.data(80 * 32, 16)
const BASE_CHUNK: i32 = 32
// x and y of G, big-endian
const BASE_POINT: usize = memory.data<u8>([
  0x79, 0xbe, 0x66, 0x7e, 0xf9, 0xdc, 0xbb, 0xac, 0x55, 0xa0, 0x62, 0x95, 0xce, 0x87, 0x0b, 0x07, 0x02, 0x9b, 0xfc, 0xdb, 0x2d, 0xce, 0x28, 0xd9, 0x59, 0xf2, 0x81, 0x5b, 0x16, 0xf8, 0x17, 0x98,
  0x48, 0x3a, 0xda, 0x77, 0x26, 0xa3, 0xc4, 0x65, 0x5d, 0xa4, 0xfb, 0xfc, 0x0e, 0x11, 0x08, 0xa8, 0xfd, 0x17, 0xb4, 0x48, 0xa6, 0x85, 0x54, 0x19, 0x9c, 0x47, 0xd0, 0x8f, 0xfb, 0x10, 0xd4, 0xb8,
])
let ready: bool = false

/** Builds the table of multiples of G at the first call. */
export function ec_init(): void {
  if (ready) return
  fe_from_be(RESULTS, BASE_POINT)
  fe_from_be(RESULTS + FE, BASE_POINT + 32)
  comb_build(BASE_TABLE, RESULTS)
  ready = true
}

/** out_i = k_i·G for secret nonzero scalars. Constant time. */
export function ec_base(out: usize, k: usize, count: i32): void {
  ec_init()
  for (let done = 0; done < count; done += BASE_CHUNK) {
    const rest = count - done
    const size = rest < BASE_CHUNK ? rest : BASE_CHUNK
    comb_multiply(RESULTS, BASE_TABLE, k + (done as usize) * 32, size)
    for (let i = 0; i < size; i++) encode(out + ((done + i) as usize) * ENCODED, RESULTS + (i as usize) * AFFINE)
  }
  memory.fill(RESULTS, 0, 80 * 32)
  point_wipe()
  fe_wipe()
}
