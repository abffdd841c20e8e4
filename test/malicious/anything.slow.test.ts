/** Many more runs, of every ceremony. */
import { describe } from 'vitest'
import { anythingGoes } from './anything.ts'
import { CEREMONIES } from './ceremonies.ts'
import { SEED } from './seed.ts'

describe('whatever a cheater does', () => {
  anythingGoes(CEREMONIES, SEED, 10)
})
