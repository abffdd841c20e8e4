import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { folder, removeFolders } from './support/folder.ts'
import { endAll, sequorumToEnd } from './support/program.ts'

afterEach(async () => {
  await endAll()
  removeFolders()
})

/** A loopback port that nothing listens on (IANA: tcpmux). */
const NOBODY = 'http://127.0.0.1:1'
const VAULT = ['--vault', 'v/vault', '--passphrase-file', 'pass']
const INIT = ['pool', 'init', '--inbox', `0x${'11'.repeat(20)}`, '--l2-chain-id', '7', '--out', 'out.json']

interface Case {
  readonly args: readonly string[]
  readonly code: number
  /** In the error, or in the help. */
  readonly says: readonly string[]
  readonly error?: string
}

const cases: Case[] = [
  {
    args: ['demo', '--help'],
    code: 0,
    says: ['--members', '--threshold', '--batches', '--port', '--l1', '--inbox', '--seed-account-key-file', '--data', '--json'],
  },
  { args: [], code: 2, says: ['a command is missing', '--help'], error: 'usage' },
  { args: ['demoo'], code: 2, says: ["unknown command 'demoo'", 'demo'], error: 'usage' },
  { args: ['demo', '--memberz', '3'], code: 2, says: ['--memberz', '--members'], error: 'usage' },
  { args: ['demo', '--members', '17'], code: 2, says: ['--members', '2..16'], error: 'usage' },
  { args: ['demo', '--batches', '1e3'], code: 2, says: ['--batches', 'integer'], error: 'usage' },
  { args: ['demo', '--port', '65536'], code: 2, says: ['--port'], error: 'usage' },
  { args: ['demo', '--l1', 'ftp://127.0.0.1'], code: 2, says: ['--l1', 'http://'], error: 'usage' },
  { args: ['demo', '--l1', NOBODY, '--members', '3', '--threshold', '4'], code: 2, says: ['--threshold', '2..3'], error: 'usage' },
  { args: ['demo', '--inbox', '0x1234'], code: 2, says: ['--inbox', '40 hex digits'], error: 'usage' },
  { args: ['demo', '--l1', NOBODY], code: 5, says: ['127.0.0.1:1'], error: 'l1-unreachable' },
  { args: ['demo', '--data', 'broken'], code: 3, says: ['pool.json'] },
  { args: ['relay', '--pool', 'empty.json', '--l1', NOBODY, '--data', 'r'], code: 3, says: ['pool file'], error: 'bad-pool-file' },
  { args: ['signer', '--pool', 'empty.json', ...VAULT, '--l1', NOBODY], code: 3, says: ['pool file'], error: 'bad-pool-file' },
  { args: ['key', 'refresh', '--vault', 'v/vault', '--yes'], code: 4, says: ['v/vault'], error: 'vault-missing' },
  { args: ['key', 'export', '--vault', 'v/vault', '--recipient', '1'], code: 2, says: ['--signer'], error: 'usage' },
  { args: [...INIT, '--member', 'empty.json'], code: 3, says: ['empty.json'], error: 'bad-invite' },
  { args: ['decode', '--l1', NOBODY, '--tx', `0x${'22'.repeat(32)}`], code: 5, says: ['127.0.0.1:1'], error: 'l1-unreachable' },
]

describe('wrong command lines', () => {
  let cwd = ''
  beforeEach(() => {
    cwd = folder()
    mkdirSync(join(cwd, 'broken'), { mode: 0o700 })
    writeFileSync(join(cwd, 'broken', 'pool.json'), '{"version":')
    writeFileSync(join(cwd, 'empty.json'), '{}')
  })

  it('end with the documented code and say what to do', async () => {
    // Two at a time: as many as there are cores.
    const queue = [...cases]
    const wrong: unknown[] = []
    const work = async (): Promise<void> => {
      for (let item = queue.shift(); item !== undefined; item = queue.shift()) await check(item, cwd).catch(error => wrong.push(error))
    }
    await Promise.all([work(), work()])
    if (wrong.length > 0) throw new AggregateError(wrong, wrong.map(String).join('\n\n'))
  })
})

async function check({ args, code, says, error }: Case, cwd: string): Promise<void> {
  const name = `sequorum ${args.join(' ')}`
  const program = await sequorumToEnd(args, { cwd, name })
  const text = program.stdout + program.stderr
  expect({ name, ...program.ending, text }).toMatchObject({ name, code, signal: null })
  for (const word of says) expect({ name, text }).toEqual({ name, text: expect.stringContaining(word) })
  expect(text).not.toMatch(/\n\s+at .*\.js:\d+/)
  if (code === 0) return expect(program.stderr).toBe('')
  // People read standard error, and what comes next is said.
  expect({ name, stdout: program.stdout }).toEqual({ name, stdout: '' })
  expect(program.stderr).toMatch(/^error [a-z0-9-]+: .+(\n\(.+\))?\n {2}next: .+\n {2}docs: docs\/.+\n/m)
  if (error === undefined) return
  expect(program.stderr).toContain(`error ${error}:`)
}
