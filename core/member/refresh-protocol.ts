/**
 * The protocol of a refresh as a member runs it.
 * @module
 */
import type { CeremonyContext } from '../ceremony/context.ts'
import type { KeyShare } from '../threshold/index.ts'

/** `refresh` of core/threshold. */
export type RefreshProtocol = (ctx: CeremonyContext<KeyShare>, share: KeyShare, input: { readonly epochNo: number }) => Promise<KeyShare>

/** A ceremony that fails after its share is on disk leaves it there only: it comes back from the vault with the certificates of others. */
export async function untilDurable(ctx: CeremonyContext<KeyShare>, run: (ctx: CeremonyContext<KeyShare>) => Promise<KeyShare>): Promise<KeyShare> {
  let made: KeyShare | undefined
  const journal = {
    ...ctx.journal,
    async pending(share: KeyShare) {
      await ctx.journal.pending(share)
      made = share
    },
  }
  try {
    return await run({ ...ctx, journal })
  } catch (error) {
    made?.wipe()
    throw error
  }
}
