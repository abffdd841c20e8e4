/**
 * All ceremonies of the table. The first of an operation is tried in full.
 * @module
 */
import type { Ceremony } from './ceremony.ts'
import { importOf, keygenOf, RESHARES, refreshOf } from './dealings.ts'
import { exportWith } from './exporting.ts'
import { signOf } from './signing.ts'
import { EXPORT_BY_RECIPIENT, EXPORT_BY_SIGNER } from './verdicts.ts'

export const CEREMONIES: readonly Ceremony[] = [
  keygenOf(2, 2),
  keygenOf(3, 2, { thin: true, cheater: 3, victim: 1 }),
  signOf(2, { cheater: 1, victim: 2 }),
  signOf(3, { cheater: 2, victim: 1 }),
  signOf(2, { cheater: 2, victim: 1, ready: true, thin: true }),
  refreshOf(2, 2),
  refreshOf(3, 2, { thin: true, cheater: 2, victim: 3 }),
  ...RESHARES,
  importOf(2, { who: 'importer', cheater: 1, victim: 2 }),
  importOf(2, { who: 'member', cheater: 2, victim: 1, silentIn: ['D3 direct'] }),
  importOf(3, { who: 'importer', cheater: 1, victim: 2, thin: true }),
  exportWith({ name: 'export with a cheating signer', cheater: 1, victim: 3, table: EXPORT_BY_SIGNER, silentIn: ['X3 broadcast'] }),
  exportWith({ name: 'export with a cheating recipient', cheater: 3, victim: 1, table: EXPORT_BY_RECIPIENT, silentIn: ['X2 direct'] }),
]
