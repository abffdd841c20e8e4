import { secp256k1 } from '@noble/curves/secp256k1.js'
import { describe, expect, it } from 'vitest'
import {
  editBroadcast,
  editDirect,
  flip,
  memoryNetwork,
  type NetworkOptions,
  type Outcome,
  type Tamper,
  testIdentity,
  testSealingKey,
  testShares,
  valuesOf,
} from '../../test/support/index.ts'
import { secretOf, signersOf } from '../../test/support/key-checks.ts'
import { equal, hex } from '../bytes.ts'
import { kernel } from '../kernel/index.ts'
import { movePlan } from './committee.ts'
import { type DealPlan, deal } from './deal.ts'
import {
  activate,
  decodeShare,
  encodeShare,
  type KeyCertificate,
  type KeyShare,
  keyCertificateOf,
  type ReshareInput,
  refresh,
  reshare,
  verifyCertificates,
} from './index.ts'
import { D3, D4, D6, D7 } from './rounds.ts'
import { withCertificates } from './share.ts'

/** As in refresh.test.ts: one whole reshare is enough for the readable engine here. */
const slowEngine = kernel.name === 'reference'
const verify = testIdentity(1).verify
const share = (shares: ReadonlyMap<number, KeyShare>, seat: number) => shares.get(seat) as KeyShare

/** Address of the old member in a seat that leaves, or that another person takes over. */
const leaving = (seat: number): number => 0x8000 + seat

/** A hand-over: old shares by seat, dealers by [index in the ceremony, old seat], new committee. */
interface Handover {
  readonly old: ReadonlyMap<number, KeyShare>
  readonly dealers: readonly (readonly [party: number, index: number])[]
  readonly members: readonly number[]
  readonly threshold: number
  readonly epochNo?: number
  /** Seats of the new committee that are other people than in the old one. */
  readonly replaced?: readonly number[]
}

/** New people have the identities of seats from 100 on. */
const identities =
  ({ dealers, replaced = [] }: Handover) =>
  (index: number) =>
    replaced.includes(index) ? 100 + index : (dealers.find(([party]) => party === index)?.[1] ?? index)

function prepare(handover: Handover, options: NetworkOptions = {}) {
  const { old, members, threshold, epochNo = 1 } = handover
  const dealers = handover.dealers.map(([party, index]) => ({ party, index }))
  const seats = [...new Set([...dealers.map(({ party }) => party), ...members])]
  const identityOf = identities(handover)
  const net = memoryNetwork(seats, { identityOf, ...options })
  const key = keyCertificateOf([...old.values()][0] as KeyShare)
  const input: ReshareInput = { key, dealers, members, threshold, epochNo }
  const shareOf = (party: number) => {
    const dealer = dealers.find(one => one.party === party)
    return dealer && old.get(dealer.index)
  }
  return { net, seats, input, identityOf, shareOf, run: () => net.run((ctx, seat) => reshare(ctx, shareOf(seat), input)) }
}

/** The new committee of a hand-over in which nothing went wrong, after what must hold for each. */
async function handOver(handover: Handover, options: NetworkOptions = {}) {
  const { net, run, identityOf } = prepare(handover, options)
  const outcomes = await run()
  const values = valuesOf(outcomes)
  const [before] = [...handover.old.values()] as [KeyShare]
  const fresh = new Map<number, KeyShare>()
  for (const [seat, value] of values) {
    expect(value === undefined).toBe(!handover.members.includes(seat))
    if (value !== undefined) fresh.set(seat, value)
  }
  for (const one of fresh.values()) {
    verifyCertificates(one, verify)
    const { publicKey, chainCode, keyId, address } = before
    expect(one).toMatchObject({ publicKey, chainCode, keyId, address, parentEpoch: before.epoch, threshold: handover.threshold, active: true })
    expect(one.parties.map(({ index }) => index)).toEqual([...handover.members].sort((a, b) => a - b))
    expect(decodeShare(encodeShare(one, testSealingKey(1)), testSealingKey(1)).index).toBe(one.index)
  }
  // who only deals shares no secrets with anybody: nothing but commitments, shares and silence
  for (const { from, to, round } of net.sent) {
    if (!handover.members.includes(from)) expect(['D1', 'D2', 'D3']).toContain(round)
    if (!handover.members.includes(to)) expect(['D1', 'D2', 'D6', 'D7']).toContain(round)
  }
  return { fresh, net, outcomes, signs: (quorum: readonly number[]) => signersOf(fresh, quorum, { identityOf }) }
}

describe('reshare', () => {
  it.skipIf(slowEngine)('2-of-3 to 3-of-5 that overlap', async () => {
    const old = testShares(3, 2)
    const { fresh, signs } = await handOver({
      old,
      dealers: [
        [1, 1],
        [3, 3],
      ],
      members: [1, 2, 3, 4, 5],
      threshold: 3,
    })
    const { address } = share(old, 1)
    for (const quorum of [
      [1, 4, 5],
      [2, 3, 4],
    ])
      expect(await signs(quorum)).toEqual([address])
    // the old shares are as they were, and fit no new one
    expect(await signersOf(old, [1, 2])).toEqual([address])
    const key = hex(secretOf([share(old, 1), share(old, 2)]))
    expect(hex(secretOf([share(fresh, 1), share(fresh, 4), share(fresh, 5)]))).toBe(key)
    for (const mixed of [
      [share(old, 1), share(fresh, 2)],
      [share(old, 1), share(old, 2), share(fresh, 3)],
      [share(fresh, 1), share(fresh, 2)],
    ])
      expect(hex(secretOf(mixed))).not.toBe(key)
  })

  it('2-of-3 to a 2-of-2 of other people in the same seats', async () => {
    const old = testShares(3, 2)
    const { fresh, signs } = await handOver({
      old,
      dealers: [
        [leaving(2), 2],
        [leaving(3), 3],
      ],
      members: [1, 2],
      threshold: 2,
      replaced: [1, 2],
    })
    expect(await signs([1, 2])).toEqual([share(old, 1).address])
    expect(equal(share(fresh, 2).parties[1]?.identity as Uint8Array, share(old, 2).parties[1]?.identity as Uint8Array)).toBe(false)
  })

  it.skipIf(slowEngine)('a replaced device: the same seat under another identity, with and without the old one', async () => {
    const old = testShares(3, 2)
    const { signs } = await handOver({
      old,
      dealers: [
        [1, 1],
        [3, 3],
      ],
      members: [1, 2, 3],
      threshold: 2,
      replaced: [2],
    })
    expect(await signs([2, 3])).toEqual([share(old, 1).address])
  })

  it.skipIf(slowEngine)('3-of-4 to 2-of-3, seats swapped, over faulty lines', async () => {
    const old = testShares(4, 3)
    const { fresh, signs } = await handOver(
      {
        old,
        dealers: [
          [2, 1],
          [1, 2],
          [leaving(4), 4],
        ],
        members: [7, 2, 1],
        threshold: 2,
        epochNo: 9,
      },
      { faults: { reorder: true, duplicate: 0.2, delay: 0.2 } },
    )
    expect(share(fresh, 7).epochNo).toBe(9)
    for (const quorum of [
      [1, 2],
      [2, 7],
    ])
      expect(await signs(quorum)).toEqual([share(old, 1).address])
    expect(hex(secp256k1.getPublicKey(secretOf([share(fresh, 1), share(fresh, 7)]), true))).toBe(hex(share(old, 1).publicKey))
  })

  it.skipIf(slowEngine)('is followed by a refresh of the new committee, and that by another reshare', async () => {
    const first = await handOver({
      old: testShares(2, 2),
      dealers: [
        [1, 1],
        [2, 2],
      ],
      members: [1, 2, 3],
      threshold: 2,
    })
    const net = memoryNetwork([1, 2, 3], { seed: 'between' })
    const between = valuesOf(await net.run((ctx, seat) => refresh(ctx, share(first.fresh, seat), { epochNo: 2 })))
    const second = await handOver({
      old: between,
      dealers: [
        [leaving(1), 1],
        [3, 3],
      ],
      members: [3, 4],
      threshold: 2,
      epochNo: 3,
    })
    expect(await second.signs([3, 4])).toEqual([share(first.fresh, 1).address])
  })

  it.skipIf(slowEngine)(
    'certificates that do not arrive: the pending share is good with the full set, and the leaving dealer is told who is missing',
    async () => {
      const handover: Handover = {
        old: testShares(2, 2),
        dealers: [
          [leaving(1), 1],
          [2, 2],
        ],
        members: [2, 3],
        threshold: 2,
      }
      const { net, run, identityOf } = prepare(handover, { faults: { drop: ({ from, to, round }) => round === 'D7' && from === 2 && to !== 2 } })
      const outcomes = await run()
      for (const seat of [leaving(1), 3]) expect(outcomes.get(seat)?.error).toMatchObject({ code: 'certificates-missing', context: { missing: [2] } })
      const two = outcomes.get(2)?.value as KeyShare
      const entry = net.journal.find(({ index }) => index === 3)
      if (entry?.kind !== 'pending') return expect.unreachable()
      expect(net.journal.map(({ index }) => index).sort()).toEqual([2, 3])
      const stored = decodeShare(encodeShare(entry.share, testSealingKey(3)), testSealingKey(3))
      const three = activate(stored, keyCertificateOf(two), verify)
      const fresh = new Map([
        [2, two],
        [3, three],
      ])
      expect(await signersOf(fresh, [2, 3], { identityOf })).toEqual([two.address])
    },
  )
})

const simple = (): Handover => ({
  old: testShares(3, 2),
  dealers: [
    [1, 1],
    [leaving(2), 2],
  ],
  members: [1, 3],
  threshold: 2,
})

describe('what a reshare refuses before anything is sent', () => {
  type Change = (input: ReshareInput) => Partial<ReshareInput>
  const forged =
    (change: (key: KeyCertificate) => Partial<KeyCertificate>): Change =>
    ({ key }) => ({ key: { ...key, ...change(key) } })

  it.each<[string, Change, string]>([
    ['too few dealers', ({ dealers }) => ({ dealers: dealers.slice(1) }), 'bad-parties'],
    ['too many dealers', ({ dealers }) => ({ dealers: [...dealers, { party: 3, index: 3 }] }), 'bad-parties'],
    ['a dealer twice', ({ dealers }) => ({ dealers: dealers.map(({ index }) => ({ party: 1, index })) }), 'bad-parties'],
    ['a share twice', ({ dealers }) => ({ dealers: dealers.map(({ party }) => ({ party, index: 1 })) }), 'bad-parties'],
    [
      'a dealer that is no member of the key',
      ({ dealers }) => ({ dealers: dealers.map(({ party }, i) => ({ party, index: i + 8 })) }),
      'bad-parties',
    ],
    [
      'a dealer with the seat of another',
      ({ dealers }) => ({ dealers: dealers.map(({ party }) => ({ party, index: party === 1 ? 3 : 2 })) }),
      'bad-parties',
    ],
    ['a member that is not here', () => ({ members: [1, 3, 4] }), 'bad-parties'],
    ['a member twice', () => ({ members: [1, 3, 3] }), 'bad-parties'],
    ['a party without a part', () => ({ members: [1] }), 'bad-parties'],
    ['a threshold above the members', () => ({ threshold: 3 }), 'bad-parties'],
    ['a threshold of one', () => ({ threshold: 1 }), 'bad-parties'],
    ['a number that is not above that of the key', () => ({ epochNo: 0 }), 'epoch-taken'],
    ['a key with another public key', forged(() => ({ publicKey: kernel.points.base })), 'bad-certificate'],
    ['a key with another chain code', forged(({ chainCode }) => ({ chainCode: flip(chainCode) })), 'bad-certificate'],
    ['a key with another epoch', forged(({ epoch }) => ({ epoch: flip(epoch) })), 'bad-certificate'],
    ['a key with a smaller threshold', forged(() => ({ threshold: 1 })), 'bad-certificate'],
    [
      'a key with another public share',
      forged(({ publicShares }) => ({ publicShares: new Map([...publicShares, [3, kernel.points.base]]) })),
      'bad-certificate',
    ],
    [
      'a key that one member has not certified',
      forged(({ certificates }) => ({ certificates: new Map([...certificates].filter(([seat]) => seat !== 3)) })),
      'certificates-missing',
    ],
  ])('%s', async (_, change, code) => {
    const { net, input, shareOf } = prepare(simple())
    for (const seat of [1, 3]) await expect(reshare(net.context(seat), shareOf(seat), { ...input, ...change(input) })).rejects.toMatchObject({ code })
    expect(net.sent).toEqual([])
  })

  it('a dealer without its share, with that of another, or of another generation', async () => {
    const { net, input } = prepare(simple())
    const { old } = simple()
    const others = testShares(3, 2, 'another key')
    const attempt = (mine: KeyShare | undefined) => reshare(net.context(1), mine, input)
    await expect(attempt(undefined)).rejects.toMatchObject({ code: 'bad-parties' })
    await expect(attempt(share(old, 2))).rejects.toMatchObject({ code: 'bad-parties' })
    await expect(attempt(share(others, 1))).rejects.toMatchObject({ code: 'wrong-epoch' })
    expect(net.sent).toEqual([])
  })

  it('a dealer under an identity that is not that of its share', async () => {
    const { input, shareOf, seats } = prepare(simple())
    const net = memoryNetwork(seats, { identityOf: index => (index === 1 ? 77 : index === leaving(2) ? 2 : index) })
    for (const seat of seats) await expect(reshare(net.context(seat), shareOf(seat), input)).rejects.toMatchObject({ code: 'bad-parties' })
    expect(net.sent).toEqual([])
  })
})

describe('what the parties of a reshare notice', () => {
  const confirmed = (code: string, round: string, party: number) => ({
    code,
    context: expect.objectContaining({ round }),
    culprits: [expect.objectContaining({ party, certainty: 'confirmed' })],
  })

  /** The party `cheater` runs the engine with another plan. */
  async function cheated(cheater: number, cheat: (plan: DealPlan) => DealPlan): Promise<Map<number, Outcome<KeyShare | undefined>>> {
    const handover = simple()
    const { net, input, shareOf } = prepare(handover)
    return net.run((ctx, seat) => {
      if (seat !== cheater) return reshare(ctx, shareOf(seat), input)
      const members = [...ctx.parties].filter(({ index }) => input.members.includes(index)).sort((a, b) => a.index - b.index)
      return deal(ctx, cheat(movePlan(ctx, 'reshare', { ...input, parties: ctx.parties, share: shareOf(seat), members })))
    })
  }
  const forget = (plan: DealPlan, seat: number): DealPlan => ({ ...plan, dealers: new Map([...plan.dealers, [seat, undefined]]) })

  it.each<[string, number, (plan: DealPlan) => DealPlan, string]>([
    ['a leaving dealer that deals something else', leaving(2), plan => ({ ...forget(plan, leaving(2)), constant: undefined }), 'bad-contribution'],
    ['a leaving dealer that changes the threshold', leaving(2), plan => ({ ...plan, threshold: 3 }), 'wrong-degree'],
    ['a new member that deals', 3, plan => forget(plan, 3), 'wrong-degree'],
  ])('%s', async (_, cheater, cheat, code) => {
    const outcomes = await cheated(cheater, cheat)
    for (const [seat, { error }] of outcomes) if (seat !== cheater) expect(error).toMatchObject(confirmed(code, 'D2', cheater))
  })

  it('other ideas of dealers, members, threshold, number or key', async () => {
    const other = testShares(3, 2, 'another key')
    const changes: Partial<ReshareInput>[] = [
      { epochNo: 2 },
      { threshold: 3, members: [1, leaving(2), 3] },
      { key: keyCertificateOf(share(other, 1)) },
      {
        dealers: [
          { party: 3, index: 3 },
          { party: leaving(2), index: 2 },
        ],
      },
    ]
    for (const change of changes) {
      const { net, input, shareOf } = prepare(simple())
      const mine = share(change.key === undefined ? simple().old : other, 3)
      const outcomes = await net.run((ctx, seat) => reshare(ctx, seat === 3 ? mine : shareOf(seat), { ...input, ...(seat === 3 ? change : {}) }))
      const codes = [...outcomes.values()].map(({ error }) => error?.code)
      expect(codes.filter(code => code === 'view-mismatch').length).toBeGreaterThan(0)
      expect(codes.every(code => code === 'view-mismatch' || code === 'bad-parties' || code === 'deadline')).toBe(true)
      for (const { error } of outcomes.values()) expect(error?.culprits.filter(({ certainty }) => certainty === 'confirmed')).toEqual([])
      expect(net.sent.every(({ round }) => round === 'D1')).toBe(true)
      expect(net.journal).toEqual([])
    }
  })

  it.each<[string, Tamper, number, object]>([
    [
      'a share from a leaving dealer that does not fit',
      editDirect(D3, { from: leaving(2), to: 3 }, body => ({ share: flip(body.share, 31) })),
      3,
      confirmed('bad-share', 'D3', leaving(2)),
    ],
    [
      'base transfers of a member',
      editDirect(D4, { from: 3, to: 1 }, body => ({ baseOt: new Uint8Array(body.baseOt.length).fill(255) })),
      1,
      confirmed('base-ot', 'D4', 3),
    ],
    [
      'a proof that a leaving dealer sees',
      editBroadcast(D6, { from: 3, to: leaving(2) }, body => ({ proofResponse: flip(body.proofResponse, 31) })),
      leaving(2),
      confirmed('bad-proof', 'D6', 3),
    ],
    [
      'a certificate that a leaving dealer sees',
      editBroadcast(D7, { from: 3, to: leaving(2) }, body => ({ signature: flip(body.signature) })),
      leaving(2),
      { code: 'bad-certificate', culprits: [{ party: 3, certainty: 'confirmed' }] },
    ],
  ])('%s', async (_, tamper, victim, expected) => {
    const { run } = prepare(simple(), { faults: { tamper } })
    expect((await run()).get(victim)?.error).toMatchObject(expected)
  })

  it.skipIf(slowEngine)('silence in every round, by the name of who owes something', async () => {
    const owed: [round: string, from: number, missedBy: number][] = [
      ['D1', 3, leaving(2)],
      ['D2', leaving(2), 3],
      ['D3', leaving(2), 3],
      ['D4', 1, 3],
      ['D5', 3, 1],
      ['D6', 3, leaving(2)],
    ]
    for (const [round, from, missedBy] of owed) {
      const { run, net } = prepare(simple(), { faults: { drop: message => message.round === round && message.from === from } })
      expect((await run()).get(missedBy)?.error).toMatchObject({ code: 'deadline', context: { round, missing: [from] } })
      expect(net.journal.filter(({ index }) => index === missedBy)).toEqual([])
    }
  })

  it.skipIf(slowEngine)('certificates of members who left do not count, and a share is of use only after its own', async () => {
    const old = testShares(2, 2)
    const { fresh } = await handOver({
      old,
      dealers: [
        [leaving(1), 1],
        [leaving(2), 2],
      ],
      members: [3, 4],
      threshold: 2,
    })
    const three = share(fresh, 3)
    const mixed = new Map([[3, three.certificates.get(3) as Uint8Array], ...share(old, 1).certificates])
    const pending = withCertificates(three, mixed)
    expect(pending.active).toBe(false)
    expect(await signersOf(new Map([...fresh, [3, pending]]), [3, 4])).toContain('certificates-missing')
  })
})
