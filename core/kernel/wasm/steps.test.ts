import { expect, test } from 'vitest'
import { seededRandom } from '../../../test/support/seeded-random.ts'
import { type Bytes, bigintToBytes, bytesToBigint, concat, u32be, wipe } from '../../bytes.ts'
import { CURVE_ORDER } from '../../transcript.ts'
import { exportsOf } from './exports.ts'
import { instantiate } from './instance.ts'

const instance = instantiate()
const { memory } = instance
const call = exportsOf(instance)
const base = (call.heap_base() + 15) & -16
const random = seededRandom('steps')
const put = (at: number, bytes: Bytes): number => {
  memory.set(bytes, base + at)
  return base + at
}
const get = (at: number, length: number): Bytes => memory.slice(base + at, base + at + length)

test('scalars are drawn by rejection, in order', () => {
  const n = CURVE_ORDER
  const candidates = [
    0n,
    5n,
    n,
    n - 1n,
    n + 1n,
    (1n << 256n) - 1n,
    1n,
    (1n << 256n) - (1n << 128n),
    0n,
    n - (1n << 64n),
    n + (1n << 64n),
    bytesToBigint(random(32)) % n,
  ]
  const good = candidates.filter(value => value > 0n && value < n)
  const stream = put(0, concat(...candidates.map(value => bigintToBytes(value, 32))))
  const length = 32 * candidates.length
  expect(call.sc_draw(base + 4096, stream, length, good.length)).toBe(length)
  expect(good.map((_, i) => bytesToBigint(get(4096 + 32 * i, 32).reverse()))).toEqual(good)
  // 5 is the second candidate
  expect(call.sc_draw(base + 4096, stream, length, 1)).toBe(64)
  expect(call.sc_draw(base + 4096, stream, length, good.length + 1)).toBe(-1)
  expect(call.sc_draw(base + 4096, stream, 31, 1)).toBe(-1)
  expect(call.sc_draw(base + 4096, stream, 0, 0)).toBe(0)
})

test('bytes are compared, copied, added and erased', () => {
  for (const length of [0, 1, 15, 16, 17, 32, 100]) {
    const [a, b] = [random(length), random(length)]
    const [at, other, out] = [put(0, a), put(200, b), base + 400]
    expect(call.mem_equal(at, at, length)).toBe(1)
    for (let i = 0; i < length; i++) {
      put(
        600,
        a.map((byte, j) => (j === i ? byte ^ (1 << (i & 7)) : byte)),
      )
      expect(call.mem_equal(at, base + 600, length)).toBe(0)
    }
    memory[out + length] = 77
    call.mem_xor(out, at, other, length)
    expect(get(400, length)).toEqual(a.map((byte, i) => byte ^ (b[i] as number)))
    call.mem_copy(out, at, length)
    expect(get(400, length)).toEqual(a)
    call.mem_zero(out, length)
    expect(get(400, length)).toEqual(new Uint8Array(length))
    expect(memory[out + length]).toBe(77)
  }
  put(
    0,
    Uint8Array.from({ length: 30 }, (_, i) => i),
  )
  call.mem_strided(base + 100, 4, base, 10, 3, 3)
  expect([...get(100, 11)].filter((_, i) => i % 4 < 3)).toEqual([0, 1, 2, 10, 11, 12, 20, 21, 22])
})

test('inputs of the key derivation', () => {
  const [head, shared, message, choices] = [random(97), random(256 * 33), random(128 * 66), random(16)]
  const [h, s, m, c] = [put(0, head), put(1000, shared), put(10_000, message), put(20_000, choices)]
  const part = (bytes: Bytes): Bytes => concat(u32be(bytes.length), bytes)
  const expected = (i: number, side: number, j: number): Bytes =>
    concat(
      head,
      ...[
        u32be(i),
        u32be(side),
        shared.subarray(33 * j, 33 * j + 33),
        message.subarray(66 * i, 66 * i + 33),
        message.subarray(66 * i + 33, 66 * i + 66),
      ].map(part),
    )
  call.bot_kdf_inputs(base + 30_000, h, 97, s, m, c, 128)
  for (let i = 0; i < 128; i++) expect(get(30_000 + i * 224, 224)).toEqual(expected(i, ((choices[i >> 3] as number) >> (i & 7)) & 1, i))
  wipe(memory.subarray(base + 30_000, base + 100_000))
  call.bot_kdf_inputs(base + 30_000, h, 97, s, m, 0, 128)
  for (let j = 0; j < 256; j++) expect(get(30_000 + j * 224, 224)).toEqual(expected(j >> 1, j & 1, j))
})

test('sums of leaf proofs', () => {
  const proofs = random(32 * 512)
  call.tree_proof_sums(base + 20_000, 160, put(0, proofs), 32)
  for (let tree = 0; tree < 32; tree++) {
    const sum = new Uint8Array(32)
    for (let i = 0; i < 512; i++) sum[i % 32] = (sum[i % 32] as number) ^ (proofs[512 * tree + i] as number)
    expect(get(20_000 + 160 * tree, 32)).toEqual(sum)
  }
})
