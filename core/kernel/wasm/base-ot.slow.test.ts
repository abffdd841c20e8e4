import { test } from 'vitest'
import { checkBatch, checkHash, drawBatch } from '../../../test/support/base-ot-differential.ts'
import { KernelMemory } from '../../../test/support/kernel-memory.ts'
import { seededRandom } from '../../../test/support/seeded-random.ts'

const SEED = process.env.SEQUORUM_TEST_SEED ?? '20250301'
/** Hashes to the curve by themselves, and those in batches. */
const HASHES = 1_000
const HASHES_IN_BATCHES = 1_000
const memory = new KernelMemory()

test(`${HASHES} hashes to the curve, seed ${SEED}`, () => {
  const random = seededRandom(`${SEED} slow hashes of the module`)
  for (let i = 0; i < HASHES; i++) checkHash(memory, random(i % 150), random(1 + (i % 255)))
})

test(`base transfers with ${HASHES_IN_BATCHES} hashes to the curve, seed ${SEED}`, () => {
  const random = seededRandom(`${SEED} slow base transfers of the module`)
  for (let done = 0; done < HASHES_IN_BATCHES; ) done += checkBatch(memory, drawBatch(random, 1 + ((random(1)[0] as number) % 30)))
})
