/** The await points of ceremonies that make new shares: how many there are, and deaths at those where shares become durable, certified and active. */
import { describe, expect, it } from 'vitest'
import { SEED } from '../seed.ts'
import { attempt, type Ceremony, found, meetAgain, standing } from './committee.ts'
import { countByKind, crashAt, dryRun, keygenOf, refreshOf, reshareOf } from './dealings.ts'
import { type Point, show } from './life.ts'

/** Each of these takes a second or more of the reference engine, and says nothing of an engine. */
const reference = process.env.SEQUORUM_KERNEL === 'reference'

/** Numbers of the points with these texts. */
const numbersOf = (points: readonly Point[], wanted: readonly string[]): number[] =>
  wanted.map(text => {
    const at = points.findIndex(point => show(point) === text)
    if (at < 0) throw new Error(`no await point "${text}" among: ${points.map(show)}`)
    return at
  })

interface Chosen {
  readonly ceremony: Ceremony
  readonly mortal: number
  readonly counts: ReturnType<typeof countByKind>
  /** Points, with what signs after a crash there. */
  readonly crashes: Readonly<Record<string, 'none' | 'old' | 'new'>>
  /** The one after which the ceremony is run again. */
  readonly again: string
}

const CHOSEN: readonly Chosen[] = [
  {
    ceremony: keygenOf(3, 2),
    mortal: 2,
    counts: { begins: 1, sends: 12, hears: 12, breathes: 4, writes: 4, wrote: 4, ends: 1 },
    crashes: { 'wrote pending share': 'none', 'sends R5 to 3': 'new', 'writes active share': 'new' },
    again: 'wrote pending share',
  },
  {
    ceremony: refreshOf(3, 2),
    mortal: 2,
    counts: { begins: 1, sends: 14, hears: 14, breathes: 4, writes: 3, wrote: 3, ends: 1 },
    crashes: { 'writes pending share': 'old', 'sends D7 to 1': 'old', 'sends D7 to 3': 'new', 'wrote active share': 'new' },
    again: 'sends D7 to 1',
  },
  {
    // 1 leaves, 2 stays, 4 is new
    ceremony: reshareOf(2, 2, [1, 2], [2, 4], 2),
    mortal: 2,
    counts: { begins: 1, sends: 11, hears: 9, breathes: 2, writes: 3, wrote: 3, ends: 1 },
    crashes: { 'sends D7 to 1': 'old', 'sends D7 to 4': 'old', 'writes active share': 'new' },
    again: 'sends D7 to 4',
  },
]

describe.skipIf(reference).each(CHOSEN)('$ceremony.name', ({ ceremony, mortal, counts, crashes, again }) => {
  const seed = `${SEED} ${ceremony.name}`

  it('every await point is known, and what signs after a crash', async () => {
    const points = await dryRun(ceremony, mortal, seed)
    expect(countByKind(points)).toEqual(counts)
    const who: Record<string, string> = {}
    for (const end of numbersOf(points, Object.keys(crashes))) {
      const text = show(points[end] as Point)
      who[text] = (await crashAt(ceremony, { seed, mortal, end, points, again: text === again })).who
    }
    expect(who).toEqual(crashes)
  })
})

describe.skipIf(reference)('a dealer that leaves', () => {
  it('and has seen all certificates keeps its share: the members may not have seen them', async () => {
    const ceremony = reshareOf(2, 2, [1, 2], [2, 4], 2)
    const points = await dryRun(ceremony, 2, SEED)
    const committee = found(ceremony, SEED)
    const [end] = numbersOf(points, ['sends D7 to 4']) as [number]
    const { errors } = await attempt(committee, { seed: SEED, epochNo: 1, mortal: 2, end })
    expect([...errors].map(([seat, error]) => [seat, error?.code])).toEqual([
      [1, undefined],
      [4, 'certificates-missing'],
    ])
    // nobody can show the set, so nobody erases an old share, and those sign
    await meetAgain(committee)
    expect(await standing(committee, { seed: SEED, quorums: 'all' })).toMatchObject({ who: 'old', epochNo: 0 })
  })
})

describe.skipIf(reference)('the harness', () => {
  it('notices a certificate that leaves before the share is durable', async () => {
    const honest = keygenOf(2, 2)
    const hasty: Ceremony = {
      ...honest,
      run: (ctx, input) => honest.run(ctx.self === 1 ? { ...ctx, journal: { ...ctx.journal, pending: async () => {} } } : ctx, input),
    }
    const points = await dryRun(hasty, 1, SEED)
    const [end] = numbersOf(points, ['writes active share']) as [number]
    await expect(crashAt(hasty, { seed: SEED, mortal: 1, end, points, again: false })).rejects.toThrow('1 has no share of the generation that signs')
  })
})
