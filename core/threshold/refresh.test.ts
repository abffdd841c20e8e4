import { secp256k1 } from '@noble/curves/secp256k1.js'
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
  type Tamper,
  testIdentity,
  testSealingKey,
  testShares,
  valuesOf,
} from '../../test/support/index.ts'
import { secretOf, signersOf } from '../../test/support/key-checks.ts'
import { revealShare } from '../../test/support/reveal.ts'
import { equal, hex } from '../bytes.ts'
import { BROADCAST } from '../ceremony/frame.ts'
import { kernel } from '../kernel/index.ts'
import { decodeBackup, encodeBackup } from './backup.ts'
import { movePlan } from './committee.ts'
import { type DealPlan, deal } from './deal.ts'
import { settle } from './generations.ts'
import { activate, burnPeer, decodeShare, encodeShare, type KeyShare, keyCertificateOf, refresh, verifyCertificates } from './index.ts'
import { D1, D2, D3, D4, D5, D6, D7 } from './rounds.ts'
import { secretsOf, withCertificates } from './share.ts'

/** The readable engine takes seconds for every pair of members. One refresh is enough for it here: test/vectors/threshold/moves.test.ts compares every byte. */
const slowEngine = kernel.name === 'reference'

const verify = testIdentity(1).verify
const share = (shares: ReadonlyMap<number, KeyShare>, seat: number) => shares.get(seat) as KeyShare

async function refreshAll(shares: ReadonlyMap<number, KeyShare>, epochNo: number, options: NetworkOptions = {}) {
  const net = memoryNetwork([...shares.keys()], { seed: `refresh ${epochNo}`, ...options })
  return { net, outcomes: await net.run((ctx, seat) => refresh(ctx, share(shares, seat), { epochNo })) }
}

/** Shares as they are after a restore. */
const restored = (one: KeyShare): KeyShare =>
  decodeBackup(encodeBackup(one, { identitySeed: labelled('seed', one.index), voteKey: labelled('vote', one.index), pool: '{}' }), verify).share

function isNextGeneration(fresh: ReadonlyMap<number, KeyShare>, old: KeyShare, epochNo: number): void {
  for (const one of fresh.values()) {
    verifyCertificates(one, verify)
    expect(decodeShare(encodeShare(one, testSealingKey(one.index)), testSealingKey(one.index)).index).toBe(one.index)
    const { publicKey, chainCode, keyId, threshold, parties } = old
    expect(one).toMatchObject({ publicKey, chainCode, keyId, threshold, parties, epochNo, parentEpoch: old.epoch, active: true })
    expect(one.burned.size).toBe(0)
    expect(equal(one.epoch, old.epoch)).toBe(false)
  }
}

describe('refresh', () => {
  it('2-of-3: every quorum signs with the new shares, and with the old until they are erased', async () => {
    const shares = testShares(3, 2)
    burnPeer(share(shares, 1), 2, 'gamma-k')
    const before = new Map([...shares].map(([seat, one]) => [seat, revealShare(one)]))
    const { net, outcomes } = await refreshAll(shares, 1)
    const fresh = valuesOf(outcomes)
    isNextGeneration(fresh, share(shares, 1), 1)
    const { address } = share(shares, 1)
    for (const quorum of [
      [1, 2],
      [1, 3],
      [2, 3],
    ])
      expect(await signersOf(fresh, quorum)).toEqual([address])
    expect(await signersOf(shares, [2, 3])).toEqual([address])
    for (const [seat, one] of shares) expect(revealShare(one)).toEqual(before.get(seat))
    // durable before certified
    expect(net.journal.map(({ index, kind }) => ({ index, kind }))).toEqual([1, 2, 3].map(index => ({ index, kind: 'pending' })))
    expect(net.progress.filter(entry => entry.index === 1 && entry.missing.length === 0).map(entry => entry.round)).toEqual([
      'D1',
      'D2',
      'D3',
      'D4',
      'D5',
      'D6',
      'D7',
    ])
  })

  it.skipIf(slowEngine)('makes old and new shares useless together', async () => {
    const shares = testShares(3, 2)
    const fresh = valuesOf((await refreshAll(shares, 1)).outcomes)
    const key = hex(secretOf([share(fresh, 1), share(fresh, 2)]))
    expect(hex(secp256k1.getPublicKey(secretOf([share(fresh, 1), share(fresh, 2)]), true))).toBe(hex(share(shares, 1).publicKey))
    expect(hex(secretOf([share(shares, 2), share(shares, 3)]))).toBe(key)
    expect(hex(secretOf([share(shares, 1), share(fresh, 2)]))).not.toBe(key)
    expect(hex(secretOf([share(fresh, 1), share(shares, 2)]))).not.toBe(key)
    const mixed = new Map([
      [1, share(shares, 1)],
      [2, share(fresh, 2)],
    ])
    expect(await signersOf(mixed, [1, 2])).toEqual(['view-mismatch'])
  })

  it.skipIf(slowEngine)('3-of-5, with faulty lines, a restored share and burned pairs', async () => {
    const shares = testShares(5, 3)
    shares.set(4, restored(share(shares, 4)))
    expect(share(shares, 4).restored).toBe(true)
    burnPeer(share(shares, 1), 5, 'vole-check')
    const { outcomes } = await refreshAll(shares, 7, { faults: { reorder: true, duplicate: 0.2, delay: 0.2 } })
    const fresh = valuesOf(outcomes)
    isNextGeneration(fresh, share(shares, 1), 7)
    for (const quorum of [
      [1, 4, 5],
      [2, 3, 4],
    ])
      expect(await signersOf(fresh, quorum)).toEqual([share(shares, 1).address])
  })

  it.skipIf(slowEngine)('certificates that one member withholds leave pending shares, of which the highest wins everywhere', async () => {
    const shares = testShares(3, 2)
    const withheld: NetworkOptions = { faults: { drop: ({ from, round }) => from === 1 && round === 'D7' } }
    const runs = [await refreshAll(shares, 1, withheld), await refreshAll(shares, 2, withheld)]
    for (const { outcomes } of runs)
      for (const seat of [2, 3])
        expect(outcomes.get(seat)?.error).toMatchObject({
          code: 'certificates-missing',
          context: { missing: [1] },
          culprits: [{ party: 1, certainty: 'suspected' }],
        })
    const pendingOf = (seat: number) =>
      runs.map(({ net }) => {
        const entry = net.journal.find(({ index }) => index === seat)
        if (entry?.kind !== 'pending') return expect.unreachable()
        return decodeShare(encodeShare(entry.share, testSealingKey(seat)), testSealingKey(seat))
      })
    const sets = runs.map(({ outcomes }) => keyCertificateOf(outcomes.get(1)?.value as KeyShare))
    // the one who withheld hands the first set to 2 and the second to 3
    const [first, second] = sets as [(typeof sets)[0], (typeof sets)[0]]
    const two = settle({ active: share(shares, 2), pending: pendingOf(2) }, first)
    const three = settle({ active: share(shares, 3), pending: pendingOf(3) }, second)
    expect([two.verdict, two.pending.map(({ epochNo }) => epochNo)]).toEqual(['activate', [2]])
    expect([three.verdict, three.pending.length, three.erased.map(({ epochNo }) => epochNo)]).toEqual(['activate', 0, [0, 1]])
    // 2 meets 3
    expect(settle(three, first).verdict).toBe('superseded')
    const later = settle(two, second)
    expect(later.verdict).toBe('activate')
    const active = new Map([
      [2, activate(later.active as KeyShare, second, verify)],
      [3, activate(three.active as KeyShare, second, verify)],
    ])
    expect(await signersOf(active, [2, 3])).toEqual([share(shares, 1).address])
  })
})

describe('what a refresh refuses before anything is sent', () => {
  const shares = testShares(3, 2)
  const refused = async (code: string, run: (net: ReturnType<typeof memoryNetwork>) => Promise<unknown>, seats = [1, 2, 3]) => {
    const net = memoryNetwork(seats)
    await expect(run(net)).rejects.toMatchObject({ code })
    expect(net.sent).toEqual([])
  }
  it('a number that is not above that of the share', () => refused('epoch-taken', net => refresh(net.context(1), share(shares, 1), { epochNo: 0 })))
  it('a number that is none', () => refused('invalid-argument', net => refresh(net.context(1), share(shares, 1), { epochNo: 1.5 })))
  it('fewer than all members', () => refused('bad-parties', net => refresh(net.context(1), share(shares, 1), { epochNo: 1 }), [1, 2]))
  it('somebody who is no member', () => refused('bad-parties', net => refresh(net.context(1), share(shares, 1), { epochNo: 1 }), [1, 2, 4]))
  it('a share of another member', () => refused('bad-parties', net => refresh(net.context(1), share(shares, 2), { epochNo: 1 })))
  it('a member with another identity', async () => {
    const net = memoryNetwork([1, 2, 3], { identityOf: index => (index === 3 ? 33 : index) })
    await expect(refresh(net.context(1), share(shares, 1), { epochNo: 1 })).rejects.toMatchObject({ code: 'bad-parties' })
    expect(net.sent).toEqual([])
  })
  it('a share that is not certified by all', () => {
    const mine = share(shares, 1)
    const certificates = new Map([...mine.certificates].filter(([seat]) => seat !== 3))
    const pending = withCertificates(mine, certificates)
    return refused('certificates-missing', net => refresh(net.context(1), pending, { epochNo: 1 }))
  })
})

/** Member 1 cheats in what it deals; the others run the protocol. */
async function dealtBy(cheat: (plan: DealPlan) => DealPlan, faults: NetworkOptions['faults'] = {}) {
  const shares = testShares(3, 2)
  const net = memoryNetwork([1, 2, 3], { faults })
  return net.run((ctx, seat) => {
    if (seat !== 1) return refresh(ctx, share(shares, seat), { epochNo: 1 })
    const parties = [...ctx.parties]
    const dealers = parties.map(({ index }) => ({ party: index, index }))
    const mine = share(shares, 1)
    return deal(ctx, cheat(movePlan(ctx, 'refresh', { key: mine, parties, share: mine, dealers, members: parties, threshold: 2, epochNo: 1 })))
  })
}

const confirmed = (code: string, round: string, party = 1) => ({
  code,
  context: expect.objectContaining({ round }),
  culprits: [expect.objectContaining({ party, certainty: 'confirmed' })],
})

describe('what a member of a refresh notices', () => {
  const forget = (plan: DealPlan, seat: number): DealPlan => ({ ...plan, dealers: new Map([...plan.dealers, [seat, undefined]]) })

  it.each<[string, (plan: DealPlan) => DealPlan, string]>([
    ['a contribution that is random', plan => ({ ...forget(plan, 1), constant: undefined }), 'bad-contribution'],
    [
      'a contribution with another weight',
      plan => ({ ...forget(plan, 1), constant: { share: secretsOf(share(testShares(3, 2), 1)).share, weight: 1n } }),
      'bad-contribution',
    ],
    ['a larger degree', plan => ({ ...plan, threshold: 3 }), 'wrong-degree'],
    ['a smaller degree', plan => ({ ...plan, threshold: 1 }), 'wrong-degree'],
    [
      'no polynomial at all',
      plan => ({ ...plan, constant: undefined, dealers: new Map([...plan.dealers].filter(([seat]) => seat !== 1)) }),
      'wrong-degree',
    ],
  ])('%s', async (_, cheat, code) => {
    const outcomes = await dealtBy(cheat)
    for (const seat of [2, 3]) expect(outcomes.get(seat)?.error).toMatchObject(confirmed(code, 'D2'))
  })

  it('a share of its own that is damaged, before anybody else does', async () => {
    const outcomes = await dealtBy(plan => ({ ...plan, constant: { share: secretsOf(share(testShares(3, 2, 'other'), 1)).share, weight: 1n } }))
    expect(outcomes.get(1)?.error?.code).toBe('internal')
    for (const seat of [2, 3]) expect(outcomes.get(seat)?.error).toMatchObject({ code: 'deadline', context: { round: 'D1', missing: [1] } })
  })

  const oneToTwo = { from: 1, to: 2 } as const
  const mismatch = (round: string) => ({ code: 'view-mismatch', context: expect.objectContaining({ round }), culprits: [] })
  const pairOf = async (tamper: Tamper) => {
    const shares = testShares(2, 2)
    const net = memoryNetwork([1, 2], { faults: { tamper } })
    return { net, outcomes: await net.run((ctx, seat) => refresh(ctx, share(shares, seat), { epochNo: 1 })) }
  }

  it.each<[string, Tamper, object]>([
    ['D1 of another session', editFrame(D1, BROADCAST, oneToTwo, ({ echo }) => ({ echo: flip(echo) })), mismatch('D1')],
    ['D2 opening', editBroadcast(D2, oneToTwo, body => ({ blind: flip(body.blind) })), confirmed('bad-opening', 'D2')],
    ['D2 proof', editBroadcast(D2, oneToTwo, body => ({ proofResponse: flip(body.proofResponse, 31) })), confirmed('bad-proof', 'D2')],
    ['D3 share', editDirect(D3, oneToTwo, body => ({ share: flip(body.share, 31) })), confirmed('bad-share', 'D3')],
    ['D4 base transfers', editDirect(D4, oneToTwo, body => ({ baseOt: new Uint8Array(body.baseOt.length).fill(255) })), confirmed('base-ot', 'D4')],
  ])('%s', async (_, tamper, expected) => {
    const { net, outcomes } = await pairOf(tamper)
    expect(outcomes.get(2)?.error).toMatchObject(expected)
    expect(net.journal.filter(({ index }) => index === 2)).toEqual([])
  })

  it.skipIf(slowEngine).each<[string, Tamper, object, object]>([
    [
      'D6 public share and D5 seed trees',
      firstOf(
        editBroadcast(D6, oneToTwo, body => ({ publicShare: body.proofCommitment })),
        editDirect(D5, { from: 2, to: 1 }, body => ({ trees: flip(body.trees, 5119) })),
      ),
      confirmed('bad-public-share', 'D6'),
      confirmed('pprf', 'D5', 2),
    ],
    [
      'D6 proof, and D7 of another key',
      firstOf(
        editBroadcast(D6, oneToTwo, body => ({ proofResponse: flip(body.proofResponse, 31) })),
        editFrame(D7, BROADCAST, { from: 2, to: 1 }, ({ echo }) => ({ echo: flip(echo) })),
      ),
      confirmed('bad-proof', 'D6'),
      { code: 'certificates-missing', context: { missing: [2] } },
    ],
    [
      'D7 signature, and D7 of another key',
      firstOf(
        editBroadcast(D7, oneToTwo, body => ({ signature: flip(body.signature) })),
        editFrame(D7, BROADCAST, { from: 2, to: 1 }, ({ echo }) => ({ echo: flip(echo) })),
      ),
      { code: 'bad-certificate', culprits: [{ party: 1, certainty: 'confirmed' }] },
      mismatch('D7'),
    ],
  ])('%s', async (_, tamper, atTwo, atOne) => {
    const { outcomes } = await pairOf(tamper)
    expect(outcomes.get(2)?.error).toMatchObject(atTwo)
    expect(outcomes.get(1)?.error).toMatchObject(atOne)
  })

  it('a member of another generation, other numbers, and another pool', async () => {
    const shares = testShares(3, 2)
    const others = testShares(3, 2, 'another key')
    const runs: ((net: ReturnType<typeof memoryNetwork>, seat: number) => Promise<unknown>)[] = [
      (net, seat) => refresh(net.context(seat), share(seat === 2 ? others : shares, seat), { epochNo: 1 }),
      (net, seat) => refresh(net.context(seat), share(shares, seat), { epochNo: seat }),
      (net, seat) => refresh({ ...net.context(seat), poolHash: labelled('pool', seat % 2) }, share(shares, seat), { epochNo: 1 }),
    ]
    for (const run of runs) {
      const net = memoryNetwork([1, 2, 3])
      const outcomes = await net.run((_, seat) => run(net, seat))
      for (const { error } of outcomes.values()) expect(error).toMatchObject(mismatch('D1'))
      expect(net.journal).toEqual([])
    }
  })

  it.skipIf(slowEngine)('silence, by name, in every round', async () => {
    for (const round of ['D1', 'D2', 'D3', 'D4', 'D5', 'D6']) {
      const shares = testShares(2, 2)
      const net = memoryNetwork([1, 2], { faults: { drop: message => message.from === 1 && message.round === round } })
      const outcomes = await net.run((ctx, seat) => refresh(ctx, share(shares, seat), { epochNo: 1 }))
      expect(outcomes.get(2)?.error).toMatchObject({
        code: 'deadline',
        context: { round, missing: [1] },
        culprits: [{ party: 1, certainty: 'suspected' }],
      })
    }
  })
})
