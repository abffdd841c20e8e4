/**
 * Writes core/kernel/assembly/blake3-rounds.ts: the compression of BLAKE3 (section 2.2 of its paper) in four lanes, unrolled, the state in locals and the message in
 * memory.
 *
 *   node scripts/generate-blake3.mjs             write
 *   node scripts/generate-blake3.mjs --check     compare with what is committed; exit code 1 when they differ
 */
import { readFileSync, writeFileSync } from 'node:fs'

const PERMUTATION = [2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8]
const COLUMNS = [
  [0, 4, 8, 12],
  [1, 5, 9, 13],
  [2, 6, 10, 14],
  [3, 7, 11, 15],
]
const DIAGONALS = [
  [0, 5, 10, 15],
  [1, 6, 11, 12],
  [2, 7, 8, 13],
  [3, 4, 9, 14],
]

const lines = []
const emit = (text, indent = 1) => lines.push(`${'  '.repeat(indent)}${text}`)

/** The quarter round of several independent columns, interleaved so that the processor can overlap them. */
function quarters(columns, words) {
  const add = (to, what) => `${to} = i32x4.add(${to}, ${what})`
  // what was known first is added first: b comes last
  const sum = (a, b, x) => `${a} = i32x4.add(i32x4.add(${a}, v128.load(m, ${16 * x})), ${b})`
  const each = make => {
    for (const [i, column] of columns.entries()) {
      emit(
        make(
          column.map(n => `v${n}`),
          words[2 * i],
          words[2 * i + 1],
        ),
      )
    }
  }
  each(([a, b], x) => sum(a, b, x))
  each(([a, , , d]) => `${d} = rotated16(v128.xor(${d}, ${a}))`)
  each(([, , c, d]) => add(c, d))
  each(([, b, c]) => `${b} = rotated12(v128.xor(${b}, ${c}))`)
  each(([a, b], _, y) => sum(a, b, y))
  each(([a, , , d]) => `${d} = rotated8(v128.xor(${d}, ${a}))`)
  each(([, , c, d]) => add(c, d))
  each(([, b, c]) => `${b} = rotated7(v128.xor(${b}, ${c}))`)
}

let schedule = Array.from({ length: 16 }, (_, i) => i)
const rounds = []
for (let round = 0; round < 7; round++) {
  rounds.push(schedule)
  schedule = PERMUTATION.map(i => schedule[i])
}

lines.push('/**')
lines.push(' * The compression of BLAKE3 in four lanes. Made by scripts/generate-blake3.mjs; do not edit.')
lines.push(' */')
lines.push('')
lines.push(
  '// @ts-ignore: decorator',
  '@inline',
  'function rotated16(a: v128): v128 {',
  '  return i8x16.shuffle(a, a, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13)',
  '}',
  '',
)
for (const bits of [12, 8, 7])
  lines.push(
    '// @ts-ignore: decorator',
    '@inline',
    `function rotated${bits}(a: v128): v128 {`,
    `  return v128.or(i32x4.shr_u(a, ${bits}), i32x4.shl(a, ${32 - bits}))`,
    '}',
    '',
  )
lines.push(
  '/**',
  ' * Compresses one block in each lane. Constant time.',
  ' * @param h 8 chaining words of 4 lanes. @param m 16 message words of 4 lanes. @param counter low words; the high ones are 0.',
  ' * @param out 16 words of 4 lanes: the new chaining value, then what an extended output has besides. May be `h` when only the first 8 are of use.',
  ' */',
  'export function compress4(out: usize, h: usize, m: usize, counter: v128, length: i32, flags: i32): void {',
)
for (let i = 0; i < 8; i++) emit(`let v${i} = v128.load(h, ${16 * i})`)
for (const [i, word] of ['0x6a09e667', '0xbb67ae85', '0x3c6ef372', '0xa54ff53a'].entries()) emit(`let v${8 + i} = i32x4.splat(<i32>${word})`)
emit('let v12 = counter')
emit('let v13 = i32x4.splat(0)')
emit('let v14 = i32x4.splat(length)')
emit('let v15 = i32x4.splat(flags)')
for (const words of rounds) {
  quarters(COLUMNS, words.slice(0, 8))
  quarters(DIAGONALS, words.slice(8))
}
for (let i = 0; i < 8; i++) emit(`v${i} = v128.xor(v${i}, v${i + 8})`)
for (let i = 0; i < 8; i++) emit(`v128.store(out, v128.xor(v${i + 8}, v128.load(h, ${16 * i})), ${128 + 16 * i})`)
for (let i = 0; i < 8; i++) emit(`v128.store(out, v${i}, ${16 * i})`)
lines.push('}', '')

const target = new URL('../core/kernel/assembly/blake3-rounds.ts', import.meta.url)
const text = lines.join('\n')
if (process.argv.includes('--check')) {
  if (readFileSync(target, 'utf8') !== text) {
    console.error('core/kernel/assembly/blake3-rounds.ts is not what scripts/generate-blake3.mjs writes: run it')
    process.exit(1)
  }
} else writeFileSync(target, text)
