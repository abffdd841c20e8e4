/**
 * A member that follows the protocol but for what it sends, and what the honest members make of it.
 * @module
 */
import type { Bytes } from '../../core/bytes.ts'
import type { CeremonyContext } from '../../core/ceremony/context.ts'
import { frameCodec } from '../../core/ceremony/frame.ts'
import type { Culprit, ErrorCode, PoolError } from '../../core/errors.ts'
import type { KeyShare } from '../../core/threshold/index.ts'
import { type MemoryNetwork, memoryNetwork, type NetworkOptions, type Outcome } from '../support/index.ts'
import type { Parcel } from './mutations.ts'
import type { Ending, Verdict } from './verdicts.ts'

/** One frame that the cheater is about to send to one party. A broadcast is one for each. */
export interface Sending {
  readonly to: number
  /** Round id and kind, as in the header. */
  readonly round: number
  readonly kind: number
  readonly bytes: Bytes
}

/** What the cheater does: other parcels in place of a frame (undefined: as it is), and frames that it sends before all others. */
export interface Plan {
  readonly instead?: (sending: Sending) => readonly Parcel[] | undefined
  readonly early?: readonly { readonly to: number; readonly bytes: Bytes }[]
}

/** A network in which one seat is a malicious member. */
export interface Scene {
  readonly network: MemoryNetwork
  /** The context of a seat: the cheater's goes by its plan. */
  context(seat: number): CeremonyContext<KeyShare>
  /** How often the plan changed something. */
  readonly changed: () => number
}

/**
 * `MaliciousMember`: any field of any message of `cheater` can be another, to each receiver its own; messages can be withheld, doubled, contradicted, held
 * back and sent early.
 */
export function maliciousMember(seats: readonly number[], cheater: number, plan: Plan, options: NetworkOptions = {}): Scene {
  const late = new Set<Bytes>()
  let changed = 0
  const isLate = (bytes: Bytes): boolean => [...late].some(other => other.length === bytes.length && other.every((byte, i) => byte === bytes[i]))
  const network = memoryNetwork(seats, { ...options, faults: { ...options.faults, delay: ({ from, bytes }) => from === cheater && isLate(bytes) } })
  const honest = network.context(cheater)
  let started = false

  function send(to: number | 'all', bytes: Bytes): void {
    if (!started) {
      started = true
      for (const parcel of plan.early ?? []) {
        changed++
        honest.channel.send(parcel.to, parcel.bytes)
      }
    }
    const { round, kind } = frameCodec.decode(bytes)
    for (const receiver of to === 'all' ? seats.filter(seat => seat !== cheater) : [to]) {
      const parcels = plan.instead?.({ to: receiver, round, kind, bytes })
      if (parcels !== undefined) changed++
      for (const parcel of parcels ?? [{ bytes }]) {
        if (parcel.late === true) late.add(parcel.bytes)
        honest.channel.send(receiver, parcel.bytes)
      }
    }
  }
  const malicious = { ...honest, channel: { send, receive: () => honest.channel.receive() } }
  return { network, context: seat => (seat === cheater ? malicious : network.context(seat)), changed: () => changed }
}

/** How a ceremony ended for one honest member. */
export interface Result {
  readonly code: ErrorCode | 'none'
  readonly culprits: readonly Culprit[]
  readonly signatureMayExist: boolean
  /** Peers burned, by the journal. */
  readonly burned: readonly number[]
  readonly error?: PoolError | undefined
}

export const resultOf = <T>(scene: Scene, seat: number, outcome: Outcome<T>): Result => ({
  code: outcome.error?.code ?? 'none',
  culprits: outcome.error?.culprits ?? [],
  signatureMayExist: outcome.error?.context.signatureMayExist === true,
  burned: scene.network.journal.flatMap(entry => (entry.kind === 'burned' && entry.index === seat ? [entry.peer] : [])),
  error: outcome.error,
})

/** Codes that name members who may be honest: silence, and what section "What a failure means" calls suspected. */
const SUSPECTING: readonly (ErrorCode | 'none')[] = ['deadline', 'certificates-missing', 'pk-sum', 'final-verify']

/** What holds however a cheater behaves. Gives what is broken. */
export function injustice(result: Result, cheater: number): string[] {
  const { error, culprits, burned, code } = result
  const out: string[] = []
  if (error?.kind === 'bug') out.push(`a fault of this program: ${error.code} ${String(error.context.reason ?? error.cause ?? '')}`)
  for (const { party, certainty } of culprits) {
    if (party === cheater) continue
    if (certainty === 'confirmed') out.push(`blames honest ${party}`)
    else if (!SUSPECTING.includes(code)) out.push(`suspects honest ${party} by ${code}`)
  }
  for (const party of burned) if (party !== cheater) out.push(`burned honest ${party}`)
  return out
}

/** True when the result is one of the endings. */
export function fits(verdict: Verdict, result: Result, who: { self: number; cheater: number; victim: number; seats: readonly number[] }): boolean {
  const named = (certainty: Culprit['certainty'], parties: readonly number[]): boolean =>
    result.culprits.length === parties.length &&
    parties.every(party => result.culprits.some(culprit => culprit.party === party && culprit.certainty === certainty))
  const blames = (ending: Ending): boolean => {
    switch (ending.blame) {
      case 'cheater':
        return named('confirmed', [who.cheater])
      case 'silent':
        return named('suspected', [who.cheater])
      case 'victim':
        // of four, who waits for the victim is silent for the next one
        return (
          named('suspected', [who.victim]) ||
          (who.seats.length > 3 &&
            result.culprits.length > 0 &&
            result.culprits.every(({ party, certainty }) => party !== who.cheater && certainty === 'suspected'))
        )
      case 'others':
        return named(
          'suspected',
          who.seats.filter(seat => seat !== who.self),
        )
      case 'nobody':
        return result.culprits.length === 0
    }
  }
  return verdict.some(ending => ending.code === result.code && blames(ending) && result.burned.length === (ending.burns === true ? 1 : 0))
}

/** For a message that says what was expected and what came. */
export const show = (result: Result): string =>
  `${result.code}${result.culprits.map(({ party, certainty }) => ` ${certainty} ${party}`).join()}${result.burned.length > 0 ? ` burned ${result.burned.join()}` : ''}`

export const showVerdict = (verdict: Verdict): string =>
  verdict.map(({ code, blame, burns }) => `${code} (${blame})${burns === true ? ' burned' : ''}`).join(' or ')
