import { defineConfig } from 'vitest/config'

const include = (...globs: string[]) => globs.map(glob => `${glob}.test.ts`)

export default defineConfig({
  root: 'signer-web',
  build: { outDir: '../dist/page', emptyOutDir: true, target: 'es2023' },
  worker: { format: 'es' },
  test: {
    root: '.',
    projects: [
      {
        test: {
          name: 'unit',
          include: include('core/**/*', 'relay/**/*', 'signer-node/**/*', 'test/vectors/**/*', 'test/compat/**/*'),
          exclude: ['**/*.slow.test.ts', '**/node_modules/**', 'dist/**'],
          testTimeout: 60_000,
        },
      },
    ],
  },
})
