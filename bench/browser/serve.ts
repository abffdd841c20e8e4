/**
 * Builds the pages with Vite and serves them on loopback under the content security policy that a member's page needs, and no other permission.
 * @module
 */
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

/** The sources; this program runs from dist/bench/browser. */
const SOURCES = fileURLToPath(new URL('../../../bench/browser/page', import.meta.url))

const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8' }

const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; img-src data:",
  // An isolated page has a clock of 5 us in place of 100 us.
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'cache-control': 'no-store',
}

/** Production builds of both pages in `outDir`. */
export async function buildPages(outDir: string): Promise<void> {
  await build({
    root: SOURCES,
    base: './',
    configFile: false,
    logLevel: 'warn',
    build: {
      outDir,
      emptyOutDir: true,
      target: 'es2023',
      modulePreload: { polyfill: false },
      rolldownOptions: { input: [join(SOURCES, 'index.html'), join(SOURCES, 'bare.html')] },
    },
    worker: { format: 'es' },
  })
}

export interface Served {
  readonly url: string
  close(): Promise<void>
}

/** Serves the files of a folder that was just built; knows no other paths. */
export async function serve(folder: string): Promise<Served> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://bench.invalid')
    const name = pathname === '/' ? '/index.html' : pathname
    readFile(join(folder, name)).then(
      body => response.writeHead(200, { ...HEADERS, 'content-type': TYPES[extname(name)] ?? 'application/octet-stream' }).end(body),
      () => response.writeHead(404).end(),
    )
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise(resolve => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}
