/**
 * A whole 2-of-3 signature over the relay on loopback, batch ready to signed raw transaction, beside bare round trips of the same run.
 * @module
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { KernelName } from '../core/kernel/index.ts'
import { median } from './measure.ts'
import { openBare } from './relay-sign/bare.ts'
import { type Latency, latencyOf, STEPS } from './relay-sign/latency.ts'
import { type Mark, monotonic } from './relay-sign/marks.ts'
import { openStage, type Stage } from './relay-sign/stage.ts'
import type { Result } from './report.ts'

const NAME = 'relay-sign/2-of-3'
/** Bare round trips of each kind after each batch. */
const BARE = 8
/** ms before each of one kind: as before a batch, nobody has done anything for a while. */
const REST = 50
/** ms without a mark after which members have done what they do when idle: the bare round trips come then. At most so long after a batch. */
const QUIET = 300
const QUIET_AT_MOST = 1_200
/** ms after which a batch that does not come is a failure. */
const PATIENCE = 60_000

interface Signed extends Latency {
  readonly bare: BareTimes
}

/** Medians of the bare round trips after a batch, ms. */
interface BareTimes {
  readonly rested: number
  readonly inRow: number
}

export interface RelaySignOptions {
  readonly engine: KernelName
  /** Batches of each kind that count. */
  readonly batches: number
  /** Batches at the beginning of each turn that do not: members have just been started, and their compilers have not done what they do. */
  readonly warm: number
  progress(what: string): void
}

/** Results for signatures from a ready tuple and for cold ones; the former are missing while members keep no tuples. */
export async function measureRelaySign({ engine, batches, warm, progress }: RelaySignOptions): Promise<Result[]> {
  const dir = mkdtempSync(join(tmpdir(), 'sequorum-bench-'))
  const undo: (() => Promise<void> | void)[] = [() => rmSync(dir, { recursive: true, force: true })]
  try {
    const warnings: string[] = []
    const stage = await openStage(dir, engine, text => void warnings.push(text))
    undo.push(() => stage.close())
    const bare = await openBare(dir, stage.l1Rpc)
    undo.push(() => bare.close())
    await bare.measure(200, 0)
    const measureBare = async (): Promise<BareTimes> => ({
      rested: median(await bare.measure(BARE, REST)),
      inRow: median(await bare.measure(BARE, 0)),
    })
    const signed: Signed[] = []
    // Two turns of each kind, since the machine changes its speed.
    for (const turn of [0, 1]) {
      for (const tuples of [0, undefined]) {
        progress(`${NAME}: ${tuples === 0 ? 'cold' : 'with tuples'}, turn ${turn + 1} of 2`)
        const count = Math.ceil(batches / 2) + warm
        const got = await collect(stage, tuples, count, measureBare).catch((error: unknown) => {
          throw new Error(`${String(error)}\n${warnings.slice(-20).join('\n')}`)
        })
        signed.push(...got.slice(warm))
      }
    }
    const cold = signed.filter(one => !one.ready)
    const ready = signed.filter(one => one.ready)
    return [...resultsOf('ready-tuple', ready, cold), ...resultsOf('cold', cold, ready)]
  } finally {
    for (const step of undo.reverse()) await step()
  }
}

/** Starts the members, waits for `count` signed batches with a look at the bare relay after each, and stops the members. */
async function collect(stage: Stage, tuples: number | undefined, count: number, measureBare: () => Promise<BareTimes>): Promise<Signed[]> {
  const marks: Mark[] = []
  const signed: Signed[] = []
  const seen = new Set<number>()
  let done = (): void => {}
  let failed = (_error: unknown): void => {}
  const finished = new Promise<void>((resolve, reject) => {
    done = resolve
    failed = reject
  })
  async function quiet(): Promise<void> {
    const begin = monotonic()
    let heard = -1
    while (heard !== marks.length && monotonic() - begin < QUIET_AT_MOST) {
      heard = marks.length
      await new Promise(resolve => setTimeout(resolve, QUIET))
    }
  }
  async function after(height: number): Promise<void> {
    await quiet()
    const bare = await measureBare()
    const latency = latencyOf(marks, height)
    if (latency !== undefined) signed.push({ ...latency, bare })
    if (seen.size > 3 * count) throw new Error(`of ${seen.size} signed batches only ${signed.length} were signed at the first attempt`)
    if (signed.length >= count) done()
    else await stage.feed.submit(2)
    timer.refresh()
  }
  const timer = setTimeout(() => failed(new Error(`no batch within ${PATIENCE / 1000} s`)), PATIENCE)
  stage.onMark(mark => void marks.push(mark))
  stage.onEvent((_seat, event) => {
    if (event.kind !== 'signed' || seen.has(event.height)) return
    seen.add(event.height)
    after(event.height).catch(failed)
  })
  try {
    await stage.start(tuples)
    timer.refresh()
    await finished
  } finally {
    clearTimeout(timer)
    stage.onEvent(() => {})
    await stage.stop()
  }
  return signed
}

function resultsOf(kind: 'ready-tuple' | 'cold', own: readonly Signed[], others: readonly Signed[]): Result[] {
  if (own.length === 0) return []
  const name = `${NAME}/${kind}`
  const value = median(own.map(one => one.total))
  const bare = (kind: keyof BareTimes): number => median(own.map(one => one.bare[kind]))
  const [rested, inRow] = [bare('rested'), bare('inRow')]
  const other = others.length === 0 ? undefined : median(others.map(one => one.total))
  const otherName = kind === 'cold' ? 'with a ready tuple' : 'cold'
  const besides = other === undefined ? [] : [{ name: otherName, value: other, ratio: other / value }]
  return [
    {
      name,
      unit: 'ms',
      value,
      controls: [
        { name: 'bare relay round trip', value: rested, ratio: rested / value },
        { name: 'bare relay round trips in a row', value: inRow, ratio: inRow / value },
        ...besides,
      ],
    },
    { name: `${name}/round-trips`, unit: 'round trips', value: median(own.map(one => one.total / one.bare.rested)), controls: [] },
    { name: `${name}/round-trips-in-a-row`, unit: 'round trips', value: median(own.map(one => one.total / one.bare.inRow)), controls: [] },
    ...STEPS.map(step => ({ name: `${name}/until-${step}`, unit: 'ms', value: median(own.map(one => one.steps[step])), controls: [] })),
  ]
}
