import { envelopeTable } from './envelopes.ts'

envelopeTable(8)
