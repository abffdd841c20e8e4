import { test } from 'vitest'
import { checkDraws, checkScalars, checkVectors, drawScalar } from '../../../test/support/kernel-differential.ts'
import { KernelMemory } from '../../../test/support/kernel-memory.ts'
import { seededRandom } from '../../../test/support/seeded-random.ts'

const SEED = process.env.SEQUORUM_TEST_SEED ?? '20250301'
/** Each case calls every scalar function. */
const SCALAR_CASES = 20_000
/** Each round has 752 rows. */
const VECTOR_ROUNDS = 40
const memory = new KernelMemory()

test(`${SCALAR_CASES} cases of scalars, seed ${SEED}`, () => {
  const random = seededRandom(`${SEED} slow scalars of the module`)
  for (let i = 0; i < SCALAR_CASES; i++) checkScalars(memory, random)
})

test(`${VECTOR_ROUNDS * 752} rows of vectors, seed ${SEED}`, () => {
  const random = seededRandom(`${SEED} slow vectors of the module`)
  for (let i = 0; i < VECTOR_ROUNDS; i++) {
    checkVectors(memory, random, drawScalar)
    if (i % 4 === 0) checkDraws(memory, random)
  }
})
