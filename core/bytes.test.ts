import { inspect } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { assertBytes, assertInteger, bigintToBytes, bytesToBigint, compare, equal, fromHex, hex, Secret, wipe } from './bytes.ts'
import { isPoolError } from './errors.ts'

const refused = (act: () => unknown): boolean => {
  try {
    act()
    return false
  } catch (error) {
    return isPoolError(error, 'invalid-argument')
  }
}

describe('bytes', () => {
  it('go to hex and integers and back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), bytes => {
        expect(fromHex(hex(bytes))).toEqual(bytes)
        expect(bigintToBytes(bytesToBigint(bytes), bytes.length)).toEqual(bytes)
      }),
    )
  })
  it('compare by value, and order like their hex', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 4 }), fc.uint8Array({ maxLength: 4 }), (a, b) => {
        expect(equal(a, b)).toBe(hex(a) === hex(b))
        const order = hex(a) < hex(b) ? -1 : hex(a) > hex(b) ? 1 : 0
        expect(Math.sign(compare(a, b))).toBe(order)
      }),
    )
  })
  it('are refused with a title when they are not what was asked for', () => {
    expect(refused(() => fromHex('0x123'))).toBe(true)
    expect(refused(() => fromHex('zz'))).toBe(true)
    expect(refused(() => assertBytes('ab', 'x'))).toBe(true)
    expect(refused(() => assertBytes(new Uint8Array(3), 'x', 4))).toBe(true)
    expect(refused(() => assertInteger(1.5, 'x', 0, 9))).toBe(true)
    expect(refused(() => bigintToBytes(256n, 1))).toBe(true)
    expect(refused(() => bigintToBytes(-1n, 4))).toBe(true)
  })
})

describe('Secret', () => {
  const bytes = () => Uint8Array.of(0xde, 0xad, 0xbe, 0xef)
  it('prints nothing of itself', () => {
    const secret = new Secret('share', bytes())
    const shown = [String(secret), JSON.stringify({ secret }), inspect(secret, { depth: 9 }), `${secret}`].join()
    expect(shown).not.toMatch(/222|173|190|239|dead|beef/i)
    expect(shown).toContain('redacted share')
  })
  it('is zeroed and gone after wipe', () => {
    const buffer = bytes()
    const secret = new Secret('share', buffer)
    secret.wipe()
    expect([...buffer]).toEqual([0, 0, 0, 0])
    expect(() => secret.expose()).toThrow(/erased/)
    const plain = bytes()
    wipe(plain, undefined)
    expect([...plain]).toEqual([0, 0, 0, 0])
  })
})
