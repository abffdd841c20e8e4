/**
 * The arithmetic of the readable twin over @noble/curves and @noble/hashes. Correct first: bigint and noble are not constant-time in the strict sense (SECURITY.md).
 * @module
 */
import type { Arithmetic } from './arithmetic.ts'
import { baseOt } from './base-ot.ts'
import { extension } from './extension.ts'
import { multiplication } from './multiplication.ts'
import { points } from './points.ts'
import { scalars } from './scalars.ts'
import { trees } from './trees.ts'

/** The arithmetic of the reference engine, on bytes and bigint: the oracle that the compiled kernel is compared with. */
export const twin: Arithmetic = { scalars, points, baseOt, trees, extension, multiplication }
