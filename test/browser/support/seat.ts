/**
 * Drives a bare seat in a tab: hands it the identity of its seat and calls its verbs.
 * @module
 */
import type { Page } from 'playwright'
import { hex } from '../../../core/bytes.ts'
import type { ApiResult, SeatStatus, SignDemand, SignerApi } from '../../../signer-web/api.ts'
import { testIdentitySeed } from '../../support/identity.ts'

type InTab = { sequorum: { seat: SignerApi } }
type Good<T> = T extends { readonly ok: true } ? T : never

/** The result, or an error that names the code; a worker's verb never rejects. */
function good<T extends ApiResult>(result: T): Good<T> {
  if (!result.ok) throw new Error(`${result.error.code}: ${result.error.message}`)
  return result as Good<T>
}

export interface SeatTab {
  readonly seat: number
  readonly page: Page
  /** With the identity that `testPool` names for the seat, or another one. */
  open(seed?: Uint8Array): Promise<{ readonly account: string | undefined; readonly pending: boolean }>
  /** The raw result, for refusals. */
  tryOpen(seed?: Uint8Array): ReturnType<SignerApi['open']>
  session(): Promise<string>
  keygen(session: string): Promise<{ readonly account: `0x${string}`; readonly keyId: `0x${string}` }>
  sign(demand: SignDemand): Promise<{ readonly signed: `0x${string}`; readonly hash: `0x${string}` }>
  trySign(demand: SignDemand): ReturnType<SignerApi['sign']>
  status(): Promise<SeatStatus>
  close(): Promise<void>
}

/** A tab at `?seat=K` whose worker has answered. The pool file is the one that its relay gives out. */
export async function seatTab(page: Page, seat: number): Promise<SeatTab> {
  await page.waitForFunction(() => 'sequorum' in globalThis)
  const tab: SeatTab = {
    seat,
    page,
    tryOpen: (seed = testIdentitySeed(seat)) =>
      page.evaluate(
        async ({ seat, identitySeed }) => {
          const pool: unknown = await (await fetch('./api/pool')).json()
          return (globalThis as unknown as InTab).sequorum.seat.open({ seat, pool, identitySeed })
        },
        { seat, identitySeed: hex(seed) },
      ),
    open: async seed => good(await tab.tryOpen(seed)),
    session: async () => good(await page.evaluate(() => (globalThis as unknown as InTab).sequorum.seat.session())).session,
    keygen: async session => good(await page.evaluate(session => (globalThis as unknown as InTab).sequorum.seat.keygen({ session }), session)),
    trySign: demand => page.evaluate(demand => (globalThis as unknown as InTab).sequorum.seat.sign(demand), demand),
    sign: async demand => good(await tab.trySign(demand)),
    status: () => page.evaluate(() => (globalThis as unknown as InTab).sequorum.seat.status()),
    close: async () => void good(await page.evaluate(() => (globalThis as unknown as InTab).sequorum.seat.close())),
  }
  return tab
}
