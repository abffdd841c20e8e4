/**
 * The readable twin over @noble/curves and @noble/hashes. Correct first: bigint and noble are not constant-time in the strict sense (SECURITY.md).
 * @module
 */
import type { Kernel } from '../kernel.ts'
import { baseOt } from './base-ot.ts'
import { extension } from './extension.ts'
import { multiplication } from './multiplication.ts'
import { points } from './points.ts'
import { scalars } from './scalars.ts'
import { trees } from './trees.ts'

/** The reference implementation of every kernel operation. */
export const referenceKernel: Kernel = { scalars, points, baseOt, trees, extension, multiplication }
