import { describe, expect, it } from 'vitest'
import {
  editBroadcast,
  editDirect,
  editFrame,
  firstOf,
  flip,
  labelled,
  memoryNetwork,
  signRequest,
  type Tamper,
  testShares,
} from '../../test/support/index.ts'
import { BROADCAST, DIRECT } from '../ceremony/frame.ts'
import { kernel } from '../kernel/index.ts'
import { burnPeer, decodeShare, encodeShare, type KeyShare, preprocess, sign } from './index.ts'
import { O1_OF_MORE, O1_OF_TWO, O2, P1, P2 } from './rounds.ts'

const { scalars, points } = kernel
const KEY = new Uint8Array(32).fill(7)
const G = points.base
const plus = (scalar: Uint8Array, k: bigint) => scalars.encode(scalars.add(scalars.decode(scalar), k))
const minusOne = scalars.negate(1n)
const shifted = (point: Uint8Array, k: bigint) =>
  points.combine([
    { point, scalar: 1n },
    { point: G, scalar: k },
  ]) as Uint8Array
const tooLarge = new Uint8Array(32).fill(0xff)
const noPoint = new Uint8Array(33).fill(0xff)

interface Expected {
  readonly code: string
  /** Parties named, and how sure that is; none by default. */
  readonly culprits?: readonly number[]
  readonly certainty?: 'confirmed' | 'suspected'
  readonly burned?: boolean
  readonly mayExist?: boolean
}
type Row = readonly [name: string, tamper: Tamper, expected: Expected]
const confirmed = (code: string, burned = false): Expected => ({ code, culprits: [1], certainty: 'confirmed', burned })

/** Party 1 cheats towards party 2, which has to notice. */
const oneToTwo = { from: 1, to: 2 } as const

const both: readonly Row[] = [
  ['P1 session of another ceremony', editFrame(P1, BROADCAST, oneToTwo, () => ({ echo: labelled('x') })), { code: 'view-mismatch' }],
  ['P1 commitment told differently to one', editBroadcast(P1, oneToTwo, body => ({ commitment: flip(body.commitment) })), { code: 'view-mismatch' }],
  ['P1 nonce told differently to one', editBroadcast(P1, oneToTwo, body => ({ nonce: flip(body.nonce) })), { code: 'view-mismatch' }],
  [
    'P1 commitment of 65 bytes',
    editFrame(P1, BROADCAST, oneToTwo, ({ body }) => ({ body: Uint8Array.of(...body, 0) })),
    confirmed('malformed-round'),
  ],
  ['P1 extension truncated', editFrame(P1, DIRECT, oneToTwo, ({ body }) => ({ body: body.subarray(1) })), confirmed('malformed-round')],
  ['P1 extension: hash of t', editDirect(P1, oneToTwo, body => ({ extension: flip(body.extension, 3599) })), confirmed('ote-check', true)],
  ['P1 extension: x-hat', editDirect(P1, oneToTwo, body => ({ extension: flip(body.extension, 3552) })), confirmed('ote-check', true)],
  ['P2 view', editFrame(P2, DIRECT, oneToTwo, ({ echo }) => ({ echo: flip(echo) })), { code: 'view-mismatch' }],
  ['P2 truncated', editFrame(P2, DIRECT, oneToTwo, ({ body }) => ({ body: body.subarray(1) })), confirmed('malformed-round')],
  [
    'P2 correction not below the order',
    editDirect(P2, oneToTwo, body => ({ multiplication: withBytes(body.multiplication, 32, tooLarge) })),
    confirmed('invalid-scalar'),
  ],
  [
    'P2 v not below the order',
    editDirect(P2, oneToTwo, body => ({ multiplication: withBytes(body.multiplication, 72_256, tooLarge) })),
    confirmed('invalid-scalar'),
  ],
  ['P2 hash of U', editDirect(P2, oneToTwo, body => ({ multiplication: flip(body.multiplication, 72_224) })), confirmed('vole-check', true)],
  ['P2 v', editDirect(P2, oneToTwo, body => ({ multiplication: flip(body.multiplication, 72_287) })), confirmed('vole-check', true)],
]

const onlineRows = (round: typeof O1_OF_TWO): readonly Row[] => [
  ['O1 bind', editFrame(round, DIRECT, oneToTwo, ({ echo }) => ({ echo: flip(echo) })), { code: 'bind-mismatch' }],
  ['O1 truncated', editFrame(round, DIRECT, oneToTwo, ({ body }) => ({ body: body.subarray(1) })), confirmed('malformed-round')],
  ['O1 blind', editDirect(round, oneToTwo, body => ({ blind: flip(body.blind) })), confirmed('bad-nonce-opening')],
  ['O1 nonce share of another point', editDirect(round, oneToTwo, () => ({ nonceShare: G })), confirmed('bad-nonce-opening')],
  ['O1 Gamma k no point', editDirect(round, oneToTwo, () => ({ gammaPointK: noPoint })), confirmed('invalid-point')],
  ['O1 Gamma x no point', editDirect(round, oneToTwo, () => ({ gammaPointX: noPoint })), confirmed('invalid-point')],
  ['O1 gamma k not below the order', editDirect(round, oneToTwo, () => ({ gammaK: tooLarge })), confirmed('invalid-scalar')],
  ['O1 gamma x not below the order', editDirect(round, oneToTwo, () => ({ gammaX: tooLarge })), confirmed('invalid-scalar')],
  ['O1 gamma k', editDirect(round, oneToTwo, body => ({ gammaK: plus(body.gammaK, 1n) })), confirmed('gamma-k', true)],
  ['O1 Gamma k', editDirect(round, oneToTwo, body => ({ gammaPointK: shifted(body.gammaPointK, 1n) })), confirmed('gamma-k', true)],
  ['O1 gamma x: another key share', editDirect(round, oneToTwo, body => ({ gammaX: plus(body.gammaX, 1n) })), confirmed('gamma-x', true)],
  ['O1 Gamma x', editDirect(round, oneToTwo, body => ({ gammaPointX: shifted(body.gammaPointX, 1n) })), confirmed('gamma-x', true)],
]

const lastRows: readonly Row[] = [
  ['O2 view of the nonce', editFrame(O2, BROADCAST, oneToTwo, ({ echo }) => ({ echo: flip(echo) })), { code: 'r-view', mayExist: true }],
  [
    'O2 truncated',
    editFrame(O2, BROADCAST, oneToTwo, ({ body }) => ({ body: body.subarray(1) })),
    { ...confirmed('malformed-round'), mayExist: true },
  ],
  ['O2 u not below the order', editBroadcast(O2, oneToTwo, () => ({ u: tooLarge })), { ...confirmed('invalid-scalar'), mayExist: true }],
  ['O2 w not below the order', editBroadcast(O2, oneToTwo, () => ({ w: tooLarge })), { ...confirmed('invalid-scalar'), mayExist: true }],
]

const ofTwo: readonly Row[] = [
  ...both,
  ...onlineRows(O1_OF_TWO),
  ...lastRows,
  ['O2 u', editBroadcast(O2, oneToTwo, body => ({ u: plus(body.u, 1n) })), { ...confirmed('final-verify', true), mayExist: true }],
  ['O2 w', editBroadcast(O2, oneToTwo, body => ({ w: plus(body.w, 1n) })), { ...confirmed('final-verify', true), mayExist: true }],
]

const unknown = (code: string, mayExist = false): Expected => ({ code, culprits: [1, 3], certainty: 'suspected', mayExist })
/** A key share moved by k·G with everything that a consistent cheater would move with it. */
const movedKey = (from: number, k: bigint): Tamper =>
  editDirect(O1_OF_MORE, { from, to: 2 }, body => ({ keyShare: shifted(body.keyShare, k), gammaX: plus(body.gammaX, k) }))

const ofThree: readonly Row[] = [
  ...both,
  ...onlineRows(O1_OF_MORE as unknown as typeof O1_OF_TWO),
  ...lastRows,
  ['O1 key share no point', editDirect(O1_OF_MORE, oneToTwo, () => ({ keyShare: noPoint })), confirmed('invalid-point')],
  ['O1 psi not below the order', editDirect(O1_OF_MORE, oneToTwo, () => ({ psi: tooLarge })), confirmed('invalid-scalar')],
  ['O1 key share', editDirect(O1_OF_MORE, oneToTwo, body => ({ keyShare: shifted(body.keyShare, 1n) })), confirmed('gamma-x', true)],
  ['O1 another key share, consistently', movedKey(1, 1n), unknown('pk-sum')],
  ['O1 two cheaters whose key shares cancel', firstOf(movedKey(1, 1n), movedKey(3, minusOne)), { code: 'r-view', mayExist: true }],
  ['O1 psi', editDirect(O1_OF_MORE, oneToTwo, body => ({ psi: plus(body.psi, 1n) })), unknown('final-verify', true)],
  ['O2 u', editBroadcast(O2, oneToTwo, body => ({ u: plus(body.u, 1n) })), unknown('final-verify', true)],
  ['O2 w', editBroadcast(O2, oneToTwo, body => ({ w: plus(body.w, 1n) })), unknown('final-verify', true)],
]

function withBytes(bytes: Uint8Array, at: number, replacement: Uint8Array): Uint8Array {
  const out = bytes.slice()
  out.set(replacement, at)
  return out
}

describe.each([
  ['two', [1, 2], ofTwo],
  ['three', [1, 2, 3], ofThree],
] as const)('a quorum of %s notices', (_, quorum, rows) => {
  it.each(rows)('%s', async (_name, tamper, expected) => {
    const shares = testShares(3, quorum.length)
    const net = memoryNetwork(quorum, { faults: { tamper } })
    const outcomes = await net.run((ctx, index) => sign(ctx, shares.get(index) as KeyShare, { request: signRequest(), quorum }))
    const error = outcomes.get(2)?.error
    expect(error?.code).toBe(expected.code)
    expect(error?.culprits.map(culprit => culprit.party)).toEqual(expected.culprits ?? [])
    for (const culprit of error?.culprits ?? []) expect(culprit.certainty).toBe(expected.certainty)
    expect(error?.context.signatureMayExist).toBe(expected.mayExist === true ? true : undefined)
    const share = shares.get(2) as KeyShare
    if (expected.burned === true) {
      expect(net.journal.filter(entry => entry.index === 2)).toEqual([{ index: 2, kind: 'burned', peer: 1, reason: expected.code }])
      expect([...share.burned]).toEqual([[1, expected.code]])
    } else {
      expect(net.journal.filter(entry => entry.kind === 'burned')).toEqual([])
      expect(share.burned.size).toBe(0)
    }
  })
})

describe('burn', () => {
  const quorum = [1, 2]
  const cheat = editDirect(P1, oneToTwo, body => ({ extension: flip(body.extension, 3599) }))

  /** Shares after party 1 was caught by party 2. */
  async function afterCheat() {
    const shares = testShares(3, 2)
    const net = memoryNetwork(quorum, { faults: { tamper: cheat } })
    await net.run((ctx, index) => sign(ctx, shares.get(index) as KeyShare, { request: signRequest(), quorum }))
    return { shares, net }
  }

  it('refuses the peer in every call, also after a restart, and leaves other quorums alone', async () => {
    const { shares } = await afterCheat()
    const restored = decodeShare(encodeShare(shares.get(2) as KeyShare, KEY), KEY)
    expect([...restored.burned]).toEqual([[1, 'ote-check']])
    for (const share of [shares.get(2) as KeyShare, restored]) {
      const net = memoryNetwork(quorum)
      await expect(sign(net.context(2), share, { request: signRequest(), quorum })).rejects.toMatchObject({
        code: 'peer-burned',
        context: { peer: 1 },
      })
      await expect(preprocess(net.context(2), share, { quorum })).rejects.toMatchObject({ code: 'peer-burned', context: { peer: 1 } })
      expect(net.sent).toEqual([])
    }
    const net = memoryNetwork([2, 3], { seed: 2 })
    const outcomes = await net.run((ctx, index) =>
      sign(ctx, index === 2 ? restored : (shares.get(3) as KeyShare), { request: signRequest(), quorum: [2, 3] }),
    )
    expect([...outcomes.values()].map(({ error }) => error)).toEqual([undefined, undefined])
  })

  it('leaves no OT state of the pair in the stored share', async () => {
    const { shares } = await afterCheat()
    const burned = encodeShare(shares.get(2) as KeyShare, KEY)
    const intact = encodeShare(shares.get(3) as KeyShare, KEY)
    // delta 16, two times 8192 bytes of leaves and the tag of their seal, with their peer
    expect(intact.length - burned.length).toBe(2 + 16 + 2 * 8192 + 32 - (2 + 4 + 'ote-check'.length))
  })

  it('is durable before anybody hears of the failure', async () => {
    const shares = testShares(3, 2)
    const share = shares.get(2) as KeyShare
    const order: string[] = []
    const net = memoryNetwork(quorum, { faults: { tamper: cheat } })
    await net.run((ctx, index) => {
      const burned = async (peer: number) => {
        // already refused in memory while the write is under way
        expect(share.burned.has(peer)).toBe(true)
        await new Promise<void>(resolve => setTimeout(resolve, 0))
        order.push('durable')
      }
      const run = sign({ ...ctx, journal: { ...ctx.journal, burned } }, shares.get(index) as KeyShare, { request: signRequest(), quorum })
      return index === 2 ? run.finally(() => order.push('thrown')) : run
    })
    expect(order).toEqual(['durable', 'thrown'])
  })

  it('says when the journal failed, and still refuses the peer', async () => {
    const shares = testShares(3, 2)
    const disk = new Error('disk full')
    const net = memoryNetwork(quorum, { faults: { tamper: cheat } })
    const outcomes = await net.run((ctx, index) => {
      const journal = { ...ctx.journal, burned: () => Promise.reject(disk) }
      return sign({ ...ctx, journal }, shares.get(index) as KeyShare, { request: signRequest(), quorum })
    })
    expect(outcomes.get(2)?.error).toMatchObject({ code: 'ote-check', context: { burn: 'not durable' }, cause: disk })
    expect(shares.get(2)?.burned.has(1)).toBe(true)
  })

  it.each(['P1', 'P2', 'O1'])('stops other live sessions with the peer: in %s', async round => {
    const shares = testShares(3, 2)
    const share = shares.get(2) as KeyShare
    const net = memoryNetwork(quorum)
    const outcomes = await net.run((ctx, index) => {
      const onProgress = (state: { round: string; missing: readonly number[] }) => {
        if (index === 2 && state.round === round && state.missing.length === 0) burnPeer(share, 1, 'vole-check')
      }
      return sign({ ...ctx, onProgress }, shares.get(index) as KeyShare, { request: signRequest(), quorum })
    })
    expect(outcomes.get(2)?.error).toMatchObject({ code: 'peer-burned', context: { peer: 1, reason: 'vole-check' } })
    expect(outcomes.get(1)?.error).toMatchObject({ code: 'deadline' })
  })
})

describe('equivocation', () => {
  it('two different broadcasts to one party name their sender', async () => {
    const quorum = [1, 2]
    const shares = testShares(2, 2)
    const net = memoryNetwork(quorum)
    const outcomes = await net.run((ctx, index) => {
      if (index === 2) return sign(ctx, shares.get(2) as KeyShare, { request: signRequest(), quorum })
      const send = (to: number | 'all', bytes: Uint8Array) => {
        ctx.channel.send(to, bytes)
        ctx.channel.send(to, flip(bytes, bytes.length - 1))
      }
      return sign({ ...ctx, channel: { send, receive: () => ctx.channel.receive() } }, shares.get(1) as KeyShare, { request: signRequest(), quorum })
    })
    expect(outcomes.get(2)?.error).toMatchObject({ code: 'equivocation', culprits: [{ party: 1, certainty: 'confirmed' }] })
    expect(net.journal).toEqual([])
  })
})
