import { describe, expect, it } from 'vitest'
import { labelled } from '../../test/support/random.ts'
import { createWindow, WINDOW_BYTES, WINDOW_ENVELOPES } from './replay.ts'

const digest = (n: number) => labelled('digest', n)

describe('window', () => {
  it('gives items in sequence, whatever order they come in', () => {
    const window = createWindow<number>()
    const taken: number[] = []
    for (const sequence of [2, 0, 1, 4, 3]) {
      expect(window.judge(sequence, digest(sequence), 1)).toBe('new')
      window.hold(sequence, digest(sequence), 1, sequence)
      for (let item = window.peek(); item !== undefined; item = window.peek()) {
        taken.push(item)
        window.advance()
      }
    }
    expect(taken).toEqual([0, 1, 2, 3, 4])
    expect(window.gap).toBe(false)
  })

  it('tells a repeated content from another one, taken or waiting', () => {
    const window = createWindow<number>()
    window.hold(0, digest(0), 1, 0)
    window.advance()
    window.hold(2, digest(2), 1, 2)
    for (const sequence of [0, 2]) {
      expect(window.judge(sequence, digest(sequence), 1)).toBe('duplicate')
      expect(window.judge(sequence, digest(9), 1)).toBe('conflict')
    }
    expect(window.gap).toBe(true)
  })

  it('forgets old contents but never takes a sequence twice', () => {
    const window = createWindow<number>()
    for (let i = 0; i < 1000; i++) {
      window.hold(i, digest(i), 1, i)
      window.advance()
    }
    expect(window.judge(0, digest(7), 1)).toBe('duplicate')
    expect(window.judge(999, digest(7), 1)).toBe('conflict')
  })

  it('bounds how far ahead and how much', () => {
    const window = createWindow<number>()
    expect(window.judge(WINDOW_ENVELOPES, digest(0), 1)).toBe('overflow')
    expect(window.judge(Number.MAX_SAFE_INTEGER, digest(0), 1)).toBe('overflow')
    window.hold(1, digest(1), WINDOW_BYTES, 1)
    expect(window.judge(2, digest(2), 1)).toBe('overflow')
    window.hold(0, digest(0), 0, 0)
    window.advance()
    window.advance()
    expect(window.judge(2, digest(2), 1)).toBe('new')
  })
})
