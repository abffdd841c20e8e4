/**
 * Recovery of a public key from a signature: votes, transactions. Everything is public, and variable time.
 */
import { ec_combine_public } from './ec'
import { fe_to_be } from './field'
import { sc_inv } from './inverse'
import { AFFINE, decode } from './point'
import { sc_from_be, sc_is_zero, sc_mul, sc_neg } from './scalar'

/** The nonce point, the base point, and their scalars. */
const POINTS = memory.data(80, 16)
const SCALARS = memory.data(64, 16)
const INVERSE = memory.data(32, 16)
const KEY = memory.data(48, 16)
const AFFINE_KEY = memory.data(80, 16)
const G = memory.data<u8>([
  2, 0x79, 0xbe, 0x66, 0x7e, 0xf9, 0xdc, 0xbb, 0xac, 0x55, 0xa0, 0x62, 0x95, 0xce, 0x87, 0x0b, 0x07, 0x02, 0x9b, 0xfc, 0xdb, 0x2d, 0xce, 0x28, 0xd9, 0x59, 0xf2, 0x81, 0x5b, 0x16, 0xf8,
  0x17, 0x98,
])

/**
 * (s·R - z·G)/r for the point R with x = r and this parity of y: the key that made the signature over the digest (SEC 1, 4.1.6). R.x is taken to be below n.
 * @param out x | y, 64 bytes. @param digest 32 bytes, reduced mod n. @param r 32 big-endian bytes. @param s 32 big-endian bytes. @returns 1, or 0 when there is no such key.
 */
export function ec_recover_public(out: usize, digest: usize, r: usize, s: usize, parity: i32): i32 {
  if (!sc_from_be(INVERSE, r, 1) || !sc_from_be(SCALARS, s, 1) || sc_is_zero(INVERSE) || sc_is_zero(SCALARS)) return 0
  store<u8>(POINTS, 2 + (parity & 1))
  memory.copy(POINTS + 1, r, 32)
  memory.copy(POINTS + 33, G, 33)
  sc_inv(INVERSE, INVERSE)
  sc_mul(SCALARS, SCALARS, INVERSE)
  sc_from_be(SCALARS + 32, digest, 1)
  sc_mul(SCALARS + 32, SCALARS + 32, INVERSE)
  sc_neg(SCALARS + 32, SCALARS + 32)
  if (ec_combine_public(KEY, POINTS, SCALARS, 2) != 1) return 0
  if (!decode(AFFINE_KEY, KEY)) return 0
  fe_to_be(out, AFFINE_KEY)
  fe_to_be(out + 32, AFFINE_KEY + AFFINE / 2)
  return 1
}
