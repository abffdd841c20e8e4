/**
 * Points for the verifier: Jacobian (x = X/Z², y = Y/Z³) in 120 bytes, the sum of the ladder as one accumulator that knows the identity. Variable time, and
 * right for all inputs: equal and opposite points are told apart by comparison, not by formulas that fail.
 */
import { copy, difference, ELEMENT, inverse, is_zero, multiple, small } from './verify-field'
import { product, square } from './verify-products'

/** Bytes of an entry of a table: x | y | β·x, the last being the x of λ times the point. */
export const ENTRY: usize = 3 * ELEMENT
/** Bytes of a Jacobian point: X | Y | Z. */
export const JACOBIAN: usize = 3 * ELEMENT
/** Most entries of a table. */
export const LARGEST: usize = 64

const BETA = memory.data<i32>([0x19501ee, 0x25b0a1c, 0x995c13, 0x1d44bd6, 0x19cf049, 0x30d0d3a, 0x24479ea, 0x1c41b9, 0x22b657c, 0x1eba5a], 16)
const T = memory.data(8 * 40, 16)
const TWICE = memory.data(120, 16)
const POINTS = memory.data(64 * 120, 16)
const PRODUCTS = memory.data(64 * 40, 16)

/** out = 2·p. dbl-2009-l of the Explicit-Formulas Database with its doublings gathered; |X|, |Y| <= 9 in, |X3|, |Y3| <= 9 and |Z3| <= 2 out. */
export function double(out: usize, p: usize): void {
  const a = T
  const b = T + ELEMENT
  const s = T + 2 * ELEMENT
  const f = T + 3 * ELEMENT
  const y = p + ELEMENT
  const z = p + 2 * ELEMENT
  square(a, p)
  square(b, y)
  product(s, p, b)
  product(f, y, z)
  multiple(out + 2 * ELEMENT, f, 2)
  multiple(a, a, 3)
  square(f, a)
  difference(out, f, 0, s, 3) // X3 = 9X⁴ - 8XY²
  difference(s, s, 2, out, 0)
  product(s, s, a) // 3X²·(4XY² - X3)
  square(b, b)
  difference(out + ELEMENT, s, 0, b, 3) // - 8Y⁴
}

/** out = p + q, neither the identity nor equal nor opposite: the multiples of a table. add-2007-bl without its doublings; |X|, |Y| <= 9, |Z| <= 2. */
function add_distinct(out: usize, p: usize, q: usize): void {
  const zz = T
  const u = T + ELEMENT
  const s = T + 2 * ELEMENT
  const h = T + 3 * ELEMENT
  const r = T + 4 * ELEMENT
  const z = T + 5 * ELEMENT
  square(zz, q + 2 * ELEMENT)
  product(u, p, zz)
  product(s, p + ELEMENT, zz)
  product(s, s, q + 2 * ELEMENT)
  square(zz, p + 2 * ELEMENT)
  product(h, q, zz)
  product(r, q + ELEMENT, zz)
  product(r, r, p + 2 * ELEMENT)
  product(z, p + 2 * ELEMENT, q + 2 * ELEMENT)
  difference(h, h, 0, u, 0)
  difference(r, r, 0, s, 0)
  finish(out, u, s, h, r, z)
}

/**
 * X3 = r² - h³ - 2u·h², Y3 = r·(u·h² - X3) - s·h³, Z3 = z·h: the sum of (u, s) and (u + h, s + r) over the common denominator z. |X3| = 4, |Y3| = 2,
 * |Z3| = 1. out may be where u, s and z are; h is overwritten.
 */
function finish(out: usize, u: usize, s: usize, h: usize, r: usize, z: usize): void {
  const hh = T + 6 * ELEMENT
  const v = T + 7 * ELEMENT
  product(out + 2 * ELEMENT, z, h)
  square(hh, h)
  product(v, u, hh)
  product(hh, hh, h)
  product(h, s, hh)
  square(out, r)
  difference(out, out, 0, hh, 0)
  difference(out, out, 0, v, 1)
  difference(v, v, 0, out, 0)
  product(v, v, r)
  difference(out + ELEMENT, v, 0, h, 0)
}

/** acc + (x, y) or acc - (x, y) in place, acc not the identity and |X|, |Y| <= 9, |Z| <= 2. @returns false when the sum is the identity. */
export function add_affine(acc: usize, x: usize, y: usize, negative: bool): bool {
  const zz = T
  const h = T + ELEMENT
  const r = T + 2 * ELEMENT
  const z = acc + 2 * ELEMENT
  square(zz, z)
  product(h, x, zz)
  product(zz, zz, z)
  product(r, y, zz)
  if (negative) multiple(r, r, -1)
  difference(h, h, 0, acc, 0)
  difference(r, r, 0, acc + ELEMENT, 0)
  if (is_zero(h)) {
    if (!is_zero(r)) return false
    double(acc, acc)
    return true
  }
  finish(acc, acc, acc + ELEMENT, h, r, z)
  return true
}

/** acc = ±(x, y). */
export function set_affine(acc: usize, x: usize, y: usize, negative: bool): void {
  copy(acc, x)
  multiple(acc + ELEMENT, y, negative ? -1 : 1)
  small(acc + 2 * ELEMENT, 1)
}

/** Table of p, 3p, 5p, … as entries; p is Jacobian and of the curve's order, so no two of its small multiples meet. One inversion. */
export function odd_multiples(out: usize, p: usize, count: usize): void {
  double(TWICE, p)
  memory.copy(POINTS, p, JACOBIAN)
  for (let i: usize = 1; i < count; i++) add_distinct(POINTS + i * JACOBIAN, POINTS + (i - 1) * JACOBIAN, TWICE)
  const zs = POINTS + 2 * ELEMENT
  copy(PRODUCTS, zs)
  for (let i: usize = 1; i < count; i++) product(PRODUCTS + i * ELEMENT, PRODUCTS + (i - 1) * ELEMENT, zs + i * JACOBIAN)
  const left = T
  const one = T + ELEMENT
  const square_of_one = T + 2 * ELEMENT
  inverse(left, PRODUCTS + (count - 1) * ELEMENT)
  for (let i: usize = count; i-- > 0; ) {
    if (i == 0) copy(one, left)
    else product(one, left, PRODUCTS + (i - 1) * ELEMENT)
    const point = POINTS + i * JACOBIAN
    const entry = out + i * ENTRY
    product(left, left, point + 2 * ELEMENT)
    square(square_of_one, one)
    product(entry, point, square_of_one)
    product(entry + ELEMENT, point + ELEMENT, square_of_one)
    product(entry + ELEMENT, entry + ELEMENT, one)
    product(entry + 2 * ELEMENT, entry, BETA)
  }
}
