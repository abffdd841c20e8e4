/**
 * Writes core/kernel/assembly/field-products.ts: the unrolled products of the field of secp256k1 on nine signed limbs of 29 bits.
 *
 *   node scripts/generate-field.mjs             write
 *   node scripts/generate-field.mjs --check     compare with what is committed; exit code 1 when they differ
 *
 * An element is Σ l_i·2^(29i). A product of two elements has columns 0..16; a high column 9 + k weighs 2^261·2^(29k), and 2^261 = 2^37 + 31264 mod p, so
 * the 29 low bits q of it go as q·31264 into column k and as q<<8 into column k+1. The bits of column 8 beyond 24 weigh 2^256 = 2^32 + 977. Sums of products and
 * linear terms are collected in the columns before the one reduction, which is what makes the point formulas cheap.
 */
import { readFileSync, writeFileSync } from 'node:fs'

const LIMBS = 9
const target = new URL('../core/kernel/assembly/field-products.ts', import.meta.url)

/** Reads limb i of `plus - minus` (minus optional), the sign flipped when `negative`. */
function limb({ plus, minus, negative = false }, i) {
  const at = pointer => `load<i32>(${pointer}${i === 0 ? '' : `, ${4 * i}`})`
  const [first, second] = negative ? [minus, plus] : [plus, minus]
  if (second === undefined) return `${at(first)} as i64`
  return first === undefined ? `-(${at(second)} as i64)` : `(${at(first)} - ${at(second)}) as i64`
}

/** limb times a small positive or negative factor, without a multiplication. */
function scaled(name, factor) {
  const size = Math.abs(factor)
  const shift = 31 - Math.clz32(size & -size)
  const odd = size >> shift
  const text = odd === 1 ? name : odd === 3 ? `(${name} + (${name} << 1))` : undefined
  if (text === undefined) throw new Error(`no way to multiply by ${factor}`)
  const shifted = shift === 0 ? text : `${text} << ${shift}`
  return factor < 0 ? `-(${shifted})` : shifted
}

/** @returns the declarations of the operands and the terms of each column. */
function operands(products) {
  const lines = []
  const columns = Array.from({ length: 2 * LIMBS - 1 }, () => [])
  const declare = (name, text) => lines.push(...Array.from({ length: LIMBS }, (_, i) => `const ${name}${i}: i64 = ${text(i)}`))
  products.forEach(({ left, right, factor = 1 }, index) => {
    const [a, b, c] = [0, 1, 2].map(j => 'abcdefghi'[3 * index + j])
    if (right === undefined) {
      // A square: each mixed product once, doubled.
      if (left !== undefined) declare(a, i => limb(left, i))
      const [single, double] = factor === 1 ? [a, b] : [c, b]
      declare(double, i => scaled(`${a}${i}`, 2 * factor))
      if (factor !== 1) declare(single, i => scaled(`${a}${i}`, factor))
      for (let i = 0; i < LIMBS; i++) {
        columns[2 * i].push(`${a}${i} * ${single}${i}`)
        for (let j = i + 1; j < LIMBS; j++) columns[i + j].push(`${a}${i} * ${double}${j}`)
      }
    } else {
      declare(a, i => (factor === 1 ? limb(left, i) : scaled(`(${limb(left, i)})`, factor)))
      declare(b, i => limb(right, i))
      for (let i = 0; i < LIMBS; i++) for (let j = 0; j < LIMBS; j++) columns[i + j].push(`${a}${i} * ${b}${j}`)
    }
  })
  return { lines, columns }
}

/** The reduction, column by column from both halves at once (so that few values are alive), to r0..r8. */
function reduction(columns, linear) {
  const lines = []
  for (let k = 0; k < LIMBS; k++) {
    const high = columns[k + LIMBS]
    if (high !== undefined) {
      lines.push(`const h${k}: i64 = ${[...high, ...(k > 0 ? [`(h${k - 1} >> 29)`] : [])].join(' + ')}`)
      lines.push(`const q${k}: i64 = h${k} & M29`)
    } else lines.push(`const q${k}: i64 = h${k - 1} >> 29`)
    const low = [...columns[k]]
    for (const { pointer, factor } of linear) {
      const text = `(${limb({ plus: pointer }, k)})`
      low.push(factor < 0 ? `0 - (${scaled(text, -factor)})` : scaled(text, factor))
    }
    low.push(`q${k} * FOLD261`)
    if (k > 0) low.push(`(q${k - 1} << 8)`, `(v${k - 1} >> 29)`)
    lines.push(`const v${k}: i64 = ${low.join(' + ').replaceAll('+ 0 - ', '- ')}`)
  }
  lines.push('const top: i64 = (v8 >> 24) + (q8 << 13)')
  lines.push('const w0: i64 = (v0 & M29) + top * FOLD256')
  lines.push('const w1: i64 = (v1 & M29) + (top << 3) + (w0 >> 29)')
  const results = ['w0 & M29', 'w1 & M29', '(v2 & M29) + (w1 >> 29)', ...[3, 4, 5, 6, 7].map(k => `v${k} & M29`), 'v8 & M24']
  return { lines, results }
}

const indent = (lines, depth = 1) => lines.map(line => `${'  '.repeat(depth)}${line}`)

function product({ name, doc, parameters, products, linear = [] }) {
  const { lines, columns } = operands(products)
  const { lines: reduced, results } = reduction(columns, linear)
  return [
    `/** ${doc} */`,
    `export function ${name}(${['out', ...parameters].map(p => `${p}: usize`).join(', ')}): void {`,
    ...indent([...lines, ...reduced, ...results.map((text, i) => `store<i32>(out, (${text}) as i32${i === 0 ? '' : `, ${4 * i}`})`)]),
    '}',
  ].join('\n')
}

/** Repeated squaring in local variables. */
function squarings({ name, doc }) {
  const { lines, columns } = operands([{}])
  const { lines: reduced, results } = reduction(columns, [])
  return [
    `/** ${doc} */`,
    `export function ${name}(out: usize, a: usize, times: i32): void {`,
    ...indent(Array.from({ length: LIMBS }, (_, i) => `let a${i}: i64 = ${limb({ plus: 'a' }, i)}`)),
    '  for (let i = 0; i < times; i++) {',
    ...indent([...lines, ...reduced, ...results.map((text, i) => `a${i} = ${text}`)], 2),
    '  }',
    ...indent(Array.from({ length: LIMBS }, (_, i) => `store<i32>(out, a${i} as i32${i === 0 ? '' : `, ${4 * i}`})`)),
    '}',
  ].join('\n')
}

const [a, b, c] = ['a', 'b', 'c'].map(plus => ({ plus }))
const difference = (plus, minus) => ({ plus, minus })

const functions = [
  product({ name: 'fe_mul', doc: 'out = a·b', parameters: ['a', 'b'], products: [{ left: a, right: b }] }),
  product({ name: 'fe_mul_2', doc: 'out = 2a·b; 2·|a|·|b| < 4', parameters: ['a', 'b'], products: [{ left: a, right: b, factor: 2 }] }),
  product({
    name: 'fe_mul_sub',
    doc: 'out = a·b - s',
    parameters: ['a', 'b', 's'],
    products: [{ left: a, right: b }],
    linear: [{ pointer: 's', factor: -1 }],
  }),
  product({ name: 'fe_diff_mul', doc: 'out = (a - b)·c', parameters: ['a', 'b', 'c'], products: [{ left: difference('a', 'b'), right: c }] }),
  product({
    name: 'fe_diff_mul_sub',
    doc: 'out = (a - b)·c - s: the ordinate of an affine sum',
    parameters: ['a', 'b', 'c', 's'],
    products: [{ left: difference('a', 'b'), right: c }],
    linear: [{ pointer: 's', factor: -1 }],
  }),
  product({ name: 'fe_sqr', doc: 'out = a²', parameters: ['a'], products: [{ left: a }] }),
  product({ name: 'fe_sqr_2', doc: 'out = 2a²; 2·|a|² < 4', parameters: ['a'], products: [{ left: a, factor: 2 }] }),
  product({ name: 'fe_sqr_3', doc: 'out = 3a²; 3·|a|² < 4', parameters: ['a'], products: [{ left: a, factor: 3 }] }),
  product({
    name: 'fe_sqr_sub',
    doc: 'out = a² - s - t: the abscissa of an affine sum',
    parameters: ['a', 's', 't'],
    products: [{ left: a }],
    linear: ['s', 't'].map(pointer => ({ pointer, factor: -1 })),
  }),
  product({
    name: 'fe_sqr_sub_2',
    doc: 'out = a² - s - 2t: the abscissa of a Jacobian sum',
    parameters: ['a', 's', 't'],
    products: [{ left: a }],
    linear: [
      { pointer: 's', factor: -1 },
      { pointer: 't', factor: -2 },
    ],
  }),
  product({
    name: 'fe_mul_diff_sub_mul',
    doc: 'out = a·(b - c) - d·e: the ordinate of a Jacobian sum; |a|·|b - c| + |d|·|e| < 4',
    parameters: ['a', 'b', 'c', 'd', 'e'],
    products: [
      { left: a, right: difference('b', 'c') },
      { left: { plus: 'd', negative: true }, right: { plus: 'e' } },
    ],
  }),
  product({
    name: 'fe_mul_diff_sub_sqr_2',
    doc: 'out = a·(b - c) - 2d²: the ordinate of a Jacobian double; |a|·|b - c| + 2|d|² < 4',
    parameters: ['a', 'b', 'c', 'd'],
    products: [
      { left: a, right: difference('b', 'c') },
      { left: { plus: 'd' }, factor: -2 },
    ],
  }),
  squarings({ name: 'fe_sqr_times', doc: 'out = a^(2^times); times is public' }),
]

const text = `/**
 * Products of field elements, unrolled. Written by scripts/generate-field.mjs; do not edit. Representation, limits and what the results look like: field.ts.
 * Constant time: no branch, no address and no loop bound depends on a value (the one loop counts a public number). The result may be written over any operand.
 */
const M29: i64 = (1 << 29) - 1
const M24: i64 = (1 << 24) - 1
/** 2^256 = 2^32 + FOLD256 mod p, 2^32 = 2^3·2^29. */
const FOLD256: i64 = 977
/** 2^261 = 2^37 + FOLD261 mod p, 2^37 = 2^8·2^29. */
const FOLD261: i64 = 31264

${functions.join('\n\n')}
`

if (process.argv.includes('--check')) {
  if (readFileSync(target, 'utf8') !== text) {
    console.error('core/kernel/assembly/field-products.ts is not what scripts/generate-field.mjs writes: run it')
    process.exit(1)
  }
} else writeFileSync(target, text)
