import { test } from 'vitest'
import { checkGroup } from '../../../test/support/group-differential.ts'
import { KernelMemory } from '../../../test/support/kernel-memory.ts'
import { seededRandom } from '../../../test/support/seeded-random.ts'

const SEED = process.env.SEQUORUM_TEST_SEED ?? '20250301'
const CASES = 20_000

test(`${CASES} cases of the group, seed ${SEED}`, { timeout: 180_000 }, () => {
  const memory = new KernelMemory()
  const random = seededRandom(`${SEED} slow group of the module`)
  for (let done = 0; done < CASES; ) done += checkGroup(memory, random)
})
