import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { blob, bool, fixed, type Infer, list, option, struct, text, u8, u16, u32, u53, u64, u256, union, version } from './codec.ts'
import { isPoolError } from './errors.ts'

const message = struct({
  version: version(1),
  a: u8,
  b: u16,
  c: u32,
  d: u53,
  e: u64,
  f: u256,
  g: bool,
  h: fixed(3),
  i: blob(9),
  j: text(40),
  k: list(u16, 4),
  l: option(u8),
  m: union({ left: { tag: 1, body: struct({ x: u8 }) }, right: { tag: 7, body: struct({ y: blob(4) }) } }),
})
type Message = Infer<typeof message>

const values: fc.Arbitrary<Message> = fc.record({
  version: fc.constant(1),
  a: fc.nat(0xff),
  b: fc.nat(0xffff),
  c: fc.nat(0xffff_ffff),
  d: fc.maxSafeNat(),
  e: fc.bigInt(0n, 2n ** 64n - 1n),
  f: fc.bigInt(0n, 2n ** 256n - 1n),
  g: fc.boolean(),
  h: fc.uint8Array({ minLength: 3, maxLength: 3 }),
  i: fc.uint8Array({ maxLength: 9 }),
  j: fc.string({ unit: 'binary', maxLength: 10 }),
  k: fc.array(fc.nat(0xffff), { maxLength: 4 }),
  l: fc.option(fc.nat(255), { nil: undefined }),
  m: fc.oneof(
    fc.record({ kind: fc.constant('left' as const), x: fc.nat(255) }),
    fc.record({ kind: fc.constant('right' as const), y: fc.uint8Array({ maxLength: 4 }) }),
  ),
})

describe('codec', () => {
  it('decodes what it encodes, and encodes what it decoded to the same bytes', () => {
    fc.assert(
      fc.property(values, value => {
        const bytes = message.encode(value)
        expect(message.decode(bytes)).toEqual(value)
        expect(message.encode(message.decode(bytes))).toEqual(bytes)
      }),
    )
  })
  it('answers random and mutated bytes with malformed-bytes or a value that encodes back', () => {
    const mutated = fc.tuple(values, fc.nat(), fc.nat(255), fc.nat(40)).map(([value, at, byte, cut]) => {
      const bytes = message.encode(value)
      bytes[at % bytes.length] = byte
      return bytes.subarray(0, bytes.length - (cut % 3))
    })
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), mutated), bytes => {
        try {
          expect(message.encode(message.decode(bytes))).toEqual(Uint8Array.from(bytes))
        } catch (error) {
          expect(isPoolError(error, 'malformed-bytes')).toBe(true)
        }
      }),
    )
  })
  it('refuses a trailing byte and a count beyond its limit', () => {
    expect(() => u8.decode(Uint8Array.of(1, 2))).toThrow(/trailing/)
    expect(() => list(u8, 2).decode(Uint8Array.of(0, 0, 0, 3, 1, 1, 1))).toThrow(/too many/)
    expect(() => blob(2).encode(new Uint8Array(3))).toThrow(/too long/)
  })
  it('tells what it is made of: parts by name, items, and what bytes mean', () => {
    expect(Object.keys(message.anatomy?.parts ?? {})).toEqual([...'version abcdefghijklm'.matchAll(/version|[a-m]/g)].map(String))
    expect(message.anatomy?.parts?.k?.anatomy?.item).toBe(u16)
    expect(fixed(32, 'scalar').anatomy).toEqual({ meaning: 'scalar' })
    expect(fixed(32).anatomy).toBeUndefined()
  })
})
