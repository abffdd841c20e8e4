/**
 * The key of a tab over its life: its backup, a lost browser, a restore, a refresh, and its end; and the ways into a seat. One tab, two headless members.
 */
import { mkdirSync, readFileSync } from 'node:fs'
import type { Browser, BrowserContext, Page } from 'playwright'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import type { Member } from '../../core/member/member.ts'
import { createRelay, type Relay } from '../../relay/index.ts'
import { type Anvil, startAnvil } from '../../signer-node/anvil.ts'
import { createFeed, type Feed } from '../../signer-node/cli/demo/feed.ts'
import { fund } from '../../signer-node/cli/demo/funding.ts'
import { createL1Client } from '../../signer-node/l1-client.ts'
import { testPool } from '../support/pool.ts'
import { startHeadless } from './support/headless.ts'
import { launchChromium } from './support/launch.ts'
import { linkEntry, type SeatTab, seatTab } from './support/seat.ts'
import { visit } from './support/visit.ts'

const OUTPUT = 'test/browser/output'
const INBOX = '0xff00000000000000000000000000000000000077'
const L2_CHAIN = 42_071
const PASSPHRASE = 'one tab and two machines'
const OF_BACKUP = 'a stick in the other house'
const AFTER = 'the browser after that one'

let browser: Browser
let context: BrowserContext
let anvil: Anvil
let relay: Relay
let feed: Feed
let others: Member[]
let tab: SeatTab
let account: `0x${string}`
let file: Buffer

const card = () => tab.page.locator('.own')
/** The heights of the shown events of a kind. */
const heights = async (line: RegExp): Promise<number[]> =>
  (await card().locator('.own-events li').allTextContents()).flatMap(text => line.exec(text)?.slice(1).map(Number) ?? [])
/** Two more batches, each signed by the tab and the only other one. */
async function landsWithout3(): Promise<void> {
  const from = Math.max(...(await heights(/height (\d+) is in L1 block/)))
  await expect.poll(() => heights(/height (\d+) signed by 1 \+ 2/).then(all => Math.max(-1, ...all)), { timeout: 120_000 }).toBeGreaterThan(from + 2)
  await expect.poll(() => heights(/height (\d+) is in L1 block/).then(all => Math.max(-1, ...all)), { timeout: 60_000 }).toBeGreaterThan(from + 2)
}
const generation = (number: number) => card().locator('.key-generation', { hasText: new RegExp(`^${number}$`) })

/** A browser without windows shows no notifications: they are kept instead, once the person has allowed them. */
function keepNotifications(): void {
  const told: string[] = []
  class Kept {
    static permission = 'default'
    static async requestPermission(): Promise<string> {
      Kept.permission = 'granted'
      return Kept.permission
    }
    constructor(title: string, { body }: { body: string }) {
      told.push(`${title}: ${body}`)
    }
  }
  Object.assign(globalThis, { told, Notification: Kept })
}
const notified = (page: Page): Promise<string[]> => page.evaluate(() => (globalThis as unknown as { told: string[] }).told)

/** Both widths, light and dark. */
async function pictures(page: Page, name: string): Promise<void> {
  for (const width of [1280, 390])
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.setViewportSize({ width, height: 1000 })
      await page.emulateMedia({ colorScheme })
      await page.screenshot({ path: `${OUTPUT}/${name}-${colorScheme}-${width}.png`, fullPage: true })
    }
  await page.setViewportSize({ width: 1280, height: 1000 })
  await page.emulateMedia({ colorScheme: null })
}

beforeAll(async () => {
  mkdirSync(OUTPUT, { recursive: true })
  anvil = await startAnvil({ blockTime: 1, pageOrigin: '*' })
  const { number, hash, timestamp } = (await createL1Client({ url: anvil.url, inbox: INBOX }).block(0)) ?? { number: 0, hash: '0x', timestamp: 0 }
  const [, second, third] = testPool(3).members
  const pool = testPool(3, 2, {
    name: 'A tab and two machines',
    members: [linkEntry(1), { ...second, weight: 1 }, { ...third, weight: 1 }],
    l1: { chainId: 31_337, inbox: INBOX, nonceOffset: 0, genesis: { number, hash, timestamp }, confirmations: 1 },
    l2: { chainId: L2_CHAIN, blockTime: 1, genesisTime: timestamp, maxSequencerDrift: 600 },
    times: { roundZero: 6_000, roundStep: 2_000, maxBatchDelay: 1_000, epochLength: 64 },
  })
  relay = await createRelay({ pool, port: 0, l1Rpc: anvil.url, l1PollMs: 200, pageDir: inject('pageDir'), pageL1: [anvil.url] })
  feed = createFeed(`${relay.url}/rpc`, L2_CHAIN)
  others = await Promise.all([2, 3].map(person => startHeadless(person, { pool, socketUrl: relay.socketUrl, l1Rpc: anvil.url, inbox: INBOX })))
  browser = await launchChromium()
  context = await browser.newContext({ viewport: { width: 1280, height: 1000 }, acceptDownloads: true })
  await context.addInitScript(keepNotifications)
  tab = await seatTab(context, relay.url, 1)
})
afterAll(async () => {
  await browser?.close()
  for (const member of others ?? []) await member.stop()
  await relay?.close()
  await anvil?.close()
})

describe('a tab and two headless members over the real relay and anvil', () => {
  test('passphrases that are guessed at once are not taken', async () => {
    for (const [passphrase, why] of [
      ['20260314', 'digits alone'],
      ['Password123!', 'one of the most common'],
      ['qwertyui', 'a run'],
    ] as const) {
      await card().getByLabel('Passphrase', { exact: true }).fill(passphrase)
      await card().getByLabel('The same again').fill(passphrase)
      await card().getByText(`Not taken: ${why}`).waitFor()
      expect(await card().getByRole('button', { name: 'Create' }).isDisabled()).toBe(true)
    }
    await pictures(tab.page, 'passphrase')
  })

  test('after the key is made the tab insists on a backup, which is tested and saved', async () => {
    await tab.create(PASSPHRASE)
    await card().getByRole('button', { name: 'Notify me' }).click()
    await card().getByText('Notifications are on.').waitFor()
    await tab.page.evaluate(() => Object.defineProperty(document, 'hidden', { configurable: true, get: () => true }))
    await tab.join()
    account = await tab.account()
    await fund({ l1Rpc: anvil.url, chainId: 31_337, account, ether: '10' })
    await card().getByText('Not safe yet.').waitFor()
    await tab.page.waitForFunction(() => document.title.includes('Backup needed'), undefined, { timeout: 60_000 })
    await expect.poll(() => notified(tab.page), { timeout: 60_000 }).toContain('Backup needed: Seat 1')
    await tab.page.evaluate(() => Reflect.deleteProperty(document, 'hidden'))
    await feed.submit(1)
    await tab.saw(/height \d+ is in L1 block/)
    await pictures(tab.page, 'keys-not-safe')
    await card().getByRole('button', { name: 'Make a backup now' }).click()
    await card().getByLabel('Passphrase of the backup').fill(OF_BACKUP)
    await card().getByLabel('The same again').fill(OF_BACKUP)
    await pictures(tab.page, 'keys-backup')
    await card().getByRole('button', { name: 'Make the backup' }).click()
    const save = card().getByRole('link', { name: /^Save sequorum-/ })
    await save.waitFor()
    // Made is not saved.
    expect(await card().getByText('Not safe yet.').isVisible()).toBe(true)
    const [download] = await Promise.all([tab.page.waitForEvent('download'), save.click()])
    expect(download.suggestedFilename()).toMatch(/^sequorum-[0-9a-f]{8}-seat1-generation0\.backup$/)
    file = readFileSync(await download.path())
    expect(file.subarray(0, 8).toString()).toBe('SQRBCKUP')
    await card().getByText('Not safe yet.').waitFor({ state: 'detached' })
    await card().getByRole('button', { name: 'Done' }).click()
  }, 240_000)

  test('a second tab shows the seat and can do nothing with it', async () => {
    const second = await visit(context, `${relay.url}/?seat=1`)
    const other = second.page.locator('.own')
    await other.getByText('open in another tab').waitFor()
    await other.getByRole('button', { name: `Copy account address ${account}` }).waitFor()
    await other
      .getByText(/height \d+ is in L1 block/)
      .first()
      .waitFor()
    expect(await other.locator('input, select').count()).toBe(0)
    const buttons = await other.getByRole('button').allTextContents()
    expect(buttons.filter(text => /lock|refresh|back|destroy/i.test(text))).toEqual([])
    await pictures(second.page, 'read-only')
    // It takes over when the first lets go.
    await tab.lock()
    await other.getByRole('button', { name: 'Unlock' }).waitFor()
    await second.page.close()
    expect(second.complaints).toEqual([])
    await tab.unlock(PASSPHRASE)
    expect(await tab.account()).toBe(account)
  }, 120_000)

  test('without input for a quarter of an hour, and when the browser freezes it, the tab locks and its worker ends', async () => {
    const worker = tab.page.workers()[0]
    const ended = new Promise(resolve => worker?.once('close', resolve))
    await tab.page.clock.setSystemTime(Date.now() + 14 * 60_000)
    await tab.page.locator('.own-phase').waitFor()
    await tab.page.clock.setSystemTime(Date.now() + 16 * 60_000)
    await card().getByText('Locked: there was no input for a while.').waitFor()
    await ended
    await pictures(tab.page, 'locked')
    await tab.unlock(PASSPHRASE)
    expect(await tab.account()).toBe(account)

    const next = tab.page.workers()[0]
    const halted = new Promise(resolve => next?.once('close', resolve))
    // The event by hand: the browser of the tests never hides a page, and freezes only hidden ones.
    await tab.page.evaluate(() => document.dispatchEvent(new Event('freeze')))
    await halted
    await tab.page.evaluate(() => document.dispatchEvent(new Event('resume')))
    await card().getByText('Locked: the browser had put this tab to sleep.').waitFor()
    await tab.unlock(PASSPHRASE)
    expect(await tab.account()).toBe(account)
  }, 120_000)

  test('a browser that lost everything: the backup brings the seat back, which refreshes before it signs', async () => {
    const session = await context.newCDPSession(tab.page)
    await tab.page.goto('about:blank')
    await session.send('Storage.clearDataForOrigin', { origin: relay.url, storageTypes: 'all' })
    await tab.page.goto(`${relay.url}/?seat=1`)
    await card().getByRole('button', { name: 'Bring a seat back' }).click()
    const fill = async (passphrase: string): Promise<void> => {
      await card().getByLabel('Backup file').setInputFiles({ name: 'seat.backup', mimeType: 'application/octet-stream', buffer: file })
      await card().getByLabel('Passphrase of the backup').fill(passphrase)
      await card().getByLabel('New passphrase').fill(AFTER)
      await card().getByLabel('The same again').fill(AFTER)
      await card().getByRole('button', { name: 'Restore', exact: true }).click()
    }
    await tab.page.waitForFunction(() => (document.querySelector<HTMLInputElement>('.own input[type=url]')?.value ?? '') !== '')
    await pictures(tab.page, 'restore')
    await fill('not that one at all')
    await card().getByRole('alert').getByText('backup-wrong-passphrase').waitFor({ timeout: 60_000 })
    await fill(OF_BACKUP)
    expect(await tab.account()).toBe(account)
    await generation(1).waitFor({ timeout: 120_000 })
    await card().getByText('the old file is worthless').waitFor()
    // By hand, once more: all three take part.
    await card().getByRole('button', { name: 'Refresh shares' }).click()
    await card().getByText('every backup from before becomes worthless').waitFor()
    await card().getByRole('button', { name: 'Refresh now' }).click()
    await generation(2).waitFor({ timeout: 120_000 })
    await card().getByText('the share is of generation 2').waitFor()
    // A guard that was lost is silent at first: the others go on, then this seat is one of the signers again, and one without whom nothing is signed.
    await tab.saw(/signed by 1 \+/)
    await others[1]?.stop()
    await feed.submit(2)
    await landsWithout3()
    await pictures(tab.page, 'keys-restored')
  }, 300_000)

  test('destroying the share asks for a word, and is for good', async () => {
    await card().getByRole('button', { name: 'Destroy share' }).click()
    const sure = card().getByRole('button', { name: 'Destroy this share' })
    await card().getByText('This cannot be undone.').waitFor()
    await card().getByLabel('Type “destroy” to confirm').fill('destro')
    expect(await sure.isDisabled()).toBe(true)
    await card().getByLabel('Type “destroy” to confirm').fill('destroy')
    await pictures(tab.page, 'keys-destroy')
    await sure.click()
    await card().getByText('This seat has destroyed its share.').waitFor({ timeout: 60_000 })
    await tab.lock()
    await tab.unlock(AFTER)
    await card().getByText('This seat has destroyed its share.').waitFor({ timeout: 60_000 })
  }, 120_000)

  test('no tab broke the content security policy or wrote an error to its console', () => expect(tab.visit.complaints).toEqual([]))
})

test('a passkey opens a seat beside its passphrase, and the passphrase alone still does', async () => {
  const own = await browser.newContext({ viewport: { width: 1280, height: 1000 } })
  const { page, complaints } = await visit(own, `${relay.url.replace('127.0.0.1', 'localhost')}/?seat=7`)
  const session = await own.newCDPSession(page)
  await session.send('WebAuthn.enable')
  const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      hasPrf: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
  const seat = page.locator('.own')
  const unlocked = seat.getByLabel('Pool file')
  await seat.getByLabel('Passphrase', { exact: true }).fill(PASSPHRASE)
  await seat.getByLabel('The same again').fill(PASSPHRASE)
  await seat.getByRole('button', { name: 'Create' }).click()
  await seat.getByRole('button', { name: 'Add a passkey' }).click()
  await seat.getByRole('button', { name: 'Remove the passkey' }).waitFor()
  await pictures(page, 'passkey')
  await page.reload()
  await seat.getByRole('button', { name: 'Use the passkey' }).click()
  await unlocked.waitFor()
  // Another authenticator does not know it; the passphrase does.
  await seat.getByRole('button', { name: 'Lock' }).click()
  await session.send('WebAuthn.clearCredentials', { authenticatorId })
  await seat.getByRole('button', { name: 'Use the passkey' }).click()
  await seat.getByText('The passphrase still opens the seat.').waitFor()
  await seat.getByLabel('Passphrase', { exact: true }).fill(PASSPHRASE)
  await seat.getByRole('button', { name: 'Unlock' }).click()
  await seat.getByRole('button', { name: 'Remove the passkey' }).click()
  await seat.getByRole('button', { name: 'Add a passkey' }).waitFor()
  expect(complaints).toEqual([])
  await own.close()
}, 120_000)
