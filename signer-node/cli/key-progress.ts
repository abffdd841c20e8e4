/**
 * How a ceremony goes on, per party and round, on standard error: one line that is rewritten at a terminal, a line for each change elsewhere, JSON lines
 * when JSON was asked for.
 * @module
 */
import type { ControlProgress } from '../control-protocol.ts'

export interface ProgressDisplay {
  show(progress: ControlProgress): void
  /** Nothing more comes: what is printed next begins on a line of its own. */
  end(): void
}

interface Output {
  readonly isTTY?: boolean
  write(text: string): unknown
}

/** `refresh R2   1 ✓  2 …  3 ✓`: who is awaited has dots. */
export function progressLine({ kind, round, missing }: ControlProgress, members: readonly number[]): string {
  const marks = members.map(seat => `${seat} ${missing.includes(seat) ? '…' : '✓'}`)
  return `${kind} ${round.padEnd(4)} ${marks.join('  ')}`
}

/** @param members seats of all parties */
export function progressDisplay(members: readonly number[], json: boolean, out: Output = process.stderr): ProgressDisplay {
  const rewrite = out.isTTY === true && !json
  let round = ''
  return {
    show(progress) {
      if (json) return void out.write(`${JSON.stringify({ progress })}\n`)
      const line = progressLine(progress, members)
      if (!rewrite) return void out.write(`${line}\n`)
      const now = `${progress.kind} ${progress.round}`
      // A finished round stays to be read, the one at hand is written over.
      out.write(`${round !== '' && round !== now ? '\n' : '\r'}\x1b[2K${line}`)
      round = now
    },
    end() {
      if (round !== '') out.write('\n')
      round = ''
    },
  }
}
