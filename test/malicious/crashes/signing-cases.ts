/** What signs when a member dies, and how many await points there are. */
import { describe, expect, it } from 'vitest'
import { SEED } from '../seed.ts'
import { countByKind } from './dealings.ts'
import { crashAt, dryRun, type Signing } from './signing.ts'

/** Says nothing of an engine, and takes minutes of the reference one. */
const reference = process.env.SEQUORUM_KERNEL === 'reference'

const CASES: readonly { readonly name: string; readonly signing: Signing; readonly counts: ReturnType<typeof countByKind> }[] = [
  // P1 is a broadcast and a direct message, P2, O1 and O2 are one each
  { name: 'a quorum of two', signing: { quorum: [1, 2], held: false }, counts: { begins: 1, sends: 5, hears: 5, ends: 1 } },
  { name: 'a quorum of three', signing: { quorum: [1, 2, 3], held: false }, counts: { begins: 1, sends: 10, hears: 10, ends: 1 } },
  // two tuples are made before, in ceremonies of their own
  { name: 'a quorum of two with a tuple', signing: { quorum: [1, 2], held: true }, counts: { begins: 3, sends: 8, hears: 8, ends: 3 } },
  { name: 'a quorum of three with a tuple', signing: { quorum: [1, 2, 3], held: true }, counts: { begins: 3, sends: 16, hears: 16, ends: 3 } },
]

/** Members die at every await point of every kind of signature: those that are wanted. */
export function crashesOf(wanted: (signing: Signing, mortal: number) => boolean): void {
  const cases = CASES.filter(({ signing }) => signing.quorum.some(seat => wanted(signing, seat)))
  describe.skipIf(reference).each(cases)('$name', ({ signing, counts }) => {
    it.each(signing.quorum.filter(seat => wanted(signing, seat)))('member %i dies at each of its await points', async mortal => {
      const seed = `${SEED} ${signing.quorum} ${signing.held} ${mortal}`
      const points = await dryRun(signing, mortal, seed)
      expect(countByKind(points)).toEqual(counts)
      const ends = []
      for (let end = 0; end < points.length; end++) ends.push(await crashAt(signing, { seed, mortal, end, points }))
      // once the last message has left, the others have the signature
      expect(new Set(ends)).toEqual(new Set(['signed', 'not signed']))
      expect(ends.at(-1)).toBe('signed')
      expect(ends[0]).toBe('not signed')
    })
  })
}

/** Those that are quick enough for every run of the tests. */
export const isQuick = ({ quorum, held }: Signing, mortal: number): boolean => mortal === 1 && !(held && quorum.length > 2)
