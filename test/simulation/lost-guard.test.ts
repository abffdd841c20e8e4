/** A member loses its guard, keeps its vault, and comes back: it is silent where it may have voted, the others go on, and then it takes part again. */
import { expect, it } from 'vitest'
import { beginSilence, withSilence } from '../../core/member/silence.ts'
import { testIdentitySeed } from '../support/index.ts'
import { memoryDisk } from '../support/memory-disk.ts'
import { testVoteKey } from '../support/pool.ts'
import { createWorld, seedOf } from './world.ts'

/** The height at which it is lost, right after its lock is on the disk. */
const HEIGHT = 1

it.each([
  [2, 3],
  [4, 5],
])('%i of %i', async (t, n) => {
  const world = await createWorld({ seed: seedOf(`lost guard ${t} of ${n}`), n, t })
  await world.start()
  await world.transact(3)
  // Not who proposes: the others can go on with the lock that it has helped to.
  const lost = world.order(HEIGHT)?.[1] as number
  let gone = false
  world.probe.written = (seat, record) => {
    if (seat !== lost || record.height !== HEIGHT || record.lockedRound !== 0) return
    gone = true
    world.probe = {}
    world.machine(lost).crash()
  }
  await world.until('the member is lost', () => gone)

  let spoken: number[] = []
  const fresh = memoryDisk(
    { identitySeed: testIdentitySeed(lost), voteKey: testVoteKey(lost) },
    {
      writing(record) {
        if (record.votedRound >= 0 || record.lockedRound >= 0) spoken = [...spoken, record.height]
        return true
      },
    },
  ).open().guard
  await fresh.saveFact('silence', beginSilence())
  const silent: number[] = []
  const guard = await withSilence(fresh, {
    pool: world.pool,
    now: () => world.time.now(),
    log: (_, __, facts) => void silent.push(facts?.silentUpTo as number),
  })
  world.meddle.set(lost, input => ({ ...input, guard }))
  await world.machine(lost).start()

  await world.untilBatches(HEIGHT)
  await world.transact(3)
  await world.until('the member that was lost signs', () =>
    world.machines.some(({ events }) =>
      events.some(event => event.kind === 'signed' && event.signers.includes(lost) && event.height > (silent[0] ?? Number.NaN)),
    ),
  )
  await world.untilSettled()
  expect(silent).toHaveLength(1)
  expect(silent[0]).toBeGreaterThan(HEIGHT)
  expect(Math.min(...spoken)).toBeGreaterThan(silent[0] as number)
})
