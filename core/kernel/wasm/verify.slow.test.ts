import { test } from 'vitest'
import { KernelMemory } from '../../../test/support/kernel-memory.ts'
import { seededRandom } from '../../../test/support/seeded-random.ts'
import { checkVerification } from '../../../test/support/verify-differential.ts'

const SEED = process.env.SEQUORUM_TEST_SEED ?? '20250301'
const CASES = 16_000

test(`${CASES} cases of the verification, seed ${SEED}`, { timeout: 180_000 }, () => {
  const memory = new KernelMemory()
  const random = seededRandom(`${SEED} slow verification`)
  for (let done = 0; done < CASES; ) done += checkVerification(memory, random)
})
