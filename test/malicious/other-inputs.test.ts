/**
 * Members that follow the protocol with other inputs than the rest: another secret, another transaction, another key, another committee.
 */
import { describe, expect, it } from 'vitest'
import type { Bytes } from '../../core/bytes.ts'
import type { CeremonyContext } from '../../core/ceremony/context.ts'
import { kernel } from '../../core/kernel/index.ts'
import { exportKey, importKey, KeyShare, keyCertificateOf, keygen, refresh, reshare, type SignRequest, sign } from '../../core/threshold/index.ts'
import { publicOf, secretsOf } from '../../core/threshold/share.ts'
import { labelled, type MemoryNetwork, memoryNetwork, signRequest, testShares } from '../support/index.ts'
import { trySigning, wipeAll } from './keys.ts'
import { SEED } from './seed.ts'

type Shares = ReadonlyMap<number, KeyShare>
type Party = (ctx: CeremonyContext<KeyShare>, seat: number, shares: Shares) => Promise<unknown>

const CHEATER = 1
const of = (shares: Shares, seat: number): KeyShare => shares.get(seat) as KeyShare

interface Found {
  readonly code: string | undefined
  readonly named: readonly string[]
}
const nobody = (code: string): Found => ({ code, named: [] })

/** What the honest members say when the first of them runs `cheater`. */
async function found(seats: readonly number[], shares: Shares, honest: Party, cheater: Party): Promise<{ found: Found[]; network: MemoryNetwork }> {
  const network = memoryNetwork(seats, { seed: SEED })
  const outcomes = await network.run((ctx, seat) => (seat === CHEATER ? cheater : honest)(ctx, seat, shares))
  return {
    network,
    found: seats
      .filter(seat => seat !== CHEATER)
      .map(seat => {
        const error = outcomes.get(seat)?.error
        return { code: error?.code, named: error?.culprits.map(({ party, certainty }) => `${certainty} ${party}`) ?? [] }
      }),
  }
}

const burns = (network: MemoryNetwork) => network.journal.flatMap(entry => (entry.kind === 'burned' ? [`${entry.index} burned ${entry.peer}`] : []))

/** The share with another secret behind it, or other zero seeds. */
function changed(share: KeyShare, secrets: Partial<ReturnType<typeof secretsOf>>): KeyShare {
  const { index, certificates, burned } = share
  return new KeyShare({ ...publicOf(share), index, certificates, burned }, { ...secretsOf(share), ...secrets })
}

describe('a signer', () => {
  const signing =
    (size: number, change: Partial<SignRequest> = {}): Party =>
    (ctx, seat, shares) =>
      sign(ctx, of(shares, seat), { request: signRequest(0, change), quorum: [1, 2, 3].slice(0, size) })

  const OTHER: readonly (readonly [name: string, change: Partial<SignRequest>])[] = [
    ['another transaction', { transaction: signRequest(1).transaction }],
    ['another content', { content: labelled('another content') }],
    ['another height', { slot: { rotationEpoch: 0, height: 1, round: 0 } }],
    ['another round', { slot: { rotationEpoch: 0, height: 0, round: 1 } }],
    ['another account', { path: [1] }],
  ]
  it.each(OTHER.flatMap(([name, change]) => [2, 3].map(size => [size, name, change] as const)))(
    'of %d who signs %s: all stop before any partial signature, and nobody is named',
    async (size, _, change) => {
      const shares = testShares(3, size, SEED)
      const seats = [1, 2, 3].slice(0, size)
      const run = await found(seats, shares, signing(size), signing(size, change))
      expect(run.found).toEqual(seats.slice(1).map(() => nobody('bind-mismatch')))
      expect(run.network.sent.filter(({ round }) => round === 'O2')).toEqual([])
      expect(burns(run.network)).toEqual([])
      expect(await trySigning(shares, seats, `${SEED} after`)).toEqual([])
      wipeAll(shares.values())
    },
  )

  const withOther =
    (size: number, secrets: () => Partial<ReturnType<typeof secretsOf>>): Party =>
    (ctx, seat, shares) =>
      sign(ctx, changed(of(shares, seat), secrets()), { request: signRequest(), quorum: [1, 2, 3].slice(0, size) })
  const otherShare = () => ({ share: kernel.hold('share', labelled('another share')) })

  it('of two with another key share is named and burned: its share is public', async () => {
    const shares = testShares(3, 2, SEED)
    const run = await found([1, 2], shares, signing(2), withOther(2, otherShare))
    expect(run.found).toEqual([{ code: 'gamma-x', named: ['confirmed 1'] }])
    expect(burns(run.network)).toEqual(['2 burned 1'])
    expect(await trySigning(shares, [2, 3], `${SEED} after`)).toEqual([])
    wipeAll(shares.values())
  })

  it.each<[string, () => Partial<ReturnType<typeof secretsOf>>]>([
    ['another key share', otherShare],
    ['other shares of zero', () => ({ zeroSeeds: new Map([2, 3].map(peer => [peer, kernel.hold('zero-seed', labelled('seed', peer))])) })],
  ])('of three with %s: everybody is suspected, nobody burned', async (_, secrets) => {
    const shares = testShares(3, 3, SEED)
    const run = await found([1, 2, 3], shares, signing(3), withOther(3, secrets))
    expect(run.found).toEqual([
      { code: 'pk-sum', named: ['suspected 1', 'suspected 3'] },
      { code: 'pk-sum', named: ['suspected 1', 'suspected 2'] },
    ])
    expect(burns(run.network)).toEqual([])
    expect(await trySigning(shares, [1, 2, 3], `${SEED} after`)).toEqual([])
    wipeAll(shares.values())
  })

  it('of another generation of the key, or of another key', async () => {
    const shares = testShares(3, 2, SEED)
    const others = testShares(3, 2, `${SEED} other`)
    const old = new KeyShare(
      { ...publicOf(of(shares, 1)), index: 1, epoch: labelled('epoch'), certificates: of(shares, 1).certificates, burned: new Map() },
      secretsOf(of(shares, 1)),
    )
    for (const share of [old, of(others, 1)]) {
      const run = await found([1, 2], shares, signing(2), ctx => sign(ctx, share, { request: signRequest(), quorum: [1, 2] }))
      expect(run.found).toEqual([nobody('view-mismatch')])
      expect(burns(run.network)).toEqual([])
    }
    wipeAll([...shares.values(), ...others.values()])
  })
})

describe('a party with other settings is noticed before it has anything', () => {
  const seats = [1, 2, 3]
  const key = (shares: Shares) => keyCertificateOf(of(shares, 2))
  const dealersOf = (...indices: number[]) => indices.map(index => ({ party: index, index }))
  const generating =
    (threshold: number, epochNo: number): Party =>
    ctx =>
      keygen(ctx, { threshold, epochNo })
  const refreshing =
    (epochNo: number): Party =>
    (ctx, seat, shares) =>
      refresh(ctx, of(shares, seat), { epochNo })
  const resharing =
    (input: { dealers?: number[]; members?: number[]; threshold?: number; epochNo?: number }): Party =>
    (ctx, seat, shares) => {
      const { dealers = [1, 2], members = seats, threshold = 2, epochNo = 1 } = input
      return reshare(ctx, shares.get(seat), { key: key(shares), dealers: dealersOf(...dealers), members, threshold, epochNo })
    }
  const importing =
    (input: { publicKey?: Bytes; chainCode?: Bytes; threshold?: number; importer?: number }): Party =>
    (ctx, seat) => {
      const { publicKey = kernel.points.base, chainCode = labelled('chain'), threshold = 2, importer = 2 } = input
      const secret = seat === importer ? { secret: Uint8Array.of(...new Uint8Array(31), 1) } : {}
      return importKey(ctx, { importer, threshold, publicKey, chainCode, ...secret })
    }
  const exporting =
    (recipient: number, signers: number[]): Party =>
    (ctx, seat, shares) =>
      exportKey(ctx, of(shares, seat), { recipient, signers })

  it.each<[string, Party, Party]>([
    ['key generation: threshold', generating(2, 0), generating(3, 0)],
    ['key generation: generation', generating(2, 0), generating(2, 1)],
    ['refresh: generation', refreshing(1), refreshing(2)],
    ['reshare: threshold', resharing({}), resharing({ threshold: 3 })],
    ['reshare: generation', resharing({}), resharing({ epochNo: 2 })],
    ['reshare: dealers', resharing({}), resharing({ dealers: [1, 3] })],
    ['reshare: members', resharing({}), resharing({ dealers: [1, 3], members: [1, 2] })],
    ['import: key', importing({}), importing({ publicKey: kernel.points.multiply(kernel.points.base, 2n) as Bytes })],
    ['import: chain code', importing({}), importing({ chainCode: labelled('another chain') })],
    ['import: threshold', importing({}), importing({ threshold: 3 })],
    ['import: importer', importing({}), importing({ importer: 3 })],
    ['export: recipient', exporting(3, [1, 2]), exporting(1, [2, 3])],
    ['export instead of refresh', refreshing(1), exporting(1, [2, 3])],
    ['key generation instead of refresh', refreshing(1), generating(2, 1)],
    ['reshare instead of refresh', refreshing(1), resharing({ dealers: [1, 2] })],
  ])('%s', async (name, honest, cheater) => {
    const shares = testShares(3, 2, SEED)
    const run = await found(seats, shares, honest, cheater)
    // rounds of another ceremony are not heard at all
    const silent: Found = { code: 'deadline', named: ['suspected 1'] }
    for (const one of run.found) expect(one).toEqual(/export instead|generation instead/.test(name) ? silent : nobody('view-mismatch'))
    expect(run.network.journal).toEqual([])
    expect(run.network.sent.filter(({ round, from }) => from !== CHEATER && !['R1', 'D1', 'X1'].includes(round))).toEqual([])
    wipeAll(shares.values())
  })

  it('export: signers', async () => {
    const shares = testShares(3, 2, SEED)
    // who is no signer for the cheater hears nothing of it
    const run = await found(seats, shares, exporting(3, [1, 2]), exporting(3, [1, 3]))
    expect(run.found).toEqual([{ code: 'deadline', named: ['suspected 1'] }, nobody('view-mismatch')])
    expect(run.network.sent.filter(({ round }) => round !== 'X1')).toEqual([])
    wipeAll(shares.values())
  })
})
