import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../test/support/random.ts'
import { type Bytes, concat, hex, u16be, u32be } from '../bytes.ts'
import { isPoolError } from '../errors.ts'
import { createAssembler, MAX_MESSAGE, PIECE, split } from './chunk.ts'
import { MAX_BODY } from './header.ts'

const assemble = (pieces: readonly Bytes[]): (Bytes | undefined)[] => {
  const assembler = createAssembler()
  return pieces.map(piece => assembler.push(piece))
}

describe('pieces', () => {
  it.each([0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, MAX_MESSAGE])('put %i bytes together again', length => {
    const message = seededRandom('pieces')(length)
    const pieces = split(message)
    for (const piece of pieces) expect(piece.length + 16).toBeLessThanOrEqual(MAX_BODY)
    const results = assemble(pieces)
    expect(results.slice(0, -1).every(result => result === undefined)).toBe(true)
    expect(hex(results.at(-1) as Bytes)).toBe(hex(message))
  })

  it('refuses more than the limit', () => {
    expect(() => split(new Uint8Array(MAX_MESSAGE + 1))).toThrow(expect.objectContaining({ code: 'message-too-large' }))
  })

  it('takes the next message after the last piece', () => {
    const assembler = createAssembler()
    for (let i = 0; i < 3; i++) {
      const pieces = split(new Uint8Array(PIECE + 1 + i).fill(i))
      expect(pieces.map(piece => assembler.push(piece)?.length)).toEqual([undefined, PIECE + 1 + i])
    }
  })

  it.each<[string, (pieces: Bytes[]) => Bytes[]]>([
    ['a repeated piece', ([first]) => [first as Bytes, first as Bytes]],
    ['a missing piece', ([first, , third]) => [first as Bytes, third as Bytes]],
    ['a late start', ([, second]) => [second as Bytes]],
    [
      'another total',
      ([first, second]) => [first as Bytes, concat((second as Bytes).subarray(0, 4), u32be(3 * PIECE - 1), second?.subarray(8) as Bytes)],
    ],
    ['a short piece', ([first]) => [(first as Bytes).slice(0, -1)]],
    ['a long last piece', () => [concat(u16be(0), u16be(1), u32be(1), new Uint8Array(2))]],
    ['a count that the total does not give', () => [concat(u16be(0), u16be(2), u32be(1), new Uint8Array(1))]],
    ['no count', () => [concat(u16be(0), u16be(0), u32be(0))]],
    ['a total above the limit', () => [concat(u16be(0), u16be(6), u32be(MAX_MESSAGE + 1), new Uint8Array(PIECE))]],
    ['a truncated head', () => [new Uint8Array(7)]],
  ])('refuses %s', (_, change) => {
    const pieces = split(seededRandom('pieces')(3 * PIECE))
    expect(() => assemble(change(pieces))).toThrow(expect.objectContaining({ code: 'malformed-bytes' }))
  })

  it('never throws anything but a PoolError, and gives nothing but what was split', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 64 }), { maxLength: 4 }), pieces => {
        const assembler = createAssembler()
        for (const piece of pieces)
          try {
            const message = assembler.push(piece)
            if (message !== undefined) expect(hex(concat(u16be(0), u16be(1), u32be(message.length), message))).toBe(hex(piece))
          } catch (error) {
            expect(isPoolError(error, 'malformed-bytes')).toBe(true)
          }
      }),
      { numRuns: 500 },
    )
  })
})
