import { describe, expect, it } from 'vitest'
import { dieAtWrite, twoDie, writesOf } from './crash-key.ts'

describe('while the pool gets its key', () => {
  it('a member dies where its share is stored, certified and active', async () => {
    const points = await writesOf(2, 'writes 2')
    for (const what of ['after savePending', 'before saveActive', 'after saveActive']) {
      expect(points).toContain(what)
      await dieAtWrite(2, 'writes 2', points.indexOf(what), what)
    }
  })

  it('two members die at once', () => twoDie('two die'))
})
