/**
 * From marks of all threads to what one signature took and where. Pure.
 * @module
 */
import type { Mark } from './marks.ts'

/** One signed batch. Times are ms since the batch was ready: the proposer has put it together and compressed it. */
export interface Latency {
  readonly height: number
  /** All signers began with a tuple that was ready. */
  readonly ready: boolean
  /** Until the first signer has the signed raw transaction. */
  readonly total: number
  readonly steps: Readonly<Record<Step, number>>
}

/** `proposed`: the proposer's own vote is on disk. The others count to the last of the signers: it has the votes and its lock; it is in the ceremony, to begin the protocol; it has a signature; `stored`: the first of them has the transaction on disk. */
export const STEPS = ['proposed', 'agreed', 'ceremony', 'signature', 'stored'] as const
export type Step = (typeof STEPS)[number]

/** The latency of a height; undefined when it was not signed in the first ceremony of its first round, as far as the marks say. */
export function latencyOf(marks: readonly Mark[], height: number): Latency | undefined {
  const of = (what: Mark['what']): Mark[] => marks.filter(mark => mark.what === what && mark.height === height).sort((a, b) => a.at - b.at)
  const [proposed, ...again] = of('proposed')
  const raw = of('raw')[0]
  const stored = of('stored')[0]
  const begins = of('sign-begin')
  if (proposed === undefined || raw === undefined || stored === undefined || begins.length === 0 || again.length > 0) return undefined
  const made = marks.filter(mark => mark.what === 'batch-ready' && mark.seat === proposed.seat && mark.at <= proposed.at)
  const begin = Math.max(...made.map(mark => mark.at))
  const signers = new Set(begins.map(mark => mark.seat))
  if (!Number.isFinite(begin) || begins.length !== signers.size) return undefined
  const last = (what: Mark['what']): number =>
    Math.max(
      0,
      ...of(what)
        .filter(mark => signers.has(mark.seat))
        .map(mark => mark.at - begin),
    )
  return {
    height,
    ready: begins.every(mark => mark.ready === true),
    total: raw.at - begin,
    steps: {
      proposed: proposed.at - begin,
      agreed: last('agreed'),
      ceremony: last('sign-begin'),
      signature: last('sign-end'),
      stored: stored.at - begin,
    },
  }
}
