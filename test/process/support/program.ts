/**
 * Programs that a test starts: their output, their end, and that none of them outlives the test.
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Patience, until } from './until.ts'

/** The compiled command line. */
export const MAIN = fileURLToPath(new URL('../../../dist/signer-node/cli/main.js', import.meta.url))
if (!existsSync(MAIN)) throw new Error('these tests run the compiled program: run `npx tsc -b` first')

export interface Ending {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface Program {
  readonly name: string
  readonly pid: number
  /** All of it until now. */
  readonly stdout: string
  readonly stderr: string
  /** Whole lines. */
  lines(stream?: 'stdout' | 'stderr'): string[]
  /** The lines that are JSON objects. */
  objects<T = Record<string, unknown>>(stream?: 'stdout' | 'stderr'): T[]
  readonly ending: Ending | undefined
  readonly ended: Promise<Ending>
  kill(signal: NodeJS.Signals): void
  /** Waits until something is there; gives up when the program ends first. */
  until<T>(what: string, probe: () => T | undefined | false, patience?: Patience): Promise<T>
  /** Resolves when it has ended; fails when it does not. */
  end(within?: number): Promise<Ending>
}

export interface RunOptions {
  readonly name?: string
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
}

/** Marks every process of this test file and all that they start, so that they can be found whoever their parent is now. */
const MARK = 'SEQUORUM_TEST_MARK'
const mark = randomUUID()
const running = new Set<ChildProcess>()

/** Starts any program. */
export function run(command: string, args: readonly string[], { name = command, env = {}, cwd }: RunOptions = {}): Program {
  const own = Object.fromEntries(Object.entries(process.env).filter(([key]) => !key.startsWith('SEQUORUM_')))
  const child = spawn(command, args, { cwd, env: { ...own, ...env, [MARK]: mark }, stdio: ['ignore', 'pipe', 'pipe'] })
  const { pid } = child
  if (pid === undefined) throw new Error(`${name} cannot be started`)
  running.add(child)
  const text = { stdout: '', stderr: '' }
  let ending: Ending | undefined
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream].setEncoding('utf8').on('data', (part: string) => {
      text[stream] += part
    })
  // `close` comes after the last output.
  const ended = new Promise<Ending>(resolve => {
    child.once('close', (code, signal) => {
      ending = { code, signal }
      running.delete(child)
      resolve(ending)
    })
  })
  const lines = (stream: 'stdout' | 'stderr' = 'stdout'): string[] => text[stream].split('\n').slice(0, -1)
  const tail = (): string => `${name} said on stdout:\n${text.stdout.slice(-2_000)}\n${name} said on stderr:\n${text.stderr.slice(-4_000)}`
  return {
    name,
    pid,
    get stdout() {
      return text.stdout
    },
    get stderr() {
      return text.stderr
    },
    lines,
    objects: <T>(stream?: 'stdout' | 'stderr') =>
      lines(stream)
        .filter(line => line.startsWith('{'))
        .map(line => JSON.parse(line) as T),
    get ending() {
      return ending
    },
    ended,
    kill: signal => void child.kill(signal),
    until: (what, probe, patience = {}) =>
      until(`${name}: ${what}`, probe, {
        instead: tail,
        hopeless: () => (ending === undefined ? undefined : `it ended: ${JSON.stringify(ending)}`),
        ...patience,
      }),
    end: (within = 30_000) => until(`the end of ${name}`, () => ending, { within, instead: tail }),
  }
}

/** Starts the command line of the project. */
export const sequorum = (args: readonly string[], options: RunOptions = {}): Program =>
  run(process.execPath, [MAIN, ...args], { name: `sequorum ${args[0] ?? ''}`, ...options })

/** Runs a command to its end and gives the program. */
export async function sequorumToEnd(args: readonly string[], options: RunOptions = {}, within = 60_000): Promise<Program> {
  const program = sequorum(args, options)
  await program.end(within)
  return program
}

/** Pids of living processes that this test file has started, or that those have started. */
export function survivors(): number[] {
  const found: number[] = []
  // Elsewhere than on Linux only the programs themselves are ended.
  for (const name of existsSync('/proc') ? readdirSync('/proc') : []) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue
    try {
      const isOurs = readFileSync(`/proc/${name}/environ`, 'latin1').split('\0').includes(`${MARK}=${mark}`)
      if (isOurs && !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${name}/status`, 'latin1'))) found.push(Number(name))
    } catch {
      // It has ended, or belongs to somebody else.
    }
  }
  return found
}

/** Ends everything that is left, at once. For afterEach and afterAll. */
export async function endAll(): Promise<void> {
  const direct = [...running]
  for (const child of direct) child.kill('SIGKILL')
  const left = direct.filter(child => child.exitCode === null && child.signalCode === null)
  await Promise.all(left.map(child => new Promise(resolve => child.once('close', resolve))))
  // What they had started ends by itself, or is helped.
  const deadline = Date.now() + 2_000
  await until('the end of what the programs had started', () => {
    const left = survivors()
    if (Date.now() > deadline)
      for (const pid of left) {
        try {
          process.kill(pid, 'SIGKILL')
        } catch {
          // Ended meanwhile.
        }
      }
    return left.length === 0
  })
}
