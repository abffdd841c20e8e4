import { expect, test } from 'vitest'
import { checkDraws } from '../../../test/support/kernel-differential.ts'
import { KernelMemory } from '../../../test/support/kernel-memory.ts'
import { seededRandom } from '../../../test/support/seeded-random.ts'
import { equal } from '../../bytes.ts'
import { CURVE_ORDER as n } from '../../transcript.ts'

const SEED = process.env.SEQUORUM_TEST_SEED ?? '20250301'
const memory = new KernelMemory()
const random = seededRandom(`${SEED} draws of the module`)

test(`pads and gadget agree with the reference, seed ${SEED}`, () => {
  for (let i = 0; i < 3; i++) checkDraws(memory, random)
})

test('pads take any 32 bytes of a hash mod n', () => {
  // no hash that can be found is n or more, so the reduction of four values is called on its own
  for (const value of [n - 1n, n, n + 1n, n + (1n << 64n), (1n << 256n) - 1n, (1n << 256n) - (1n << 32n)]) {
    for (let lane = 0; lane < 4; lane++) {
      const values = [3n, n - 1n, 0n, 1n << 200n]
      values[lane] = value
      const at = memory.putScalars(...values)
      for (let i = 0; i < 4; i++) memory.call('sc_to_be', at + 32 * i, at + 32 * i, 1)
      memory.call('vole_reduce_four', at)
      expect(memory.readScalars(at, 4)).toEqual(values.map(item => item % n))
      memory.clear()
    }
  }
})

test('no column stays behind', () => {
  const before = memory.ownMemory()
  memory.call('vole_pads', memory.take(752 * 96), memory.put(random(32)), memory.put(random(752 * 16)), memory.put(random(16)))
  memory.clear()
  expect(equal(memory.ownMemory(), before)).toBe(true)
})
