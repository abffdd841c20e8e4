import { afterEach, describe, expect, it } from 'vitest'
import type { MemberEvent } from '../../core/member/events.ts'
import type { HostedMember, MemberOptions } from '../../signer-node/member-host.ts'
import { examine } from './support/crashes.ts'
import { removeFolders } from './support/folder.ts'
import { endAll } from './support/program.ts'
import { checkChain, separatePool } from './support/separate-pool.ts'
import { until } from './support/until.ts'

const hosted: HostedMember[] = []
afterEach(async () => {
  await Promise.all(hosted.splice(0).map(member => member.stop()))
  await endAll()
  removeFolders()
})

describe('a member in a worker thread', () => {
  it('is taken over when its thread is ended in its turn, and comes back in another one', async () => {
    const pool = await separatePool({ members: 3, threshold: 2, seed: 'thread' })
    await pool.landed(1)
    pool.signer(2).kill('SIGTERM')
    await pool.signer(2).end()

    // Compiled: worker threads run no TypeScript.
    const { startMember } = (await import(new URL('../../dist/signer-node/member-host.js', import.meta.url).href)) as {
      startMember(options: MemberOptions): Promise<HostedMember>
    }
    const said: MemberEvent[] = []
    const exits: unknown[] = []
    const { path } = pool.vault(2)
    const options: MemberOptions = {
      pool: pool.pool,
      relayUrl: `${pool.url.replace('http', 'ws')}/relay`,
      l1Rpc: pool.node.url,
      vault: path,
      passphraseFile: `${pool.dir}/passphrase-2`,
      onEvent: (_, event) => void said.push(event),
      onExit: (seat, error) => void exits.push([seat, error]),
    }
    const member = await startMember(options)
    hosted.push(member)
    expect(member.seat).toBe(2)

    await pool.traffic.submit(2)
    const height = await until('its turn', async () => {
      const { turn } = await pool.status()
      const isUntouched = ![...pool.events('proposed'), ...said].some(event => event.kind === 'proposed' && event.height === turn?.height)
      return turn?.proposer === 2 && turn.round === 0 && isUntouched ? turn.height : undefined
    })
    await member.kill()
    expect(exits).toEqual([[2, undefined]])
    await pool.landed(height + 1)
    const signed = pool.events('signed').filter(event => event.height === height)
    expect(signed.length).toBeGreaterThan(0)
    for (const { round, proposer, signers } of signed) {
      expect(round).toBeGreaterThan(0)
      expect([proposer, ...signers]).not.toContain(2)
    }

    const again = await startMember(options)
    hosted.push(again)
    await until('a later batch with it', () =>
      pool.events('signed').some(event => event.height > height && [event.proposer, ...event.signers].includes(2)),
    )
    await until('that nothing waits', async () => (await pool.status()).intake.transactions === 0)
    await again.stop()
    for (const program of [pool.signer(1), pool.signer(3), pool.relay()]) {
      program.kill('SIGTERM')
      expect(await program.end()).toEqual({ code: 0, signal: null })
    }
    await checkChain(pool)
    await examine(pool)
  }, 200_000)
})
