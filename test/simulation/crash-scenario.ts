/** The member whose turn it is goes away at a chosen moment; the next one takes over, and the lost one comes back. */
import { expect } from 'vitest'
import { createWorld, seedOf, type World } from './world.ts'

/** The height at which the scheduled proposer is lost. */
const HEIGHT = 1

type Arrange = (world: World, proposer: number, now: () => void) => void

/** In a ceremony: when the member has sent its message of `round`. */
const inRound =
  (wanted: string): Arrange =>
  (world, proposer, now) => {
    world.probe.ceremony = (seat, round, height) => {
      if (seat === proposer && height === HEIGHT && round === wanted) now()
    }
  }

export const MOMENTS = {
  'before it proposes': (world, proposer, now) => {
    world.probe.event = (seat, event) => {
      if (event.kind === 'batch' && event.height === HEIGHT - 1 && seat === proposer) now()
    }
  },
  'when it is about to propose': (world, proposer, now) => {
    world.probe.writing = (seat, record) => {
      if (seat === proposer && record.height === HEIGHT && record.votedRound === 0) now()
    }
  },
  'when it has proposed': (world, proposer, now) => {
    world.probe.written = (seat, record) => {
      // Its proposal has arrived at another member.
      if (seat !== proposer && record.height === HEIGHT && record.votedRound === 0) now()
    }
  },
  'when its lock is on disk': (world, proposer, now) => {
    world.probe.written = (seat, record) => {
      if (seat === proposer && record.height === HEIGHT && record.lockedRound === 0) now()
    }
  },
  'in the middle of the ceremony': inRound('P2'),
  'in the last round of the ceremony': inRound('O2'),
} satisfies Record<string, Arrange>
export type Moment = keyof typeof MOMENTS

export interface CrashCase {
  readonly t: number
  readonly n: number
  readonly realSigning: boolean
  readonly moment: Moment
  /** A dead process loses its connection and what was on the way; a hung one does not. */
  readonly how: 'dies' | 'hangs'
}

/** ms from one batch to the next at most, when nobody is missing for longer than a ceremony's patience. */
const TAKE_OVER = { dies: 10_000, hangs: 20_000 }

export async function runCrash({ t, n, realSigning, moment, how }: CrashCase): Promise<void> {
  const world = await createWorld({ seed: seedOf(`${t} of ${n} ${how} ${moment}`), n, t, realSigning })
  await world.start()
  await world.transact(3)
  const lost = world.order(HEIGHT)?.[0] as number
  let gone = false
  MOMENTS[moment](world, lost, () => {
    gone = true
    world.probe = {}
    if (how === 'dies') world.machine(lost).crash()
    else world.machine(lost).hang()
  })
  await world.untilBatches(HEIGHT)
  await world.transact(3)
  await world.untilBatches(HEIGHT + 1, TAKE_OVER[how])
  expect(gone).toBe(true)
  const results = world.machines.flatMap(({ events }) => events.flatMap(event => (event.kind === 'signed' && event.height === HEIGHT ? [event] : [])))
  // What a hung member has sent in its last round still arrives: the others have the signature.
  const taken = !(how === 'hangs' && moment === 'in the last round of the ceremony')
  expect(results.length).toBeGreaterThan(0)
  for (const { round, proposer } of results) expect({ later: round > 0, other: proposer !== lost }).toEqual({ later: taken, other: taken })

  // It comes back with what is on its disk, and takes part again.
  await world.machine(lost).start()
  await world.transact(3)
  const again = () =>
    world.machines.some(({ events }) => events.some(event => event.kind === 'signed' && event.signers.includes(lost) && event.height > HEIGHT))
  await world.until('the member that was lost signs', again)
  await world.untilSettled()
}
