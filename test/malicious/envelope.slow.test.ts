/** All of the table of envelopes. */
import { envelopeTable } from './envelopes.ts'

envelopeTable(1)
