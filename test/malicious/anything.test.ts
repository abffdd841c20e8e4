import { describe } from 'vitest'
import { anythingGoes } from './anything.ts'
import { CEREMONIES } from './ceremonies.ts'
import { SEED } from './seed.ts'

// the verdicts do not depend on the engine, and the reference engine is slow
describe.skipIf(process.env.SEQUORUM_KERNEL === 'reference')('whatever a cheater does', () => {
  anythingGoes(
    CEREMONIES.filter(({ name }) => ['signature of 2', 'signature of 3', 'refresh 2-of-2'].includes(name)),
    SEED,
    8,
  )
})
