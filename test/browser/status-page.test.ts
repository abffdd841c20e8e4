import { mkdirSync } from 'node:fs'
import type { Browser, BrowserContext } from 'playwright'
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest'
import { createRelay, type Relay } from '../../relay/index.ts'
import { testPool } from '../support/pool.ts'
import { launchChromium } from './support/launch.ts'
import { busyPool } from './support/snapshots.ts'
import { type StubRelay, stubRelay } from './support/stub-relay.ts'
import { visit } from './support/visit.ts'

const OUTPUT = 'test/browser/output'
const pageDir = inject('pageDir')
const undo: (() => Promise<unknown>)[] = []
let browser: Browser
let context: BrowserContext

beforeAll(async () => {
  mkdirSync(OUTPUT, { recursive: true })
  browser = await launchChromium()
})
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})
afterAll(async () => browser?.close())

async function openContext(options: Parameters<Browser['newContext']>[0] = {}): Promise<BrowserContext> {
  context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options })
  undo.push(() => context.close())
  return context
}

async function stub(): Promise<StubRelay> {
  const relay = await stubRelay(pageDir, busyPool(Date.now()))
  undo.push(() => relay.close())
  return relay
}

describe('what a snapshot becomes', () => {
  test('members, turn, refusals, batches and counters are shown, in both widths and both colour schemes, without a complaint', async () => {
    const relay = await stub()
    const { page, complaints } = await visit(await openContext(), relay.url)
    await page.getByText('live', { exact: true }).waitFor()
    const shown = await page.locator('main').innerText()
    for (const text of [
      'Bratislava',
      'Amsterdam may take over',
      '3 of 5',
      '1 silent member, 2 cheaters',
      'local development chain (31337)',
      'wrong-timestamp',
      '1,820,411',
    ])
      expect(shown.replaceAll('\u00a0', ' ')).toContain(text)
    expect(await page.locator('.member.has-turn h3').innerText()).toBe('Bratislava')
    expect(await page.locator('.ceremony:not(.idle)').innerText()).toBe('sign P2 · waits for seat 4')
    expect(await page.locator('.member', { hasText: 'Coimbra' }).locator('.badge').innerText()).toBe('offline')
    expect(await page.locator('.batches tbody tr').count()).toBe(12)
    expect(await page.locator('.batches tbody .badge').allInnerTexts()).toEqual([
      'stored',
      'sent',
      'included',
      'failed',
      ...Array(8).fill('confirmed'),
    ])
    for (const colorScheme of ['light', 'dark'] as const)
      for (const width of [1280, 390]) {
        await page.emulateMedia({ colorScheme })
        await page.setViewportSize({ width, height: 900 })
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
        expect(overflow, `${width} px wide`).toBeLessThanOrEqual(0)
        await page.screenshot({ path: `${OUTPUT}/status-${colorScheme}-${width}.png`, fullPage: true })
      }
    expect(complaints).toEqual([])
  })

  test('strings that other parties control are text and nothing else', async () => {
    const evil = '<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>'
    const relay = await stub()
    const snapshot = busyPool(Date.now())
    const { page, complaints } = await visit(await openContext(), relay.url)
    await page.getByText('live', { exact: true }).waitFor()
    relay.show({
      ...snapshot,
      pool: { ...snapshot.pool, name: evil, inbox: 'javascript:window.pwned=1' as `0x${string}` },
      account: 'javascript:window.pwned=1' as `0x${string}`,
      members: snapshot.members.map(member => ({
        ...member,
        name: evil,
        report: { seat: member.seat, phase: evil, height: 1, round: 1, kernel: evil, refusals: [{ height: 1, round: 1, reason: evil }] },
      })),
      batches: snapshot.batches.map(batch => ({ ...batch, txHash: 'javascript:window.pwned=1' as `0x${string}`, state: evil as 'sent' })),
    })
    await page.locator('.refusal', { hasText: '<script>' }).first().waitFor()
    expect(await page.locator('main img, main script, main a').count()).toBe(0)
    expect(await page.evaluate(() => 'pwned' in globalThis)).toBe(false)
    expect(complaints).toEqual([])
  })

  test('a snapshot with nothing in it still gives a page', async () => {
    const relay = await stub()
    relay.show({} as never)
    const { page, complaints } = await visit(await openContext(), relay.url)
    await page.getByText('live', { exact: true }).waitFor()
    await page.getByRole('heading', { name: 'Batches' }).waitFor()
    expect(complaints).toEqual([])
  })
})

test('the net that these tests hang under the page holds: a foreign script is refused and reported', async () => {
  const relay = await stub()
  const { page, complaints } = await visit(await openContext(), relay.url)
  await page.evaluate(() => {
    const script = document.createElement('script')
    script.append('window.pwned = 1')
    document.body.append(script)
  })
  await expect.poll(() => complaints.some(complaint => complaint.startsWith('CSP:'))).toBe(true)
  expect(await page.evaluate(() => 'pwned' in globalThis)).toBe(false)
})

test('a relay that goes away is said to be away, since when, and is found again', async () => {
  const relay = await stub()
  const { page, complaints } = await visit(await openContext(), relay.url, /503|ERR_|Failed to load/)
  await page.getByText('live', { exact: true }).waitFor()
  relay.vanish()
  await page.getByText(/relay unreachable since \d\d:\d\d:\d\d/).waitFor()
  // what was known stays in sight
  expect(await page.locator('.member').count()).toBe(5)
  const back = busyPool(Date.now())
  relay.show({ ...back, pool: { ...back.pool, name: 'Back again' } })
  await page.getByText('live', { exact: true }).waitFor()
  await page.getByText('Back again').waitFor()
  expect(await page.locator('.banner').count()).toBe(0)
  expect(complaints).toEqual([])
})

test('the real relay serves the page and its first picture of a pool without members', async () => {
  const pool = testPool(3, 2, { name: 'Fresh pool' })
  // no L1 node listens on port 1
  const relay: Relay = await createRelay({ pool, l1Rpc: 'http://127.0.0.1:1', pageDir })
  undo.push(() => relay.close())
  const { page, complaints } = await visit(await openContext(), relay.url)
  await page.getByText('live', { exact: true }).waitFor()
  await page.getByText('Fresh pool').waitFor()
  await page.getByText('0 of 3 online', { exact: true }).waitFor()
  await page.getByText('L1 node unreachable').waitFor()
  expect(await page.locator('.member').count()).toBe(3)
  for (const width of [1280, 390]) {
    await page.setViewportSize({ width, height: 900 })
    await page.screenshot({ path: `${OUTPUT}/fresh-${width}.png`, fullPage: true })
  }
  expect(complaints).toEqual([])
})
