import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hex } from './bytes.ts'
import { CURVE_ORDER, H, Hs, TAGS } from './transcript.ts'

describe('transcript', () => {
  it('names every use once', () => {
    expect(new Set(TAGS).size).toBe(TAGS.length)
  })
  it('maps different lists of parts to different hashes', () => {
    const parts = fc.array(fc.uint8Array({ maxLength: 6 }), { maxLength: 4 })
    fc.assert(
      fc.property(parts, parts, (a, b) => {
        const same = a.length === b.length && a.every((part, i) => hex(part) === hex(b[i] as Uint8Array))
        expect(hex(H('cfg', a)) === hex(H('cfg', b))).toBe(same)
      }),
    )
  })
  it('gives other hashes for other tags and lengths, and scalars below the order', () => {
    expect(hex(H('cfg', []))).not.toBe(hex(H('pool', [])))
    expect(H('cfg', [], 48)).toHaveLength(48)
    fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), part => Hs('pok', [part]) < CURVE_ORDER))
  })
})
