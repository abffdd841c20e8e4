/**
 * What the program says when it fails: one readable block on standard error, or one JSON object on standard output.
 * @module
 */
import { CommanderError } from 'commander'
import { asPoolError, errorTable, type PoolError, PoolError as PoolErrorClass } from '../../core/errors.ts'
import { plain } from '../plain.ts'
import { EXIT, exitCodeOf } from './exit-codes.ts'

/** One JSON object on a line of its own, on standard output. bigint as a string. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, (_, field: unknown) => (typeof field === 'bigint' ? field.toString() : field))}\n`)
}

/** One line on standard output. */
export const print = (line = ''): void => void process.stdout.write(`${line}\n`)

const usageAnchor = 'docs/cli.md'

/** The error of a command line that commander refused, as one of ours; undefined when help or version was asked for. */
function ofCommander(error: CommanderError): PoolError | undefined {
  if (error.exitCode === 0) return undefined
  const problem = error.code === 'commander.help' ? 'a command is missing' : error.message.replace(/^error: /, '')
  return new PoolErrorClass('usage', { problem })
}

/** Prints an error and gives the exit code. */
export function reportFailure(thrown: unknown, json: boolean): number {
  const error = thrown instanceof CommanderError ? ofCommander(thrown) : asPoolError(thrown)
  if (error === undefined) return EXIT.ok
  const exitCode = exitCodeOf(error.code)
  const { next } = errorTable[error.code]
  const docs = error.code === 'usage' ? usageAnchor : error.docs
  if (json) {
    printJson({ ok: false, error: { ...error.toJSON(), message: plain(error.message), next, docs, exitCode } })
    return exitCode
  }
  // What is wrong with a command line needs no preface.
  const summary = error.code === 'usage' ? String(error.context.problem ?? error.message) : error.message.slice(0, -(next.length + 2))
  const lines = [`error ${error.code}: ${plain(summary)}`, `  next: ${next}`, `  docs: ${docs}`]
  for (const { party, certainty, evidence } of error.culprits)
    lines.push(`  seat ${party} ${certainty}${evidence === undefined ? '' : `: ${evidence}`}`)
  const cause = error.cause instanceof Error ? error.cause : undefined
  if (cause !== undefined) lines.push(`  cause: ${plain(cause.message)}`)
  if (error.kind === 'bug' && cause?.stack !== undefined) lines.push(cause.stack)
  process.stderr.write(`${lines.join('\n')}\n`)
  return exitCode
}
