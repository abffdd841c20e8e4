/**
 * Decodes, compiles and instantiates the module once and prints the ms that it took. Run by start-up.ts.
 * @module
 */
import { instantiate, moduleBytes } from '../core/kernel/wasm/instance.ts'

const begin = performance.now()
instantiate(moduleBytes())
process.stdout.write(String(performance.now() - begin))
