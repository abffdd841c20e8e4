/**
 * What a bench has found out, as a table for people and as JSON for programs.
 * @module
 */
import { type Target, targetOf } from './targets.ts'

/** Something that the same run measured beside the subject. */
export interface Control {
  readonly name: string
  /** In the unit of the result. */
  readonly value: number
  /** How often the subject's value goes into the control's: above 1, the subject needs less. */
  readonly ratio: number
}

export interface Result {
  /** Like `dkg/2-of-3/cpu-per-party`. */
  readonly name: string
  readonly unit: string
  readonly value: number
  readonly controls: readonly Control[]
}

export interface Machine {
  readonly cpu: string
  readonly cores: number
  /** `node v20.20.2` or `Chromium 156.0`. */
  readonly platform: string
  /** Load average of the last minute before the bench began; undefined where there is none. */
  readonly load?: number | undefined
  /** Engine that was measured. */
  readonly kernel: string
}

export interface Report {
  readonly machine: Machine
  readonly results: readonly Result[]
}

/** Three significant digits, whole numbers whole. */
export function digits(value: number): string {
  if (Number.isInteger(value) || Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en-US')
  return Number(value.toPrecision(3)).toString()
}

/** `reached`, `missed`, or nothing when what the target is about was not measured. */
function verdict(target: Target | undefined, result: Result): string {
  const checks: boolean[] = target?.most === undefined ? [] : [result.value <= target.most]
  for (const { name, ratio } of target?.controls ?? []) {
    const control = result.controls.find(candidate => candidate.name.startsWith(name))
    if (control !== undefined) checks.push(control.ratio >= ratio)
  }
  if (checks.length === 0) return ''
  const reached = target?.any === true ? checks.some(Boolean) : checks.every(Boolean)
  return reached ? 'reached' : 'missed'
}

const HEAD = ['name', 'value', 'target', '', 'control', 'value', 'ratio']

/** One line for each result and each further control. */
export function table(results: readonly Result[]): string {
  const rows: string[][] = [HEAD]
  for (const result of results) {
    const target = targetOf(result.name)
    const lines: (Control | undefined)[] = result.controls.length === 0 ? [undefined] : [...result.controls]
    for (const [index, control] of lines.entries()) {
      const first =
        index === 0 ? [result.name, `${digits(result.value)} ${result.unit}`, target?.text ?? '', verdict(target, result)] : ['', '', '', '']
      const beside = control === undefined ? ['', '', ''] : [control.name, `${digits(control.value)} ${result.unit}`, `${digits(control.ratio)}x`]
      rows.push([...first, ...beside])
    }
  }
  const widths = HEAD.map((_, column) => Math.max(...rows.map(row => (row[column] ?? '').length)))
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd()
  const [head, ...rest] = rows.map(line)
  return [head, widths.map(width => '─'.repeat(width)).join('  '), ...rest].join('\n')
}

/** The machine in one line. */
export const machineLine = ({ cpu, cores, platform, load, kernel }: Machine): string =>
  `${cpu}, ${cores} cores, ${platform}${load === undefined ? '' : `, load ${digits(load)}`}, kernel ${kernel}`

/** One line: what `--json` prints last. */
export const json = (report: Report): string => JSON.stringify(report)
