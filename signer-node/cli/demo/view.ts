/**
 * The demo in a terminal: one screen redrawn in place on a TTY, one line per happening elsewhere.
 * @module
 */
import type { BatchRow, DemoState } from './state.ts'

export interface ViewFacts {
  readonly url: string
  readonly l1Rpc: string
  readonly pool: string
  readonly threshold: number
  readonly quorum: number
  readonly survives: { readonly crashes: number; readonly cheaters: number }
  readonly members: readonly number[]
  readonly dataDir?: string | undefined
}

export interface TurnFacts {
  readonly height: number
  readonly round: number
  readonly order: readonly number[]
}

export interface View {
  /** Something changed; draws soon. */
  update(turn?: TurnFacts): void
  /** A happening worth a line of its own. */
  line(text: string): void
  /** A batch was confirmed. */
  batch(row: BatchRow): void
  close(): void
}

const ESC = '\u001b['
const dim = (text: string): string => `${ESC}2m${text}${ESC}0m`
const bold = (text: string): string => `${ESC}1m${text}${ESC}0m`
const green = (text: string): string => `${ESC}32m${text}${ESC}0m`
const yellow = (text: string): string => `${ESC}33m${text}${ESC}0m`
const red = (text: string): string => `${ESC}31m${text}${ESC}0m`

/** One line for logs and pipes. */
export const batchLine = (row: BatchRow): string =>
  `batch ${row.height}: ${row.l2Transactions} transactions in ${row.l2Blocks} blocks, proposed by seat ${row.proposer} in round ${row.round}, ` +
  `signed by ${row.signers.join('+')} in ${row.latencyMs} ms, L1 block ${row.blockNumber}, ${row.txHash}`

/** Lines to `out`, nothing redrawn. */
export function plainView(out: NodeJS.WritableStream): View {
  const line = (text: string): void => void out.write(`${text}\n`)
  return { update() {}, line, batch: row => line(batchLine(row)), close() {} }
}

const pad = (text: string | number, width: number): string => String(text).padEnd(width).slice(0, width)

/** The whole screen as lines; pure, so that a test can read it. */
export function screen(facts: ViewFacts, state: DemoState, turn: TurnFacts | undefined, notes: readonly string[]): string[] {
  const { crashes, cheaters } = facts.survives
  const batches = [...state.batches.values()].sort((a, b) => b.height - a.height).slice(0, 8)
  const lines = [
    `${bold('Sequorum')}  ${facts.pool}: ${facts.threshold} of ${facts.members.length} sign, ${facts.quorum} agree  ${dim(`(survives ${crashes} silent, ${cheaters} cheating)`)}`,
    `page     ${facts.url}`,
    `account  ${state.account ?? yellow('key generation…')}   L1 ${facts.l1Rpc}`,
    '',
    bold(`${pad('seat', 6)}${pad('phase', 18)}${pad('height', 8)}${pad('round', 7)}ceremony`),
    ...facts.members.map(seat => {
      const report = state.reports.get(seat)
      const mine = turn !== undefined && turn.order[turn.round % turn.order.length] === seat
      const ceremony = report?.ceremony === undefined ? '' : `${report.ceremony.kind} ${report.ceremony.round}${waits(report.ceremony.missing)}`
      const name = `${mine ? '▸' : ' '} ${seat}`
      if (state.gone.has(seat)) return `${pad(name, 6)}${red('gone')}`
      return `${pad(name, 6)}${pad(report?.phase ?? 'starting', 18)}${pad(report?.height ?? '-', 8)}${pad(report?.round ?? '-', 7)}${ceremony}`
    }),
    turn === undefined
      ? ''
      : dim(
          `▸ turn of height ${turn.height}, round ${turn.round}; then ${
            turn.order
              .slice(turn.round % turn.order.length)
              .slice(1)
              .join(', ') || 'the first again'
          }`,
        ),
    '',
    bold(
      `${pad('batch', 7)}${pad('txs', 5)}${pad('blocks', 8)}${pad('proposer', 10)}${pad('round', 7)}${pad('signers', 10)}${pad('latency', 10)}${pad('gas', 10)}${pad('L1 block', 10)}L1 transaction`,
    ),
    ...batches.map(
      row =>
        `${pad(row.height, 7)}${pad(row.l2Transactions, 5)}${pad(row.l2Blocks, 8)}${pad(row.proposer, 10)}${row.round === 0 ? pad(0, 7) : yellow(pad(row.round, 7))}${pad(row.signers.join('+'), 10)}` +
        `${pad(`${row.latencyMs} ms`, 10)}${pad(row.gasUsed?.toString() ?? '', 10)}${pad(row.blockNumber, 10)}${green(row.txHash)}`,
    ),
    '',
    ...notes.slice(-4).map(dim),
    dim('Ctrl-C stops the pool.'),
  ]
  return lines
}

const waits = (missing: readonly number[]): string => (missing.length === 0 ? '' : `, waits for ${missing.join(', ')}`)

/** Redraws in place, at most ten times a second. */
export function liveView(out: NodeJS.WriteStream, facts: ViewFacts, state: DemoState): View {
  const notes: string[] = []
  let turn: TurnFacts | undefined
  let timer: NodeJS.Timeout | undefined
  let drawn = 0
  let closed = false
  const draw = (): void => {
    timer = undefined
    const rows = Math.max(4, (out.rows ?? 40) - 1)
    const lines = screen(facts, state, turn, notes).slice(0, rows)
    out.write(`${drawn > 0 ? `${ESC}${drawn}F` : ''}${ESC}0J${lines.map(line => clip(line, out.columns ?? 160)).join('\n')}\n`)
    drawn = lines.length
  }
  const soon = (): void => {
    if (!closed) timer ??= setTimeout(draw, 100)
  }
  return {
    update(next) {
      turn = next ?? turn
      soon()
    },
    line(text) {
      notes.push(text)
      soon()
    },
    batch: soon,
    close() {
      // The last screen stays, and what is printed after it.
      closed = true
      clearTimeout(timer)
      draw()
    },
  }
}

/** Cuts a line to the terminal's width without counting colour codes. */
function clip(line: string, width: number): string {
  let shown = 0
  let out = ''
  for (let i = 0; i < line.length; ) {
    if (line.startsWith(ESC, i)) {
      const end = line.indexOf('m', i) + 1
      out += line.slice(i, end)
      i = end
    } else {
      if (shown < width) out += line[i]
      shown++
      i++
    }
  }
  return out
}
