/**
 * Runs a test project with the engine that SEQUORUM_KERNEL names. For vitest's `setupFiles`.
 * @module
 */
import { selectKernel } from '../../core/kernel/index.ts'

const name = process.env.SEQUORUM_KERNEL
if (name !== undefined && name !== 'wasm' && name !== 'reference') throw new Error(`SEQUORUM_KERNEL is "${name}": say wasm or reference`)
selectKernel(name)
