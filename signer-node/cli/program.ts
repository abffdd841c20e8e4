/**
 * The command line as a whole: its commands, and how it runs and fails.
 * @module
 */
import type { Command } from 'commander'
import { registerDecode } from './decode.ts'
import { registerDemo } from './demo.ts'
import { EXIT, EXIT_MEANING, type ExitName } from './exit-codes.ts'
import { registerKey } from './key.ts'
import { EnvCommand, packageVersion, wantsJson } from './options.ts'
import { reportFailure } from './output.ts'
import { registerPool } from './pool.ts'
import { registerRelay } from './relay.ts'
import { registerSigner } from './signer.ts'

const exitTable = (Object.keys(EXIT) as ExitName[]).map(name => `  ${String(EXIT[name]).padEnd(4)} ${EXIT_MEANING[name]}`).join('\n')

/** All commands, throwing where commander would end the process. */
export function buildProgram(): Command {
  const program = new EnvCommand('sequorum')
    .description("A rollup's batch-submitter key as a pool: members take turns as sequencer, check every batch and co-sign it. Nobody holds the key.")
    .version(packageVersion(), '--version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help for a command')
    .exitOverride()
    .showSuggestionAfterError()
    .configureOutput({ outputError: () => {} })
    .configureHelp({ showGlobalOptions: false })
  registerDemo(program)
  registerRelay(program)
  registerSigner(program)
  registerPool(program)
  registerKey(program)
  registerDecode(program)
  program.addHelpText(
    'after',
    `
Begin with \`sequorum demo\`: a whole pool on this machine.

Every option can be given as an environment variable: --l2-chain-id is SEQUORUM_L2_CHAIN_ID. The command line wins.
No option takes a secret: passphrases and keys are named by file.

Exit codes:
${exitTable}`,
  )
  return program
}

/** Runs a command line (`process.argv`); gives the exit code. */
export async function runProgram(argv: readonly string[]): Promise<number> {
  try {
    await buildProgram().parseAsync(argv)
    return typeof process.exitCode === 'number' ? process.exitCode : EXIT.ok
  } catch (error) {
    return reportFailure(error, wantsJson(argv))
  }
}
