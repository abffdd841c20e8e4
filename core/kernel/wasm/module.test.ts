import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { instantiate, isSupported, moduleBytes } from './instance.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))

test('the committed module is what the sources compile to', () => {
  // throws, with what the script says, when they differ
  expect(execFileSync(process.execPath, ['scripts/build-kernel.mjs', '--check'], { cwd: root, encoding: 'utf8' })).toContain('up to date')
})

test('is small, imports nothing, and has memory that cannot grow', () => {
  const bytes = moduleBytes()
  expect(bytes.length).toBeLessThan(100_000)
  const module = new WebAssembly.Module(Uint8Array.from(bytes))
  expect(WebAssembly.Module.imports(module)).toEqual([])
  const { memory } = new WebAssembly.Instance(module).exports as { memory: WebAssembly.Memory }
  expect(memory.buffer.byteLength).toBe(64 * 1024 * 1024)
  expect(() => memory.grow(1)).toThrow()
})

test('runs here, and each instance has its own memory', () => {
  expect(isSupported()).toBe(true)
  const [one, other] = [instantiate(), instantiate()]
  const free = one.exports.heap_base?.() as number
  one.memory[free] = 7
  expect(other.memory[free]).toBe(0)
})
