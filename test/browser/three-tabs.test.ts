/**
 * A pool whose three members are tabs: their key, their batches on L1, and what happens to a tab. Everything is done as people do it, by the forms of the page.
 */
import { mkdirSync } from 'node:fs'
import type { Browser, BrowserContext } from 'playwright'
import { createPublicClient, http } from 'viem'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { createRelay, type Relay } from '../../relay/index.ts'
import { type Anvil, startAnvil } from '../../signer-node/anvil.ts'
import { createFeed, type Feed } from '../../signer-node/cli/demo/feed.ts'
import { fund } from '../../signer-node/cli/demo/funding.ts'
import { createL1Client } from '../../signer-node/l1-client.ts'
import { testPool } from '../support/pool.ts'
import { launchChromium } from './support/launch.ts'
import { linkEntry, type SeatTab, seatTab, secretsOfLink } from './support/seat.ts'

const OUTPUT = 'test/browser/output'
const SEATS = [1, 2, 3]
const INBOX = '0xff00000000000000000000000000000000000077'
const L2_CHAIN = 42_070
const PASSPHRASE = 'three tabs and a relay'

let browser: Browser
let context: BrowserContext
let anvil: Anvil
let relay: Relay
let feed: Feed
let tabs: SeatTab[]
let account: `0x${string}`

const tab = (seat: number): SeatTab => tabs[seat - 1] as SeatTab
const landed = async (): Promise<number> => createPublicClient({ transport: http(anvil.url) }).getTransactionCount({ address: account })

beforeAll(async () => {
  mkdirSync(OUTPUT, { recursive: true })
  anvil = await startAnvil({ blockTime: 1, pageOrigin: '*' })
  const { number, hash, timestamp } = (await createL1Client({ url: anvil.url, inbox: INBOX }).block(0)) ?? { number: 0, hash: '0x', timestamp: 0 }
  const pool = testPool(3, 2, {
    name: 'Three tabs',
    members: SEATS.map(linkEntry),
    l1: { chainId: 31_337, inbox: INBOX, nonceOffset: 0, genesis: { number, hash, timestamp }, confirmations: 1 },
    l2: { chainId: L2_CHAIN, blockTime: 1, genesisTime: timestamp, maxSequencerDrift: 600 },
    times: { roundZero: 6_000, roundStep: 2_000, maxBatchDelay: 1_000, epochLength: 64 },
  })
  relay = await createRelay({ pool, port: 0, l1Rpc: anvil.url, l1PollMs: 200, pageDir: inject('pageDir'), pageL1: [anvil.url] })
  feed = createFeed(`${relay.url}/rpc`, L2_CHAIN)
  browser = await launchChromium()
  context = await browser.newContext({ viewport: { width: 1280, height: 1000 } })
  tabs = await Promise.all(SEATS.map(seat => seatTab(context, relay.url, seat)))
})
afterAll(async () => {
  await browser?.close()
  await relay?.close()
  await anvil?.close()
})

describe('three tabs over the real relay and anvil', () => {
  test('each makes its seat under a passphrase; the link leaves the address bar; a wrong passphrase is told', async () => {
    for (const { page } of tabs) expect(new URL(page.url()).hash).toBe('')
    await Promise.all(tabs.map(one => one.create(PASSPHRASE)))
    await tab(1).page.screenshot({ path: `${OUTPUT}/seat-join-1280.png`, fullPage: true })
  }, 120_000)

  test('they join, generate a key that nobody holds, and all see the same account', async () => {
    for (const one of tabs) await one.join()
    const accounts = await Promise.all(tabs.map(one => one.account()))
    account = accounts[0] as `0x${string}`
    expect(account).toMatch(/^0x[0-9a-f]{40}$/)
    expect(new Set(accounts).size).toBe(1)
    expect((await relay.snapshot()).account).toBe(account)
    await fund({ l1Rpc: anvil.url, chainId: 31_337, account, ether: '10' })
  }, 300_000)

  test('they take turns, check, agree, sign, and batches land on L1', async () => {
    await feed.submit(3)
    for (const one of tabs) await one.saw(/height 2 is in L1 block/)
    expect(await landed()).toBeGreaterThanOrEqual(3)
    await tab(1).page.screenshot({ path: `${OUTPUT}/three-tabs-1280.png`, fullPage: true })
    await tab(1).page.setViewportSize({ width: 390, height: 900 })
    await tab(1).page.screenshot({ path: `${OUTPUT}/three-tabs-390.png`, fullPage: true })
    await tab(1).page.setViewportSize({ width: 1280, height: 1000 })
  }, 240_000)

  test('a second tab of a seat does not open it', async () => {
    const second = await seatTab(context, relay.url, 2)
    await second.page.getByText('open in another tab').waitFor()
    expect(await second.page.getByLabel('Passphrase').count()).toBe(0)
    await second.page.close()
    expect(second.visit.complaints).toEqual([])
  }, 120_000)

  test('a tab that is locked, and one that is reloaded, come back with their passphrase and sign again', async () => {
    await tab(2).lock()
    await tab(2).unlock('not the passphrase')
    await tab(2).page.getByRole('alert').getByText('vault-passphrase').waitFor({ timeout: 60_000 })
    await tab(2).unlock(PASSPHRASE)
    expect(await tab(2).account()).toBe(account)
    await tab(3).page.reload()
    await tab(3).unlock(PASSPHRASE)
    expect(await tab(3).account()).toBe(account)
    const before = await landed()
    // Two of the three are enough: each of those two has to be one that came back.
    await tab(1).lock()
    await feed.submit(2)
    await tab(2).saw(new RegExp(`height ${before + 2} is in L1 block`))
    await tab(1).unlock(PASSPHRASE)
    expect(await tab(1).account()).toBe(account)
  }, 240_000)

  test('nothing secret is in clear in this browser’s storage', async () => {
    const kept = await tab(3).page.evaluate(async () => {
      const found: string[] = []
      for (const { name } of await indexedDB.databases()) {
        const db = await new Promise<IDBDatabase>(resolve => {
          const request = indexedDB.open(name ?? '')
          request.onsuccess = () => resolve(request.result)
        })
        const store = db.transaction('entries').objectStore('entries')
        const values = await new Promise<unknown[]>(resolve => {
          const request = store.getAll()
          request.onsuccess = () => resolve(request.result)
        })
        for (const value of values)
          if (value instanceof Uint8Array) found.push(Array.from(value, byte => byte.toString(16).padStart(2, '0')).join(''))
        db.close()
      }
      return { found, local: JSON.stringify(localStorage) + JSON.stringify(sessionStorage) }
    })
    // Three records with a share each, larger than its OT state.
    expect(kept.found.filter(entry => entry.length > 2 * 2 * 2 * 8192).length).toBeGreaterThanOrEqual(3)
    const all = kept.found.join(' ') + kept.local
    expect(all.length).toBeGreaterThan(100_000)
    for (const secret of SEATS.flatMap(secretsOfLink)) expect(all).not.toContain(secret)
    expect(all).not.toContain(Buffer.from(PASSPHRASE).toString('hex'))
    expect(all).not.toContain(PASSPHRASE)
  })

  test('no tab broke the content security policy or wrote an error to its console', () => {
    for (const { visit } of tabs) expect(visit.complaints).toEqual([])
  })
})
