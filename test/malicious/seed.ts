/**
 * The seed of a run of the table: another one each time, printed, or the one that SEQUORUM_SEED names.
 * @module
 */
import { randomBytes } from 'node:crypto'

export const SEED: string = process.env.SEQUORUM_SEED ?? randomBytes(4).toString('hex')
