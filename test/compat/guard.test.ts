import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, it } from 'vitest'
import { emptyRecord, type HeightRecord, lock, vote } from '../../core/proposal/lock.ts'
import type { Certificate } from '../../core/proposal/messages.ts'
import { poolHash } from '../../core/proposal/pool.ts'
import { signPrepare } from '../../core/proposal/vote.ts'
import { openGuard } from '../../signer-node/guard-db.ts'
import { labelled } from '../support/index.ts'
import { testPool, testVoteKey } from '../support/pool.ts'
import { fixture } from './fixtures.ts'

const pool = testPool(3)
const content = labelled('content', 7)
const folder = mkdtempSync(join(tmpdir(), 'guard-v1-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Locked in round 1 by all three, one transaction authorised. */
function lockedRecord(): HeightRecord {
  const at = { height: 7, round: 1, content }
  const certificate: Certificate = { ...at, prepares: [1, 2, 3].map(seat => ({ seat, signature: signPrepare(at, pool, testVoteKey(seat)) })) }
  const voted = vote(emptyRecord(7), { ...at, justification: undefined }, { pool })
  if ('refuse' in voted) throw new Error(voted.refuse)
  const authorised = { round: 1, content, sighash: labelled('sighash', 7), maxFeePerGas: 30_000_000_000n, maxPriorityFeePerGas: 1_000_000_000n }
  return { ...lock(voted.record, certificate), signed: [authorised], voided: [labelled('content', 6)] }
}
const votedRecord: HeightRecord = { ...emptyRecord(8), votedRound: 0, votedContent: labelled('content', 8) }
const PROPOSAL = labelled('an encoded proposal')
const RAW = labelled('a signed transaction')
const CHECKPOINT = labelled('a checkpoint')
const FACT = labelled('a fact')

async function make(): Promise<Uint8Array> {
  const file = join(folder, 'made.db')
  const guard = openGuard(file, poolHash(pool))
  await guard.writeLock(lockedRecord(), PROPOSAL)
  await guard.write(votedRecord)
  await guard.saveSigned(7, RAW)
  await guard.saveCheckpoint(CHECKPOINT)
  await guard.saveFact('retirement', FACT)
  for (let i = 0; i < 5; i++) await guard.nextCounter()
  guard.close()
  return new Uint8Array(readFileSync(file))
}

it('a guard of version 1 remembers what was voted, locked and signed', async () => {
  await fixture('guard-v1.db', make)
  const file = join(folder, 'guard.db')
  copyFileSync(fileURLToPath(new URL('./guard-v1.db', import.meta.url)), file)
  const guard = openGuard(file, poolHash(pool))
  // The order and absence of fields do not matter, their bytes do.
  expect(await guard.read(7)).toEqual(lockedRecord())
  expect(await guard.read(8)).toEqual({ ...votedRecord, lockedContent: undefined, certificate: undefined, voided: [] })
  expect(await guard.read(9)).toBeUndefined()
  expect(await guard.highest()).toBe(8)
  expect([await guard.proposal(7), await guard.signed(7), await guard.checkpoint()]).toEqual([PROPOSAL, RAW, CHECKPOINT])
  expect([await guard.fact('retirement'), await guard.fact('succession')]).toEqual([FACT, undefined])
  expect(await guard.nextCounter()).toBe(6n)
  await guard.write({ ...votedRecord, votedRound: 1 })
  guard.close()
  const again = openGuard(file, poolHash(pool))
  expect((await again.read(8))?.votedRound).toBe(1)
  again.close()
  expect(() => openGuard(file, poolHash(testPool(4)))).toThrow(expect.objectContaining({ code: 'guard-pool' }))
})
