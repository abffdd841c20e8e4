/**
 * `npm run bench:constant-time`: whether the time of the kernel's functions depends on their secrets, measured on this machine and this compiler. Inputs
 * of a class made to provoke a leak are interleaved at random with random ones, and Welch's t has to stay below 4.5; the controls in the same run show that
 * a leak would be seen. Exit code 1 when a function leaks, or when a control does not do what it has to.
 * @module
 */
import { ModuleBench } from '../test/support/module-bench.ts'
import { CONTROLS } from './constant-time/controls.ts'
import { EXPORTS } from './constant-time/exports.ts'
import { LIMIT } from './constant-time/statistics.ts'
import { cells, examine, HEAD, type Outcome } from './constant-time/verdict.ts'
import { thisMachine } from './machine.ts'
import { benchOptions } from './options.ts'
import { json, machineLine, type Result } from './report.ts'

/** ms for one subject, and twice that again when it exceeds the limit. */
const FULL = 2500
const QUICK = 400

function print(outcomes: readonly Outcome[]): void {
  const rows = [HEAD, ...outcomes.map(cells)]
  const widths = HEAD.map((_, column) => Math.max(...rows.map(row => (row[column] as string).length)))
  for (const row of rows)
    process.stdout.write(
      `${row
        .map((cell, i) => cell.padEnd(widths[i] as number))
        .join('  ')
        .trimEnd()}\n`,
    )
}

const asResult = ({ name, role, t, again }: Outcome): Result => {
  const value = Math.abs(again ?? t)
  return {
    name: `constant-time/${role === 'hot' ? '' : `${role}-control/`}${name.replace(/[ ,()]+/g, '-').replace(/-$/, '')}`,
    unit: '|t|',
    value,
    controls: [{ name: 'limit', value: LIMIT, ratio: LIMIT / value }],
  }
}

const options = benchOptions('bench:constant-time')
if (options.kernel === 'reference') {
  process.stderr.write('The reference kernel is JavaScript on bigint and not constant time; only the compiled one is measured.\n')
  process.exit(2)
}
const machine = thisMachine('wasm')
const bench = new ModuleBench()
const budget = { first: options.quick ? QUICK : FULL }
const only = options.only.replace(/^constant-time\//, '')
const outcomes: Outcome[] = []
for (const subject of [...CONTROLS, ...EXPORTS.filter(({ name }) => name.startsWith(only))]) {
  process.stderr.write(`· ${subject.name}\n`)
  outcomes.push(examine(subject, bench, budget))
}
const samples = outcomes.reduce((sum, outcome) => sum + outcome.samples, 0)
const wrong = outcomes.filter(outcome => !outcome.good)
process.stdout.write(`${machineLine(machine)}\n\n`)
print(outcomes)
process.stdout.write(
  [
    '',
    `${outcomes.length} subjects, ${samples.toLocaleString('en-US')} measurements. t is Welch's, the largest of several crops; positive: the fixed class takes longer.`,
    `Where it exceeds ${LIMIT} a second run decides: a leak exceeds it again, in the same crop and on the same side.`,
    wrong.length === 0
      ? 'No function leaks, and every control does what it has to.'
      : `Not as it should be: ${wrong.map(({ name }) => name).join(', ')}.`,
    '',
  ].join('\n'),
)
if (options.json) process.stdout.write(`${json({ machine, results: outcomes.map(asResult) })}\n`)
process.exitCode = wrong.length === 0 ? 0 : 1
