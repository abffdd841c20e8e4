/**
 * The arithmetic in use.
 * @module
 */
import type { Kernel } from './kernel.ts'
import { referenceKernel } from './reference/reference-kernel.ts'

export type { BaseOt, Extension, Kernel, Multiplication, Points, Scalars, Trees } from './kernel.ts'
export { SHAPE } from './shape.ts'
export { referenceKernel }

/** The kernel that the protocols call. One line to change when another implementation takes over. */
export const kernel: Kernel = referenceKernel
/** Its name, for status pages. */
export const KERNEL_NAME = 'reference'
