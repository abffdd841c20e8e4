/**
 * Pools of separate processes, struck again and again at chosen moments, over several rotation epochs. Whatever was struck comes back; at the end nothing
 * is lost, no height has two contents, and those who were struck take part.
 */
import { afterEach, describe, expect, it } from 'vitest'
import { examine, killRelayInCeremony } from './support/crashes.ts'
import { removeFolders } from './support/folder.ts'
import { endAll, type Program } from './support/program.ts'
import { checkChain, type LogLine, type SeparatePool, separatePool } from './support/separate-pool.ts'
import { until } from './support/until.ts'

afterEach(async () => {
  await endAll()
  removeFolders()
})

type Moment = 'proposes' | 'has voted' | 'signs' | 'has signed'
interface Strike {
  readonly who: 'proposer' | 'co-signer'
  readonly when: Moment
  readonly how: 'SIGKILL' | 'SIGSTOP'
}

const strikes: Strike[] = [
  { who: 'proposer', when: 'proposes', how: 'SIGKILL' },
  { who: 'proposer', when: 'has voted', how: 'SIGKILL' },
  { who: 'proposer', when: 'signs', how: 'SIGKILL' },
  { who: 'proposer', when: 'has signed', how: 'SIGKILL' },
  { who: 'co-signer', when: 'has voted', how: 'SIGKILL' },
  { who: 'co-signer', when: 'signs', how: 'SIGKILL' },
  { who: 'proposer', when: 'proposes', how: 'SIGSTOP' },
  { who: 'proposer', when: 'signs', how: 'SIGSTOP' },
  { who: 'co-signer', when: 'signs', how: 'SIGSTOP' },
]

/** Height and seat at which the moment has come, for a height that nobody has proposed when this is called. */
async function moment(pool: SeparatePool, { who, when }: Strike): Promise<{ height: number; seat: number }> {
  const before = Math.max(-1, ...pool.events('proposed').map(({ height }) => height))
  return until(
    `a ${who} that ${when}`,
    () => {
      const proposal = pool.events('proposed').find(({ height }) => height > before)
      if (proposal === undefined) return undefined
      const { height, seat: proposer } = proposal
      const isWanted = (seat: number | undefined): seat is number => seat !== undefined && (seat === proposer) === (who === 'proposer')
      if (when === 'proposes') return { height, seat: proposer }
      const seen: readonly (number | undefined)[] =
        when === 'has voted'
          ? pool.events('agreed').flatMap(event => (event.height === height ? [event.seat] : []))
          : when === 'signs'
            ? pool.logs('ceremony.open').flatMap((line: LogLine) => (line.ceremony === 'sign' && line.height === height ? [line.seat] : []))
            : pool.events('signed').flatMap(event => (event.height === height ? [event.seat] : []))
      // The log of a start-up line has no seat: the first one is 0.
      const seat = seen.filter(found => found !== 0).find(isWanted)
      return seat === undefined ? undefined : { height, seat }
    },
    { every: 5, within: 60_000 },
  )
}

async function strike(pool: SeparatePool, item: Strike): Promise<string> {
  await pool.traffic.submit(2)
  const { height, seat } = await moment(pool, item)
  const program = pool.signer(seat)
  program.kill(item.how)
  if (item.how === 'SIGKILL') await program.end()
  await pool.traffic.submit(2)
  const others = pool.seats.filter(other => other !== seat)
  await until(
    `batch ${height} without seat ${seat}, struck when the ${item.who} ${item.when} (${item.how})`,
    () => others.every(other => pool.events('batch').some(event => event.seat === other && event.height >= height)),
    { within: 120_000, instead: () => others.map(other => pool.signer(other).stderr.slice(-3_000)).join('\n──\n') },
  )
  if (item.how === 'SIGKILL') await pool.startSigner(seat)
  else program.kill('SIGCONT')
  await until(
    `seat ${seat} in a later batch`,
    () => pool.events('signed').some(event => event.height > height && (event.proposer === seat || event.signers.includes(seat))),
    { within: 120_000, instead: () => pool.signer(seat).stderr.slice(-3_000) },
  )
  const round = pool.events('signed').find(event => event.height === height)?.round
  return `${item.how} when the ${item.who} ${item.when}: height ${height}, seat ${seat}, landed in round ${round}`
}

async function finish(pool: SeparatePool): Promise<void> {
  await until('that nothing waits', async () => (await pool.status()).intake.transactions === 0, { within: 90_000 })
  const running: Program[] = [...pool.seats.map(seat => pool.signer(seat)), pool.relay()]
  for (const program of running) program.kill('SIGTERM')
  for (const program of running) expect({ name: program.name, ...(await program.end()) }).toEqual({ name: program.name, code: 0, signal: null })
  await checkChain(pool)
  await examine(pool)
}

describe('a pool that is struck again and again', () => {
  it('goes on without a member that dies or hangs at any moment (2 of 3)', async () => {
    const pool = await separatePool({ members: 3, threshold: 2, seed: 'struck members', init: ['--epoch-length', '4'] })
    await pool.landed(1)
    for (const item of strikes) console.log(await strike(pool, item))
    await finish(pool)
    const heights = (await pool.posted()).length
    expect(heights, 'heights, so that more than three rotation epochs were crossed').toBeGreaterThan(12)
  }, 600_000)

  it('goes on when more have to agree than to sign (3 of 5)', async () => {
    const pool = await separatePool({ members: 5, threshold: 3, seed: 'struck members of five', init: ['--epoch-length', '4'] })
    await pool.landed(1)
    for (const item of strikes.filter(({ when }) => when === 'has voted' || when === 'signs')) console.log(await strike(pool, item))
    await finish(pool)
  }, 600_000)

  it('goes on when the relay dies, everybody dies, or L1 is away for a while', async () => {
    const pool = await separatePool({ members: 3, threshold: 2, seed: 'struck relay', init: ['--epoch-length', '4'] })
    await pool.landed(1)
    await killRelayInCeremony(pool, { hits: 8, attempts: 20, seed: 'struck relay' })

    // Everybody at once, in mid-ceremony: only disks are left.
    const { height } = await moment(pool, { who: 'co-signer', when: 'signs', how: 'SIGKILL' })
    const all = [pool.relay(), ...pool.seats.map(seat => pool.signer(seat))]
    for (const program of all) program.kill('SIGKILL')
    for (const program of all) await program.end()
    const handed = pool.traffic.submitPatiently(2)
    await pool.startRelay()
    await Promise.all(pool.seats.map(seat => pool.startSigner(seat)))
    await handed
    await pool.landed(height + 2)

    // L1 does not answer for longer than a turn.
    const now = (await pool.status()).totals.batches
    pool.node.program.kill('SIGSTOP')
    await pool.traffic.submit(2)
    await until('that a member misses L1', () => pool.logs('l1.poll-failed').length > 0, { within: 60_000 })
    pool.node.program.kill('SIGCONT')
    await pool.landed(now + 2)
    await finish(pool)
  }, 600_000)
})
