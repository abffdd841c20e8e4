/**
 * One pool hands its account to the next, by command line: an operator leaves, another one joins, two serve both pools until it is done.
 */
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { hex } from '../../core/bytes.ts'
import { parsePool, poolHash } from '../../core/proposal/pool.ts'
import { removeFolders } from './support/folder.ts'
import { endAll, type Program, sequorum } from './support/program.ts'
import { ask, L2_CHAIN, separatePool } from './support/separate-pool.ts'
import { createTraffic } from './support/traffic.ts'
import { until } from './support/until.ts'

afterEach(async () => {
  await endAll()
  removeFolders()
})

interface Line {
  readonly event?: string
  readonly kind?: string
  readonly seat?: number
  readonly next?: boolean
  readonly height?: number
  readonly account?: string
}

it('an account goes from three operators to two of them and a new one, height after height', async () => {
  const pool = await separatePool({ members: 3, threshold: 2, seed: 'hand-over' })
  const { dir } = pool
  await pool.traffic.submit(2)
  await pool.landed(2)
  const keyId = pool.events('key')[0]?.keyId as string

  const passphrase = join(dir, 'passphrase-4')
  writeFileSync(passphrase, `${randomBytes(18).toString('base64url')}\n`, { mode: 0o600 })
  const vault = join(dir, 'operator-4', 'vault')
  await ask('pool', 'invite', '--vault', vault, '--passphrase-file', passphrase, '--name', 'operator 4', '--out', join(dir, '4.json'))
  const file = join(dir, 'next.json')
  const change = ['--account', pool.account, '--key-id', keyId, '--remove', '1', '--add', join(dir, '4.json')]
  await ask('pool', 'next', '--pool', join(dir, 'pool.json'), ...change, '--out', file)
  const next = parsePool(JSON.parse(readFileSync(file, 'utf8')))
  expect(next.members.map(({ seat }) => seat)).toEqual([2, 3, 4])

  const folder = join(dir, 'relay-next')
  const relay = sequorum(['relay', '--pool', file, '--l1', pool.node.url, '--data', folder, '--port', '0', '--json'], { name: 'next relay' })
  const listening = await relay.until('that it listens', () => relay.objects<{ memberUrl: string; url: string; event: string }>()[0])

  const startNext = async (seat: number, path: string, secret: string): Promise<Program> => {
    const where = ['--relay', listening.memberUrl, '--pool', file, '--vault', path, '--passphrase-file', secret, '--l1', pool.node.url]
    const program = sequorum(['signer', ...where, '--json'], { name: `next signer ${seat}` })
    expect((await program.until('that it has started', () => program.objects<Line>().find(({ event }) => event === 'started'))).seat).toBe(seat)
    return program
  }
  const fourth = await startNext(4, vault, passphrase)
  for (const seat of pool.seats) {
    const old = pool.signer(seat)
    old.kill('SIGTERM')
    await old.end()
    await pool.startSigner(seat, ['--next', file, '--next-relay', listening.memberUrl])
  }
  await pool.traffic.submit(3)
  const said = (): Line[] => [fourth, ...pool.seats.map(seat => pool.signer(seat))].flatMap(program => program.objects<Line>())
  await until('a batch that the next pool has signed', () => fourth.objects<Line>().some(({ kind }) => kind === 'signed'), {
    within: 120_000,
    instead: () =>
      [fourth, ...pool.seats.map(seat => pool.signer(seat))].map(program => `── ${program.name}\n${program.stderr.slice(-3_000)}`).join('\n'),
  })
  const begins = Math.min(...fourth.objects<Line>().flatMap(({ kind, height }) => (kind === 'signed' && height !== undefined ? [height] : [])))
  expect(said().filter(line => line.kind === 'signed' && line.next !== true && line.seat !== 4 && (line.height as number) >= begins)).toEqual([])
  const traffic = createTraffic(`${listening.url}/rpc`, L2_CHAIN, 'hand-over, next')
  await traffic.submit(3)
  await until('that the old shares are erased', () => pool.seats.every(seat => pool.signer(seat).stderr.includes('key.destroyed')), {
    within: 90_000,
  })

  // From now on the next pool stands alone.
  for (const seat of pool.seats) pool.signer(seat).kill('SIGTERM')
  for (const seat of pool.seats) expect((await pool.signer(seat).end()).code).toBe(0)
  const home = (seat: number): string => join(dir, `operator-${seat}`, `next-${hex(poolHash(next)).slice(2, 10)}`, 'vault')
  expect([1, 2, 3].map(seat => existsSync(home(seat)))).toEqual([false, true, true])
  const own = await Promise.all([2, 3].map(seat => startNext(seat, home(seat), join(dir, `passphrase-${seat}`))))
  await traffic.submit(2)
  const seen = Math.max(...fourth.objects<Line>().map(({ kind, height }) => (kind === 'batch' ? (height as number) : -1)))
  await until(
    'two more heights',
    () => own.every(program => program.objects<Line>().some(({ kind, height }) => kind === 'batch' && (height as number) >= seen + 2)),
    {
      within: 90_000,
      instead: () => own.map(program => program.stderr.slice(-3_000)).join('\n'),
    },
  )

  const posted = await pool.posted()
  expect(posted.map(({ transaction }) => transaction.nonce)).toEqual(posted.map((_, height) => height))
  expect(posted.every(({ succeeded }) => succeeded)).toBe(true)
  expect(posted.length).toBeGreaterThan(begins + 2)
}, 400_000)
