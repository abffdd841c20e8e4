/**
 * Measures figures in lanes, subject and controls by turns.
 * @module
 */
import type { Figure } from './figures.ts'
import type { Job, Sample } from './jobs.ts'
import { alternate, type Contender, median, pairedRatio } from './measure.ts'
import type { Control, Result } from './report.ts'

export interface Runner {
  run(job: Job): Promise<Sample>
}

/** Where jobs run, by name. Controls of lanes that are absent are left out: the reference when it is the subject, a peer that could not be installed. */
export interface Lanes {
  readonly subject: Runner
  readonly [name: string]: Runner | undefined
}

const SCALE: Readonly<Record<Figure['unit'], number>> = { ms: 1, us: 1000, bytes: 1 }

const defined = (values: readonly (number | undefined)[]): number[] => values.filter(value => value !== undefined)

/** ms for which everybody runs before it counts, so that the compilers of the platform have done what they do; once at least, and once for facts. */
const WARM = 5_000

async function warm(runner: Runner, { job, fact, rounds }: Pick<Figure, 'job' | 'fact' | 'rounds'>): Promise<Sample> {
  const end = performance.now() + WARM
  let sample = await runner.run(job)
  // Who asks for few rounds wants to be done soon.
  const most = fact === undefined && rounds > 3 ? 500 : 1
  for (let runs = 1; runs < most && performance.now() < end && sample.ms !== undefined; runs++) sample = await runner.run(job)
  return sample
}

/** The results of one figure: none when the engine does not have it. */
export async function measureFigure(figure: Figure, lanes: Lanes): Promise<Result[]> {
  const take = (sample: Sample): number | undefined => (figure.fact === undefined ? sample.ms : sample.facts?.[figure.fact])
  let facts: Sample['facts'] = {}
  const besides = figure.besides.filter(beside => lanes[beside.lane] !== undefined)
  const lane = (name: string): Runner => lanes[name] ?? lanes.subject
  const first = await warm(lanes.subject, figure)
  if (take(first) === undefined) return []
  for (const beside of besides) if (beside.rounds === undefined) await warm(lane(beside.lane), { ...figure, job: beside.job })

  const subject: Contender<number | undefined> = {
    run: async () => {
      const sample = await lanes.subject.run(figure.job)
      facts = sample.facts
      return take(sample)
    },
  }
  const controls = besides.map(beside => ({ run: async () => take(await lane(beside.lane).run(beside.job)), rounds: beside.rounds }))
  const [own = [], ...others] = await alternate([subject, ...controls], figure.rounds)
  const scale = SCALE[figure.unit]
  const results: Result[] = [
    {
      name: figure.name,
      unit: figure.unit,
      value: median(defined(own)) * scale,
      controls: others.flatMap((values, at): Control[] => {
        const known = defined(values)
        if (known.length === 0) return []
        return [{ name: besides[at]?.name ?? '', value: median(known) * scale, ratio: pairedRatio(own, values) }]
      }),
    },
  ]
  for (const { name, fact, unit } of figure.also ?? []) {
    const value = facts?.[fact]
    if (value !== undefined) results.push({ name, unit, value, controls: [] })
  }
  return results
}

/** All figures, in order. `only`: those whose name begins like this. `progress` is called before each. */
export async function measureFigures(figures: readonly Figure[], lanes: Lanes, progress: (name: string) => void, only = ''): Promise<Result[]> {
  const results: Result[] = []
  for (const figure of figures) {
    const wanted = [figure.name, ...(figure.also ?? []).map(also => also.name)].some(name => name.startsWith(only))
    if (!wanted) continue
    progress(figure.name)
    results.push(...(await measureFigure(figure, lanes)).filter(result => result.name.startsWith(only)))
  }
  return results
}
