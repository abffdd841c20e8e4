import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { leafPair } from '../../../test/support/leaf-pair.ts'
import { seededRandom } from '../../../test/support/seeded-random.ts'
import type { Bytes } from '../../bytes.ts'
import { twin } from './twin.ts'

const bit = (bytes: Bytes, i: number): number => ((bytes[i >> 3] as number) >> (i & 7)) & 1
const littleEndian = (bytes: Bytes): bigint => bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n)

/** GF(2^128) by the school method: shift, add, reduce by z^128 = z^7 + z^2 + z + 1. */
function fieldProduct(a: bigint, b: bigint): bigint {
  let sum = 0n
  for (let i = 127n; i >= 0n; i--) {
    sum <<= 1n
    if (sum >> 128n) sum ^= (1n << 128n) | 0x87n
    if ((b >> i) & 1n) sum ^= a
  }
  return sum
}

/** The hash of one row as the formula says. */
function rowHash(row: Bytes, chi: Bytes): bigint {
  let sum = littleEndian(row.subarray(94))
  for (let j = 0; j < 6; j++) {
    const block = row.subarray(16 * j, Math.min(16 * j + 16, 94))
    sum ^= fieldProduct(littleEndian(chi.subarray(16 * j, 16 * j + 16)), littleEndian(block))
  }
  return sum
}

describe.each([['reference', twin]] as const)('extension of the %s kernel', (_, { extension }) => {
  const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })

  test('the field has the right polynomial', () => {
    // z^127 · z = z^128 = z^7 + z^2 + z + 1
    const chi = new Uint8Array(96)
    chi[0] = 2
    const row = new Uint8Array(110)
    row[15] = 128
    expect(littleEndian(extension.hashRows({ rows: row, rowBytes: 110, chi }))).toBe(0x87n)
  })

  test('row hashes equal the formula', () => {
    fc.assert(
      fc.property(bytes(220), bytes(96), (rows, chi) => {
        const hashes = extension.hashRows({ rows, rowBytes: 110, chi })
        expect(littleEndian(hashes.subarray(0, 16))).toBe(rowHash(rows.subarray(0, 110), chi))
        expect(littleEndian(hashes.subarray(16))).toBe(rowHash(rows.subarray(110), chi))
      }),
      { numRuns: 30 },
    )
  })

  test('every bit of a row reaches its hash', () => {
    const random = seededRandom('row bits')
    const chi = random(96)
    const seen = new Set<bigint>()
    for (let i = 0; i < 880; i++) {
      const row = new Uint8Array(110)
      row[i >> 3] = 1 << (i & 7)
      seen.add(littleEndian(extension.hashRows({ rows: row, rowBytes: 110, chi })))
    }
    expect(seen.size).toBe(880)
    expect(seen.has(0n)).toBe(false)
  })

  test('columns are rows turned over', () => {
    const rows = seededRandom('columns')(128 * 110)
    const columns = extension.columns(rows)
    expect(columns.length).toBe(752 * 16)
    for (let j = 0; j < 752; j++)
      for (let i = 0; i < 128; i++) if (bit(columns.subarray(16 * j), i) !== bit(rows.subarray(110 * i), j)) expect.fail(`row ${i}, column ${j}`)
  })

  test('w = v + Delta x in every row, for any Delta', () => {
    const edges = [new Uint8Array(16), new Uint8Array(16).fill(255)]
    for (let run = 0; run < 6; run++) {
      const random = seededRandom(`rows ${run}`)
      const { delta, bobLeaves, aliceLeaves } = leafPair(random, edges[run] ?? random(16))
      const [key, x] = [random(32), random(110)]
      const { u, v } = extension.receiverRows({ key, leaves: bobLeaves, x })
      const w = extension.senderRows({ key, leaves: aliceLeaves, delta, u })
      for (let row = 0; row < 128; row++) {
        const expected = v.slice(110 * row, 110 * row + 110).map((byte, i) => byte ^ (bit(delta, row) * (x[i] as number)))
        expect(w.subarray(110 * row, 110 * row + 110)).toEqual(expected)
      }
    }
  })

  test('the missing leaves do not matter', () => {
    const random = seededRandom('missing leaves')
    const { delta, bobLeaves, aliceLeaves } = leafPair(random)
    const [key, x] = [random(32), random(110)]
    const { u } = extension.receiverRows({ key, leaves: bobLeaves, x })
    expect(extension.senderRows({ key, leaves: bobLeaves, delta, u })).toEqual(extension.senderRows({ key, leaves: aliceLeaves, delta, u }))
  })

  test('correlation is added where Delta has a bit', () => {
    const random = seededRandom('correlate')
    const [hashes, delta, value] = [random(128 * 16), random(16), random(16)]
    const out = extension.correlate({ hashes, delta, value })
    for (let row = 0; row < 128; row++) {
      const expected = hashes.slice(16 * row, 16 * row + 16).map((byte, i) => byte ^ (bit(delta, row) * (value[i] as number)))
      expect(out.subarray(16 * row, 16 * row + 16)).toEqual(expected)
    }
  })
})
