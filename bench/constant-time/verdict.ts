/**
 * Measures a subject, and says whether that went as it should.
 * @module
 */
import type { ModuleBench } from '../../test/support/module-bench.ts'
import { digits } from '../report.ts'
import { Sampler } from './sampling.ts'
import { confirmed, cropped, exceeds, largest, type Sample } from './statistics.ts'
import type { Role, Subject } from './subject.ts'

export interface Outcome {
  readonly name: string
  readonly role: Role
  readonly fixed: string
  /** Measurements taken in all, and calls in each. */
  readonly samples: number
  readonly repeat: number
  /** Of the first run: the t farthest from 0 of all crops. */
  readonly t: number
  /** Of the second, independent run, which follows when the first exceeds the limit. */
  readonly again: number | undefined
  /** Whether the classes were told apart. */
  readonly leaks: boolean
  /** Whether that is as it should be. */
  readonly good: boolean
  /** Median of a call, and the difference of means that would have been seen; ns. */
  readonly nanoseconds: number
  readonly visible: number
}

/** How long to measure, ms: the second run of a subject takes twice that. */
export interface Budget {
  readonly first: number
}

const median = ({ times }: Sample): number => times.slice().sort()[times.length >> 1] as number

/** Measures one subject. Its inputs are in the module's memory only meanwhile. */
export function examine(subject: Subject, bench: ModuleBench, { first: budget }: Budget): Outcome {
  const { name, role, fixed } = subject
  const sampler = new Sampler(subject.prepare(bench))
  const first = sampler.sample(budget)
  const crops = cropped(first)
  const firstTs = crops.map(({ t }) => t)
  const second = exceeds(firstTs) ? sampler.sample(2 * budget) : undefined
  const secondTs = second === undefined ? undefined : cropped(second).map(({ t }) => t)
  const leaks = secondTs !== undefined && confirmed(firstTs, secondTs)
  bench.reset()
  return {
    name,
    role,
    fixed,
    samples: first.times.length + (second?.times.length ?? 0),
    repeat: sampler.repeat,
    t: largest(firstTs),
    again: secondTs === undefined ? undefined : largest(secondTs),
    leaks,
    good: leaks === (role === 'leaky'),
    nanoseconds: median(first),
    // the narrow crops see less of a leak than they seem to
    visible: Math.min(...crops.slice(-5).map(({ visible }) => visible)),
  }
}

const word = ({ role, leaks, good }: Outcome): string =>
  role === 'hot' ? (leaks ? 'LEAKS' : 'passes') : `${leaks ? 'leaks' : 'passes'}, ${good ? 'as it should' : 'AND SHOULD NOT'}`

const ns = (value: number): string => {
  if (value >= 1000) return `${digits(value / 1000)} us`
  return `${digits(value)} ns`
}

/** One outcome as cells of a line. */
export const cells = (outcome: Outcome): string[] => [
  outcome.name,
  outcome.fixed,
  outcome.samples.toLocaleString('en-US'),
  String(outcome.repeat),
  ns(outcome.nanoseconds),
  ns(outcome.visible),
  outcome.t.toFixed(2),
  outcome.again === undefined ? '' : outcome.again.toFixed(2),
  word(outcome),
]

/** What the cells are. */
export const HEAD = ['export', 'fixed class', 'samples', 'calls in each', 'a call', 'seen from', 't', 't again', '']
