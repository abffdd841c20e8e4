/**
 * Serves the built page: files of one directory, nothing above it, with headers that let it run only its own code.
 * @module
 */
import { readFile, realpath, stat } from 'node:fs/promises'
import { extname, join, sep } from 'node:path'

export interface PageFile {
  readonly body: Buffer
  readonly type: string
  /** Its name holds a hash of its content. */
  readonly immutable: boolean
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
  '.wasm': 'application/wasm',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.txt': 'text/plain; charset=utf-8',
}

/** The file of a URL path (`/` is index.html); undefined for what is not a plain file of a known type inside the directory. */
export async function pageFile(directory: string, path: string): Promise<PageFile | undefined> {
  let name: string
  try {
    name = decodeURIComponent(path)
  } catch {
    return undefined
  }
  if (/[\0\\]/.test(name) || name.split('/').some(part => part.startsWith('.'))) return undefined
  if (name.endsWith('/')) name += 'index.html'
  const type = TYPES[extname(name)]
  if (type === undefined) return undefined
  try {
    const root = await realpath(directory)
    const file = await realpath(join(root, name))
    if (!file.startsWith(root + sep) || !(await stat(file)).isFile()) return undefined
    return { body: await readFile(file), type, immutable: name.startsWith('/assets/') }
  } catch {
    return undefined
  }
}

/** Sent with everything that the relay serves. `socketOrigin` is its WebSocket address as the browser sees it, `l1` those of L1 nodes. */
export const pageHeaders = (socketOrigin: string, l1: readonly string[] = []): Record<string, string> => ({
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "style-src 'self'",
    "img-src 'self' data:",
    "worker-src 'self'",
    "manifest-src 'self'",
    `connect-src ${["'self'", socketOrigin, ...l1.map(url => new URL(url).origin)].join(' ')}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    'trusted-types sequorum',
  ].join('; '),
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-resource-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
})
