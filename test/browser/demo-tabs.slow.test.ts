/** `sequorum demo --tabs`: links that are opened in tabs, and a pool of tabs and headless members. */
import type { Browser } from 'playwright'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { endAll, type Program, sequorum } from '../process/support/program.ts'
import { launchChromium } from './support/launch.ts'
import { seatTabAt } from './support/seat.ts'

let browser: Browser
let demo: Program

beforeAll(async () => {
  browser = await launchChromium()
})
afterAll(async () => {
  await browser?.close()
  await endAll()
})

test('two tabs and a headless member make a key and sign batch after batch', async () => {
  demo = sequorum(['demo', '--tabs', '2', '--page', inject('pageDir'), '--json'], { name: 'demo' })
  const links = await demo.until('two links', () => {
    const found = demo.stderr.match(/http:\/\/\S+#seat=\S+/g)
    return found?.length === 2 ? found : undefined
  })
  expect(links.map(link => new URL(link).searchParams.get('seat'))).toEqual(['2', '3'])
  const context = await browser.newContext({ viewport: { width: 1280, height: 1000 } })
  const tabs = await Promise.all(links.map((link, i) => seatTabAt(context, link, i + 2)))
  await Promise.all(tabs.map(tab => tab.create('a demo in two tabs')))
  for (const tab of tabs) await tab.join()
  const [first, second] = await Promise.all(tabs.map(tab => tab.account()))
  expect(first).toBe(second)
  // A height that both tabs have signed would be chance; that each has signed one is not.
  for (const tab of tabs) await tab.saw(new RegExp(`height \\d+ signed by (${tab.seat} \\+ \\d|\\d \\+ ${tab.seat})`))
  for (const tab of tabs) await tab.saw(/height 2 is in L1 block/)
  for (const { visit } of tabs) expect(visit.complaints).toEqual([])
  demo.kill('SIGINT')
  expect((await demo.end()).code).toBe(0)
}, 180_000)
