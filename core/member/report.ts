/**
 * What a member shows of itself to people, by way of its host and of the relay. Nothing is decided by it.
 * @module
 */
import type { MemberReport } from '../envelope/wire.ts'
import { kernel } from '../kernel/index.ts'
import type { CeremonyStatus } from './ceremony-plan.ts'
import type { Following } from './following.ts'
import type { HeightState } from './height.ts'
import type { Turn } from './turns.ts'

/** The report as it stands; `state` and `turn` are of the height at hand. */
export function reportOf(facts: {
  seat: number
  phase: MemberReport['phase']
  following: Following | undefined
  state: HeightState | undefined
  turn: Turn | undefined
  ceremony: CeremonyStatus | undefined
  agreed: MemberReport['agreed']
  tuples: NonNullable<MemberReport['tuples']>
  problem: MemberReport['problem']
}): MemberReport {
  const { seat, phase, following, state, turn, ceremony, agreed, tuples, problem } = facts
  return {
    seat,
    phase: following === undefined && ceremony !== undefined ? 'keygen' : phase,
    height: following?.follower.nextHeight ?? 0,
    round: turn?.round ?? 0,
    refusals: state?.refusals ?? [],
    kernel: kernel.name,
    ...(ceremony === undefined ? {} : { ceremony }),
    ...(following === undefined ? {} : { account: following.share.address, epochNo: following.share.epochNo }),
    ...(problem === undefined ? {} : { problem }),
    ...(agreed === undefined ? {} : { agreed }),
    ...(tuples.length === 0 ? {} : { tuples }),
  }
}
