import { describe, expect, it } from 'vitest'
import { virtualTime } from '../../test/support/virtual-time.ts'
import { patience } from './patience.ts'

async function expiryOf(idle: number, limit: number, script: (wait: ReturnType<typeof patience>, time: ReturnType<typeof virtualTime>) => void) {
  const time = virtualTime(0)
  const wait = patience(time, idle, limit)
  let at: number | undefined
  void wait.expired.then(() => {
    at = time.now()
  })
  script(wait, time)
  await time.advance(10_000)
  return at
}

describe('patience', () => {
  it('ends after a silence', async () => expect(await expiryOf(100, 1_000, () => {})).toBe(100))

  it('starts anew with whatever arrives', async () =>
    expect(await expiryOf(100, 1_000, (wait, time) => [50, 140, 230].forEach(ms => void time.after(ms, wait.touch)))).toBe(330))

  it('is never longer than its limit', async () =>
    expect(await expiryOf(100, 250, (wait, time) => [90, 180, 240].forEach(ms => void time.after(ms, wait.touch)))).toBe(250))

  it('ends when told, also when it is touched later', async () =>
    expect(
      await expiryOf(100, 1_000, (wait, time) => {
        time.after(30, wait.expire)
        time.after(40, wait.touch)
      }),
    ).toBe(30))

  it('never ends once it is closed', async () => expect(await expiryOf(100, 1_000, wait => wait.close())).toBeUndefined())
})
