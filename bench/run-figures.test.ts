import { describe, expect, it } from 'vitest'
import type { Figure } from './figures.ts'
import type { Job, Sample } from './jobs.ts'
import { measureFigure, measureFigures } from './run-figures.ts'

const job: Job = { job: 'dkg', threshold: 2, members: 3 }
const figure: Figure = {
  name: 'dkg/2-of-3/cpu-per-party',
  unit: 'us',
  job,
  rounds: 3,
  besides: [{ name: 'reference twin', lane: 'reference', job, rounds: 2 }],
  also: [{ name: 'dkg/2-of-3/bytes-per-party', fact: 'bytesPerParty', unit: 'bytes' }],
}

function lane(...times: number[]): { run(job: Job): Promise<Sample>; asked: number } {
  const made = {
    asked: 0,
    run: async () => ({ ms: times[Math.min(made.asked++, times.length - 1)] ?? 0, facts: { bytesPerParty: 77 } }),
  }
  return made
}

describe('figures', () => {
  it('come with their control of the same rounds and the facts of the sample; the first run of three rounds does not count', async () => {
    const subject = lane(100, 1, 2, 3)
    const reference = lane(10, 40)
    expect(await measureFigure(figure, { subject, reference })).toEqual([
      { name: figure.name, unit: 'us', value: 2000, controls: [{ name: 'reference twin', value: 25_000, ratio: 15 }] },
      { name: 'dkg/2-of-3/bytes-per-party', unit: 'bytes', value: 77, controls: [] },
    ])
    expect(subject.asked).toBe(4)
    expect(reference.asked).toBe(2)
  })

  it('of many rounds run for a while before they count', async () => {
    const subject = lane(9, 5)
    const [own] = await measureFigure({ ...figure, rounds: 4, besides: [] }, { subject })
    expect(own?.value).toBe(5000)
    expect(subject.asked).toBe(504)
  })

  it('have no control where there is no such lane', async () => {
    const [own] = await measureFigure(figure, { subject: lane(1) })
    expect(own?.controls).toEqual([])
  })

  it('are left out when the engine does not have them', async () => {
    expect(await measureFigure({ ...figure, fact: 'unheard' }, { subject: lane(1) })).toEqual([])
  })

  it('are chosen by the beginning of their names', async () => {
    const names: string[] = []
    const measured = async (only: string) =>
      (await measureFigures([figure, { ...figure, name: 'sign/x', also: [] }], { subject: lane(1) }, name => names.push(name), only)).map(
        result => result.name,
      )
    expect(await measured('sign')).toEqual(['sign/x'])
    expect(await measured('dkg/2-of-3/bytes')).toEqual(['dkg/2-of-3/bytes-per-party'])
    expect(names).toEqual(['sign/x', figure.name])
  })
})
