/**
 * A tab whose operator is asked about batches: they say yes, they say no, and a policy answers for them. The other two seats go on all the while.
 */
import { mkdirSync } from 'node:fs'
import type { Browser, BrowserContext, Locator } from 'playwright'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { createRelay, type Relay } from '../../relay/index.ts'
import { type Anvil, startAnvil } from '../../signer-node/anvil.ts'
import { createFeed, type Feed } from '../../signer-node/cli/demo/feed.ts'
import { fund } from '../../signer-node/cli/demo/funding.ts'
import { createL1Client } from '../../signer-node/l1-client.ts'
import { testPool } from '../support/pool.ts'
import { launchChromium } from './support/launch.ts'
import { linkEntry, type SeatTab, seatTab } from './support/seat.ts'

const OUTPUT = 'test/browser/output'
const SEATS = [1, 2, 3]
const INBOX = '0xff00000000000000000000000000000000000077'
const L2_CHAIN = 42_070

let browser: Browser
let context: BrowserContext
let anvil: Anvil
let relay: Relay
let feed: Feed
let tabs: SeatTab[]
let card: Locator
/** Height of the first proposal that waited. */
let waited: number

const asker = (): SeatTab => tabs[0] as SeatTab

beforeAll(async () => {
  mkdirSync(OUTPUT, { recursive: true })
  anvil = await startAnvil({ blockTime: 1, pageOrigin: '*' })
  const { number, hash, timestamp } = (await createL1Client({ url: anvil.url, inbox: INBOX }).block(0)) ?? { number: 0, hash: '0x', timestamp: 0 }
  const pool = testPool(3, 2, {
    name: 'Approval',
    members: SEATS.map(linkEntry),
    l1: { chainId: 31_337, inbox: INBOX, nonceOffset: 0, genesis: { number, hash, timestamp }, confirmations: 1 },
    l2: { chainId: L2_CHAIN, blockTime: 1, genesisTime: timestamp, maxSequencerDrift: 600 },
    // All three have to agree, so that the answer of the one that asks is waited for.
    agreementQuorum: 3,
    times: { roundZero: 60_000, roundStep: 10_000, maxBatchDelay: 1_000, epochLength: 64 },
  })
  relay = await createRelay({ pool, port: 0, l1Rpc: anvil.url, l1PollMs: 200, pageDir: inject('pageDir'), pageL1: [anvil.url] })
  feed = createFeed(`${relay.url}/rpc`, L2_CHAIN)
  browser = await launchChromium()
  context = await browser.newContext({ viewport: { width: 1280, height: 1000 } })
  tabs = await Promise.all(SEATS.map(seat => seatTab(context, relay.url, seat)))
  card = asker().page.locator('.own')
  await Promise.all(tabs.map(one => one.create('a person who says yes or no')))
  for (const one of tabs) await one.join()
  const account = await asker().account()
  await card.getByRole('button', { name: 'Set a policy' }).click()
  await card.getByRole('button', { name: 'Save the policy' }).click()
  await card.getByText('Asks for every batch.').waitFor()
  await fund({ l1Rpc: anvil.url, chainId: 31_337, account, ether: '10' })
}, 300_000)
afterAll(async () => {
  await browser?.close()
  await relay?.close()
  await anvil?.close()
})

describe('a tab that is asked about batches', () => {
  test('shows what is in a batch, and votes for it once its operator approves', async () => {
    await feed.submit(6)
    const proposal = card.locator('.proposal').first()
    await proposal.waitFor({ timeout: 60_000 })
    await proposal.getByRole('button', { name: /^Transactions of/ }).click()
    const rows = proposal.locator('.transactions li')
    if ((await proposal.getByText(/^0 transactions/).count()) === 0) await rows.first().getByText(/nonce/).waitFor()
    for (const scheme of ['light', 'dark'] as const)
      for (const width of [1280, 390]) {
        await asker().page.emulateMedia({ colorScheme: scheme })
        await asker().page.setViewportSize({ width, height: 1000 })
        await proposal.screenshot({ path: `${OUTPUT}/approval-${scheme}-${width}.png` })
      }
    await asker().page.setViewportSize({ width: 1280, height: 1000 })
    // Heights before it may have been the asker's own.
    waited = Number(/^Height (\d+),/.exec((await proposal.locator('h4').textContent()) ?? '')?.[1])
    const agreed = new RegExp(`agreed on height ${waited} `)
    expect(await card.locator('.own-events').getByText(agreed).count()).toBe(0)
    await proposal.getByRole('button', { name: /^Approve/ }).click()
    await card
      .getByText(/approved by you/)
      .first()
      .waitFor()
    await asker().saw(agreed)
  }, 120_000)

  test('lets a rule answer, and names it', async () => {
    await card.getByRole('button', { name: 'Change the policy' }).click()
    await card.getByLabel('Name of the rule').fill('small ones')
    await card.getByLabel('Most ETH that a transaction moves').fill('0.5')
    await card.getByRole('button', { name: 'Save the policy' }).click()
    await card.getByText('1 rule; asks for all else.').waitFor()
    await asker().saw(new RegExp(`height ${waited} is in L1 block`))
    // Every seat has its turn within three heights.
    for (const height of [1, 2, 3].map(more => waited + more)) {
      await feed.submit(1)
      await asker().saw(new RegExp(`height ${height} is in L1 block`))
    }
    expect(await card.getByText('approved by rule “small ones”').count()).toBeGreaterThan(0)
    expect(await card.locator('.proposal').count()).toBe(0)
  }, 240_000)

  test('refuses by name what its operator rejects', async () => {
    await card.getByRole('button', { name: 'Change the policy' }).click()
    await card.getByLabel('Name of the rule').fill('')
    await card.getByRole('button', { name: 'Save the policy' }).click()
    await card.getByText('Asks for every batch.').waitFor()
    await feed.submit(1)
    const reject = card.getByRole('button', { name: /^Reject/ }).first()
    await reject.waitFor({ timeout: 100_000 })
    await reject.click()
    await asker().saw(/rejected-by-operator/)
    await card.getByText('rejected by you').first().waitFor()
  }, 120_000)

  test('no tab broke the content security policy or wrote an error to its console', () => {
    for (const { visit } of tabs) expect(visit.complaints).toEqual([])
  })
})
