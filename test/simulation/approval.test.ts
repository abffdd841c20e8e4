/**
 * A member whose operator is asked about batches: it does not hold up the others, and takes part again once they say yes.
 */
import { describe, expect, it } from 'vitest'
import { hex } from '../../core/bytes.ts'
import { type Approval, createApproval } from '../../core/member/approval.ts'
import { createWorld, type World } from './world.ts'

const REJECT_AFTER = 600_000

async function poolWithAsker(seed: string, n: number, t: number): Promise<{ world: World; approval: () => Approval }> {
  const world = await createWorld({ seed, n, t })
  let approval: Approval | undefined
  world.meddle.set(1, input => {
    approval = createApproval({ policy: { rules: [], rejectAfter: REJECT_AFTER }, clock: world.time })
    return { ...input, approval }
  })
  return { world, approval: () => approval as Approval }
}

describe('a member that asks its operator', () => {
  it('does not stop a 2-of-3 pool, votes for nothing that nobody approved, and signs when one does', async () => {
    const seed = 'asks 2 of 3'
    const { world, approval } = await poolWithAsker(seed, 3, 2)
    await world.start()
    await world.transact(3)
    await world.untilBatches(3, 240_000)
    const waiting = approval().list()
    expect(waiting.length, seed).toBeGreaterThan(0)
    for (const { state } of waiting) expect(['waiting', 'late']).toContain(state)
    const { events } = world.machine(1)
    const proposed = new Set(events.flatMap(event => (event.kind === 'proposed' ? [event.height] : [])))
    for (const event of events)
      if (event.kind === 'agreed' || (event.kind === 'signed' && event.signers.includes(1))) expect(proposed.has(event.height), seed).toBe(true)
  }, 60_000)

  it('is waited for where all have to sign, until its operator says yes', async () => {
    const seed = 'asks 2 of 2'
    const { world, approval } = await poolWithAsker(seed, 2, 2)
    await world.start()
    await world.transact(2)
    const undecided = (): string[] =>
      approval()
        .list()
        .flatMap(({ state, candidate }) => (state === 'waiting' ? [hex(candidate.content)] : []))
    await world.until('a proposal waits', () => undecided().length > 0, 120_000)
    const before = world.batches().length
    for (const content of undecided()) expect(approval().decide(content as `0x${string}`, true)).toBe(true)
    await world.untilBatches(before + 1, 240_000)
    expect(
      world.machine(1).events.some(event => event.kind === 'agreed'),
      seed,
    ).toBe(true)
  }, 60_000)
})
