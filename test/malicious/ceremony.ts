/**
 * One ceremony of the table: what is sent in it, and how it is run with a malicious member.
 * @module
 */
import type { Bytes } from '../../core/bytes.ts'
import { frameCodec } from '../../core/ceremony/frame.ts'
import type { AnyRound } from '../../core/ceremony/router.ts'
import type { OPERATIONS } from '../../core/threshold/config.ts'
import { labelled, type NetworkOptions } from '../support/index.ts'
import type { Plan, Result, Scene } from './harness.ts'
import type { Table } from './verdicts.ts'

/** Which honest run a frame is taken from. */
export type Run = 'this' | 'session' | 'epoch'

/** How one run ended for the honest members. */
export interface Played {
  readonly scene: Scene
  readonly results: ReadonlyMap<number, Result>
  /** Checks that depend on the ceremony; gives what is broken. */
  verify(): Promise<string[]>
  /** An honest run afterwards, with what this one left. */
  again(): Promise<string[]>
  /** Erases what the kernel holds for it. */
  end(): void
}

export interface Ceremony {
  readonly name: string
  readonly operation: keyof typeof OPERATIONS
  readonly rounds: readonly AnyRound[]
  readonly seats: readonly number[]
  readonly cheater: number
  /** The one that is lied to when only one is. */
  readonly victim: number
  readonly table: Table
  /** Messages that the cheater has no part in sending. */
  readonly silentIn?: readonly string[]
  /** The operation is tried in full by another ceremony: of each field and audience two mutations, others with each seed. */
  readonly thin?: boolean
  play(plan: Plan, seed: string, run?: Run): Promise<Played>
}

/** Network of a run: of another session, or with other settings of the ceremony. */
export const optionsOf = (seed: string, run: Run): NetworkOptions =>
  run === 'this' ? { seed } : { seed: `${seed} ${run}`, sessionId: run === 'session' ? labelled(`${seed} other`) : labelled(`session ${seed}`) }

/** Address of a frame within a run. */
export const addressOf = (round: number, kind: number, from: number, to: number): string => `${round} ${kind} ${from} ${to}`

/** All frames of an honest run by address. Runs of one seed have the same honest values up to what a cheater changes. */
export async function recorded(ceremony: Ceremony, seed: string, run: Run): Promise<ReadonlyMap<string, Bytes>> {
  const played = await ceremony.play({}, seed, run)
  try {
    for (const [seat, { code }] of played.results)
      if (code !== 'none') throw new Error(`${ceremony.name}: an honest run ends with ${code} at ${seat}`)
    return new Map(
      played.scene.network.sent.map(({ from, to, bytes }) => {
        const { round, kind } = frameCodec.decode(bytes)
        return [addressOf(round, kind, from, to), bytes] as const
      }),
    )
  } finally {
    played.end()
  }
}
