import { mkdirSync } from 'node:fs'
import type { Browser, BrowserContext } from 'playwright'
import { keccak256, parseTransaction, recoverTransactionAddress, type TransactionSerializedEIP1559 } from 'viem'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { createRelay, type Relay } from '../../relay/index.ts'
import { testIdentitySeed } from '../support/identity.ts'
import { testPool } from '../support/pool.ts'
import { batchTransaction } from './support/batch.ts'
import { launchChromium } from './support/launch.ts'
import { type SeatTab, seatTab } from './support/seat.ts'
import { type Visit, visit } from './support/visit.ts'

const OUTPUT = 'test/browser/output'
const SEATS = [1, 2, 3]
const pool = testPool(3, 2, { name: 'Three tabs' })

let browser: Browser
let context: BrowserContext
let relay: Relay
let visits: Visit[]
let tabs: SeatTab[]
let account: `0x${string}`

const tab = (seat: number): SeatTab => tabs[seat - 1] as SeatTab

async function online(seats: readonly number[]): Promise<void> {
  const { page } = tab(1)
  await page.getByText(`${seats.length} of 3 online`, { exact: true }).waitFor()
}

/** All seats of a quorum sign the same transaction in one new session. */
async function signWith(quorum: readonly number[], transaction: string) {
  const session = await tab(quorum[0] as number).session()
  return Promise.all(quorum.map(seat => tab(seat).sign({ session, transaction, quorum })))
}

const senderOf = async (signed: `0x${string}`): Promise<string> =>
  (await recoverTransactionAddress({ serializedTransaction: signed as TransactionSerializedEIP1559 })).toLowerCase()

beforeAll(async () => {
  mkdirSync(OUTPUT, { recursive: true })
  // no L1 node listens on port 1: ceremonies do not need one
  relay = await createRelay({ pool, l1Rpc: 'http://127.0.0.1:1', pageDir: inject('pageDir') })
  browser = await launchChromium()
  context = await browser.newContext({ viewport: { width: 1280, height: 1000 } })
  visits = await Promise.all(SEATS.map(seat => visit(context, `${relay.url}/?seat=${seat}`)))
  tabs = await Promise.all(visits.map(({ page }, i) => seatTab(page, i + 1)))
})
afterAll(async () => {
  await browser?.close()
  await relay?.close()
})

describe('three bare tabs over the real relay', () => {
  test('a seat opens with its own identity only, and once per browser', async () => {
    expect(await tab(1).tryOpen(testIdentitySeed(2))).toMatchObject({ ok: false, error: { code: 'not-a-member' } })
    for (const seat of SEATS) expect(await tab(seat).open()).toMatchObject({ account: undefined, pending: false })
    await online(SEATS)
    expect(await tab(1).tryOpen()).toMatchObject({ ok: false, error: { code: 'seat-open' } })
    const second = await visit(context, `${relay.url}/?seat=2`)
    const twin = await seatTab(second.page, 2)
    expect(await twin.tryOpen()).toMatchObject({ ok: false, error: { code: 'seat-busy' } })
    await second.page.getByRole('alert').getByText('seat-busy').waitFor()
    await second.page.close()
    expect(second.complaints).toEqual([])
  })

  test('they generate a key that nobody holds, and all see the same account', async () => {
    expect(await tab(1).trySign({ session: `0x${'11'.repeat(32)}`, transaction: '0x02', quorum: [1, 2] })).toMatchObject({
      ok: false,
      error: { code: 'no-key' },
    })
    const session = await tab(1).session()
    const running = Promise.all(SEATS.map(seat => tab(seat).keygen(session)))
    // the pool's page follows the ceremony, round by round
    await tab(1).page.locator('.ceremony', { hasText: 'keygen' }).first().waitFor()
    const keys = await running
    account = (keys[0] as (typeof keys)[0]).account
    expect(account).toMatch(/^0x[0-9a-f]{40}$/)
    expect(new Set(keys.map(key => `${key.account} ${key.keyId}`)).size).toBe(1)
    // the relay believes the account when q members say it
    await tab(1).page.locator('.facts', { hasText: 'Account' }).first().getByRole('button', { name: account }).waitFor()
    expect((await relay.snapshot()).account).toBe(account)
  }, 300_000)

  test.each([[[1, 2]], [[1, 3]], [[2, 3]]])(
    'seats %j sign a batch; viem recovers the account from it',
    async quorum => {
      const height = quorum.reduce((sum, seat) => sum + seat) - 3
      const transaction = batchTransaction(pool, account, height)
      const results = await signWith(quorum, transaction)
      expect(results[0]).toEqual(results[1])
      const { signed, hash } = results[0] as (typeof results)[0]
      expect(keccak256(signed)).toBe(hash)
      expect(await senderOf(signed)).toBe(account)
      expect(parseTransaction(signed)).toMatchObject({ nonce: height, to: pool.l1.inbox, chainId: pool.l1.chainId })
    },
    120_000,
  )

  test('a seat signs batches of its pool only, and one for each height', async () => {
    const refusal = async (transaction: string): Promise<unknown> => {
      const result = await tab(1).trySign({ session: `0x${'22'.repeat(32)}`, transaction, quorum: [1, 2] })
      return result.ok ? 'signed' : (result.error.context.reason ?? result.error.code)
    }
    expect(await refusal(batchTransaction(pool, account, 7, { to: `0x${'ee'.repeat(20)}` }))).toBe('wrong-inbox')
    expect(await refusal(batchTransaction(pool, account, 7, { value: 1n }))).toBe('value-moved')
    expect(await refusal(batchTransaction(pool, account, 7, { chainId: 1 }))).toMatch(/wrong-(chain|content)/)
    expect(await refusal(batchTransaction(pool, account, 7, { data: Uint8Array.of(0, 1, 2) }))).toBe('wrong-content')
    expect(await refusal('0x02c0')).toBe('field count')
    // height 0 was signed by seats 1 and 2 with other fees
    expect(await refusal(batchTransaction(pool, account, 0, { maxFeePerGas: 31_000_000_000n }))).toBe('locked-elsewhere')
  })

  test('a share survives the reload of its tab, and is noise without the identity', async () => {
    const { page } = tab(3)
    await page.reload()
    tabs[2] = await seatTab(page, 3)
    expect(await tab(3).open()).toMatchObject({ account, pending: false })
    await online(SEATS)
    const [result] = await signWith([2, 3], batchTransaction(pool, account, 5))
    expect(await senderOf(result?.signed ?? '0x')).toBe(account)
    const kept = await page.evaluate(async () => {
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
      return found
    })
    // one sealed share for each seat of this browser, larger than its OT state; no identity of a pool member in clear
    expect(kept).toHaveLength(3)
    for (const entry of kept) {
      expect(entry.length).toBeGreaterThan(2 * 2 * 2 * 8192)
      for (const { identity } of pool.members) expect(entry).not.toContain(identity.slice(2))
      for (const seat of SEATS) expect(entry).not.toContain(Buffer.from(testIdentitySeed(seat)).toString('hex'))
    }
  }, 120_000)

  test('no tab broke the content security policy or wrote an error to its console', async () => {
    await tab(1).page.screenshot({ path: `${OUTPUT}/three-tabs-1280.png`, fullPage: true })
    await tab(1).page.setViewportSize({ width: 390, height: 900 })
    await tab(1).page.screenshot({ path: `${OUTPUT}/three-tabs-390.png`, fullPage: true })
    for (const { complaints } of visits) expect(complaints).toEqual([])
    await tab(1).close()
    expect(await tab(1).status()).toMatchObject({ state: 'closed' })
  })
})
