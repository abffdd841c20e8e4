import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { seededRandom } from '../../../test/support/seeded-random.ts'
import { bigintToBytes, concat } from '../../bytes.ts'
import { isPoolError } from '../../errors.ts'
import { CURVE_ORDER as n } from '../../transcript.ts'
import { twin } from './twin.ts'

// every twin passes the same tests
describe.each([['reference', twin]] as const)('scalars of the %s kernel', (_, { scalars }) => {
  const edge = fc.constantFrom(0n, 1n, 2n, n - 1n, n - 2n, n >> 1n, 1n << 128n)
  const scalar = fc.oneof(edge, fc.bigInt({ min: 0n, max: n - 1n }))
  const outside = fc.oneof(fc.constantFrom(n, n + 1n, -1n), fc.bigInt({ min: n, max: (1n << 260n) - 1n }))
  const code = (run: () => unknown): string => {
    try {
      run()
      return 'no error'
    } catch (error) {
      return isPoolError(error) ? error.code : String(error)
    }
  }

  test('ring laws', () => {
    fc.assert(
      fc.property(scalar, scalar, scalar, (a, b, c) => {
        expect(scalars.add(a, b)).toBe((a + b) % n)
        expect(scalars.multiply(a, b)).toBe((a * b) % n)
        expect(scalars.add(scalars.subtract(a, b), b)).toBe(a)
        expect(scalars.add(a, scalars.negate(a))).toBe(0n)
        expect(scalars.multiply(a, scalars.add(b, c))).toBe(scalars.add(scalars.multiply(a, b), scalars.multiply(a, c)))
        if (a !== 0n) expect(scalars.multiply(a, scalars.invert(a))).toBe(1n)
      }),
    )
  })

  test('arguments out of range are refused', () => {
    fc.assert(
      fc.property(outside, scalar, (bad, good) => {
        for (const run of [
          () => scalars.add(bad, good),
          () => scalars.add(good, bad),
          () => scalars.subtract(bad, good),
          () => scalars.subtract(good, bad),
          () => scalars.multiply(bad, good),
          () => scalars.multiply(good, bad),
          () => scalars.negate(bad),
          () => scalars.invert(bad),
          () => scalars.encode(bad),
        ])
          expect(code(run)).toBe('invalid-scalar')
      }),
    )
    expect(code(() => scalars.invert(0n))).toBe('invalid-scalar')
  })

  test('one encoding: 32 bytes, below the order', () => {
    fc.assert(
      fc.property(scalar, a => {
        expect(scalars.decode(scalars.encode(a))).toBe(a)
      }),
    )
    expect(code(() => scalars.decode(bigintToBytes(n, 32)))).toBe('invalid-scalar')
    expect(code(() => scalars.decode(new Uint8Array(32).fill(255)))).toBe('invalid-scalar')
    for (const length of [0, 31, 33]) expect(code(() => scalars.decode(new Uint8Array(length)))).toBe('invalid-scalar')
  })

  test('canonical looks at every value of a packed array', () => {
    const value = fc.oneof(scalar, fc.bigInt({ min: n, max: (1n << 256n) - 1n }))
    fc.assert(
      fc.property(fc.array(value, { maxLength: 6 }), values => {
        const packed = concat(...values.map(item => bigintToBytes(item, 32)))
        expect(scalars.canonical(packed)).toBe(values.every(item => item < n))
      }),
    )
    expect(scalars.canonical(new Uint8Array(33))).toBe(false)
  })

  test('random values skip zero and what is not below the order', () => {
    const draws = [new Uint8Array(32), bigintToBytes(n, 32), bigintToBytes(n + 5n, 32), bigintToBytes(7n, 32)]
    expect(scalars.random(() => draws.shift() ?? new Uint8Array(0))).toBe(7n)
    expect(draws).toEqual([])
    const random = seededRandom('scalars')
    const drawn = Array.from({ length: 64 }, () => scalars.random(random))
    expect(new Set(drawn).size).toBe(64)
  })
})
