import { describe, expect, it } from 'vitest'
import { createQueue } from './queue.ts'

const gate = () => {
  let open = (): void => {}
  const opened = new Promise<void>(resolve => {
    open = resolve
  })
  return { opened, open: () => open() }
}

describe('queue', () => {
  it('runs one task at a time, in order, each to its end', async () => {
    const seen: string[] = []
    const first = gate()
    const queue = createQueue(() => {})
    queue.run(async () => {
      seen.push('first begins')
      await first.opened
      seen.push('first ends')
    })
    queue.run(() => void seen.push('second'))
    await Promise.resolve()
    expect(seen).toEqual(['first begins'])
    first.open()
    await queue.idle()
    expect(seen).toEqual(['first begins', 'first ends', 'second'])
  })

  it('hands a failure on and goes on', async () => {
    const failures: unknown[] = []
    const queue = createQueue(error => failures.push(error))
    const seen: number[] = []
    queue.run(() => {
      throw new Error('sync')
    })
    queue.run(() => Promise.reject(new Error('async')))
    queue.run(() => void seen.push(1))
    await queue.idle()
    expect(failures.map(String)).toEqual(['Error: sync', 'Error: async'])
    expect(seen).toEqual([1])
  })

  it('runs nothing after it is closed', async () => {
    const seen: number[] = []
    const queue = createQueue(() => {})
    queue.run(() => queue.close())
    queue.run(() => void seen.push(1))
    await queue.idle()
    expect(seen).toEqual([])
  })
})
