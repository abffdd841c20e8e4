/**
 * Drives the seat of a tab as a person does: by its forms.
 * @module
 */
import { ed25519 } from '@noble/curves/ed25519.js'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import type { BrowserContext, Page } from 'playwright'
import { hex } from '../../../core/bytes.ts'
import { keysOfLink, LINK_MARK } from '../../../core/envelope/link-keys.ts'
import { accountAddress } from '../../../core/threshold/account.ts'
import { labelled } from '../../support/random.ts'
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

/** The secret of a seat's link. */
const linkSecret = (seat: number): Uint8Array => labelled('link', seat)

/** The entry of a pool file for the identity that the seat's link brings. */
export function linkEntry(seat: number): { readonly seat: number; readonly identity: string; readonly vote: string; readonly weight: number } {
  const { identitySeed, voteKey } = keysOfLink(linkSecret(seat))
  const vote = accountAddress(secp256k1.getPublicKey(voteKey, true))
  return { seat, identity: hex(ed25519.getPublicKey(identitySeed)), vote, weight: 1 }
}

/** All that is secret of a seat, as hex without a prefix: none of it may be found in clear. */
export function secretsOfLink(seat: number): string[] {
  const { identitySeed, voteKey } = keysOfLink(linkSecret(seat))
  return [linkSecret(seat), identitySeed, voteKey].map(bytes => hex(bytes).slice(2))
}

/** The link that makes a tab the member of a seat. */
export const inviteLink = (url: string, seat: number): string =>
  `${url}/?seat=${seat}${LINK_MARK}${Buffer.from(linkSecret(seat)).toString('base64url')}`

/** Opens the seat's link at a relay in a tab. */
export const seatTab = (context: BrowserContext, url: string, seat: number, tolerate?: RegExp): Promise<SeatTab> =>
  seatTabAt(context, inviteLink(url, seat), seat, tolerate)

/** Opens a link in a tab. */
export async function seatTabAt(context: BrowserContext, link: string, seat: number, tolerate?: RegExp): Promise<SeatTab> {
  const visited = await visit(context, link, tolerate)
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
