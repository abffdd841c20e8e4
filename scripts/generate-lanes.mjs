/**
 * Writes core/kernel/assembly/lanes.ts: multiplication and squaring mod p = 2^256 - 2^32 - 977 of four field elements at a time, unrolled.
 *
 *   node scripts/generate-lanes.mjs             write
 *   node scripts/generate-lanes.mjs --check     compare with what is committed; exit code 1 when they differ
 *
 * An element has 20 signed limbs of 13 bits. Vector k of a group holds limbs 2k and 2k+1 of its four elements as pairs of 16 bits, so that one
 * i32x4.dot_i16x8_s makes eight products and four sums. Column c of a product is Σ (a[2k], a[2k+1])·(b[c-2k], b[c-2k-1]).
 * 2^260 = 2^36 + 15632 mod p: a digit of column 20+k counts 15632 times in column k and 2^10 times in column k+2.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const LIMBS = 20
const PAIRS = LIMBS / 2
const lines = []
const emit = line => lines.push(`  ${line}`)

/** Both halves of each word of x exchanged. */
const swap = x => `v128.shuffle<u16>(${x}, ${x}, 1, 0, 3, 2, 5, 4, 7, 6)`
/** Low halves of a, high halves of b. */
const blend = (a, b) => `v128.shuffle<u16>(${a}, ${b}, 0, 9, 2, 11, 4, 13, 6, 15)`
const dot = (a, b) => `i32x4.dot_i16x8_s(${a}, ${b})`
const add = (a, b) => `v128.add<i32>(${a}, ${b})`
const load = (base, index) => `v128.load(${base}, ${index * 16})`

/** The terms of column c of a product: an operand, and an index into W or a second operand. */
function productColumn(c) {
  const terms = []
  for (let k = 0; k < PAIRS; k++) {
    const j = c - 2 * k
    if (j >= 0 && j <= LIMBS) terms.push({ a: `v${k}`, j })
  }
  return terms
}

/** The same for a square with doubled words at W: each pair of limbs once, and what meets itself undoubled. */
function squareColumn(c) {
  const terms = []
  for (let k = 0; k < PAIRS; k++) {
    const j = c - 2 * k
    if (j < 0 || j > LIMBS) continue
    if (4 * k + 2 < c) terms.push({ a: `v${k}`, j })
    else if (4 * k + 2 === c) terms.push({ a: `v${k}`, b: k + 1 < PAIRS ? blend(`v${k + 1}d`, `v${k}`) : `v128.andnot(v${k}, low)` })
    else if (4 * k + 1 === c) terms.push({ a: `v128.and(v${k}, low)`, j })
    else if (4 * k === c) terms.push({ a: `v128.and(v${k}, low)`, b: `v${k}` })
  }
  return terms
}

/** Sums of columns c and, when given, c + 2, which reads the same words of W: locals s<c> and s<c + 2>. */
function emitColumns(column, ...columns) {
  const started = new Set()
  const put = (c, term) => {
    emit(started.has(c) ? `s${c} = ${add(`s${c}`, term)}` : `let s${c} = ${term}`)
    started.add(c)
  }
  const uses = new Map()
  for (const c of columns) {
    for (const { a, j, b } of column(c)) {
      const operand = b ?? j
      if (!uses.has(operand)) uses.set(operand, [])
      uses.get(operand).push({ c, a })
    }
  }
  for (const [operand, terms] of uses) {
    let b = typeof operand === 'number' ? load('W', operand) : operand
    if (terms.length > 1 && typeof operand === 'number') {
      emit(`const w${columns[0]}_${operand} = ${b}`)
      b = `w${columns[0]}_${operand}`
    }
    for (const { c, a } of terms) put(c, dot(a, b))
  }
}

/** Columns first, first+1, … last in the order in which pairs share words. */
function pairsOf(first, last) {
  const groups = []
  for (let c = first; c <= last; c += 4) {
    for (const d of [c, c + 1]) if (d <= last) groups.push([d, d + 2].filter(x => x <= last))
  }
  return groups
}

function reduction(column) {
  emit('let t: v128, u: v128, carry: v128, previous: v128')
  const done = new Set()
  const need = (c, groups) => {
    if (done.has(c)) return
    const group = groups.find(g => g.includes(c))
    emitColumns(column, ...group)
    for (const d of group) done.add(d)
  }
  /** High columns to digits of 13 bits, kept as words; a chain of carries that starts without one. */
  const high = (first, last) => {
    const groups = pairsOf(first, last)
    for (let c = first; c <= last; c++) {
      need(c, groups)
      emit(`t = ${c === first ? `s${c}` : add(`s${c}`, 'carry')}`)
      emit(`v128.store(R, v128.and(t, mask), ${(c - LIMBS) * 16})`)
      emit('carry = v128.shr<i32>(t, 13)')
    }
  }
  high(30, 38)
  emit(`v128.store(R, carry, ${19 * 16})`)
  high(20, 29)
  emit(`t = ${add(load('R', 10), 'carry')}`)
  emit(`v128.store(R, v128.and(t, mask), ${10 * 16})`)
  emit(`v128.store(R, ${add(load('R', 11), 'v128.shr<i32>(t, 13)')}, ${11 * 16})`)
  const fold = k => `${dot(load('R', k), 'c260')}`
  const fold2 = k => `v128.shl<i32>(${load('R', k - 2)}, 10)`
  const folded = k => (k >= 2 ? add(fold(k), fold2(k)) : fold(k))
  emit('// the two highest columns first: what they carry beyond 2^260 joins the digits to fold')
  emitColumns(column, 18)
  emitColumns(column, 19)
  emit(`t = ${add(add('s18', 'half'), folded(18))}`)
  emit('const t18 = v128.and(t, mask)')
  emit('carry = v128.shr<i32>(t, 13)')
  emit(`t = ${add(add(add('s19', 'half'), folded(19)), 'carry')}`)
  emit('const t19 = v128.and(t, mask)')
  emit('carry = v128.shr<i32>(t, 13)')
  emit(`t = ${add(add(load('R', 0), `v128.shl<i32>(${load('R', 18)}, 10)`), 'carry')}`)
  emit('v128.store(R, v128.and(t, mask), 0)')
  emit(`t = ${add(add(load('R', 1), `v128.shl<i32>(${load('R', 19)}, 10)`), 'v128.shr<i32>(t, 13)')}`)
  emit('v128.store(R, v128.and(t, mask), 16)')
  emit(`v128.store(R, ${add(load('R', 2), 'v128.shr<i32>(t, 13)')}, 32)`)
  /** Low columns to unsigned digits with 4096 too much, two and two into 16 bits. */
  const low = (first, last) => {
    const groups = pairsOf(first, last)
    for (let k = first; k <= last; k++) {
      need(k, groups)
      const s = add(add(`s${k}`, 'half'), folded(k))
      emit(`t = ${k === first ? s : add(s, 'carry')}`)
      emit('carry = v128.shr<i32>(t, 13)')
      if (k % 2 === 0) emit('previous = t')
      else emit(`v128.store(out, v128.sub<i16>(v128.and(${blend('previous', 'v128.shl<i32>(t, 16)')}, mask16), half16), ${(k >> 1) * 16})`)
    }
  }
  low(10, 17)
  emit('const carry18 = carry')
  low(0, 9)
  // The carry of column 9 into limb 10 and the carry of column 17 into limb 18: both ripple one limb further.
  emit(`u = ${load('out', 5)}`)
  emit(`t = ${add('v128.shr<i32>(v128.shl<i32>(u, 16), 16)', add('carry', 'half'))}`)
  emit(`v128.store(out, v128.add<i16>(${blend('v128.sub<i32>(v128.and(t, mask), half)', 'u')}, v128.shl<i32>(v128.shr<i32>(t, 13), 16)), ${5 * 16})`)
  emit(`t = ${add('t18', 'carry18')}`)
  emit(`u = ${add('t19', 'v128.shr<i32>(t, 13)')}`)
  emit(`v128.store(out, v128.sub<i16>(${blend('v128.and(t, mask)', 'v128.shl<i32>(u, 16)')}, half16), ${9 * 16})`)
}

function constants(...names) {
  const at = { mask: 0, half: 16, c260: 32, low: 48, mask16: 64, half16: 80 }
  for (const name of names) emit(`const ${name} = v128.load(CONSTANTS, ${at[name]})`)
}

function multiply() {
  lines.push('/** out = a·b. |limbs of a|·|limbs of b| at most 5.8 in units of 2^12. */')
  lines.push('export function f4_mul(out: usize, a: usize, b: usize): void {')
  for (let k = 0; k < PAIRS; k++) emit(`let w${k} = ${load('b', k)}`)
  emit(`v128.store(W, v128.and(w0, v128.load(CONSTANTS, 48)), 0)`)
  for (let k = 0; k < PAIRS; k++) {
    emit(`v128.store(W, ${swap(`w${k}`)}, ${(2 * k + 1) * 16})`)
    if (k + 1 < PAIRS) emit(`v128.store(W, ${blend(`w${k + 1}`, `w${k}`)}, ${(2 * k + 2) * 16})`)
  }
  emit(`v128.store(W, v128.andnot(w9, v128.load(CONSTANTS, 48)), ${20 * 16})`)
  for (let k = 0; k < PAIRS; k++) emit(`const v${k} = ${load('a', k)}`)
  constants('mask', 'half', 'c260', 'mask16', 'half16')
  reduction(productColumn)
  lines.push('}', '')
}

function square() {
  lines.push('/** out = a². |limbs of a| at most 2.4 in units of 2^12. */')
  lines.push('export function f4_sqr(out: usize, a: usize): void {')
  for (let k = 0; k < PAIRS; k++) emit(`const v${k} = ${load('a', k)}`)
  constants('mask', 'half', 'c260', 'low', 'mask16', 'half16')
  for (let k = 0; k < PAIRS; k++) emit(`const v${k}d = v128.shl<i16>(v${k}, 1)`)
  for (let k = 0; k < PAIRS; k++) {
    emit(`v128.store(W, ${swap(`v${k}d`)}, ${(2 * k + 1) * 16})`)
    if (k + 1 < PAIRS) emit(`v128.store(W, ${blend(`v${k + 1}d`, `v${k}d`)}, ${(2 * k + 2) * 16})`)
  }
  emit(`v128.store(W, v128.andnot(v9d, low), ${20 * 16})`)
  reduction(squareColumn)
  lines.push('}', '')
}

multiply()
square()
const header = `/**
 * Products in the field of secp256k1, four at a time, unrolled. Written by scripts/generate-lanes.mjs; do not edit. Representation and limits: lane-field.ts.
 * Constant time: no branch and no address depends on a value. The result may be written over an operand.
 */
// Words of the second operand, then digits of the high columns: one block, so that one fill wipes it.
const W: usize = memory.data(${41 * 16}, 16)
const R: usize = W + ${21 * 16}
const CONSTANTS: usize = memory.data<u32>([
  8191, 8191, 8191, 8191, 4096, 4096, 4096, 4096, 15632, 15632, 15632, 15632, 65535, 65535, 65535, 65535,
  0x1fff1fff, 0x1fff1fff, 0x1fff1fff, 0x1fff1fff, 0x10001000, 0x10001000, 0x10001000, 0x10001000,
], 16)

/** Zeroes the scratch of products. */
export function f4_wipe_products(): void {
  memory.fill(W, 0, ${41 * 16})
}

`
const target = fileURLToPath(new URL('../core/kernel/assembly/lanes.ts', import.meta.url))
const text = `${header}${lines.join('\n')}`
if (process.argv.includes('--check')) {
  if (readFileSync(target, 'utf8') !== text) {
    console.error('core/kernel/assembly/lanes.ts is not what scripts/generate-lanes.mjs writes: run it')
    process.exit(1)
  }
} else writeFileSync(target, text)
