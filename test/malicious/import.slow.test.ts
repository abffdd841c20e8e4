/** All of the table for these ceremonies. `npm run test:malicious` prints how many mutations that are. */
import { CEREMONIES } from './ceremonies.ts'
import { SEED } from './seed.ts'
import { wholeTable } from './table.ts'

wholeTable(
  CEREMONIES.filter(({ operation }) => operation === 'import'),
  SEED,
)
