/**
 * The page's build (root signer-web, out dist/page) and the test projects. Groups of projects run one after the other, so that whole pools,
 * processes and browsers do not starve each other on two cores.
 */
import { defineConfig } from 'vitest/config'
import { sodiumWasm } from './scripts/sodium-wasm.ts'

const tests = (...folders: string[]): string[] => folders.map(folder => `${folder}/**/*.test.ts`)
const never = ['**/node_modules/**', 'dist/**']
/** Run by name only: `npm run test:slow`, `npm run soak`. */
const long = ['**/*.slow.test.ts', '**/*.soak.test.ts']

interface ProjectOptions {
  readonly exclude?: readonly string[]
  /** Position in the run. */
  readonly group?: number
  /** Test files at a time. */
  readonly workers?: number
  /** ms. */
  readonly timeout?: number
  readonly globalSetup?: string
  /** Engine of the arithmetic; the compiled one unless SEQUORUM_KERNEL names another. */
  readonly kernel?: 'wasm' | 'reference'
}

function project(name: string, include: string[], options: ProjectOptions = {}) {
  const { exclude = long, group = 0, workers = 2, timeout = 60_000, globalSetup, kernel } = options
  return {
    test: {
      name,
      root: '.',
      include,
      exclude: [...never, ...exclude],
      testTimeout: timeout,
      hookTimeout: timeout,
      maxWorkers: workers,
      sequence: { groupOrder: group },
      setupFiles: ['test/support/kernel-setup.ts'],
      ...(kernel === undefined ? {} : { env: { SEQUORUM_KERNEL: kernel } }),
      ...(globalSetup === undefined ? {} : { globalSetup }),
    },
  }
}

export default defineConfig({
  root: 'signer-web',
  // The page is served at the relay's root, or by any static host in any folder.
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: '../dist/page',
    emptyOutDir: true,
    target: 'es2023',
    // Inlined assets would need `data:` in the content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  worker: { format: 'es', plugins: () => [sodiumWasm()] },
  // `npx vite` shows the page of a running relay while one works on it.
  server: { proxy: { '/api': { target: process.env.SEQUORUM_RELAY ?? 'http://127.0.0.1:8080', changeOrigin: true } } },
  test: {
    root: '.',
    maxWorkers: 2,
    projects: [
      project('unit', tests('bench', 'core', 'relay', 'signer-node', 'signer-web', 'test/support', 'test/vectors/*')),
      project('compat', tests('test/compat')),
      project('malicious', tests('test/malicious')),
      project('simulation', tests('test/simulation'), { group: 1, timeout: 120_000 }),
      project('process', tests('test/process'), { group: 2, workers: 1, timeout: 180_000 }),
      project('browser', tests('test/browser'), { group: 3, workers: 1, timeout: 180_000, globalSetup: 'test/browser/support/build-page.ts' }),
      project('slow', ['**/*.slow.test.ts'], {
        exclude: [],
        group: 4,
        workers: 2,
        timeout: 600_000,
        globalSetup: 'test/browser/support/build-page.ts',
      }),
      // The protocols once more with the other engine.
      project('twin', [...tests('core/threshold', 'test/malicious', 'test/compat'), 'test/vectors/threshold/*.test.ts'], {
        group: 4,
        timeout: 600_000,
        kernel: 'reference',
      }),
      project('soak', ['**/*.soak.test.ts'], { exclude: [], group: 5, workers: 1, timeout: 7_200_000 }),
      // Conformance with vectors that others made; SEQUORUM_VECTORS names their folder.
      project('vectors', ['test/vectors/*.test.ts'], { group: 6, workers: 2, timeout: 120_000 }),
    ],
  },
})
