/**
 * Key generation of all members in one thread.
 * @module
 */
import { keygen } from '../core/threshold/index.ts'
import type { Platform, Sample } from './jobs.ts'
import { openParties } from './network.ts'

/** One key generation. `ms` is for one party; facts: `bytesPerParty`, what one party sends in all. */
export async function dkg({ threshold, members }: { threshold: number; members: number }, platform: Platform): Promise<Sample> {
  const seats = Array.from({ length: members }, (_, i) => i + 1)
  const parties = await openParties(seats, platform.random)
  const stop = platform.watch()
  const shares = await parties.run(ctx => keygen(ctx, { threshold }))
  const ms = stop() / members
  for (const share of shares) share.wipe()
  const bytesPerParty = seats.reduce((sum, to) => sum + parties.sent(1, to), 0)
  return { ms, facts: { bytesPerParty } }
}
