/**
 * What is asked at a terminal: words that confirm, and passphrases, which are not shown. Questions go to standard error: standard output is for results.
 * @module
 */
import type { Readable, Writable } from 'node:stream'
import { type Bytes, wipe } from '../../core/bytes.ts'
import { PoolError } from '../../core/errors.ts'
import { readPassphrase } from '../passphrase.ts'
import { EXIT } from './exit-codes.ts'

const MAX_LINE = 4096
const INTERRUPT = 0x03
const END = 0x04
const ESCAPE = 0x1b
const ERASE = new Set([0x08, 0x7f])
const ENTER = new Set([0x0a, 0x0d])

/** Where a person sits; the process itself, but for tests. */
export interface Terminal {
  readonly stdin: Readable & { readonly isTTY?: boolean; setRawMode?(on: boolean): unknown }
  readonly stderr: Writable & { readonly isTTY?: boolean }
  exit(code: number): void
}

const isInteractive = ({ stdin, stderr }: Terminal): boolean => stdin.isTTY === true && stderr.isTTY === true

/** One line that is typed, as bytes, so that it can be wiped. */
function readLine({ stdin, stderr, exit }: Terminal, question: string, { echo }: { readonly echo: boolean }): Promise<Bytes> {
  stderr.write(question)
  stdin.setRawMode?.(true)
  stdin.resume()
  const line = new Uint8Array(MAX_LINE)
  let length = 0
  return new Promise(resolve => {
    const finish = (): void => {
      stdin.off('data', take)
      stdin.setRawMode?.(false)
      stdin.pause()
      stderr.write('\n')
    }
    function take(part: Buffer): void {
      for (const [at, byte] of part.entries()) {
        if (byte === INTERRUPT) {
          finish()
          wipe(line)
          exit(EXIT.interrupted)
          return
        } else if (ENTER.has(byte) || byte === END) {
          const rest = Buffer.from(part.subarray(at + 1))
          part.fill(0)
          finish()
          // Typed ahead: for the next question.
          if (rest.length > 0) stdin.unshift(rest)
          resolve(line.slice(0, length))
          wipe(line)
          return
        } else if (ERASE.has(byte)) {
          if (length === 0) continue
          // A character of several bytes goes whole.
          do length--
          while (length > 0 && ((line[length] as number) & 0xc0) === 0x80)
          if (echo) stderr.write('\b \b')
        } else if (byte !== ESCAPE && length < MAX_LINE) {
          line[length++] = byte
          if (echo) stderr.write(Buffer.of(byte))
        }
      }
      part.fill(0)
    }
    stdin.on('data', take)
  })
}

export interface Confirmation {
  /** What will be done. */
  readonly title: string
  /** What cannot be undone, and what follows from it, a line each. */
  readonly irreversible: readonly string[]
  /** To be typed. */
  readonly word: string
  /** `--yes`. */
  readonly yes: boolean | undefined
}

/**
 * Says what cannot be undone and has it confirmed, by a word or by `--yes`.
 * @throws {PoolError} `not-confirmed`
 */
export async function confirm({ title, irreversible, word, yes = false }: Confirmation, terminal: Terminal = process): Promise<void> {
  if (yes) return
  if (!isInteractive(terminal)) throw new PoolError('not-confirmed', { problem: 'nobody can be asked, standard input is no terminal: give --yes' })
  terminal.stderr.write(`${title}\n\nThis cannot be undone:\n${irreversible.map(line => `  - ${line}\n`).join('')}\n`)
  const typed = await readLine(terminal, `Type "${word}" to go on: `, { echo: true })
  if (Buffer.from(typed).toString('utf8').trim() !== word) throw new PoolError('not-confirmed', { problem: 'another word was typed' })
}

/**
 * A passphrase from a file, or typed without being shown. The caller wipes it.
 * @param option how the file is given, for the error
 * @param fresh it is a new one, so it is asked for twice
 * @throws {PoolError} `passphrase-file`, `usage` when there is neither file nor terminal
 */
export async function passphraseFrom(
  file: string | undefined,
  what: string,
  option: string,
  { fresh = false } = {},
  terminal: Terminal = process,
): Promise<Bytes> {
  if (file !== undefined) return readPassphrase(file)
  if (!isInteractive(terminal)) throw new PoolError('usage', { problem: `nobody can be asked for the passphrase of ${what}: give ${option} FILE` })
  for (;;) {
    const typed = await readLine(terminal, `Passphrase of ${what}: `, { echo: false })
    if (typed.length === 0) throw new PoolError('passphrase-file', { problem: 'is empty' })
    if (!fresh) return typed
    const again = await readLine(terminal, 'The same once more: ', { echo: false })
    const same = Buffer.from(typed).equals(again)
    wipe(again)
    if (same) return typed
    wipe(typed)
    terminal.stderr.write('These differ. From the start:\n')
  }
}
