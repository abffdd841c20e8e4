/**
 * The second path: verification of a finished signature before it is returned. It shares no code with signing, and imports nothing from outside verify*.ts:
 * its field, scalars, formulas, tables and recoding are its own, so that a slip there cannot hide itself here. All of its inputs are public and it is
 * variable time throughout.
 */
import { difference, ELEMENT, from_be, inverse, is_odd, is_zero, multiple, normalize, root, small, to_words } from './verify-field'
import {
  integer_from_be,
  integer_inverse,
  integer_is_zero,
  integer_not_below,
  MOD_N,
  mod_multiply,
  mod_reduce,
} from './verify-integers'
import { add_affine, double, ENTRY, JACOBIAN, odd_multiples, set_affine } from './verify-points'
import { product, square } from './verify-products'
import { DIGITS, HALF_N, recode, split } from './verify-recoding'

const G = memory.data<i32>([
  0x2f81798, 0xa056c5, 0x28d959f, 0x36cb738, 0x3029bfc, 0x3a1c2c1, 0x206295c, 0x2eeb156, 0x27ef9dc, 0x1e6f99,
  0x310d4b8, 0x1f423fe, 0x14199c4, 0x1229a15, 0xfd17b4, 0x384422a, 0x24fbfc0, 0x3119576, 0x27726a3, 0x120eb6,
  1, 0, 0, 0, 0, 0, 0, 0, 0, 0,
], 16)
/** Windows: 64 odd multiples of G and of 2^128·G, made at the first call, and 8 of the public key. */
const WIDTH_G = 8
const WIDTH_Q = 5
const TABLE_G = memory.data(64 * 120, 16)
const TABLE_G128 = memory.data(64 * 120, 16)
const TABLE_Q = memory.data(8 * 120, 16)
let ready = false

const DIGITS_G = memory.data(130, 16)
const DIGITS_G128 = memory.data(130, 16)
const DIGITS_Q = memory.data(130, 16)
const DIGITS_LQ = memory.data(130, 16)

const ACC = memory.data(120, 16)
let acc_is_identity = true
const Q = memory.data(120, 16)
const R = memory.data(32, 16)
const S = memory.data(32, 16)
const U1 = memory.data(32, 16)
const U2 = memory.data(32, 16)
const K1 = memory.data(32, 16)
const K2 = memory.data(32, 16)
const E1 = memory.data(48, 16)
const E2 = memory.data(48, 16)

function prepare(): void {
  if (ready) return
  odd_multiples(TABLE_G, G, 64)
  memory.copy(ACC, G, JACOBIAN)
  for (let i = 0; i < 128; i++) double(ACC, ACC)
  odd_multiples(TABLE_G128, ACC, 64)
  ready = true
}

/** Q = the point of 33 compressed bytes, with Z = 1. @returns false when they are none. */
function decompress(bytes: usize): bool {
  const prefix = load<u8>(bytes)
  if (prefix != 2 && prefix != 3) return false
  if (!from_be(Q, bytes + 1)) return false
  const y = Q + ELEMENT
  const z = Q + 2 * ELEMENT
  small(z, -7)
  square(E1, Q)
  product(E1, E1, Q)
  difference(E1, E1, 0, z, 0) // x³ + 7
  root(y, E1)
  square(z, y)
  difference(z, z, 0, E1, 0)
  if (!is_zero(z)) return false
  normalize(y)
  if (is_odd(y) != (prefix == 3)) multiple(y, y, -1)
  small(z, 1)
  return true
}

/** Adds what the digit at hand says of a table: entry (|digit| - 1)/2, its x at `coordinate`. */
function add_digit(digit: i32, table: usize, coordinate: usize, negated: bool): void {
  if (digit == 0) return
  const entry = table + ((abs(digit) as usize) >> 1) * ENTRY
  const negative = digit < 0 != negated
  if (acc_is_identity) {
    set_affine(ACC, entry + coordinate, entry + ELEMENT, negative)
    acc_is_identity = false
  } else acc_is_identity = !add_affine(ACC, entry + coordinate, entry + ELEMENT, negative)
}

/** ACC = U1·G + U2·Q, all four halves at once (Strauss). */
function combine(): void {
  const negative = split(K1, K2, U2)
  const first = (negative & 1) != 0
  const second = (negative & 2) != 0
  odd_multiples(TABLE_Q, Q, 8)
  recode(DIGITS_G, U1, WIDTH_G)
  recode(DIGITS_G128, U1 + 16, WIDTH_G)
  recode(DIGITS_Q, K1, WIDTH_Q)
  recode(DIGITS_LQ, K2, WIDTH_Q)
  acc_is_identity = true
  for (let i: usize = DIGITS; i-- > 0; ) {
    if (!acc_is_identity) double(ACC, ACC)
    add_digit(load<i8>(DIGITS_G + i), TABLE_G, 0, false)
    add_digit(load<i8>(DIGITS_G128 + i), TABLE_G128, 0, false)
    add_digit(load<i8>(DIGITS_Q + i), TABLE_Q, 0, first)
    add_digit(load<i8>(DIGITS_LQ + i), TABLE_Q, 2 * ELEMENT, second)
  }
}

/**
 * Whether (r, s) with the parity of R's y is a signature of the digest under the public key: 1 when 0 < r < n, 0 < s <= n/2, the key is a point of the curve,
 * and R = (e/s)·G + (r/s)·Q is a point with x = r and that parity; 0 otherwise. Recovery then gives the same key. An r that stands for r + n (x >= n) is
 * refused: its recovery identifier would not be a parity.
 *
 * digest, r, s: 32 bytes big-endian, the digest taken mod n. parity: 0 or 1. key: 33 bytes, compressed. All public, variable time.
 */
export function verify_signature(digest: usize, r: usize, s: usize, parity: i32, key: usize): i32 {
  if (parity != 0 && parity != 1) return 0
  integer_from_be(R, r)
  integer_from_be(S, s)
  if (integer_is_zero(R) || integer_not_below(R, MOD_N)) return 0
  if (integer_is_zero(S) || !integer_not_below(HALF_N, S)) return 0
  if (!decompress(key)) return 0
  prepare()
  integer_inverse(S, S, MOD_N)
  integer_from_be(U1, digest)
  mod_reduce(U1, U1, MOD_N)
  mod_multiply(U1, U1, S, MOD_N)
  mod_multiply(U2, R, S, MOD_N)
  combine()
  if (acc_is_identity) return 0
  inverse(E1, ACC + 2 * ELEMENT)
  square(E2, E1)
  product(E1, E1, E2)
  product(E1, E1, ACC + ELEMENT)
  product(E2, E2, ACC)
  normalize(E1)
  const odd = is_odd(E1)
  normalize(E2)
  to_words(E1, E2)
  const same = integer_not_below(E1, R) && integer_not_below(R, E1)
  return i32(same && odd == (parity == 1))
}
