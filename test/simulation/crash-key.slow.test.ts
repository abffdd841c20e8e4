import { describe, expect, it } from 'vitest'
import { dieAtWrite, twoDie, writesOf } from './crash-key.ts'

describe('while the pool gets its key', () => {
  // The lowest seat opens the ceremony, the others follow.
  it.each([1, 2])(
    'member %i dies before and after each of its writes',
    async seat => {
      const points = await writesOf(seat, `writes ${seat}`)
      console.log(`member ${seat}: ${points.join(', ')}`)
      for (const wanted of ['savePending', 'saveActive', 'dropPending', 'writeLock', 'saveSigned']) expect(points).toContain(`after ${wanted}`)
      for (const [point, what] of points.entries()) await dieAtWrite(seat, `writes ${seat}`, point, what)
    },
    600_000,
  )

  for (let i = 0; i < 20; i++) it(`two members die at once, draw ${i}`, () => twoDie(`two die ${i}`), 120_000)
})
