import { describe, expect, it } from 'vitest'
import { dieInRefresh, writesOf } from './crash-refresh.ts'

describe('while a running pool refreshes its shares', () => {
  it.each([
    ['opened it', { lost: 1, opener: 1 }],
    ['was asked', { lost: 2, opener: 1 }],
    ['was asked, last of all', { lost: 3, opener: 2 }],
  ] as const)(
    'the member that %s dies before and after each of its writes',
    async (name, what) => {
      const points = await writesOf(what, name)
      for (const wanted of ['savePending', 'saveActive', 'dropPending', 'saveFact']) expect(points).toContain(`after ${wanted}`)
      const reached: number[] = []
      for (const [point, text] of points.entries()) reached.push(await dieInRefresh(what, name, point, text))
      console.log(`the member that ${name}: ${points.map((text, i) => `${text}: ${reached[i]}`).join(', ')}`)
      // Before its certificate leaves the old shares sign on; after that the new ones do.
      expect(reached[points.indexOf('before savePending')]).toBe(0)
      expect(reached[points.indexOf('before saveActive')]).toBe(1)
    },
    600_000,
  )
})
