import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { extname, join, normalize } from 'node:path'
import type { Browser } from 'playwright'
import { build } from 'vite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launchChromium } from './support/launch.ts'

const TYPES: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript' }
const expected = JSON.parse(readFileSync(new URL('../vectors/threshold/steps-v1.json', import.meta.url), 'utf8'))
const folder = mkdtempSync(join(tmpdir(), 'sequorum-kernel-'))
let browser: Browser

/** Serves the built page under a policy. */
async function serve(policy: string): Promise<{ url: string; close(): void }> {
  const server: Server = createServer((request, response) => {
    const path = normalize(new URL(request.url ?? '/', 'http://localhost').pathname)
    const name = path === '/' ? 'index.html' : path.slice(1)
    try {
      const body = readFileSync(join(folder, name))
      response.writeHead(200, { 'content-type': TYPES[extname(name)] ?? 'application/octet-stream', 'content-security-policy': policy }).end(body)
    } catch {
      response.writeHead(404).end()
    }
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, close: () => server.close() }
}

interface Said {
  readonly name?: string
  readonly answers?: Record<string, string>
  readonly reference?: Record<string, string>
  readonly problem?: string
}

async function visit(policy: string): Promise<Said> {
  const server = await serve(policy)
  const context = await browser.newContext()
  try {
    const page = await context.newPage()
    await page.goto(server.url)
    return await page.evaluate(() => (globalThis as unknown as { said: Promise<Said> }).said)
  } finally {
    await context.close()
    server.close()
  }
}

beforeAll(async () => {
  await build({
    configFile: false,
    root: new URL('./support/kernel-page', import.meta.url).pathname,
    base: './',
    logLevel: 'warn',
    worker: { format: 'es' },
    build: { outDir: folder, emptyOutDir: true, target: 'es2023', modulePreload: { polyfill: false } },
  })
  browser = await launchChromium()
})
afterAll(async () => {
  await browser?.close()
  rmSync(folder, { recursive: true, force: true })
})

describe('the kernel in a module worker of Chromium', () => {
  test("gives the known answers under script-src 'self' 'wasm-unsafe-eval' alone", async () => {
    const said = await visit("default-src 'none'; script-src 'self' 'wasm-unsafe-eval'")
    expect(said.problem).toBeUndefined()
    expect(said.name).toBe('wasm')
    expect(said.answers).toEqual(expected)
    expect(said.reference).toEqual(expected)
  })
  test('and where the policy allows no WebAssembly, its twin takes over', async () => {
    const said = await visit("default-src 'none'; script-src 'self'")
    expect(said.problem).toBeUndefined()
    expect(said.name).toBe('reference')
    expect(said.answers).toEqual(expected)
  })
})
