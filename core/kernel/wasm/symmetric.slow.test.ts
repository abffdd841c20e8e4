import { test } from 'vitest'
import { KernelMemory } from '../../../test/support/kernel-memory.ts'
import { seededRandom } from '../../../test/support/seeded-random.ts'
import { checkExtension, checkHashes, checkTrees } from '../../../test/support/symmetric-differential.ts'

const SEED = process.env.SEQUORUM_TEST_SEED ?? '20250301'
const HASHES = 40_000
/** 64 trees at a time. */
const TREES = 8_000
/** 256 rows at a time. */
const ROWS = 8_000
const memory = new KernelMemory()

test.each([
  [HASHES, 'hashes', checkHashes],
  [TREES, 'seed trees', checkTrees],
  [ROWS, 'extension rows', checkExtension],
] as const)(`%i cases of %s, seed ${SEED}`, { timeout: 180_000 }, (cases, name, check) => {
  const random = seededRandom(`${SEED} slow ${name} of the module`)
  for (let done = 0; done < cases; ) done += check(memory, random)
})
