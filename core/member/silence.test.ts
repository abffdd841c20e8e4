import { beforeEach, describe, expect, it } from 'vitest'
import { labelled } from '../../test/support/index.ts'
import { memoryDisk } from '../../test/support/memory-disk.ts'
import { testPool, testVoteKey } from '../../test/support/pool.ts'
import { emptyRecord, type HeightRecord, lock, mayLock, vote } from '../proposal/lock.ts'
import type { Certificate } from '../proposal/messages.ts'
import { signPrepare } from '../proposal/vote.ts'
import { loadHeight } from './height.ts'
import type { GuardStore } from './ports.ts'
import { beginSilence, SILENCE, withSilence } from './silence.ts'

const pool = testPool(3)
const HEIGHT = 7
let now = 1_795_000_000_000
let logged: string[] = []
const input = { pool, now: () => now, log: (_: string, event: string) => void logged.push(event) }
const disk = () => memoryDisk({ identitySeed: labelled('seed'), voteKey: testVoteKey(1) }).open().guard

async function lostGuard(): Promise<GuardStore> {
  const guard = disk()
  await guard.saveFact('silence', beginSilence())
  return guard
}
const certificate = (height: number, round: number): Certificate => {
  const at = { height, round, content: labelled('content', height) }
  return { ...at, prepares: [2, 3].map(seat => ({ seat, signature: signPrepare(at, pool, testVoteKey(seat)) })) }
}
/** What the rules of locking say to a proposal in this round. */
const answer = (record: HeightRecord, round: number): string => {
  const outcome = vote(record, { height: record.height, round, content: labelled('content', record.height), justification: undefined }, { pool })
  return 'refuse' in outcome ? outcome.refuse : 'vote'
}
const recordAt = async (guard: GuardStore, height: number): Promise<HeightRecord> => (await loadHeight(guard, height)).record

beforeEach(() => {
  now = 1_795_000_000_000
  logged = []
})

describe('a member without its guard', () => {
  it('votes, locks and signs in no round of the height at hand and of the next one, and then as ever', async () => {
    const guard = await withSilence(await lostGuard(), input)
    for (const height of [HEIGHT, HEIGHT + 1]) {
      const record = await recordAt(guard, height)
      for (const round of [0, 1, 1_000_000]) {
        expect(answer(record, round)).toBe('stale-round')
        expect(mayLock(record, certificate(height, round))).toBe(false)
        expect(() => lock(record, certificate(height, round))).toThrow(expect.objectContaining({ code: 'lock-conflict' }))
      }
    }
    const after = await recordAt(guard, HEIGHT + 2)
    expect(after).toEqual(emptyRecord(HEIGHT + 2))
    expect(answer(after, 0)).toBe('vote')
    expect(logged).toEqual(['guard.lost'])
  })

  it('cannot promise to have been silent where it may have voted', async () => {
    const guard = await withSilence(await lostGuard(), input)
    expect(await guard.highest()).toBeUndefined()
    await guard.read(HEIGHT)
    expect(await guard.highest()).toBe(HEIGHT + 1)
    await guard.write(emptyRecord(HEIGHT + 4))
    expect(await guard.highest()).toBe(HEIGHT + 4)
  })

  it('keeps to it after a restart, for a day', async () => {
    const stored = await lostGuard()
    await (await withSilence(stored, input)).read(HEIGHT)
    now += SILENCE - 1
    const again = await withSilence(stored, input)
    // The span is where it was, wherever the member reads first now.
    expect(answer(await recordAt(again, HEIGHT + 1), 3)).toBe('stale-round')
    expect(answer(await recordAt(again, HEIGHT + 2), 3)).toBe('vote')
    now += 1
    expect(answer(await recordAt(again, HEIGHT), 3)).toBe('vote')
    expect(logged).toEqual(['guard.lost'])
  })

  it('is not silent when every vote is needed, nor with a guard that was never lost', async () => {
    const everyone = testPool(3, 3)
    expect(everyone.agreementQuorum).toBe(3)
    const lost = await lostGuard()
    expect(await withSilence(lost, { ...input, pool: everyone })).toBe(lost)
    const whole = disk()
    expect(await withSilence(whole, input)).toBe(whole)
  })

  it('goes by what it has voted since', async () => {
    const stored = await lostGuard()
    await (await withSilence(stored, input)).read(HEIGHT)
    now += SILENCE
    const record = { ...emptyRecord(HEIGHT), votedRound: 4, votedContent: labelled('content', HEIGHT) }
    await stored.write(record)
    now -= SILENCE
    expect(await recordAt(await withSilence(stored, input), HEIGHT)).toMatchObject(record)
  })
})
