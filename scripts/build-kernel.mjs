/**
 * Compiles core/kernel/assembly with the AssemblyScript compiler and writes core/kernel/wasm/module.ts, the module as text (the kernel has to load
 * synchronously in Node and in a browser's worker, and core reads no files).
 *
 *   node scripts/build-kernel.mjs              compile and write
 *   node scripts/build-kernel.mjs --check      compile and compare with what is committed; exit code 1 when they differ
 *   node scripts/build-kernel.mjs --entry core/kernel/assembly/x.ts --out /tmp/x.wasm      compile one file, for work on it
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import asc from 'assemblyscript/asc'

const root = fileURLToPath(new URL('..', import.meta.url))
const target = new URL('../core/kernel/wasm/module.ts', import.meta.url)
const { values } = parseArgs({ options: { check: { type: 'boolean' }, entry: { type: 'string' }, out: { type: 'string' } } })

/** 64 MiB, reserved and never grown: memory that moves would leave copies of secrets behind. Pages that nobody touched cost nothing. */
const PAGES = '1024'
/** Shrink level 1 leaves out inlining that makes the module a quarter larger and nothing faster. */
const flags = [
  '-O3',
  '--shrinkLevel',
  '1',
  '--runtime',
  'stub',
  '--enable',
  'simd',
  '--noAssert',
  '--use',
  'abort=',
  '--initialMemory',
  PAGES,
  '--maximumMemory',
  PAGES,
]

/** @returns {Promise<Uint8Array>} */
async function compile(entry) {
  let binary
  const { error, stderr } = await asc.main([entry, '--outFile', 'module.wasm', '--baseDir', root, ...flags], {
    writeFile: (name, contents) => {
      if (name.endsWith('.wasm')) binary = contents
    },
  })
  if (error !== null || binary === undefined) {
    process.stderr.write(`${stderr.toString()}\n${error?.message ?? 'no output'}\n`)
    process.exit(1)
  }
  return binary
}

function asSource(bytes) {
  const text = Buffer.from(bytes).toString('base64')
  return [
    '/**',
    ` * The compiled kernel, ${bytes.length} bytes in base64. Made by \`npm run build:kernel\` from core/kernel/assembly; do not edit.`,
    ' * @module',
    ' */',
    `export const MODULE =\n  '${text}'`,
    '',
  ].join('\n')
}

const binary = await compile(values.entry ?? 'core/kernel/assembly/index.ts')
if (values.entry !== undefined) {
  if (values.out === undefined) throw new Error('--entry needs --out')
  writeFileSync(values.out, binary)
  console.log(`${values.out}: ${binary.length} bytes`)
} else if (values.check) {
  if (readFileSync(target, 'utf8') !== asSource(binary)) {
    console.error('core/kernel/wasm/module.ts is not what core/kernel/assembly compiles to: run npm run build:kernel')
    process.exit(1)
  }
  console.log(`core/kernel/wasm/module.ts is up to date, ${binary.length} bytes`)
} else {
  writeFileSync(target, asSource(binary))
  console.log(`core/kernel/wasm/module.ts: ${binary.length} bytes`)
}
