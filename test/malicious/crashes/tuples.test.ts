/** One tuple, one message: with two workers of one share, with copies, after a restore. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { decodeShare, encodeShare, type KeyShare, preprocess, type Signature, sign, type Tuple } from '../../../core/threshold/index.ts'
import { openGuard } from '../../../signer-node/guard-db.ts'
import { createVaultOf, type OpenVault, openVault } from '../../../signer-node/vault-file.ts'
import { restoredShare } from '../../support/generations.ts'
import {
  type MemoryNetwork,
  memoryNetwork,
  type Outcome,
  signRequest,
  testIdentitySeed,
  testSealingKey,
  testShares,
  valuesOf,
} from '../../support/index.ts'
import { testVoteKey } from '../../support/pool.ts'
import { SEED } from '../seed.ts'
import { isSignature } from './committee.ts'
import { noncesOnTheWire } from './signing.ts'

const quorum = [1, 2]
type Shares = ReadonlyMap<number, KeyShare>
const at = <T>(map: ReadonlyMap<number, T>, seat: number): T => map.get(seat) as T

async function tuplesOf(shares: Shares, seed: string): Promise<ReadonlyMap<number, Tuple>> {
  const net = memoryNetwork(quorum, { seed: `${SEED} ${seed}` })
  return valuesOf(await net.run((ctx, seat) => preprocess(ctx, at(shares, seat), { quorum })))
}

/** A second process over the same stored share. */
const secondWorker = (share: KeyShare): KeyShare => decodeShare(encodeShare(share, testSealingKey(share.index)), testSealingKey(share.index))

const codeOf = (run: Promise<unknown>): Promise<string> =>
  run.then(
    () => 'none',
    (error: { code?: string }) => error.code ?? 'not a PoolError',
  )

describe('two workers of one member', () => {
  const PASSPHRASE = 'correct horse battery staple'
  let folder = ''
  let file = ''
  let open: (OpenVault | ReturnType<typeof openGuard>)[] = []
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'workers-'))
    file = join(folder, 'vault')
    const share = at(testShares(2, 2), 1)
    const parts = { identitySeed: testIdentitySeed(1), voteKey: testVoteKey(1), active: encodeShare(share, testSealingKey(1)) }
    await createVaultOf(file, PASSPHRASE, parts, { cost: { opslimit: 1, memlimit: 8192 } })
    share.wipe()
    open = []
  })
  afterEach(() => {
    for (const one of open) one.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const pool = new Uint8Array(32).fill(1)
  const opened = <T extends (typeof open)[number]>(one: T): T => {
    open.push(one)
    return one
  }

  it('the second gets neither the vault nor the guard, and both when the first has gone', async () => {
    const vault = opened(await openVault(file, PASSPHRASE))
    const guard = opened(openGuard(join(folder, 'guard.db'), pool))
    expect(await codeOf(openVault(file, PASSPHRASE))).toBe('vault-locked')
    expect(() => openGuard(join(folder, 'guard.db'), pool)).toThrow(expect.objectContaining({ code: 'guard-locked' }))
    guard.close()
    vault.close()
    open = []
    opened(await openVault(file, PASSPHRASE))
    opened(openGuard(join(folder, 'guard.db'), pool))
  })

  it('whose lock somebody removed cannot both have the guard, and the first saves nothing any more', async () => {
    const first = opened(await openVault(file, PASSPHRASE))
    opened(openGuard(join(folder, 'guard.db'), pool))
    rmSync(`${file}.lock`)
    const second = opened(await openVault(file, PASSPHRASE))
    expect(() => openGuard(join(folder, 'guard.db'), pool)).toThrow(expect.objectContaining({ code: 'guard-locked' }))
    expect(await codeOf(first.saveActive(Uint8Array.of(1)))).toBe('vault-locked')
    expect(second.activeShare()).toEqual(first.activeShare())
  })

  it('have tuples of their own: one does not end what the other began, and nobody is burned', async () => {
    const shares = testShares(2, 2, SEED)
    const twin = secondWorker(at(shares, 1))
    const first = await tuplesOf(shares, 'first')
    const second = await tuplesOf(new Map([...shares, [1, twin]]), 'second')
    expect(at(first, 1).id).not.toEqual(at(second, 1).id)
    // the other side is asked by the second worker and holds what it made with the first
    const net = memoryNetwork(quorum, { seed: SEED })
    const outcomes = await net.run((ctx, seat) =>
      sign(ctx, seat === 1 ? twin : at(shares, seat), { request: signRequest(1), quorum, tuple: at(seat === 1 ? second : first, seat) }),
    )
    expect([...outcomes.values()].map(({ error }) => error?.code)).toEqual(['bind-mismatch', 'bind-mismatch'])
    for (const share of [...shares.values(), twin]) expect(share.burned.size).toBe(0)
    // both are spent
    expect([at(second, 1).ready, at(first, 2).ready]).toEqual([false, false])
  })
})

describe('a tuple', () => {
  it('that two signatures want at once goes to one of them', async () => {
    const shares = testShares(2, 2, SEED)
    const tuples = await tuplesOf(shares, 'at once')
    const signWith = (net: MemoryNetwork, nonce: number): Promise<ReadonlyMap<number, Outcome<Signature>>> =>
      net.run((ctx, seat) => sign(ctx, at(shares, seat), { request: signRequest(nonce), quorum, tuple: at(tuples, seat) }))
    const nets = [1, 2].map(nonce => memoryNetwork(quorum, { seed: `${SEED} at once ${nonce}` })) as [MemoryNetwork, MemoryNetwork]
    const [one, other] = await Promise.all([signWith(nets[0], 0), signWith(nets[1], 1)])
    for (const signature of valuesOf(one).values()) expect(isSignature(signature, signRequest(0), at(shares, 1))).toBe(true)
    expect([...other.values()].map(({ error }) => error?.code)).toEqual(['tuple-used', 'tuple-used'])
    expect(nets[1].sent).toEqual([])
    expect([...noncesOnTheWire(nets).values()].map(binds => binds.size)).toEqual([1, 1])
  })

  it('that signers give to different messages signs none, and is gone', async () => {
    const shares = testShares(2, 2, SEED)
    const tuples = await tuplesOf(shares, 'different')
    const net = memoryNetwork(quorum, { seed: SEED })
    const outcomes = await net.run((ctx, seat) => sign(ctx, at(shares, seat), { request: signRequest(seat), quorum, tuple: at(tuples, seat) }))
    expect([...outcomes.values()].map(({ error }) => error?.code)).toEqual(['bind-mismatch', 'bind-mismatch'])
    expect(net.sent.some(({ round }) => round === 'O2')).toBe(false)
    // also not for the one message that they agree on afterwards
    const again = memoryNetwork(quorum, { seed: `${SEED} again` })
    const later = await again.run((ctx, seat) => sign(ctx, at(shares, seat), { request: signRequest(1), quorum, tuple: at(tuples, seat) }))
    expect([...later.values()].map(({ error }) => error?.code)).toEqual(['tuple-used', 'tuple-used'])
    expect(again.sent).toEqual([])
  })

  it('has no copies: neither a clone, nor its record, nor a stored share brings one back', async () => {
    const shares = testShares(2, 2, SEED)
    const stored = encodeShare(at(shares, 1), testSealingKey(1))
    const tuple = at(await tuplesOf(shares, 'copies'), 1)
    const copies = { clone: structuredClone(tuple), record: JSON.parse(JSON.stringify(tuple)), spread: { ...tuple }, heir: Object.create(tuple) }
    for (const [name, copy] of Object.entries(copies)) {
      const net = memoryNetwork(quorum, { seed: `${SEED} ${name}` })
      const code = await codeOf(sign(net.context(1), at(shares, 1), { request: signRequest(1), quorum, tuple: copy as Tuple }))
      expect([name, code]).toEqual([name, 'invalid-argument'])
      expect(net.sent).toEqual([])
    }
    expect(tuple.ready).toBe(true)
    // what is stored before and after a tuple is made is the same
    expect(encodeShare(at(shares, 1), testSealingKey(1))).toEqual(stored)
  })

  it('is of no use to a share that came back from a backup, nor to one whose pair was burned', async () => {
    const shares = testShares(2, 2, SEED)
    const tuple = at(await tuplesOf(shares, 'restored'), 1)
    const net = memoryNetwork(quorum, { seed: SEED })
    expect(await codeOf(sign(net.context(1), restoredShare(at(shares, 1)), { request: signRequest(1), quorum, tuple }))).toBe('peer-burned')
    expect(net.sent).toEqual([])
  })
})
