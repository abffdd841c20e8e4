import { describe, expect, it } from 'vitest'
import { alternate, median, pairedRatio, quantile } from './measure.ts'

describe('statistics of measurements', () => {
  it('takes the middle, between two where there are two', () => {
    expect(median([5, 1, 9])).toBe(5)
    expect(median([4, 1, 3, 2])).toBe(2.5)
    expect(quantile([1, 2, 3, 4, 5], 0)).toBe(1)
    expect(quantile([1, 2, 3, 4, 5], 1)).toBe(5)
    expect(quantile([0, 10], 0.25)).toBe(2.5)
    expect(() => median([])).toThrow(RangeError)
  })

  it('does not reorder what it is given', () => {
    const values = [3, 1, 2]
    median(values)
    expect(values).toEqual([3, 1, 2])
  })

  it('compares what was measured in the same round', () => {
    // The machine was twice as slow in the second half: the ratio of medians would not see that the control needs three times as much.
    expect(pairedRatio([1, 1, 2, 2], [3, 3, 6, 6])).toBe(3)
    expect(pairedRatio([1, 2, 4], [5, undefined, undefined])).toBe(5)
    expect(() => pairedRatio([1], [undefined])).toThrow(RangeError)
  })

  it('measures by turns, each time the other way round, and slow contenders fewer times', async () => {
    const order: string[] = []
    const contender = (name: string, rounds?: number) => ({
      run: async () => {
        order.push(name)
        return order.length
      },
      rounds,
    })
    const results = await alternate([contender('a'), contender('b'), contender('c', 1)], 3)
    expect(order.join('')).toBe('abc' + 'ba' + 'ab')
    expect(results).toEqual([
      [1, 5, 6],
      [2, 4, 7],
      [3, undefined, undefined],
    ])
  })
})
