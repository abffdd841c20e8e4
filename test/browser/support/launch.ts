/**
 * A Chromium for the tests: `$CHROMIUM`, one of the system, or the one packed in an npm package, unpacked once per install.
 * @module
 */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { type Browser, chromium } from 'playwright'

const SYSTEM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome-stable', '/usr/bin/google-chrome']
const LIBRARIES = ['/lib/x86_64-linux-gnu', '/usr/lib/x86_64-linux-gnu', '/usr/lib64', '/usr/lib']
/** The packed browser's own flags switch web security off, so they are not used. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

interface Executable {
  readonly path: string
  readonly env: Readonly<Record<string, string>>
}

/** Fonts of the system, if any, and those that come with the packed browser. A page without any font has no text. */
const fontConfig = (folder: string): string => `<?xml version="1.0"?>
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir>${folder}/fonts/fonts</dir>
  <cachedir>${folder}/fonts/cache</cachedir>
</fontconfig>
`

async function unpack(folder: string): Promise<void> {
  // Unpacked aside and moved in one step: two test runs at once never see half a browser.
  await mkdir(join(folder, '..'), { recursive: true })
  const aside = await mkdtemp(`${folder}-`)
  const script = "import('@sparticuz/chromium').then(module => module.default.executablePath())"
  // The second variable makes the package unpack its libraries as well.
  const env = { ...process.env, TMPDIR: aside, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs20.x' }
  await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], { env })
  await writeFile(join(aside, 'fonts.conf'), fontConfig(folder))
  await rename(aside, folder).catch(async error => {
    await rm(aside, { recursive: true, force: true })
    if (!existsSync(folder)) throw error
  })
}

/** The packed browser, with its own NSS where the system has none. */
async function packed(): Promise<Executable> {
  const folder = resolve('node_modules/.cache/sequorum/chromium-147.0.0')
  if (!existsSync(folder)) await unpack(folder)
  const bare = !LIBRARIES.some(library => existsSync(join(library, 'libnss3.so')))
  return {
    path: join(folder, 'chromium'),
    env: { FONTCONFIG_FILE: join(folder, 'fonts.conf'), ...(bare ? { LD_LIBRARY_PATH: join(folder, 'al2023/lib') } : {}) },
  }
}

async function executable(): Promise<Executable> {
  const named = process.env.CHROMIUM
  if (named !== undefined && named !== '') return { path: named, env: {} }
  const system = SYSTEM.find(path => existsSync(path))
  return system === undefined ? packed() : { path: system, env: {} }
}

/** Starts the browser. The caller closes it. */
export async function launchChromium(): Promise<Browser> {
  const { path, env } = await executable()
  const inherited = Object.fromEntries(Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined))
  return chromium.launch({ executablePath: path, headless: true, args: FLAGS, env: { ...inherited, ...env } })
}
