/**
 * One pool of separate processes through what operators fear: the sequencer dies in its turn, the relay dies in mid-ceremony. Then what is left behind is
 * examined: nothing lost, never two contents, no secret and no plaintext where the relay could read it. The tests follow each other.
 */
import { cpSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Hex, hexToBytes } from 'viem'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hex } from '../../core/bytes.ts'
import { examine, killRelayInCeremony } from './support/crashes.ts'
import { filesBelow, removeFolders } from './support/folder.ts'
import { endAll, survivors } from './support/program.ts'
import { createFinder, forms, readGuard, searchFiles, secretsOfVault } from './support/secrets.ts'
import { checkChain, type SeparatePool, separatePool } from './support/separate-pool.ts'
import { until } from './support/until.ts'

let pool: SeparatePool
/** Copies of the relay's folder as a SIGKILL left it. */
const seized: string[] = []

beforeAll(async () => {
  pool = await separatePool({ members: 3, threshold: 2, seed: 'separate processes' })
}, 150_000)

afterAll(async () => {
  await endAll()
  removeFolders()
})

describe('a pool of separate processes', () => {
  it('posts what it is handed', async () => {
    await pool.traffic.submit(5)
    await pool.landed(1)
    await pool.traffic.submit(3)
    await pool.landed(2)
  })

  it('goes on when the member whose turn it is gets killed, and takes it back', async () => {
    await pool.traffic.submit(2)
    const victim = await until('a turn that has just begun', async () => {
      const { turn } = await pool.status()
      if (turn === undefined || turn.round !== 0) return undefined
      const isUntouched = !pool.events('proposed').some(({ height }) => height === turn.height)
      return isUntouched ? { height: turn.height, seat: turn.proposer } : undefined
    })
    const program = pool.signer(victim.seat)
    program.kill('SIGKILL')
    expect(await program.end()).toEqual({ code: null, signal: 'SIGKILL' })
    expect(pool.events('signed').filter(({ height }) => height >= victim.height)).toEqual([])
    await pool.traffic.submit(4)

    await pool.landed(victim.height + 1)
    const signed = pool.events('signed').filter(({ height }) => height === victim.height)
    expect(signed.length).toBeGreaterThan(0)
    for (const { round, proposer, signers, seat } of signed) {
      expect(round).toBeGreaterThan(0)
      expect(proposer).not.toBe(victim.seat)
      expect(seat).not.toBe(victim.seat)
      expect(signers).not.toContain(victim.seat)
    }
    await until('that the relay shows who took over', async () => {
      const batch = (await pool.status()).batches.find(({ height }) => height === victim.height)
      return batch?.state === 'confirmed' && batch.proposer !== victim.seat && (batch.round ?? 0) > 0
    })

    await pool.startSigner(victim.seat)
    expect(
      pool
        .events('key')
        .filter(({ seat }) => seat === victim.seat)
        .every(({ account }) => account === pool.account),
    ).toBe(true)
    await until(
      'a later batch that the returned member has proposed or signed',
      () =>
        pool
          .events('signed')
          .some(({ height, proposer, signers }) => height > victim.height && (proposer === victim.seat || signers.includes(victim.seat))),
      { within: 60_000, instead: () => pool.signer(victim.seat).stderr.slice(-3_000) },
    )
    await pool.traffic.submit(2)
  })

  it('goes on when the relay gets killed in mid-ceremony and is started again', async () => {
    const hits = await killRelayInCeremony(pool, { hits: 2, attempts: 8, seed: 'relay' }, () => {
      const copy = join(pool.dir, `seized-${seized.length}`)
      cpSync(pool.relayFolder, copy, { recursive: true })
      seized.push(copy)
    })
    await pool.landed(Math.max(...hits.map(({ height }) => height)) + 2)
  })

  it('ends in order, with everything landed once and in order', async () => {
    await until('that nothing waits', async () => (await pool.status()).intake.transactions === 0, { within: 60_000 })
    for (const seat of pool.seats) pool.signer(seat).kill('SIGTERM')
    for (const seat of pool.seats) expect(await pool.signer(seat).end()).toEqual({ code: 0, signal: null })
    pool.relay().kill('SIGINT')
    expect(await pool.relay().end()).toEqual({ code: 0, signal: null })
    expect(survivors()).toEqual([pool.node.program.pid])
    await checkChain(pool)
  })

  it('never had two contents for a height, on L1, in a guard or at the relay', () => examine(pool))

  it('has left no share, key or plaintext with the relay or in a log', async () => {
    const members = await Promise.all(pool.seats.map(seat => secretsOfVault(seat, pool.vault(seat))))
    const secrets = members.flatMap(member => member.secrets)
    const guards = pool.seats.map(seat => readGuard(pool.vault(seat).guard))
    const votes = guards.flatMap(({ records }, i) =>
      records.flatMap(({ height, certificate }) =>
        (certificate?.prepares ?? []).map(
          ({ seat, signature }) => [`vote of ${seat} for ${height} (PREPARE, in the guard of ${i + 1})`, signature] as const,
        ),
      ),
    )
    expect(votes.length).toBeGreaterThan(0)
    const plaintext = [...members.flatMap(member => member.plaintext), ...votes]
    const find = createFinder([...secrets, ...plaintext].flatMap(([name, bytes]) => forms(name, bytes)))

    const relayFiles = [...filesBelow(pool.relayFolder), ...seized.flatMap(filesBelow)]
    expect(seized.length).toBeGreaterThan(0)
    expect(relayFiles.some(file => file.endsWith('-wal'))).toBe(true)
    expect(searchFiles(relayFiles, find)).toEqual([])
    for (const program of pool.programs)
      for (const stream of ['stdout', 'stderr'] as const) {
        const output = Buffer.from(program[stream])
        expect({ program: program.name, stream, found: find(output) }).toEqual({ program: program.name, stream, found: [] })
      }

    // The search is able to find: what is there, and each of the needles in each form.
    const share = members[0]?.share
    const account = hexToBytes(pool.account)
    const hashes = pool.traffic.sent.map(({ hash }) => hexToBytes(hash as Hex))
    const present = createFinder([
      { name: 'account', bytes: Buffer.from(account) },
      { name: 'key id', bytes: Buffer.from(share?.keyId ?? []) },
      ...hashes.map((hash, i) => ({ name: `transaction ${i}`, bytes: Buffer.from(hash) })),
    ])
    const found = new Set(relayFiles.flatMap(file => present(readFileSync(file))))
    expect([...found].sort()).toEqual(['account', 'key id', ...hashes.map((_, i) => `transaction ${i}`)].sort())
    const logged = createFinder(forms('account', account))
    expect(logged(Buffer.from(pool.relay().stderr + pool.programs[0]?.stderr))).toContain('account, hex')
    const guardFinder = createFinder(votes.map(([name, bytes]) => ({ name, bytes: Buffer.from(bytes) })))
    expect(new Set(pool.seats.flatMap(seat => guardFinder(readFileSync(pool.vault(seat).guard)))).size).toBe(votes.length)
    for (const [name, bytes] of [...secrets.slice(0, 20), ...plaintext])
      for (const form of forms(name, bytes)) expect(find(Buffer.concat([Buffer.from('xyz'), form.bytes, Buffer.from('xyz')]))).toContain(form.name)
    expect(hex(account)).toBe(pool.account)
  })
})
