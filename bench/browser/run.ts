/**
 * `npm run bench:browser`: the figures of the kernel and of the protocols inside a module worker of Chromium.
 * @module
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright'
import type { KernelName } from '../../core/kernel/index.ts'
import { launchChromium } from '../../test/browser/support/launch.ts'
import { growthFigures, kernelFigures, protocolFigures } from '../figures.ts'
import { thisMachine } from '../machine.ts'
import { alternate, median, pairedRatio } from '../measure.ts'
import { benchOptions } from '../options.ts'
import { json, machineLine, type Result, table } from '../report.ts'
import { measureFigures, type Runner } from '../run-figures.ts'
import type { BareApi, BenchApi } from './page/api.ts'
import { buildPages, serve } from './serve.ts'

const note = (text: string): void => void process.stderr.write(`${text}\n`)

type InPage = { readonly bench: BenchApi; readonly bare: BareApi }

/** A fresh page that has not been asked for before; complains of everything that a page should not do. */
async function visit(browser: Browser, url: string): Promise<Page> {
  const page = await (await browser.newContext()).newPage()
  page.on('console', message => (message.type() === 'error' ? note(`console: ${message.text()}`) : undefined))
  page.on('pageerror', error => note(`page: ${error.message}`))
  await page.goto(url)
  return page
}

const open = (page: Page, engine: KernelName): Promise<number> =>
  page.evaluate(engine => (globalThis as unknown as InPage).bench.open(engine), engine)

const runnerIn = (page: Page, engine: KernelName): Runner => ({
  run: job => page.evaluate(({ engine, job }) => (globalThis as unknown as InPage).bench.run(engine, job), { engine, job }),
})

/** From the request for the page until the worker's kernel has answered, beside a page whose worker only answers. */
async function measureStartUp(browser: Browser, url: string, engine: KernelName, rounds: number): Promise<Result> {
  const timed = async (path: string, ready: (page: Page) => Promise<number>): Promise<number> => {
    const page = await visit(browser, `${url}${path}`)
    const ms = await ready(page)
    await page.context().close()
    return ms
  }
  const subject = { run: () => timed('/', page => open(page, engine)) }
  const bare = { run: () => timed('/bare.html', page => page.evaluate(() => (globalThis as unknown as InPage).bare.opened)) }
  const [own = [], control = []] = await alternate([subject, bare], rounds)
  const values = (list: readonly (number | undefined)[]): number[] => list.filter(value => value !== undefined)
  return {
    name: 'browser/start-up',
    unit: 'ms',
    value: median(values(own)),
    controls: [{ name: 'bare page and worker', value: median(values(control)), ratio: pairedRatio(own, control) }],
  }
}

async function measure(browser: Browser, url: string): Promise<void> {
  const options = benchOptions('bench:browser')
  const page = await visit(browser, url)
  let engine: KernelName = options.kernel ?? 'wasm'
  await open(page, engine).catch(async (error: unknown) => {
    if (options.kernel !== undefined) throw error
    note(`the compiled kernel does not run here, so the reference is measured: ${String(error).split('\n')[0]}`)
    engine = 'reference'
    await open(page, engine)
  })
  const slow = engine === 'reference'
  if (!slow) await open(page, 'reference')
  const machine = thisMachine(engine, `Chromium ${browser.version()}`)
  note(machineLine(machine))
  const size = { quick: options.quick, slow }
  const figures = [...protocolFigures(size), ...growthFigures(size), ...kernelFigures(size)]
  const lanes = { subject: runnerIn(page, engine), ...(slow ? {} : { reference: runnerIn(page, 'reference') }) }
  const results = await measureFigures(figures, lanes, name => note(`· ${name}`), options.only)
  if ('browser/start-up'.startsWith(options.only)) results.push(await measureStartUp(browser, url, engine, options.quick ? 3 : 9))
  process.stdout.write(`${machineLine(machine)}\n\n${table(results)}\n`)
  if (options.json) process.stdout.write(`${json({ machine, results })}\n`)
}

const folder = await mkdtemp(join(tmpdir(), 'sequorum-bench-page-'))
try {
  await buildPages(folder)
  const served = await serve(folder)
  const browser = await launchChromium()
  try {
    await measure(browser, served.url)
  } finally {
    await browser.close()
    await served.close()
  }
} finally {
  await rm(folder, { recursive: true, force: true })
}
