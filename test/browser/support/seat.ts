/**
 * Drives the seat of a tab as a person does: by its forms.
 * @module
 */
import type { BrowserContext, Page } from 'playwright'
import { testIdentitySeed } from '../../support/identity.ts'
import { testVoteKey } from '../../support/pool.ts'
import { type Visit, visit } from './visit.ts'

export interface SeatTab {
  readonly seat: number
  readonly page: Page
  readonly visit: Visit
  /** The first time: an identity under a passphrase. */
  create(passphrase: string): Promise<void>
  unlock(passphrase: string): Promise<void>
  /** The pool of the relay, and the L1 node that it offers. */
  join(): Promise<void>
  lock(): Promise<void>
  /** What the member says it is doing. */
  phase(): Promise<string>
  /** Waits until the tab's list of events has a line. */
  saw(text: string | RegExp): Promise<void>
  /** Waits until it is a member that has the account. */
  account(): Promise<`0x${string}`>
}

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

/** A link with the identity that `testPool` names for the seat. */
export const inviteLink = (url: string, seat: number): string =>
  `${url}/?seat=${seat}#identity=${hexOf(testIdentitySeed(seat))}.${hexOf(testVoteKey(seat))}`

/** Opens the seat's link in a tab. */
export async function seatTab(context: BrowserContext, url: string, seat: number, tolerate?: RegExp): Promise<SeatTab> {
  const visited = await visit(context, inviteLink(url, seat), tolerate)
  const { page } = visited
  const card = page.locator('.own')
  await card.waitFor()
  const submit = (name: string): Promise<void> => card.getByRole('button', { name }).click()
  return {
    seat,
    page,
    visit: visited,
    async create(passphrase) {
      await card.getByLabel('Passphrase').fill(passphrase)
      await card.getByLabel('The same again').fill(passphrase)
      await submit('Create')
      await card.getByLabel('Pool file').waitFor()
    },
    async unlock(passphrase) {
      await card.getByLabel('Passphrase').fill(passphrase)
      await submit('Unlock')
    },
    async join() {
      await page.waitForFunction(() => (document.querySelector<HTMLInputElement>('.own input[type=url]')?.value ?? '') !== '')
      await submit('Join this pool')
      const joined = card.getByText('What this seat did')
      await joined.or(card.getByRole('alert')).first().waitFor()
      if (!(await joined.isVisible())) throw new Error((await card.getByRole('alert').textContent()) ?? 'not joined')
    },
    async lock() {
      await submit('Lock')
      await card.getByRole('button', { name: 'Unlock' }).waitFor()
    },
    phase: async () => (await card.locator('.own-phase').textContent()) ?? '',
    saw: async text => card.locator('.own-events li').filter({ hasText: text }).first().waitFor({ timeout: 120_000 }),
    async account() {
      const button = card.getByRole('button', { name: /Copy account address/ })
      await button.waitFor({ timeout: 120_000 })
      return ((await button.getAttribute('aria-label')) ?? '').replace('Copy account address ', '') as `0x${string}`
    },
  }
}
