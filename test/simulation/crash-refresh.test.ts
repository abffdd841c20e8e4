import { expect, it } from 'vitest'
import { dieInRefresh, writesOf } from './crash-refresh.ts'

it('a member dies in a refresh: before its certificate leaves the old shares sign on, after that the new ones do', async () => {
  const what = { lost: 2, opener: 1 }
  const points = await writesOf(what, 'was asked')
  const reached = async (text: string): Promise<number> => {
    expect(points).toContain(text)
    return dieInRefresh(what, 'was asked', points.indexOf(text), text)
  }
  expect(await reached('after savePending')).toBe(0)
  expect(await reached('before saveActive')).toBe(1)
})
