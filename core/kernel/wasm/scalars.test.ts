import { expect, test } from 'vitest'
import { checkScalars } from '../../../test/support/kernel-differential.ts'
import { KernelMemory } from '../../../test/support/kernel-memory.ts'
import { seededRandom } from '../../../test/support/seeded-random.ts'
import { equal } from '../../bytes.ts'
import { CURVE_ORDER as n } from '../../transcript.ts'

const SEED = process.env.SEQUORUM_TEST_SEED ?? '20250301'
const memory = new KernelMemory()

test(`scalars agree with bigint, seed ${SEED}`, () => {
  const random = seededRandom(`${SEED} scalars of the module`)
  for (let i = 0; i < 2000; i++) checkScalars(memory, random)
})

test('a value that is not below the order is found at every place', () => {
  const packed = new Uint8Array(40 * 32)
  const at = memory.put(packed)
  expect(memory.call('sc_is_canonical_be_public', at, 40)).toBe(1)
  expect(memory.call('sc_is_canonical_be_public', at, 0)).toBe(1)
  for (let i = 0; i < 40; i++) {
    const bad = packed.slice()
    bad.fill(255, 32 * i, 32 * i + 32)
    memory.clear()
    expect(memory.call('sc_is_canonical_be_public', memory.put(bad), 40)).toBe(0)
    expect(memory.call('sc_is_canonical_be_public', memory.put(bad), i)).toBe(1)
    expect(memory.call('sc_from_be', memory.take(40 * 32), memory.put(bad), 40)).toBe(0)
  }
  memory.clear()
})

test('the empty polynomial is 0, and the constant one its coefficient', () => {
  const out = memory.putScalars(5n)
  memory.call('sc_horner', out, memory.putScalars(n - 1n), 0, 7)
  expect(memory.readScalar(out)).toBe(0n)
  memory.call('sc_horner', out, memory.putScalars(n - 1n), 1, 7)
  expect(memory.readScalar(out)).toBe(n - 1n)
  memory.clear()
})

test('nothing stays behind', () => {
  const before = memory.ownMemory()
  const [a, b, out] = [memory.putScalars(n - 3n), memory.putScalars(n >> 1n), memory.take(48)]
  for (const name of ['sc_add', 'sc_sub', 'sc_mul']) memory.call(name, out, a, b)
  for (const name of ['sc_neg', 'sc_inv', 'sc_reduce48']) memory.call(name, out, a)
  memory.call('sc_from_be', out, a, 1)
  memory.call('sc_to_be', out, a, 1)
  memory.call('sc_horner', out, a, 1, 3)
  expect(equal(memory.ownMemory(), before)).toBe(true)
  memory.clear()
})
