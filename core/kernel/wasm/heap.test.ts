import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isPoolError } from '../../errors.ts'
import { Heap, Scratch } from './heap.ts'

test('pieces never overlap, are zero, and all come back', () => {
  const action = fc.oneof(fc.record({ take: fc.integer({ min: 1, max: 700 }) }), fc.record({ give: fc.nat() }))
  fc.assert(
    fc.property(fc.array(action, { maxLength: 120 }), actions => {
      const memory = new Uint8Array(8192)
      const heap = new Heap(memory, 100, memory.length)
      const live: { at: number; size: number; mark: number }[] = []
      let mark = 0
      for (const step of actions) {
        if ('take' in step) {
          let at: number
          try {
            at = heap.allocate(step.take)
          } catch (error) {
            if (!isPoolError(error, 'kernel-memory')) throw error
            continue
          }
          expect(at % 16).toBe(0)
          expect(at).toBeGreaterThanOrEqual(100)
          expect(at + step.take).toBeLessThanOrEqual(memory.length)
          expect(memory.subarray(at, at + step.take).every(byte => byte === 0)).toBe(true)
          mark = (mark % 255) + 1
          memory.fill(mark, at, at + step.take)
          live.push({ at, size: step.take, mark })
        } else if (live.length > 0) {
          const [piece] = live.splice(step.give % live.length, 1) as [(typeof live)[number]]
          heap.release(piece.at, piece.size)
        }
        for (const piece of live) expect(memory.subarray(piece.at, piece.at + piece.size).every(byte => byte === piece.mark)).toBe(true)
      }
      for (const { at, size } of live) heap.release(at, size)
      expect(heap.used).toBe(0)
      expect(memory.every(byte => byte === 0)).toBe(true)
      // the gaps have grown together again
      expect(heap.allocate(8192 - 112)).toBe(112)
    }),
  )
})

test('says when it is full, and goes on after something was given back', () => {
  const heap = new Heap(new Uint8Array(1024), 0, 1024)
  const first = heap.allocate(512)
  heap.allocate(500)
  expect(() => heap.allocate(16)).toThrow(expect.objectContaining({ code: 'kernel-memory' }))
  heap.release(first, 512)
  expect(heap.allocate(512)).toBe(first)
})

test('scratch is zeroed when it is given back', () => {
  const memory = new Uint8Array(256)
  const scratch = new Scratch(memory, 0, 256)
  const mark = scratch.top
  memory.fill(9, scratch.take(100), 100)
  memory.fill(9, scratch.take(20), 140)
  expect(() => scratch.take(200)).toThrow(expect.objectContaining({ code: 'kernel-memory' }))
  scratch.clear(mark)
  expect(memory.every(byte => byte === 0)).toBe(true)
  expect(scratch.take(1)).toBe(0)
})
