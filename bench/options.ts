/**
 * The arguments that all benches take.
 * @module
 */
import { parseArgs } from 'node:util'
import type { KernelName } from '../core/kernel/index.ts'

export interface BenchOptions {
  /** Print one line of JSON last. */
  readonly json: boolean
  /** Few rounds. */
  readonly quick: boolean
  /** The engine to measure; the compiled one where it runs. */
  readonly kernel: KernelName | undefined
  /** Names to measure, by how they begin; empty for all. */
  readonly only: string
}

const HELP = `  --json            the last line is {machine, results:[{name, unit, value, controls:[{name, value, ratio}]}]}
  --quick           few rounds and small pools: for a look
  --kernel NAME     measure this engine: wasm (default) or reference
  --only PREFIX     only results whose name begins like this, e.g. relay-sign, sign/2, kernel
  --help
`

/** Reads the arguments; prints help, or what is wrong with them, and ends the process. */
export function benchOptions(command: string, args: readonly string[] = process.argv.slice(2)): BenchOptions {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        json: { type: 'boolean', default: false },
        quick: { type: 'boolean', default: false },
        kernel: { type: 'string' },
        only: { type: 'string', default: '' },
        help: { type: 'boolean', default: false },
      },
    })
    if (values.help) {
      process.stdout.write(`npm run ${command} [-- options]\n${HELP}`)
      process.exit(0)
    }
    const { kernel } = values
    if (kernel !== undefined && kernel !== 'wasm' && kernel !== 'reference') throw new Error('--kernel is wasm or reference')
    return { json: values.json, quick: values.quick, kernel, only: values.only }
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${HELP}`)
    process.exit(2)
  }
}
