/**
 * A member whose guard is lost, as after its disk, does not know what it voted for and locked at the height at hand, and could so help to a second content. It
 * is silent there, and at the next height: as if it had voted in the last of all rounds. The others go on without it. When they cannot, because too many
 * have lost theirs at once, the silence ends after a day: whatever was signed before has been published by then, by whoever held it.
 * @module
 */
import type { Bytes } from '../bytes.ts'
import { option, struct, u53, version } from '../codec.ts'
import { emptyRecord, type HeightRecord } from '../proposal/lock.ts'
import type { Pool } from '../proposal/pool.ts'
import type { GuardStore, Log } from './ports.ts'

/** ms. */
export const SILENCE = 86_400_000
/** Heights that a member may have voted in are those up to the one after what it first reads from L1: its next node may be behind its last one. */
const AHEAD = 1
/** The highest that a record holds. */
const LAST_ROUND = 0xffff_fffe

const silenceCodec = struct({
  version: version(1),
  /** Up to which height, and until when (ms since 1970); undefined before L1 was read. */
  span: option(struct({ height: u53, until: u53 })),
})

/** As if the member had voted in the last of all rounds: every vote, lock and signature is refused. */
export const silentRecord = (height: number): HeightRecord => ({ ...emptyRecord(height), votedRound: LAST_ROUND })

/** The fact `silence` of a guard that is made for a member which has a key already. */
export const beginSilence = (): Bytes => silenceCodec.encode({ version: 1, span: undefined })

/**
 * The guard as a member is to use it: the same, unless it has the fact `silence`. When every vote of the pool is needed (q = n) nobody can be silent, and nobody
 * has to: the agreement then outlasts one member that votes twice.
 * @param input.now ms since 1970.
 */
export async function withSilence<G extends GuardStore>(
  guard: G,
  { pool, now, log }: { pool: Pick<Pool, 'members' | 'agreementQuorum'>; now: () => number; log: Log },
): Promise<G> {
  const stored = await guard.fact('silence')
  if (stored === undefined || pool.agreementQuorum === pool.members.length) return guard
  let { span } = silenceCodec.decode(stored)

  async function begin(height: number): Promise<{ height: number; until: number }> {
    const begun = { height: height + AHEAD, until: now() + SILENCE }
    await guard.saveFact('silence', silenceCodec.encode({ version: 1, span: begun }))
    log('warn', 'guard.lost', { silentUpTo: begun.height, until: begun.until })
    span = begun
    return begun
  }

  return {
    ...guard,
    async read(height) {
      const { height: last, until } = span ?? (await begin(height))
      const record = await guard.read(height)
      return record === undefined && height <= last && now() < until ? silentRecord(height) : record
    },
    async highest() {
      const real = await guard.highest()
      return span === undefined ? real : Math.max(real ?? 0, span.height)
    },
  }
}
