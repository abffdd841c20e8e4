/**
 * What a browser has to load, compressed as servers do: the page in any tab, and the worker of a tab that is a member.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, inject, test } from 'vitest'

const KIB = 1024
const PAGE = 40 * KIB
const WORKER = 350 * KIB

test('page and worker stay within their budgets', () => {
  const folder = inject('pageDir')
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(name => /\.(html|js|css|svg|wasm)$/.test(name))
  const sizes = files.map(name => ({ name, gzip: gzipSync(readFileSync(join(folder, name))).length }))
  const isWorkers = (name: string): boolean => /assets\/entry-/.test(name) || name.endsWith('.wasm')
  const sum = (worker: boolean): number => sizes.filter(({ name }) => isWorkers(name) === worker).reduce((total, { gzip }) => total + gzip, 0)
  const [page, worker] = [sum(false), sum(true)]
  console.log(
    `gzip: page ${(page / KIB).toFixed(1)} KiB, worker ${(worker / KIB).toFixed(1)} KiB; ${sizes.map(({ name, gzip }) => `${name} ${gzip}`).join(', ')}`,
  )
  // Both are there at all.
  expect(page).toBeGreaterThan(5 * KIB)
  expect(worker).toBeGreaterThan(100 * KIB)
  expect(page).toBeLessThan(PAGE)
  expect(worker).toBeLessThan(WORKER)
})
