import { recoverAddress } from 'viem'
import { describe, expect, it } from 'vitest'
import {
  editBroadcast,
  editDirect,
  editFrame,
  firstOf,
  flip,
  labelled,
  memoryNetwork,
  type NetworkOptions,
  signRequest,
  type Tamper,
  testIdentity,
  testParties,
  valuesOf,
} from '../../test/support/index.ts'
import { hex } from '../bytes.ts'
import { BROADCAST } from '../ceremony/frame.ts'
import { sighash } from '../l1/transaction.ts'
import { activate, decodeShare, encodeShare, type KeyShare, keyCertificateOf, keygen, serializeSignature, sign, verifyCertificates } from './index.ts'
import { R1, R2, R3, R4, R5 } from './rounds.ts'

const KEY = new Uint8Array(32).fill(7)

const seats = (n: number) => testParties(n).map(party => party.index)

async function generate(n: number, threshold: number, options: NetworkOptions = {}) {
  const net = memoryNetwork(seats(n), options)
  return { net, outcomes: await net.run(ctx => keygen(ctx, { threshold })) }
}

/** A signature of the quorum recovers the account, by viem. */
async function signsWith(shares: ReadonlyMap<number, KeyShare>, quorum: readonly number[]): Promise<void> {
  const net = memoryNetwork(quorum, { seed: `quorum ${quorum}` })
  const request = signRequest()
  const outcomes = await net.run((ctx, index) => sign(ctx, shares.get(index) as KeyShare, { request, quorum }))
  for (const signature of valuesOf(outcomes).values()) {
    const bytes = serializeSignature(signature)
    const parts = { r: hex(bytes.subarray(0, 32)), s: hex(bytes.subarray(32, 64)), yParity: signature.yParity }
    const address = await recoverAddress({ hash: hex(sighash(request.transaction)), signature: parts })
    expect(address.toLowerCase()).toBe(shares.get(quorum[0] as number)?.address)
  }
}

/** All members hold the same key, and their own share of it. */
function agree(shares: readonly KeyShare[]): void {
  const [first, ...others] = shares.map(share => ({ ...keyCertificateOf(share) }))
  for (const other of others) expect(other).toEqual(first)
  for (const share of shares) {
    verifyCertificates(share, testIdentity(1).verify)
    // decoding checks s_i·G = S_i and that the public shares weigh to the public key
    expect(decodeShare(encodeShare(share, KEY), KEY).index).toBe(share.index)
  }
}

describe('keygen', () => {
  it('2-of-2', async () => {
    const { net, outcomes } = await generate(2, 2)
    const shares = valuesOf(outcomes)
    agree([...shares.values()])
    await signsWith(shares, [1, 2])
    // the pending share was durable before its certificate left
    expect(net.journal.map(({ index, kind }) => ({ index, kind }))).toEqual([
      { index: 1, kind: 'pending' },
      { index: 2, kind: 'pending' },
    ])
    expect(net.progress.filter(entry => entry.index === 1 && entry.missing.length === 0).map(entry => entry.round)).toEqual([
      'R1',
      'R2',
      'R3',
      'R4',
      'R5',
    ])
  })

  it('2-of-3 in which one member misses the certificates and is handed them later', async () => {
    const { net, outcomes } = await generate(3, 2, {
      faults: { drop: ({ to, round }) => to === 3 && round === 'R5', reorder: true, duplicate: 0.2, delay: 0.2 },
    })
    const error = outcomes.get(3)?.error
    expect(error).toMatchObject({ code: 'certificates-missing', context: { missing: [1, 2] } })
    expect(error?.culprits.map(({ party, certainty }) => [party, certainty])).toEqual([
      [1, 'suspected'],
      [2, 'suspected'],
    ])
    const entry = net.journal.find(({ index }) => index === 3)
    if (entry?.kind !== 'pending') return expect.unreachable()
    const one = outcomes.get(1)?.value as KeyShare
    const three = activate(decodeShare(encodeShare(entry.share, KEY), KEY), keyCertificateOf(one), testIdentity(3).verify)
    const shares = new Map([
      [1, one],
      [2, outcomes.get(2)?.value as KeyShare],
      [3, three],
    ])
    agree([...shares.values()])
    for (const quorum of [
      [1, 2],
      [1, 3],
      [2, 3],
    ])
      await signsWith(shares, quorum)
  })

  it('3-of-4', async () => {
    const { outcomes } = await generate(4, 3)
    const shares = valuesOf(outcomes)
    agree([...shares.values()])
    for (const quorum of [
      [1, 2, 3],
      [2, 3, 4],
    ])
      await signsWith(shares, quorum)
  })

  it.each([0, 1, 4, 2.5])('refuses the threshold %d of three before anything is sent', async threshold => {
    const net = memoryNetwork(seats(3))
    await expect(keygen(net.context(1), { threshold })).rejects.toMatchObject({ code: 'bad-parties' })
    expect(net.sent).toEqual([])
  })
})

describe('what a member of key generation notices', () => {
  const oneToTwo = { from: 1, to: 2 } as const
  const confirmed = (code: string, round: string, party = 1) => ({
    code,
    context: expect.objectContaining({ round }),
    culprits: [expect.objectContaining({ party, certainty: 'confirmed' })],
  })
  const mismatch = (round: string) => ({ code: 'view-mismatch', context: expect.objectContaining({ round }), culprits: [] })

  it.each<[string, Tamper, object]>([
    ['R1 of another session', editFrame(R1, BROADCAST, oneToTwo, ({ echo }) => ({ echo: flip(echo) })), mismatch('R1')],
    ['R1 commitment told differently to one', editBroadcast(R1, oneToTwo, body => ({ commitment: flip(body.commitment) })), mismatch('R2')],
    ['R1 truncated', editFrame(R1, BROADCAST, oneToTwo, ({ body }) => ({ body: body.subarray(1) })), confirmed('malformed-round', 'R1')],
    ['R2 echo', editFrame(R2, BROADCAST, oneToTwo, ({ echo }) => ({ echo: flip(echo) })), mismatch('R2')],
    ['R2 opening', editBroadcast(R2, oneToTwo, body => ({ blind: flip(body.blind) })), confirmed('bad-opening', 'R2')],
    ['R2 chain code', editBroadcast(R2, oneToTwo, body => ({ chainCode: flip(body.chainCode) })), confirmed('bad-opening', 'R2')],
    ['R2 proof', editBroadcast(R2, oneToTwo, body => ({ proofResponse: flip(body.proofResponse, 31) })), confirmed('bad-proof', 'R2')],
    [
      'R2 with more coefficients than a committee',
      editFrame(R2, BROADCAST, oneToTwo, ({ body }) => ({ body: Uint8Array.of(0, 0, 0, 17, ...body.subarray(4)) })),
      confirmed('malformed-round', 'R2'),
    ],
  ])('%s', async (_, tamper, expected) => {
    const { net, outcomes } = await generate(2, 2, { faults: { tamper } })
    expect(outcomes.get(2)?.error).toMatchObject(expected)
    expect(net.journal).toEqual([])
  })

  it('other settings', async () => {
    const net = memoryNetwork(seats(3))
    const outcomes = await net.run((ctx, index) =>
      keygen(index === 3 ? { ...ctx, poolHash: labelled('another pool') } : ctx, { threshold: index === 2 ? 3 : 2 }),
    )
    for (const { error } of outcomes.values()) expect(error).toMatchObject(mismatch('R1'))
  })

  it('silence, by name and round', async () => {
    const net = memoryNetwork(seats(3))
    const outcomes = await net.run(ctx => keygen(ctx, { threshold: 2 }), [1, 2])
    for (const { error } of outcomes.values())
      expect(error).toMatchObject({ code: 'deadline', context: { round: 'R1', missing: [3] }, culprits: [{ party: 3, certainty: 'suspected' }] })
  })

  // each of these runs has to pass the slow base transfers, so both directions carry a cheat
  it('R3 a wrong share, and base transfers that are no points', async () => {
    const tamper = firstOf(
      editDirect(R3, oneToTwo, body => ({ share: flip(body.share, 31) })),
      editDirect(R3, { from: 2, to: 1 }, body => ({ baseOt: new Uint8Array(body.baseOt.length).fill(255) })),
    )
    const { net, outcomes } = await generate(2, 2, { faults: { tamper } })
    expect(outcomes.get(2)?.error).toMatchObject(confirmed('bad-share', 'R3'))
    expect(outcomes.get(1)?.error).toMatchObject(confirmed('base-ot', 'R3', 2))
    expect(net.journal).toEqual([])
  })

  it('R4 a wrong public share, and a wrong proof', async () => {
    const tamper = firstOf(
      editBroadcast(R4, oneToTwo, body => ({ publicShare: body.proofCommitment })),
      editBroadcast(R4, { from: 2, to: 1 }, body => ({ proofResponse: flip(body.proofResponse, 31) })),
    )
    const { net, outcomes } = await generate(2, 2, { faults: { tamper } })
    expect(outcomes.get(2)?.error).toMatchObject(confirmed('bad-public-share', 'R4'))
    expect(outcomes.get(1)?.error).toMatchObject(confirmed('bad-proof', 'R4', 2))
    expect(net.journal).toEqual([])
  })

  it('R4 inconsistent seed trees, after which nobody has a certified key', async () => {
    const { net, outcomes } = await generate(2, 2, { faults: { tamper: editDirect(R4, oneToTwo, body => ({ trees: flip(body.trees, 5119) })) } })
    expect(outcomes.get(2)?.error).toMatchObject(confirmed('pprf', 'R4'))
    expect(outcomes.get(1)?.error).toMatchObject({ code: 'certificates-missing', context: { missing: [2] } })
    expect(net.journal.map(({ index }) => index)).toEqual([1])
  })

  it('R5 a wrong certificate, and one for another key', async () => {
    const tamper = firstOf(
      editBroadcast(R5, oneToTwo, body => ({ signature: flip(body.signature) })),
      editFrame(R5, BROADCAST, { from: 2, to: 1 }, ({ echo }) => ({ echo: flip(echo) })),
    )
    const { net, outcomes } = await generate(2, 2, { faults: { tamper } })
    expect(outcomes.get(2)?.error).toMatchObject({ code: 'bad-certificate', culprits: [{ party: 1, certainty: 'confirmed' }] })
    expect(outcomes.get(1)?.error).toMatchObject(mismatch('R5'))
    // both keep their pending share: the key may exist for the other
    expect(net.journal.map(({ kind }) => kind)).toEqual(['pending', 'pending'])
  })
})
