/**
 * `npm run bench`: the figures of this project with their controls.
 * @module
 */
import { growthFigures, kernelFigures, protocolFigures } from './figures.ts'
import { openLane } from './lane.ts'
import { thisMachine } from './machine.ts'
import { type BenchOptions, benchOptions } from './options.ts'
import { measureRelaySign } from './relay-sign.ts'
import { json, machineLine, type Result, table } from './report.ts'
import { measureFigures } from './run-figures.ts'
import { measureStartUp } from './start-up.ts'
import { openSubject, type Subject } from './subject.ts'

const note = (text: string): void => void process.stderr.write(`${text}\n`)

async function inLanes(subject: Subject, options: BenchOptions): Promise<Result[]> {
  const slow = subject.engine === 'reference'
  const reference = slow ? undefined : await openLane('reference')
  try {
    const size = { quick: options.quick, slow }
    const figures = [...protocolFigures(size), ...growthFigures(size), ...kernelFigures(size)]
    return await measureFigures(figures, { subject: subject.lane, reference }, name => note(`· ${name}`), options.only)
  } finally {
    await reference?.close()
  }
}

async function run(): Promise<void> {
  const options = benchOptions('bench')
  const subject = await openSubject(options.kernel, note)
  const machine = thisMachine(subject.engine)
  note(machineLine(machine))
  const wanted = (name: string): boolean => name.startsWith(options.only) || options.only.startsWith(name)
  const results: Result[] = []
  if (wanted('kernel/bytes') || wanted('kernel/instantiate')) results.push(...(await measureStartUp(options.quick ? 3 : 9)))
  results.push(...(await inLanes(subject, options)))
  await subject.lane.close()
  if (wanted('relay-sign')) {
    const amount = options.quick ? { batches: 4, warm: 1 } : { batches: 16, warm: 8 }
    const relaySign = await measureRelaySign({ engine: subject.engine, ...amount, progress: name => note(`· ${name}`) })
    results.push(...relaySign)
    if (!relaySign.some(result => result.name.endsWith('/ready-tuple'))) note('no signature was made from a ready tuple')
  }
  const chosen = results.filter(result => result.name.startsWith(options.only)).sort(byName)
  process.stdout.write(`${machineLine(machine)}\n\n${table(chosen)}\n`)
  if (options.json) process.stdout.write(`${json({ machine, results: chosen })}\n`)
}

const GROUPS = ['dkg', 'sign', 'share', 'kernel', 'relay-sign']
const groupOf = (result: Result): number => GROUPS.indexOf(result.name.split('/')[0] ?? '')
/** Groups in this order; within one, the order in which they were measured. */
const byName = (a: Result, b: Result): number => groupOf(a) - groupOf(b)

await run()
